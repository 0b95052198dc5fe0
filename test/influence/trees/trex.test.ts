/** TREX against a surrogate on the n × n kernel, solved densely. */

import { describe, expect, test } from "vitest";
import { trex } from "../../../src/influence/index.ts";
import { leafFeaturesOf } from "../../../src/influence/trees/leaf-features.ts";
import { replayOf } from "../../../src/influence/trees/replay-leaves.ts";
import { measureOf, userPlayers } from "../../../src/method/index.ts";
import { symmetricEigen } from "../../../src/numeric/dense.ts";
import { pearson } from "../../../src/numeric/statistics.ts";
import { marginTarget, scoreTarget } from "../../../src/objective/target.ts";
import type { TrainedModel } from "../../../src/training/index.ts";
import { expectStops, run } from "../../support/run.ts";
import { allRows, expectNear } from "../../support/small.ts";
import { influenceOf } from "../../support/trained.ts";
import { twinLeaf, twinModel, twinRatings, twinSettings, twinSlopes } from "../../support/twin-booster.ts";
import { treesOf } from "./replayed.ts";

const l2 = 0.6;

/** Σ_t 1[same leaf]/(examples in it) of any two rows of features, leaf by leaf. */
function kernelOf(model: TrainedModel) {
  const { booster, examples } = treesOf(model);
  const { features, labels } = examples;
  const rows = Array.from(labels, (_, k) => [
    ...features.values.subarray(k * features.width, (k + 1) * features.width),
  ]);
  const alike = (a: readonly number[], b: readonly number[]) =>
    booster.trees.reduce((sum, tree) => {
      const leaf = twinLeaf(tree, a);
      const count = rows.filter((row) => twinLeaf(tree, row) === leaf).length;
      return leaf === twinLeaf(tree, b) ? sum + 1 / count : sum;
    }, 0);
  return { rows, alike, matrix: rows.map((a) => rows.map((b) => alike(a, b))) };
}

/** α of the dense problem min Σℓ(base + Kα) + ½λαᵀKα, by α ← α − (K diag(h) + λ)⁻¹(g + λα). */
function densely(model: TrainedModel): number[] {
  const { booster, examples } = treesOf(model);
  const { matrix } = kernelOf(model);
  const duals = matrix.map(() => 0);
  for (let step = 0; step < 60; step++) {
    const scores = matrix.map((row) => row.reduce((sum, k, j) => sum + k * duals[j], booster.base));
    const slopes = scores.map((score, k) => twinSlopes(booster.loss, score, examples.labels[k]));
    const rows = matrix.map((row, i) => [
      ...row.map((k, j) => slopes[i][1] * k + (i === j ? l2 : 0)),
      slopes[i][0] + l2 * duals[i],
    ]);
    solved(rows).forEach((change, k) => {
      duals[k] -= change;
    });
  }
  return duals;
}

/** Gauss's elimination with pivots; the last column is the right-hand side. */
function solved(rows: number[][]): number[] {
  const n = rows.length;
  for (let c = 0; c < n; c++) {
    const best = rows.slice(c).reduce((at, row, k) => (Math.abs(row[c]) > Math.abs(rows[at][c]) ? c + k : at), c);
    [rows[c], rows[best]] = [rows[best], rows[c]];
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const by = rows[r][c] / rows[c][c];
      for (let k = c; k <= n; k++) rows[r][k] -= by * rows[c][k];
    }
  }
  return rows.map((row, k) => row[n] / row[k]);
}

describe.each(["squared", "logistic"] as const)("with the %s loss", (loss) => {
  const model = twinModel(twinRatings(), { ...twinSettings, loss });
  const { booster, examples, featuresOf } = treesOf(model);
  const kernel = kernelOf(model);
  const duals = densely(model);
  const predicted = (user: number, item: number) => {
    const asked = [...featuresOf(Uint32Array.of(user), Uint32Array.of(item)).values];
    return kernel.rows.map((row, k) => duals[k] * kernel.alike(row, asked));
  };
  const byRow = (values: readonly number[]) =>
    Array.from(allRows(model.interactions), (row) =>
      values.reduce((sum, value, k) => (examples.owners[k] === row ? sum + value : sum), 0),
    );

  test("shares are α by the kernel, and sum to the surrogate's prediction", async () => {
    const rows = allRows(model.interactions);
    for (const [user, item] of [
      [2, 1],
      [5, 7],
    ]) {
      const { scores, status, residual } = await influenceOf(trex, model, scoreTarget(user, item), rows, { l2 });
      expect(status).toBe("converged");
      expect(residual).toBeLessThan(1e-9);
      expectNear(scores, byRow(predicted(user, item)), 1e-9);
      expect(scores.some((x) => Math.abs(x) > 1e-3)).toBe(true);
    }
    const { scores } = await influenceOf(trex, model, marginTarget(2, 1, 4), rows, { l2 });
    const [one, other] = [byRow(predicted(2, 1)), byRow(predicted(2, 4))];
    expectNear(
      scores,
      one.map((x, k) => x - other[k]),
      1e-9,
    );
  });

  test("notes tell how the surrogate and the model correlate, and what has no share", async () => {
    const prepared = await trex.make({ l2 }).prepare(model, run);
    const { notes = [], values } = await prepared.estimate(
      [measureOf(scoreTarget(2, 1), model.unit)],
      userPlayers(model.interactions),
    );
    const surrogate = kernel.matrix.map((row) => row.reduce((sum, k, j) => sum + k * duals[j], booster.base));
    const trees = kernel.rows.map((row) =>
      booster.trees.reduce((sum, tree) => sum + tree.values[twinLeaf(tree, row)], 0),
    );
    expect(notes.join("\n")).toContain(`correlate by ${pearson(surrogate, trees).toFixed(4)} on`);
    const sum = values.reduce((total, x) => total + x, 0);
    expect(notes.join("\n")).toContain(`sum to ${Number(sum.toPrecision(6))}`);
    if (loss === "squared") expect(notes.join("\n")).toContain("(the base score)");
    expect(pearson(surrogate, trees)).toBeGreaterThan(0.9);
  });

  test("the kernel of the leaves is symmetric and positive semidefinite", async () => {
    const n = examples.labels.length;
    const { ofExamples } = leafFeaturesOf(await replayOf(model, run), run);
    const found = new Float64Array(n * n);
    for (let k = 0; k < n; k++) {
      const unit = new Float64Array(n);
      unit[k] = 1;
      found.set(await ofExamples.times(await ofExamples.transposed(unit)), k * n);
    }
    expectNear(found, kernel.matrix.flat(), 1e-13);
    for (let a = 0; a < n; a++) for (let b = 0; b < a; b++) expect(found[a * n + b]).toBeCloseTo(found[b * n + a], 13);
    const { values } = symmetricEigen(found, n);
    expect(Math.min(...values)).toBeGreaterThan(-1e-12);
    expect(Math.max(...values)).toBeLessThanOrEqual(booster.trees.length + 1e-12);
  });

  test("is stopped at every turn", async () => {
    await expectStops((context) => influenceOf(trex, model, scoreTarget(2, 1), Uint32Array.of(0, 4), {}, context));
  });
});
