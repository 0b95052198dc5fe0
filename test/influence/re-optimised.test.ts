/** Leave-one-out of any model against training again and an independent minimisation, of rows, groups and whole users, and how near its approximations come. */

import { describe, expect, test } from "vitest";
import { groupPlayers, interactionPlayers, measureOf, type Players, userPlayers } from "../../src/method/index.ts";
import { pearson } from "../../src/numeric/statistics.ts";
import { norm } from "../../src/numeric/vector.ts";
import type { Objective } from "../../src/objective/objective.ts";
import { marginTarget, scoreTarget, type Target } from "../../src/objective/target.ts";
import {
  alsNewton,
  byBatches,
  certify,
  refit,
  smoothModel,
  standardRecipe,
  type TrainedModel,
  trainByBatches,
} from "../../src/training/index.ts";
import { minimised, solved, weightedObjective } from "../model/graph/weighted.ts";
import { gradientOf } from "../objective/subject.ts";
import { additiveObjective, losses } from "../support/additive.ts";
import { hessianAt, offRotations, onesOf, targetAt } from "../support/dense.ts";
import { run } from "../support/run.ts";
import { allRows, expectNear, rowsWhere } from "../support/small.ts";
import {
  caseNames,
  closedOptimumOf,
  likes,
  mild,
  objectiveOf,
  optimum,
  optimumOf,
  ratings,
  type SubjectName,
  subjectNames,
  subjects,
  trainedOn,
} from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";
import { ask, estimateBy } from "./asking.ts";

const targets: readonly Target[] = [scoreTarget(3, 1), marginTarget(5, 8, 0)];

/** Leave-one-out of players on one target. */
async function truth(model: TrainedModel, target: Target, players: Players) {
  const found = await estimateBy("leave-one-out", model, [measureOf(target, model.unit)], players);
  expect(found.statuses.every((status) => status === "converged")).toBe(true);
  return found;
}

/** target(θ) − target of another way to do without each player. */
async function compared(
  model: TrainedModel,
  target: Target,
  players: Players,
  without: (rows: Uint32Array) => Promise<Pick<TrainedModel, "scores">>,
): Promise<number[]> {
  const out: number[] = [];
  for (let k = 0; k < players.count; k++) {
    const after = await without(players.rows(k));
    out.push(target.of(model.scores(target.pairs)) - target.of(after.scores(target.pairs)));
  }
  return out;
}

/** Trained from another seed without the rows. */
function trainedAgain(name: SubjectName, model: TrainedModel, seed = 7) {
  return (rows: Uint32Array) => trainedOn(name, smoothOf(model).objective.without(rows), seed);
}

/** Where a dense Newton's method goes from the model's parameters without the rows. */
function minimisedDensely({ objective, params }: { objective: Objective; params: Float64Array }) {
  return async (rows: Uint32Array) => {
    const retain = objective.without(rows);
    const there = minimised(weightedObjective(retain, onesOf(retain)), params);
    const { kind, model } = retain.settings;
    const served = kind.build(kind.serving?.(model) ?? model, retain.interactions, onesOf(retain), retain.keys);
    return { scores: (pairs: Parameters<TrainedModel["scores"]>[0]) => served.at(there, pairs).scores };
  };
}

/** Closed forms under an L2 at which one optimum is proved, and still is without any row. */
const provable: SubjectName[] = ["mf", "mf-interaction", "ials", "ials-interaction", "mf-squared"];

describe.each(provable)("%s, whose optimum is proved to be the only one", (name) => {
  const problem = trainedOn(name, objectiveOf(name, mild(name)));
  const again = (model: TrainedModel) => (rows: Uint32Array) =>
    closedOptimumOf(smoothOf(model).objective.without(rows), 23);

  test("leave-one-out is training from another seed on the rest, of rows, users and groups", async () => {
    const model = await problem;
    expect((await certify(model, run)).kind).toBe("global");
    const { interactions } = model;
    const [[user, item], [other]] = subjects[name].pairs;
    const rows = rowsWhere(interactions, ([u, i], row) => u === user || (i === item && row % 2 === 0));
    for (const players of [
      interactionPlayers(rows.subarray(0, 12)),
      userPlayers(interactions, [user, other]),
      groupPlayers([rows.subarray(2), rowsWhere(interactions, (_, row) => row % 6 === 1)]),
    ])
      for (const target of [scoreTarget(user, item), marginTarget(other, item, 0)]) {
        const found = await truth(model, target, players);
        expectNear(found.values, await compared(model, target, players, again(model)), 1e-7);
        expect(Math.max(...found.values.map(Math.abs))).toBeGreaterThan(1e-4);
      }
  });
});

