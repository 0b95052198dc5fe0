/** Laws of the audit of stability: its bound holds on every model it takes, the printed target asks nothing, and it says what it could not do. */

import { beforeAll, describe, expect, test } from "vitest";
import { audits, type InfluenceStabilityFinding, influenceStability } from "../../src/audit/index.ts";
import { quantilesOf, tallyOf } from "../../src/audit/stability/tally.ts";
import type { Trial } from "../../src/influence/stability/trial.ts";
import { type GivenSettings, makeNamed } from "../../src/method/index.ts";
import { type TrainedModel, train } from "../../src/training/index.ts";
import { expectStops, run } from "../support/run.ts";
import { anyParams, kernels, objectiveOn, tastes, trainedAt } from "../support/small.ts";
import { optimum } from "../support/subjects.ts";
import { modelFrom } from "../support/trained.ts";
import { named, subjectOf } from "./subjects.ts";

const few = { samples: 4000, trials: 240, targets: 3 };

async function ask(model: TrainedModel, settings: GivenSettings = {}, context = run) {
  const audit = influenceStability.make({ ...few, ...settings });
  return (await audit.run(subjectOf(named(model), named(model)), context)) as InfluenceStabilityFinding;
}

let model: TrainedModel;
let plain: TrainedModel;
beforeAll(async () => {
  const without = { biases: false, mean: { kind: "fixed", value: 3 } } as const;
  model = modelFrom(await train(objectiveOn(tastes()), { kernels }));
  plain = modelFrom(await train(objectiveOn(tastes(), without), { kernels }));
});

describe("the audit", () => {
  test("finds no violation of the corrected bounds, with biases or without, at an optimum or not, small moves or large", async () => {
    const far = objectiveOn(tastes());
    for (const one of [model, plain, modelFrom(trainedAt(far, anyParams(far)))])
      for (const epsilon of [1e-3, 0.1, 2]) {
        const found = await ask(one, { epsilon });
        expect([found.violations.corrected, found.violations.correctedWhole]).toEqual([0, 0]);
        expect(found.worst.corrected).toBeGreaterThan(0.01);
        expect([found.trials, found.targets, found.diverged]).toEqual([240, 3, 0]);
        expect(found.withoutSharedRow).toBeGreaterThan(0);
      }
  });

  test("sees that nothing changes where no row is shared, but through a learned mean", async () => {
    const [found, alone] = [await ask(model), await ask(plain)];
    expect(found.kinds.any.changed).toBe(found.kinds.any.trials);
    expect(alone.kinds.any.changed).toBeLessThan(alone.kinds.any.trials / 2);
    expect(alone.kinds.all.changed).toBe(alone.kinds.all.trials);
    for (const { kinds, trials } of [found, alone])
      expect(Object.values(kinds).reduce((sum, one) => sum + one.trials, 0)).toBe(trials);
  });

  test("of the printed target finds influences of zero at an optimum, and only there", async () => {
    expect((await ask(model, { target: "literal" })).largestInfluence).toBeLessThan(1e-7);
    expect((await ask(model)).largestInfluence).toBeGreaterThan(1e-3);
    const far = objectiveOn(tastes());
    const unfinished = modelFrom(trainedAt(far, anyParams(far)));
    const found = await ask(unfinished, { target: "literal" });
    expect(found.largestInfluence).toBeGreaterThan(1);
    expect([found.targets, found.violations.corrected]).toEqual([1, 0]);
  });

  test("of the printed series tells that it diverged, and makes no trials", async () => {
    const found = await ask(model, { form: "printed", samples: 100_000 });
    expect(found).toMatchObject({ diverged: 3, trials: 0, residual: null, quantiles: {} });
    expect(found.worst).toEqual({ intermediate: null, printed: null, corrected: null, correctedWhole: null });
    const parts = influenceStability.make({}).parts?.(found) ?? [];
    expect(parts.flatMap((part) => (part.kind === "verdict" ? [part.outcome] : []))).toEqual(new Array(4).fill("open"));
  });

  test("is the same for the same seed, and leaves the model as it was", async () => {
    const before = model.smooth?.params.slice();
    const found = await ask(model);
    expect(await ask(model)).toEqual(found);
    expect(await ask(model, { seed: 2 })).not.toEqual(found);
    expect(model.smooth?.params).toEqual(before);
  });

  test("refuses models whose scores or loss are others, and says why", async () => {
    for (const [name, why] of [
      ["ials", "ials has another loss here"],
      ["mf-bpr", "mf has another loss here"],
      ["gmf", "gmf's scores are of another kind"],
      ["mf-items", "biases of items alone"],
    ] as const) {
      const other = await optimum(name);
      expect(() => makeNamed(audits, "influence-stability", other)).toThrow(
        expect.objectContaining({ code: "unsupported", message: expect.stringContaining(why) }),
      );
    }
    expect(() => makeNamed(audits, "influence-stability", model)).not.toThrow();
  });

  test("is stopped at every turn", async () => {
    await expectStops((context) => ask(model, {}, context));
  });

  test("shows a verdict a bound, the changes over the bounds, and a table by kind", async () => {
    const found = await ask(model);
    const parts = influenceStability.make({}).parts?.(found) ?? [];
    expect(parts.map(({ kind }) => kind)).toEqual(["verdict", "verdict", "verdict", "verdict", "curves", "table"]);
    const verdicts = parts.flatMap((part) => (part.kind === "verdict" ? [part.outcome] : []));
    expect(verdicts.slice(2)).toEqual(["good", "good"]);
    const bad = { ...found, violations: { ...found.violations, printed: 3 } };
    expect(influenceStability.make({}).parts?.(bad)[1]).toMatchObject({ outcome: "bad" });
    for (const part of parts)
      if (part.kind === "table") for (const row of part.rows) expect(row.length).toBe(part.header.length);
  });
});

describe("the tally", () => {
  const one = (over: Partial<Trial>): Trial => ({
    ...{ influence: 1, shares: true, held: 1, whole: 1, intermediate: 2, printed: 4, corrected: 2, correctedWhole: 4 },
    ...{ rounding: 0, ...over },
  });

  test("counts what is above each bound, and the largest change over it", () => {
    const trials = [
      one({}),
      one({ held: 3 }),
      one({ whole: 3 }),
      one({ held: 5, whole: 8 }),
      one({ held: 0, whole: 0 }),
    ];
    expect(tallyOf(trials)).toEqual({
      ...{ trials: 5, changed: 4, withoutSharedRow: 2 },
      violations: { intermediate: 2, printed: 1, corrected: 2, correctedWhole: 1 },
      worst: { intermediate: 2.5, printed: 1.25, corrected: 2.5, correctedWhole: 2 },
    });
    expect(quantilesOf(trials, [0.5, 1])).toEqual({
      "50 %": { intermediate: 0.5, printed: 0.25, corrected: 0.5, correctedWhole: 0.25 },
      "100 %": { intermediate: 2.5, printed: 1.25, corrected: 2.5, correctedWhole: 2 },
    });
  });

  test("does not hold rounding against a bound, nor a change without a shared row against the printed lines", () => {
    expect(tallyOf([one({ held: 3, whole: 5, rounding: 1.5 })]).violations.corrected).toBe(0);
    expect(tallyOf([one({ held: 1, rounding: 1, whole: 1 })]).changed).toBe(0);
    const apart = tallyOf([one({ held: 9, whole: 9, shares: false })]).violations;
    expect(apart).toEqual({ intermediate: 0, printed: 0, corrected: 1, correctedWhole: 1 });
  });
});
