/** HyDRA and SGD-influence against differences of whole trainings in which a row has another weight. */

import { describe, expect, test } from "vitest";
import { estimators } from "../../../src/influence/index.ts";
import { answered } from "../../../src/influence/traced/along-steps.ts";
import { addWeightGradient } from "../../../src/influence/traced/weights-in-step.ts";
import {
  type GivenSettings,
  groupPlayers,
  interactionPlayers,
  makeNamed,
  measureOf,
  type Players,
} from "../../../src/method/index.ts";
import { modelKinds } from "../../../src/model/index.ts";
import type { Model } from "../../../src/model/model.ts";
import { dot, largest } from "../../../src/numeric/vector.ts";
import { targetGradient } from "../../../src/objective/derivatives.ts";
import { squared } from "../../../src/objective/loss.ts";
import { marginTarget, scoreTarget, type Target, targetValue } from "../../../src/objective/target.ts";
import type { Progress } from "../../../src/run.ts";
import type { Recipe, TrainedModel } from "../../../src/training/index.ts";
import { noTangent, pushForward } from "../../../src/training/trajectory/linear-step.ts";
import { trajectoryOf } from "../../../src/training/trajectory/trajectory.ts";
import { expectStops, run } from "../../support/run.ts";
import { expectNear, farthest } from "../../support/small.ts";
import { subjects } from "../../support/subjects.ts";
import { smoothOf } from "../../support/trained.ts";
import { walked } from "../../support/walked.ts";
import { estimateBy } from "../asking.ts";
import { weightedTrainingOf } from "./weighted-training.ts";

const neumf = { kind: modelKinds.neumf, model: { factors: 2, layers: [3], embedding: 1, activation: "squareplus" } };

const trainings = {
  "mf-squared": (recipe: Partial<Recipe>, over: object) => walked("mf-squared", recipe, over),
  "mf-bpr": (recipe: Partial<Recipe>, over: object) => walked("mf-bpr", recipe, over),
  mlp: (recipe: Partial<Recipe>, over: object) => walked("mlp", recipe, over),
  neumf: (recipe: Partial<Recipe>, over: object) => walked("mlp", recipe, { ...neumf, l2Shared: 0.02, ...over }),
  "light-gcn": (recipe: Partial<Recipe>, over: object) => walked("light-gcn", recipe, over),
  "mult-vae": (recipe: Partial<Recipe>, over: object) => walked("mult-vae", { batch: 3, ...recipe }, over),
};

const recipes = [
  { momentum: 0, redraw: true },
  { momentum: 0, redraw: false },
  { momentum: 0.6, redraw: true, learningRate: 0.2 },
] as const;

const targets = [scoreTarget(3, 1), marginTarget(5, 8, 2)];

/** Measures of the targets × players. */
async function found(name: string, model: TrainedModel, players: Players, settings: GivenSettings = {}) {
  const measures = targets.map((target) => measureOf(target, model.unit));
  const { values, statuses } = await estimateBy(name, model, measures, players, { settings });
  expect(new Set(statuses)).toEqual(new Set(["converged"]));
  return values;
}

const rowsOf = (...rows: number[]) => interactionPlayers(Uint32Array.from(rows));

const valueOn = (target: Target, served: Model, params: Float64Array) =>
  targetValue(target, (pairs) => served.at(params, pairs).scores);

describe.each(Object.entries(trainings))("the derivative by a row's weight of %s", (_, trainingOf) => {
  describe.each(["table", "interaction"] as const)("with %s L2", (regularizer) => {
    test.each(recipes)("is that of the whole training ($momentum, redrawn $redraw)", async (recipe) => {
      const model = await trainingOf(recipe, { regularizer, l2: 0.07, l2Bias: 0.04 });
      const last = model.interactions.size - 1;
      const rows = [0, 7, 11, last];
      const full = await found("hydra", model, rowsOf(...rows));
      const back = await found("sgd-influence", model, rowsOf(...rows));
      expectNear(back, full, 1e-10, { floor: 0 });
      const train = await weightedTrainingOf(model);
      expectNear(train(last, 1).params, smoothOf(model).params, 1e-14);
      for (const step of [1e-3, 1e-4]) {
        const ends = rows.map((row) => [1 + step, 1 - step].map((w) => train(row, w)));
        const slopes = targets.flatMap((target) =>
          ends.map(([more, less]) => {
            const [ahead, behind] = [more, less].map(({ served, params }) => valueOn(target, served, params));
            return (ahead - behind) / (2 * step);
          }),
        );
        expectNear(full, slopes, 1e-6, { floor: 0, what: `step ${step}` });
      }
    });
  });
});

