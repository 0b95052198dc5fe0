/** Leave-one-out of any model against training again and an independent minimisation, and how near its approximations come. */

import { describe, expect, test } from "vitest";
import { scoredInfluenceFunction, scoredLeaveOneOut, scoredNewtonStep } from "../../../src/influence/index.ts";
import { pearson } from "../../../src/numeric/statistics.ts";
import { marginTarget, scoreTarget, type Target } from "../../../src/objective/target.ts";
import type { TrainedScored } from "../../../src/training/trained.ts";
import { minimised, solved, weightedObjective } from "../../model/graph/weighted.ts";
import { gradientOf } from "../../objective/subject.ts";
import { allRows, expectNear, rowsWhere } from "../../small.ts";
import { additiveObjective, losses } from "../../training/scored/additive.ts";
import { hessianAt, offRotations, onesOf, targetAt } from "./dense.ts";
import { ask, type CaseName, caseNames, likes, mild, objectiveOf, optimum, optimumOf, ratings } from "./subjects.ts";

const truth = scoredLeaveOneOut();
const targets: readonly Target[] = [scoreTarget(3, 1), marginTarget(5, 8, 0)];

/** target(θ) − target of what training finds without each row. */
async function trainedAgain(trained: TrainedScored, target: Target, rows: Uint32Array): Promise<number[]> {
  const { objective, params } = trained;
  const before = targetAt(objective, params, target);
  const out: number[] = [];
  for (const row of rows) {
    const again = await optimumOf(objective.without(Uint32Array.of(row)), 7);
    out.push(before - targetAt(again.objective, again.params, target));
  }
  return out;
}

/** These end at the same scores from every seed. */
const unique: CaseName[] = ["mf-bpr", "mf-logistic", "mf-squared", "light-gcn"];

describe.each(unique)("%s has one optimum", (name) => {
  test("leave-one-out is training from another start without the row", async () => {
    const trained = await optimum(name);
    const rows = allRows(trained.objective.interactions).filter((row) => row % 3 === 0);
    for (const target of targets) {
      const found = await ask(truth, trained, target, rows);
      expect(found.status).toBe("converged");
      expect(found.residual).toBeLessThanOrEqual(1e-10);
      expectNear(found.scores, await trainedAgain(trained, target, rows), 1e-7);
    }
  });

  if (name === "mf-squared") return;

  test("with negatives drawn honestly, others' negatives change with a row, and leave-one-out with them", async () => {
    const honest = { perRow: 2, seed: 5, semantics: "honest" as const };
    const trained = await optimumOf(objectiveOf(name, { sampling: honest }));
    const rows = allRows(trained.objective.interactions).filter((row) => row % 7 === 2);
    const found = await ask(truth, trained, targets[0], rows);
    expectNear(found.scores, await trainedAgain(trained, targets[0], rows), 1e-7);
    const kept = await ask(truth, await optimum(name), targets[0], rows);
    expect(found.scores).not.toEqual(kept.scores);
  });
});

test.each(losses)("a convex model with the $name loss: leave-one-out is training again", async (loss) => {
  const trained = await optimumOf(additiveObjective(loss.name === "squared" ? ratings() : likes(), loss));
  const rows = allRows(trained.objective.interactions).filter((row) => row % 4 === 0);
  const found = await ask(truth, trained, targets[0], rows);
  expectNear(found.scores, await trainedAgain(trained, targets[0], rows), 1e-8);
  expect(Math.max(...found.scores.map(Math.abs))).toBeGreaterThan(1e-3);
});

describe.each(caseNames)("%s", (name) => {
  test("leave-one-out is where a dense Newton's method goes from the optimum", async () => {
    const trained = await optimum(name);
    const { objective, params } = trained;
    const rows = allRows(objective.interactions).filter((row) => row % 8 === 1);
    const wanted = Array.from(rows, (row) => {
      const retain = objective.without(Uint32Array.of(row));
      const there = minimised(weightedObjective(retain, onesOf(retain)), params);
      return targetAt(objective, params, targets[0]) - targetAt(retain, there, targets[0]);
    });
    expectNear((await ask(truth, trained, targets[0], rows)).scores, wanted, 1e-6);
  });

  test("the Newton step is θ − H₋⁺∇J₋, densely", async () => {
    const trained = await optimum(name);
    const { objective, params } = trained;
    const rows = allRows(objective.interactions).filter((row) => row % 8 === 1);
    const wanted = Array.from(rows, (row) => {
      const retain = objective.without(Uint32Array.of(row));
      const step = solved(offRotations(retain, params, hessianAt(retain, params)), gradientOf(retain, params));
      const there = params.map((x, k) => x - step[k]);
      return targetAt(objective, params, targets[1]) - targetAt(retain, there, targets[1]);
    });
    const found = await ask(scoredNewtonStep({ tolerance: 1e-10 }), trained, targets[1], rows);
    expect(found.status).toBe("converged");
    expectNear(found.scores, wanted, 1e-7);
  });

  test("on a mild problem first order is almost right, and the Newton step nearer", async () => {
    const trained = await optimumOf(objectiveOf(name, mild(name)));
    const found: number[] = [];
    const nearer: number[] = [];
    const exact: number[] = [];
    for (const [user, item] of [
      [3, 1],
      [0, 9],
      [10, 2],
    ]) {
      const { interactions } = trained.objective;
      const rows = rowsWhere(interactions, ([u, i], row) => u === user || i === item || row % 5 === 0);
      const target = scoreTarget(user, item);
      exact.push(...(await ask(truth, trained, target, rows)).scores);
      found.push(...(await ask(scoredInfluenceFunction(), trained, target, rows)).scores);
      nearer.push(...(await ask(scoredNewtonStep(), trained, target, rows)).scores);
    }
    const error = (of: number[]) => of.reduce((sum, x, k) => sum + Math.abs(x - exact[k]), 0) / of.length;
    expect(pearson(found, exact)).toBeGreaterThan(0.95);
    expect(error(nearer)).toBeLessThan(error(found));
  });
});
