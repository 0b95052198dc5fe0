/** The laws of influence for every estimator of any model: duplicates, linearity, order, names, threads, and what is apart. */

import { afterEach, describe, expect, test } from "vitest";
import { estimators } from "../../../src/influence/index.ts";
import { defaultMatrices, defaultTriples, useMatrices, useTriples } from "../../../src/kernel/default.ts";
import { wasmMatrices } from "../../../src/kernel/matrices/wasm.ts";
import { wasmTriples } from "../../../src/kernel/triples/wasm.ts";
import { squared } from "../../../src/objective/loss.ts";
import { scoredObjective } from "../../../src/objective/scored.ts";
import { fitTarget, marginTarget, meanFitTarget, rankTarget, scoreTarget } from "../../../src/objective/target.ts";
import type { TrainedScored } from "../../../src/training/trained.ts";
import { relabelledVector } from "../../model/subject.ts";
import { expectNear, interactionsFrom, relabelled, reordered, rowsWhere, shuffle, triplesOf } from "../../small.ts";
import { additiveObjective } from "../../training/scored/additive.ts";
import {
  ask,
  type CaseName,
  caseNames,
  dataNames,
  likes,
  localNames,
  objectiveOf,
  optimum,
  optimumOf,
  trainedAt,
} from "./subjects.ts";

/** What differs between estimators. */
interface Traits {
  /** Only models whose scores read one user's and one item's rows. */
  readonly local: boolean;
  /** Sees every row, or those that share tables with the target. */
  readonly near: boolean;
  /** Influence on f(scores) is f′ times influence on the scores. */
  readonly linear: boolean;
  /** Accuracy of its solves. */
  readonly accuracy: number;
}

const traits: Readonly<Record<string, Traits>> = {
  "fast-influence": { local: true, near: true, linear: true, accuracy: 1e-9 },
  "fast-influence-block": { local: true, near: true, linear: true, accuracy: 1e-9 },
  "fast-influence-network": { local: true, near: false, linear: true, accuracy: 1e-6 },
  "influence-function": { local: false, near: false, linear: true, accuracy: 1e-6 },
  "influence-function-fixed-data": { local: false, near: false, linear: true, accuracy: 1e-6 },
  "newton-step": { local: false, near: false, linear: false, accuracy: 1e-6 },
  "leave-one-out": { local: false, near: false, linear: false, accuracy: 1e-7 },
};

test("no estimator escapes", () => {
  const known = Object.keys(estimators).filter((name) => estimators[name].scored !== undefined);
  expect(Object.keys(traits).sort()).toEqual(known.sort());
});

/** The user's and the item's rows, and a few others. */
function some({ objective }: TrainedScored, user: number, item: number): Uint32Array {
  return rowsWhere(objective.interactions, ([u, i], row) => u === user || i === item || row % 9 === 0);
}

/** Two sets of users and items without a common row, squared loss: no negative joins them. */
async function twoBlocks(name: "mf-squared" | "gmf"): Promise<TrainedScored> {
  const set = objectiveOf("mf-squared").interactions;
  const apart = triplesOf(set).filter(([u, i]) => u < 6 === i < 5);
  return optimumOf(objectiveOf(name, { loss: squared, sampling: undefined, l2: 0.4 }, interactionsFrom(apart, 12, 10)));
}