describe.each(Object.entries(trainings))("HyDRA's fast form of %s", (_, trainingOf) => {
  test.each(recipes)("is the forward recursion without Hessians ($momentum, redrawn $redraw)", async (recipe) => {
    const model = await trainingOf(recipe, { regularizer: "interaction", l2: 0.07 });
    const rows = [0, 11, model.interactions.size - 1];
    const trajectory = trajectoryOf(model, run);
    const tangents = rows.map(() => noTangent(smoothOf(model).params.length, recipe.momentum));
    await trajectory.forwards((step) => {
      rows.forEach((row, n) => {
        const push = new Float64Array(step.params.length);
        const weights = new Float64Array(model.interactions.size).fill(1, row, row + 1);
        addWeightGradient(step, { rows: Uint32Array.of(row), weights }, true, push);
        pushForward(step, recipe.momentum, tangents[n], push, false);
      });
    });
    const wanted = targets.flatMap((target) => {
      const { gradient } = targetGradient(smoothOf(model).objective, smoothOf(model).params, target);
      return tangents.map(({ params }) => dot(gradient, params));
    });
    const fast = await found("hydra-fast", model, rowsOf(...rows), { data: "fixed" });
    expectNear(fast, wanted, 1e-12, { floor: 0 });
    const full = await found("hydra-fixed-data", model, rowsOf(...rows));
    expect(farthest(fast, full)).toBeGreaterThan(1e-4 * largest(fast));
  });
});

test("without L2 and momentum the fast form is the last gradient times those on the way (survey, Eq. 64)", async () => {
  const model = await walked("mf-bpr", {}, { l2: 0, l2Bias: 0, l2Shared: 0 });
  const { objective, params } = smoothOf(model);
  const gradients = targets.map((target) => targetGradient(objective, params, target).gradient);
  const sums = targets.map(() => new Float64Array(model.interactions.size));
  await trajectoryOf(model, run).forwards(({ objective: drawn, params: before, units, learningRate }) => {
    for (const unit of units) {
      const own = new Float64Array(params.length);
      drawn.addLoss(before, Uint32Array.of(unit), own);
      gradients.forEach((gradient, m) => {
        sums[m][unit] -= (learningRate / units.length) * dot(gradient, own);
      });
    }
  });
  const fast = await found("hydra-fast", model, rowsOf(...sums[0].keys()));
  expectNear(fast, [...sums[0], ...sums[1]], 1e-12, { floor: 0 });
});

describe.each(["hydra", "hydra-fast", "sgd-influence"])("%s", (name) => {
  test("counts a player of several rows as their sum, and rows that say the same alike", async () => {
    // Twins are in the one batch of an epoch together; negatives would be drawn for each.
    const model = await walked("light-gcn", { batch: 1000 }, { loss: squared, sampling: undefined });
    const { interactions } = model;
    const twins = subjects["light-gcn"].twins[0];
    const every = Uint32Array.from({ length: interactions.size }, (_, row) => row);
    const singles = await found(name, model, interactionPlayers(every));
    const groups = [Uint32Array.from(twins), every, new Uint32Array(0)];
    const together = await found(name, model, groupPlayers(groups));
    const sums = groups.map((rows) => rows.reduce((sum, row) => sum + singles[row], 0));
    expectNear(together.subarray(0, 3), sums, 1e-12);
    const [one, other] = twins.map((row) => singles[row]);
    expectNear([one], [other], 1e-12);
  });

  test("holds the graph where the data are fixed, and counts the same where there is none", async () => {
    const both = async (subject: "light-gcn" | "mf-bpr") => {
      const model = await walked(subject);
      return Promise.all(["moving", "fixed"].map((data) => found(name, model, rowsOf(0, 7), { data })));
    };
    const [moving, fixed] = await both("light-gcn");
    expect(farthest(moving, fixed)).toBeGreaterThan(1e-3 * largest(moving));
    const [one, other] = await both("mf-bpr");
    expect(one).toEqual(other);
  });

  test("refuses Adam, tells how far it is, and stops when it is told to", async () => {
    const adam = await walked("mf-squared", { optimizer: "adam", learningRate: 0.01 });
    expect(() => makeNamed(estimators, name, adam)).toThrow(/sgd/);
    const model = await walked("mf-squared", { epochs: 1 });
    const fractions: number[] = [];
    await expectStops(async (context) => {
      const onProgress = ({ fraction }: Progress) => void fractions.push(fraction ?? Number.NaN);
      const measures = [measureOf(targets[0], model.unit)];
      await estimateBy(name, model, measures, rowsOf(0, 1), { context: { ...context, onProgress } });
    });
    expect(fractions.every((x) => x > 0 && x <= 1)).toBe(true);
    expect(Math.max(...fractions)).toBe(1);
  });
});

test("many players walk in parts where memory is short, and each is told its own", async () => {
  const model = await walked("mf-bpr", { epochs: 1 });
  const numbers = smoothOf(model).params.length + model.interactions.size;
  const players = rowsOf(...Array(9).keys());
  const together = await found("hydra", model, players);
  for (const memory of [1e-9, (4 * 8 * numbers) / 1e6]) {
    const trainings = new Set<number>();
    const onProgress = ({ step }: Progress) => void trainings.add(step);
    const measures = targets.map((target) => measureOf(target, model.unit));
    const asking = { settings: { memory }, context: { ...run, onProgress } };
    expect((await estimateBy("hydra", model, measures, players, asking)).values).toEqual(together);
    expect(trainings.size).toBe(memory < 1e-6 ? 9 : 3);
  }
});

test("a number that is none is no answer", () => {
  expect(answered([1, Number.NaN, Number.POSITIVE_INFINITY]).statuses).toEqual(["converged", "breakdown", "breakdown"]);
});