test("a factor for which the data had no room comes back where rows go, and rows without data stay out of it", async () => {
  // Users and items without rows have no L2 here, and a dead factor no pull: nothing but their zeros says where they are.
  const model = await closedOptimumOf(objectiveOf("ials-interaction", { l2: 1.75 }));
  expect((await certify(model, run)).kind).toBe("global");
  const players = interactionPlayers(allRows(model.interactions));
  const target = scoreTarget(3, 1);
  const found = await truth(model, target, players);
  const wanted = await compared(model, target, players, async (rows) => {
    const again = await closedOptimumOf(smoothOf(model).objective.without(rows), 23);
    expect((await certify(again, run)).kind).toBe("global");
    return again;
  });
  expectNear(found.values, wanted, 1e-7);
});

/** These have no certificate, but end at the same scores from every seed. */
const unique: SubjectName[] = ["mf-bpr", "mf-logistic", "light-gcn", "additive"];

describe.each(unique)("%s has one optimum", (name) => {
  test("leave-one-out is training from another start without the row", async () => {
    const model = await optimum(name);
    const players = interactionPlayers(allRows(model.interactions).filter((row) => row % 3 === 0));
    for (const target of targets) {
      const found = await truth(model, target, players);
      expect(found.residual).toBeLessThanOrEqual(1e-10);
      expectNear(found.values, await compared(model, target, players, trainedAgain(name, model)), 1e-7);
    }
  });

  if (name === "additive") return;

  test("with negatives drawn honestly, others' negatives change with a row, and leave-one-out with them", async () => {
    const honest = { perRow: 2, seed: 5, semantics: "honest" as const };
    const model = await optimumOf(objectiveOf(name, { sampling: honest }));
    const players = interactionPlayers(allRows(model.interactions).filter((row) => row % 7 === 2));
    const found = await truth(model, targets[0], players);
    expectNear(found.values, await compared(model, targets[0], players, trainedAgain(name, model)), 1e-7);
    const kept = await truth(await optimum(name), targets[0], players);
    expect(found.values).not.toEqual(kept.values);
  });
});

test.each(losses)("a convex model with the $name loss: leave-one-out is training again", async (loss) => {
  const model = await optimumOf(additiveObjective(loss.name === "squared" ? ratings() : likes(), loss));
  const players = interactionPlayers(allRows(model.interactions).filter((row) => row % 4 === 0));
  const found = await truth(model, targets[0], players);
  expectNear(found.values, await compared(model, targets[0], players, trainedAgain("additive", model)), 1e-8);
  expect(Math.max(...found.values.map(Math.abs))).toBeGreaterThan(1e-3);
});