describe.each(Object.keys(traits))("%s", (method) => {
  const { local, near, linear, accuracy } = traits[method];
  const estimator = estimators[method].scored?.();
  if (estimator === undefined) throw new Error(method);
  const known: CaseName[] = local ? localNames : caseNames;

  test("carries the name under which the catalogue has it", () => {
    expect(estimator.name).toBe(method);
    expect(estimator.summary.length).toBeGreaterThan(10);
  });

  describe.each(known)("on %s", (name) => {
    test("says how it ended, leaves the model alone, and answers alone what it answers in company", async () => {
      const trained = await optimum(name);
      const before = trained.params.slice();
      const rows = some(trained, 3, 1);
      const prepared = await estimator.prepare(trained);
      const together = await prepared.influence(scoreTarget(3, 1), rows);
      expect(together.status).toBe("converged");
      expect(together.residual).toBeLessThanOrEqual(1e-8);
      expect(together.scores.every(Number.isFinite)).toBe(true);
      expect(together.scores.some((x) => x !== 0)).toBe(true);
      expect((await prepared.influence(scoreTarget(3, 1), rows)).scores).toEqual(together.scores);
      for (const k of [0, 3, rows.length - 1]) {
        const alone = await prepared.influence(scoreTarget(3, 1), rows.subarray(k, k + 1));
        expectNear(alone.scores, together.scores.subarray(k, k + 1), 1e-13);
      }
      expect((await prepared.influence(scoreTarget(3, 1), new Uint32Array(0))).scores.length).toBe(0);
      expect(trained.params).toEqual(before);
      prepared.close();
    });

    test("duplicates have equal influence", async () => {
      const trained = await optimum(name);
      const { interactions } = trained.objective;
      const last = interactions.size - 1;
      const first = rowsWhere(
        interactions,
        ([u, i], row) => row < last && u === interactions.users[last] && i === interactions.items[last],
      )[0];
      // Twins draw the same negatives; ratings in `mf-squared` are those of the pair.
      const { scores } = await ask(estimator, trained, scoreTarget(3, 1), Uint32Array.of(first, last));
      expectNear([scores[0]], [scores[1]], accuracy);
      expect(Math.abs(scores[0])).toBeGreaterThan(1e-4);
    });

    test("influence on a margin is the difference of those on the scores; on what bends, the slope's share of them", async () => {
      const trained = await optimum(name);
      const rows = some(trained, 5, 8).filter((_, k) => k % 2 === 0);
      const on = async (item: number) => (await ask(estimator, trained, scoreTarget(5, item), rows)).scores;
      const [a, b, c] = [await on(8), await on(0), await on(2)];
      const margin = (await ask(estimator, trained, marginTarget(5, 8, 0), rows)).scores;
      const floor = Math.max(...a.map(Math.abs), ...b.map(Math.abs));
      expectNear(
        margin,
        a.map((x, k) => x - b[k]),
        accuracy,
        { floor },
      );
      if (!linear) return;
      const bent = [fitTarget(5, 8, 1.5), meanFitTarget([5, 5], [8, 0], [1, 2]), rankTarget(5, 8, [0, 2], 0.7)];
      for (const target of bent) {
        const slopes = target.slopes(trained.objective.serving.at(trained.params, target.pairs).scores);
        const parts = [a, b, c];
        const wanted = a.map((_, k) => slopes.reduce((sum, slope, n) => sum + slope * parts[n][k], 0));
        expectNear((await ask(estimator, trained, target, rows)).scores, wanted, accuracy, {
          floor,
          what: target.label,
        });
      }
    });

    test("names and the order of rows do not matter", async () => {
      const trained = await optimum(name);
      const { interactions, keys, settings, model } = trained.objective;
      const { userCount, itemCount, size } = interactions;
      const [users, items, order] = [shuffle(userCount, 1), shuffle(itemCount, 2), shuffle(size, 3)];
      const moved = {
        users: keys.users.map((_, u) => keys.users[users.indexOf(u)]),
        items: keys.items.map((_, i) => keys.items[items.indexOf(i)]),
      };
      const there = scoredObjective(settings, reordered(relabelled(interactions, users, items), order), moved);
      const named = trainedAt(there, relabelledVector(model, trained.params, users, items), trained);
      const rows = some(trained, 10, 2);
      const wanted = (await ask(estimator, trained, scoreTarget(10, 2), rows)).scores;
      const same = Uint32Array.from(rows, (row) => order.indexOf(row));
      const found = await ask(estimator, named, scoreTarget(users[10], items[2]), same);
      expectNear(found.scores, wanted, accuracy);
    });
  });

  test("one liked item more makes a user like it more", async () => {
    const trained = await optimum("mf-logistic");
    const { users, items, size } = trained.objective.interactions;
    for (let row = 0; row < size; row += 4) {
      const found = await ask(estimator, trained, scoreTarget(users[row], items[row]), Uint32Array.of(row));
      expect(found.scores[0]).toBeGreaterThan(1e-3);
    }
  });

  test("blocks without a common row do not influence each other, but through a network that they share", async () => {
    for (const name of ["mf-squared", "gmf"] as const) {
      const trained = await twoBlocks(name);
      const here = rowsWhere(trained.objective.interactions, ([u]) => u < 6);
      const there = rowsWhere(trained.objective.interactions, ([u]) => u >= 6);
      const most = (found: { scores: Float64Array }) => Math.max(...found.scores.map(Math.abs));
      const own = most(await ask(estimator, trained, scoreTarget(3, 1), here));
      const other = most(await ask(estimator, trained, scoreTarget(3, 1), there));
      expect(own).toBeGreaterThan(1e-3);
      if (near) expect(other).toBe(0);
      else if (name === "mf-squared") expect(other).toBeLessThanOrEqual(1e-6 * own);
      else expect(other).toBeGreaterThan(1e-6 * own);
    }
  });

  if (local)
    test.each(dataNames)("is refused on %s, which is built on all interactions", async (name) => {
      const trained = await optimum(name);
      await expect(estimator.prepare(trained)).rejects.toMatchObject({ code: "unsupported" });
    });
  else
    test("knows models that are none of the catalogue's", async () => {
      const trained = await optimumOf(additiveObjective(likes(), squared));
      const rows = some(trained, 3, 1);
      const found = await ask(estimator, trained, scoreTarget(3, 1), rows);
      expect(found.status).toBe("converged");
      // A squared loss on a linear model: J without a row is quadratic, and one Newton step ends at its optimum.
      const truth = await ask(estimators["leave-one-out"].scored?.() ?? estimator, trained, scoreTarget(3, 1), rows);
      if (!linear) expectNear(found.scores, truth.scores, 1e-6);
      else expect(found.scores).not.toEqual(truth.scores);
    });
});

describe("threads", () => {
  const before = { matrices: defaultMatrices(), triples: defaultTriples() };
  afterEach(() => {
    useMatrices(before.matrices);
    useTriples(before.triples);
  });

  test.each(["mf-bpr", "gmf", "light-gcn"] as const)("do not change a byte of influence on %s", async (name) => {
    const trained = await optimum(name);
    const rows = some(trained, 3, 1);
    const results: Float64Array[] = [];
    for (const threads of [1, 2]) {
      const matrices = wasmMatrices({ threads, serialBelow: 0 });
      const triples = wasmTriples({ threads });
      while (threads > 1 && !matrices.ready()) await new Promise((resolve) => setTimeout(resolve, 2));
      useMatrices(matrices);
      useTriples(triples);
      const methods = ["influence-function", "newton-step", ...(name === "light-gcn" ? [] : ["fast-influence"])];
      for (const method of methods) {
        const estimator = estimators[method].scored?.();
        if (estimator) results.push((await ask(estimator, trained, scoreTarget(3, 1), rows)).scores);
      }
      await matrices.close();
      await triples.close();
    }
    const half = results.length / 2;
    expect(half).toBeGreaterThan(1);
    for (let k = 0; k < half; k++) expect(results[k]).toEqual(results[half + k]);
  });
});
