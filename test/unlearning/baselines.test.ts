/** Laws of the baselines: sweeps tend to the optimum and never raise J, epochs begin where the model stands, and neither claims more. */

import { describe, expect, test } from "vitest";
import { unmetNeed } from "../../src/method/index.ts";
import { closedFormsOf } from "../../src/objective/closed-forms.ts";
import { alternates, sweeps, trainByBatches } from "../../src/training/index.ts";
import { exact, fineTune, warmAls } from "../../src/unlearning/index.ts";
import { run } from "../support/run.ts";
import { expectNear, farthest } from "../support/small.ts";
import { allScores } from "../support/subjects.ts";
import { batchModel, forgetBy, smoothOf } from "../support/trained.ts";
import { derivativesAt, early, optimum, requestsOf, rmsBetween, subjectNamed, subjects } from "./subjects.ts";

const closed = ["mf, table L2", "mf, interaction L2", "ials"];

describe.each(closed)("sweeps on %s", (name) => {
  const subject = subjectNamed(name);

  test("never raise J of what remains, from an optimum or not", async () => {
    const trained = await optimum(subject);
    for (const model of [trained, early(trained)]) {
      const { objective, params } = smoothOf(model);
      const rows = requestsOf(subject, model).many;
      let before = derivativesAt(objective.without(rows), params).value;
      for (const count of [1, 2, 3, 4, 8]) {
        const { value } = smoothOf((await forgetBy(warmAls, model, rows, {}, { sweeps: count })).model);
        expect(value).toBeLessThan(before);
        before = value;
      }
    }
  });

  test("so many are so many: the second is one more from where the first led", async () => {
    const model = await optimum(subject);
    const rows = requestsOf(subject, model).user;
    const retain = smoothOf(model).objective.without(rows);
    const after = async (count: number) =>
      smoothOf((await forgetBy(warmAls, model, rows, {}, { sweeps: count })).model);
    const again = await sweeps(retain, (await after(2)).params, run, { steps: 1, tolerance: 0 });
    expectNear([again.value], [(await after(3)).value], 1e-9);
    expect(again.value).toBeLessThan((await after(2)).value - 1e-9);
  });
});

test.each(["mf, table L2", "ials"])("sweeps on %s tend to exact forgetting", async (name) => {
  const subject = subjectNamed(name);
  const model = await optimum(subject);
  for (const rows of Object.values(requestsOf(subject, model))) {
    const wanted = allScores((await forgetBy(exact, model, rows)).model);
    const left: number[] = [];
    for (const count of [1, 20, 3000])
      left.push(rmsBetween(allScores((await forgetBy(warmAls, model, rows, {}, { sweeps: count })).model), wanted));
    expect(left[0]).toBeLessThan(rmsBetween(allScores(model), wanted));
    expect(left[1]).toBeLessThan(left[0]);
    expect(left[2]).toBeLessThan(1e-6);
  }
});

test("sweeps cannot leave a factor that is zero: they end where nothing pulls, above the optimum", async () => {
  const subject = subjectNamed("mf, interaction L2");
  const model = await optimum(subject);
  const { row } = requestsOf(subject, model);
  const swept = smoothOf((await forgetBy(warmAls, model, row, {}, { sweeps: 3000 })).model);
  const best = smoothOf((await forgetBy(exact, model, row)).model);
  expect(swept.gradientNorm).toBeLessThan(1e-8);
  expect(swept.value).toBeGreaterThan(best.value + 1e-5);
});

test("sweeps need closed forms, and say so", async () => {
  for (const subject of subjects) {
    const model = await optimum(subject);
    const { objective } = smoothOf(model);
    expect(alternates(objective)).toBe(closedFormsOf(objective) !== undefined);
    const why = unmetNeed(warmAls, model);
    if (alternates(objective)) expect(why).toBeUndefined();
    else {
      expect(why).toMatch(/^needs users and items that can be solved in turn, each exactly; .* has no closed forms$/);
      expect(() => sweeps(objective, smoothOf(model).params, run, { steps: 1, tolerance: 0 })).toThrow(
        expect.objectContaining({ code: "unsupported" }),
      );
    }
  }
});

describe.each(["mf, table L2", "ials", "mf, bpr", "gmf, squared", "light-gcn, squared"])("epochs on %s", (name) => {
  const subject = subjectNamed(name);

  test("with a learning rate that goes to zero move nothing", async () => {
    const model = await optimum(subject);
    const rows = requestsOf(subject, model).row;
    const { objective, params } = smoothOf(model);
    const moved: number[] = [];
    for (const learningRate of [1e-2, 1e-5, 1e-8]) {
      const found = smoothOf((await forgetBy(fineTune, model, rows, {}, { learningRate })).model);
      expect(found.objective.interactions.size).toBe(objective.interactions.size - 1);
      moved.push(farthest(found.params, params));
    }
    expect(moved[0]).toBeGreaterThan(1e-3);
    // Adam moves an entry by at most about the rate a step.
    expect(moved[1]).toBeLessThan(1e-5 * 1000);
    expect(moved[2]).toBeLessThan(1e-8 * 1000);
  });

  test("are those of the model's recipe on what remains, from its parameters", async () => {
    const model = await optimum(subject);
    const rows = requestsOf(subject, model).user;
    const { objective, params } = smoothOf(model);
    const { settings } = model.trainer as { settings: Record<string, unknown> };
    const standard = closedFormsOf(objective) !== undefined;
    const recipe = {
      ...{ momentum: 0, decay: 1, redraw: true, patience: 0, polish: false, epochs: 3, optimizer: "adam" as const },
      ...(standard ? { learningRate: 1e-3, batch: 1024 } : { learningRate: 0.05, batch: 16 }),
    };
    if (!standard) expect(settings).toMatchObject({ learningRate: 0.05, batch: 16, optimizer: "newton" });
    const wanted = await trainByBatches(objective.without(rows), recipe, run, { start: params, seed: model.seed });
    const found = await forgetBy(fineTune, model, rows, {}, { epochs: 3 });
    expect(smoothOf(found.model).params).toEqual(wanted.params);
    expect(found.passes).toBeCloseTo(3 * (1 - rows.length / objective.interactions.size), 9);
  });
});

test("epochs that run away leave the model where it was, and say so", async () => {
  const subject = subjectNamed("mf, squared");
  const { objective, ...smooth } = smoothOf(await optimum(subject));
  const model = batchModel(objective, smooth, { optimizer: "sgd", learningRate: 1e3 });
  const rows = requestsOf(subject, model).row;
  const found = await forgetBy(fineTune, model, rows, {}, { epochs: 3 });
  expect(found.caveats.at(-1)).toBe("the work ended with breakdown: the parameters stay as they were");
  expect(smoothOf(found.model).params).toEqual(smoothOf(model).params);
  expect([found.guarantee, found.certificate.kind]).toEqual(["approximate", "none"]);
});

test("counts are whole numbers", () => {
  for (const [method, settings] of [
    [warmAls, { sweeps: 1.5 }],
    [fineTune, { epochs: 2.5 }],
  ] as const)
    expect(() => method.make(settings)).toThrow(
      expect.objectContaining({ code: "bad-input", message: expect.stringMatching(/expected a whole number$/) }),
    );
});