describe("a model that did not converge", () => {
  test.each(["mf-bpr", "gmf", "light-gcn", "mult-vae"] as const)(
    "%s is trained again, with its own seed and recipe",
    async (name) => {
      const objective = objectiveOf(name);
      const short = { ...standardRecipe, learningRate: 0.05, batch: 16, epochs: 3 };
      const trainer = byBatches(objective.settings, short);
      const model = await trainer.train({ interactions: objective.interactions, keys: objective.keys }, 5, run);
      expect(smoothOf(model).status).not.toBe("converged");
      const rows = allRows(model.interactions).filter((row) => row % 9 === 4);
      for (const players of [interactionPlayers(rows), userPlayers(model.interactions, [3, 7]), groupPlayers([rows])]) {
        const found = await truth(model, targets[0], players);
        const wanted = await compared(model, targets[0], players, async (gone) => {
          const retain = smoothOf(model).objective.without(gone);
          const { params } = await trainByBatches(retain, short, run, { seed: 5 });
          return { scores: (pairs) => retain.serving.at(params, pairs).scores };
        });
        expect(Array.from(found.values)).toEqual(wanted);
        expect(Array.from(found.values)).toEqual(
          await compared(model, targets[0], players, (gone) => refit(model, gone, 5, run)),
        );
        const otherSeed = await compared(model, targets[0], players, (gone) => refit(model, gone, 6, run));
        expect(Array.from(found.values)).not.toEqual(otherSeed);
        expect(found.evaluations).toBe(players.count);
      }
    },
  );

  test("closed forms are trained to the optimum", async () => {
    const whole = smoothOf(await optimum("ials"));
    const { objective, tolerance } = whole;
    const params = whole.params.map((x, k) => x * (1 + 0.1 * Math.sin(k)));
    const gradient = new Float64Array(params.length);
    const value = objective.evaluate(params, gradient);
    const trainer = alsNewton(objective.settings);
    const gradientNorm = norm(gradient);
    const model = smoothModel({
      objective,
      params,
      value,
      gradientNorm,
      status: "step-limit",
      tolerance,
      trainer,
      seed: 4,
    });
    const players = interactionPlayers(Uint32Array.of(0, 11, 30));
    const found = await truth(model, targets[0], players);
    const wanted = await compared(model, targets[0], players, (rows) => closedOptimumOf(objective.without(rows), 23));
    expectNear(found.values, wanted, 1e-7);
  });
});

describe.each(subjectNames)("%s", (name) => {
  test("leave-one-out of a user is what training again, or a dense Newton's method, finds without the user", async () => {
    const model = await optimum(name);
    const tastes = model.interactions.size > 100;
    const players = userPlayers(model.interactions, tastes ? [12, 3] : [0, 2, 3, 5]);
    const [user, item, [other]] = subjects[name].comparison;
    const target = marginTarget(user, item, other);
    const closed = subjects[name].trainer === "als-newton";
    const without = closed ? trainedAgain(name, model, 23) : minimisedDensely(smoothOf(model));
    const found = await truth(model, target, players);
    expectNear(found.values, await compared(model, target, players, without), 1e-6);
    expect(Math.max(...found.values.map(Math.abs))).toBeGreaterThan(1e-3);
    // User 2 of the small sets has no rows.
    if (!tastes) expect(found.values[1]).toBe(0);
  });
});

describe("how each ended is said", () => {
  const statuses = async (model: TrainedModel, settings = {}) => {
    // Nobody can take away what user 2 has not.
    const players = groupPlayers([Uint32Array.of(4), new Uint32Array(), Uint32Array.of(7, 11)]);
    const measures = targets.map((target) => measureOf(target, model.unit));
    return (await estimateBy("leave-one-out", model, measures, players, { settings })).statuses;
  };
  const all = (status: string) => [status, "converged", status, status, "converged", status];

  test.each(["ials", "mf-bpr", "light-gcn"] as const)("a minimisation of %s that falls short", async (name) => {
    const model = await optimum(name);
    expect(await statuses(model)).toEqual(all("converged"));
    expect(await statuses(model, { tolerance: 1e-300 })).toEqual(all("step-limit"));
    if (name !== "ials") expect(await statuses(model, { tolerance: 1e-12, steps: 1 })).toEqual(all("step-limit"));
  });

  test("a training again that goes to the optimum and falls short, or breaks down; epochs that are over have ended well", async () => {
    const { objective } = smoothOf(await optimum("ials"));
    const trainedWith = (over: Partial<Parameters<typeof smoothModel>[0]>) =>
      smoothModel({
        ...{ objective, params: new Float64Array(objective.parameterCount).fill(0.1), value: 1, gradientNorm: 1 },
        ...{ status: "step-limit", seed: 4, trainer: alsNewton(objective.settings) },
        ...over,
      });
    expect(await statuses(trainedWith({}))).toEqual(all("converged"));
    expect(await statuses(trainedWith({ tolerance: 1e-300 }))).toEqual(all("step-limit"));
    const likes = objectiveOf("mf-bpr");
    const epochs = (recipe: Partial<typeof standardRecipe>) =>
      trainedWith({
        objective: likes,
        params: new Float64Array(likes.parameterCount),
        trainer: byBatches(likes.settings, { ...standardRecipe, optimizer: "sgd", epochs: 2, ...recipe }),
      });
    expect(await statuses(epochs({ polish: false }))).toEqual(all("converged"));
    expect(await statuses(epochs({ polish: false, learningRate: 1e6, batch: 1 }))).toEqual(all("breakdown"));
  });
});

