/** When two trainings are one: by their scores, whatever turns the factors, and never by a looseness of the tolerance. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { trainOn } from "../../src/study/cases/train.ts";
import { planOf } from "../../src/study/choosing/plan.ts";
import { otherStarts } from "../../src/training/other-starts.ts";
import { scoreDistance } from "../../src/training/sameness.ts";
import { toleranceScale } from "../../src/training/tolerance.ts";
import { trainedAgain } from "../../src/training/trained-again.ts";
import type { TrainedModel } from "../../src/training/trained-model.ts";
import { run } from "../support/run.ts";
import { smoothOf } from "../support/trained.ts";

const set = plantedFactors({ users: 20, items: 15, ratings: 140, factors: 2, seed: 4 });
const trained = async (tolerance?: number) =>
  (await trainOn(set, planOf({ model: "mf", settings: { factors: 2 }, l2: 2, l2Bias: 1 }), { ...run, tolerance }))
    .trained;

/** A model whose scores are others. */
const scoring = (model: TrainedModel, change: (score: number, k: number) => number): TrainedModel => ({
  ...model,
  scores: (pairs) => model.scores(pairs).map(change),
});

describe("the distance of scores", () => {
  test("is that of what was added, its largest the largest, and the same in both directions", async () => {
    const model = await trained();
    const noise = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 140, maxLength: 140 });
    await fc.assert(
      fc.asyncProperty(noise, async (added) => {
        const other = scoring(model, (score, k) => score + added[k]);
        const { rms, largest } = await scoreDistance(model, other, run);
        expect(rms).toBeCloseTo(Math.sqrt(added.reduce((sum, x) => sum + x * x, 0) / 140), 9);
        expect(largest).toBeCloseTo(Math.max(...added.map(Math.abs)), 9);
        expect((await scoreDistance(other, model, run)).rms).toBeCloseTo(rms, 12);
      }),
      { numRuns: 20 },
    );
  });

  test("is within the limit up to a millionth of the spread, beyond it not, in any unit of the scores", async () => {
    const model = await trained();
    const scores = model.scores(set.interactions);
    const mean = scores.reduce((sum, x) => sum + x, 0) / scores.length;
    const spread = Math.sqrt(scores.reduce((sum, x) => sum + (x - mean) ** 2, 0) / scores.length);
    expect(smoothOf(model).tolerance / toleranceScale(smoothOf(model).objective)).toBe(1e-8);
    for (const unit of [1e-3, 1, 1e5]) {
      const one = scoring(model, (score) => unit * score);
      const moved = (share: number) =>
        scoring(model, (score, k) => unit * (score + (k % 2 === 0 ? 1 : -1) * share * spread));
      expect((await scoreDistance(one, moved(0.9e-6), run)).isSame).toBe(true);
      expect((await scoreDistance(one, moved(1.1e-6), run)).isSame).toBe(false);
    }
  });

  test("allows for a loose tolerance in proportion, and for a thousandth at most", async () => {
    const model = await trained();
    const shareAt = async (tolerance: number) => {
      const smooth = { ...smoothOf(model), tolerance };
      return (await scoreDistance({ ...model, smooth }, model, run)).limit;
    };
    const usual = await shareAt(1e-8);
    expect(await shareAt(1e-10)).toBe(usual);
    expect((await shareAt(1e-7)) / usual).toBeCloseTo(10, 6);
    expect((await shareAt(1)) / usual).toBeCloseTo(1000, 6);
  });

  test("of scores that all vanish is within it", async () => {
    const nothing = scoring(await trained(), () => 0);
    expect(await scoreDistance(nothing, nothing, run)).toMatchObject({ rms: 0, isSame: true });
  });
});

test("a model is what training again gives, with its own seed and tolerance; moved parameters are not", async () => {
  const model = await trained();
  const again = await trainedAgain(model, run);
  expect(again).toMatchObject({ isFinished: true, isSame: true, rms: 0 });
  const smooth = smoothOf(model);
  expect(again.model.smooth?.tolerance).toBe(smooth.tolerance);
  const moved = {
    ...model,
    scores: (pairs: Parameters<TrainedModel["scores"]>[0]) => model.scores(pairs).map((x) => x + 0.01),
  };
  expect((await trainedAgain(moved, run)).isSame).toBe(false);
});

test("starts whose training did not converge are elsewhere in no count", async () => {
  const model = await trained();
  const smooth = { ...smoothOf(model), tolerance: 1e-30, relativeTolerance: undefined };
  const certificate = { scope: "local", dualityGap: 1 } as const;
  const found = await otherStarts({ ...model, smooth }, 3, certificate, { ...run, maxSteps: 2 });
  expect(found).toMatchObject({ verdict: "not-tried", starts: 3, elsewhere: 0, unfinished: 3 });
  expect(found).toMatchObject({ lowest: null, largestDifference: null });
});