/** Under interaction L2, a user without rows is held by nothing: where they stands must not come from the rows that went. */
test.each([
  ["mf-bpr", 0.08],
  ["mf-items", 0.08],
  ["gmf", 0.03],
] as const)("with interaction L2, nothing is left of a user of %s without rows", async (name, l2) => {
  const model = await optimumOf(objectiveOf(name, { regularizer: "interaction", l2 }));
  const players = userPlayers(model.interactions, [3]);
  const target = marginTarget(3, 1, 0);
  const found = await truth(model, target, players);
  expectNear(found.values, await compared(model, target, players, trainedAgain(name, model)), 1e-6);
});

describe.each([...caseNames, "mf-items", "mlp"] as const)("%s", (name) => {
  test("leave-one-out is where a dense Newton's method goes from the optimum", async () => {
    const model = await optimum(name);
    const rows = allRows(model.interactions).filter((row) => row % 8 === 1);
    const players = groupPlayers([...Array.from(rows.keys(), (k) => rows.subarray(k, k + 1)), rows.subarray(0, 2)]);
    const wanted = await compared(model, targets[0], players, minimisedDensely(smoothOf(model)));
    expectNear((await truth(model, targets[0], players)).values, wanted, 1e-6);
  });

  // With users eliminated rotations are kept out of another system: `derivatives` has the dense twin of that.
  if (name !== "mf-squared")
    test("the Newton step is θ − H₋⁺∇J₋, densely", async () => {
      const model = await optimum(name);
      const { objective, params } = smoothOf(model);
      const rows = allRows(objective.interactions).filter((row) => row % 8 === 1);
      const groups = [...Array.from(rows.keys(), (k) => rows.subarray(k, k + 1)), rows.subarray(0, 2)];
      const wanted = groups.map((group) => {
        const retain = objective.without(group);
        const step = solved(offRotations(retain, params, hessianAt(retain, params)), gradientOf(retain, params));
        const there = params.map((x, k) => x - step[k]);
        return targetAt(objective, params, targets[1]) - targetAt(retain, there, targets[1]);
      });
      const measures = [measureOf(targets[1], model.unit)];
      const settings = { tolerance: 1e-10 };
      const found = await estimateBy("newton-step", model, measures, groupPlayers(groups), { settings });
      expect(found.statuses).toEqual(groups.map(() => "converged"));
      expectNear(found.values, wanted, 1e-7);
    });

  test("on a mild problem first order is almost right, and the Newton step nearer", async () => {
    const model = await trainedOn(name, objectiveOf(name, mild(name)));
    const found: number[] = [];
    const nearer: number[] = [];
    const exact: number[] = [];
    for (const [user, item] of [
      [3, 1],
      [0, 9],
      [10, 2],
    ]) {
      const { interactions } = model;
      const rows = rowsWhere(interactions, ([u, i], row) => u === user || i === item || row % 5 === 0);
      const target = scoreTarget(user, item);
      exact.push(...(await ask("leave-one-out", model, target, rows)).scores);
      found.push(...(await ask("influence-function", model, target, rows)).scores);
      nearer.push(...(await ask("newton-step", model, target, rows)).scores);
    }
    const error = (of: number[]) => of.reduce((sum, x, k) => sum + Math.abs(x - exact[k]), 0) / of.length;
    expect(pearson(found, exact)).toBeGreaterThan(0.95);
    expect(error(nearer)).toBeLessThan(error(found));
  });
});
