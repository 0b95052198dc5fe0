/** Laws of exact forgetting: it equals real retraining from another seed, whatever is forgotten, and says when it does not know. */

import { beforeAll, describe, expect, test } from "vitest";
import { openKernels } from "../../src/kernel/select.ts";
import { rowAt } from "../../src/model/tensors.ts";
import { norm } from "../../src/numeric/vector.ts";
import { closedFormsOf } from "../../src/objective/closed-forms.ts";
import { type Factorization, factorization, placesOf } from "../../src/objective/factorization.ts";
import { noItem } from "../../src/objective/negatives.ts";
import { nearby, slowModesOf, type Trained, type TrainedModel, train } from "../../src/training/index.ts";
import { exact, newton, retrain } from "../../src/unlearning/index.ts";
import { left } from "../objective/cases.ts";
import { run, runWith } from "../support/run.ts";
import { evaluate, expectNear, forms, kernels, rowsWhere, settingsOf, type Triple, tastes } from "../support/small.ts";
import { allScores } from "../support/subjects.ts";
import { forgetBy, modelFrom, smoothOf } from "../support/trained.ts";
import { objectiveOf, optimum, optimumOf, requestsOf, rmsBetween, subjects } from "./subjects.ts";

const cases: [string, (triple: Triple, row: number) => boolean][] = [
  ["a row", (_, row) => row === 99],
  ["a user", ([user]) => user === 12],
  ["an item", ([, item]) => item === 5],
  ["three rows in ten", (_, row) => row % 10 < 3],
  ["all but one user", ([user]) => user !== 9],
  ["everything", () => true],
];

/** The closed forms of a model that has some. */
function closedOf(model: TrainedModel): Factorization {
  return closedFormsOf(smoothOf(model).objective) ?? expect.fail("no closed forms");
}

describe.each(forms)("%s", (_, settings) => {
  const objective = factorization(settings, tastes());
  let model: TrainedModel;
  beforeAll(async () => {
    model = modelFrom(await train(objective, { kernels }));
  });

  test.each(cases)("without %s it is the model retrained from another seed", async (_, wanted) => {
    const rows = rowsWhere(objective.interactions, wanted);
    const found = await forgetBy(exact, model, rows);
    const again = await forgetBy(retrain, model, rows);
    expect(again.model.seed).not.toBe(model.seed);
    for (const { certificate } of [found, again]) {
      expect(certificate.converged).toBe(true);
      // That the optimum is the only one is what makes this law a law.
      expect([certificate.scope, certificate.kind]).toEqual(["global", "global"]);
    }
    expect([found.guarantee, again.guarantee]).toEqual(["certified", "exact"]);
    expectNear(allScores(found.model), allScores(again.model), 1e-6);
    const [ours, theirs] = [smoothOf(found.model), smoothOf(again.model)];
    expectNear([ours.value], [theirs.value], 1e-10);
    expectNear(ours.params, theirs.params, 1e-5);
  });

  test("in two steps it is the same as at once", async () => {
    const all = rowsWhere(objective.interactions, ([user, item]) => user === 12 || item === 5);
    const first = rowsWhere(objective.interactions, ([user]) => user === 12);
    const once = await forgetBy(exact, model, all);
    const half = await forgetBy(exact, model, first);
    const rest = rowsWhere(half.model.interactions, ([, item]) => item === 5);
    const twice = await forgetBy(exact, half.model, rest);
    expectNear(allScores(twice.model), allScores(once.model), 1e-6);
    expectNear(smoothOf(twice.model).params, smoothOf(once.model).params, 1e-5);
  });

  test("who has nothing left is nothing: rows of zeros, and J of the others alone", async () => {
    const rows = rowsWhere(objective.interactions, ([user, item]) => user === 12 || item === 5);
    const { model: after } = await forgetBy(exact, model, rows);
    const { params, value } = smoothOf(after);
    const { stride, itemsAt } = placesOf(objective.shape);
    for (const at of [12 * stride, itemsAt + 5 * stride])
      expect(params.subarray(at, at + stride).every((x) => x === 0)).toBe(true);
    expectNear([value], [evaluate(closedOf(after), params).value]);
  });
});

describe("what it says of itself", () => {
  const objective = factorization(settingsOf(), tastes());
  const rows = rowsWhere(objective.interactions, ([user]) => user === 3);

  test("short of the tolerance it is approximate, and the status says so", async () => {
    const model = modelFrom(await train(objective, { kernels }));
    const found = await forgetBy(exact, model, rows, { tolerance: 1e-300 });
    expect(found.guarantee).toBe("approximate");
    expect(smoothOf(found.model).status).toBe("step-limit");
    expect([found.certificate.scope, found.certificate.kind]).toEqual(["none", "none"]);
    expect(smoothOf(found.model).tolerance).toBe(1e-300);
  });

  test("a model that was not converged is not certified by forgetting nothing", async () => {
    const rough = modelFrom(await train(objective, { kernels, tolerance: 1e-300 }));
    const found = await forgetBy(exact, rough, new Uint32Array());
    expect(found.guarantee).toBe("approximate");
    expect(smoothOf(found.model).params).toEqual(smoothOf(rough).params);
  });

  test("from a model that was not converged it still ends at the optimum of what remains", async () => {
    const rough = modelFrom(await train(objective, { kernels, sweeps: 1, tolerance: 1 }));
    expect(smoothOf(rough).gradientNorm).toBeGreaterThan(1e-4);
    const found = await forgetBy(exact, rough, rows, { tolerance: 1e-8 });
    const again = modelFrom(await train(objective.without(rows), { kernels, seed: 8 }));
    expect(found.certificate.converged).toBe(true);
    expectNear(allScores(found.model), allScores(again), 1e-6);
  });

  test("the curvature, where asked for, bounds nothing but tells how near the optimum is", async () => {
    const model = modelFrom(await train(objective, { kernels }));
    const without = await forgetBy(exact, model, rows);
    expect(without.certificate.curvature).toBeNull();
    const { certificate } = await forgetBy(exact, model, rows, { curvature: true });
    expect(certificate.curvature).toBeGreaterThan(0);
    expectNear(
      [certificate.localDistance as number],
      [(certificate.gradientNorm as number) / (certificate.curvature as number)],
    );
  });

  test("slow modes shorten the way and do not change its end, nor are they handed on", async () => {
    // Strong L2 has no slow modes.
    const weak = factorization(settingsOf({ l2: 1.5 }), tastes());
    const trained: Trained = await train(weak, { kernels });
    expect((await slowModesOf(weak, trained.params, run)).vectors.length).toBeGreaterThan(0);
    const model = modelFrom(trained);
    const near = await nearby(smoothOf(model), run);
    for (const which of [rows, Uint32Array.of(7)]) {
      const plain = await forgetBy(exact, model, which);
      const found = await near.without(which);
      expect(found.status).toBe("converged");
      for (const one of [model, plain.model, found]) expect(JSON.stringify(Object.keys(one))).not.toMatch(/modes/i);
      expectNear(
        allScores({ ...plain.model, scores: (pairs) => found.objective.serving.at(found.params, pairs).scores }),
        allScores(plain.model),
        1e-6,
      );
    }
    near.close();
  });

  test.each([exact, retrain])("$name stops when told to", async (unlearner) => {
    const model = modelFrom(await train(objective, { kernels }));
    const context = runWith({}, { signal: AbortSignal.abort() });
    await expect(forgetBy(unlearner, model, rows, {}, {}, context)).rejects.toMatchObject({ code: "aborted" });
  });

  test("retraining takes the seed that it is given, else another than the model's", async () => {
    const model = modelFrom(await train(objective, { kernels, seed: 5 }));
    expect(model.seed).toBe(5);
    expect((await forgetBy(retrain, model, rows)).model.seed).not.toBe(5);
    expect((await forgetBy(retrain, model, rows, { seed: 40 })).model.seed).toBe(40);
    expect((await forgetBy(exact, model, rows)).model.seed).toBe(5);
  });

  test("other kernels forget the same", async () => {
    const model = modelFrom(await train(objective, { kernels }));
    const { factors: wasm } = openKernels({ threads: 1 });
    const [a, b] = [
      await forgetBy(exact, model, rows),
      await forgetBy(exact, model, rows, {}, {}, runWith({ factors: wasm })),
    ];
    await wasm.close();
    expectNear(allScores(b.model), allScores(a.model), 1e-6);
    // What those kernels certified, the reference finds in the parameters alone.
    const { value, gradient } = evaluate(closedOf(b.model), smoothOf(b.model).params);
    expect(Math.abs((b.certificate.gradientNorm as number) - norm(gradient))).toBeLessThan(1e-11);
    expectNear([b.certificate.objective as number], [value], 1e-13);
  });
});

const unique = subjects.filter((subject) => subject.unique);

describe.each(unique)("exact and retrained $name", (subject) => {
  test("score alike, from another seed", async () => {
    const model = await optimum(subject);
    for (const rows of Object.values(requestsOf(subject, model))) {
      const ours = await forgetBy(exact, model, rows);
      const again = await forgetBy(retrain, model, rows);
      expect([ours.model.seed, again.model.seed]).toEqual([model.seed, model.seed + 1]);
      expect((await forgetBy(retrain, model, rows, { seed: 9 })).model.seed).toBe(9);
      expectNear(allScores(ours.model), allScores(again.model), 1e-6);
      expect(rmsBetween(allScores(ours.model), allScores(model))).toBeGreaterThan(1e-3);
    }
  });

  const { mild } = subject;
  if (mild === undefined) return;

  test("the Newton step leaves little of the distance", async () => {
    const model = await optimumOf(objectiveOf(subject, mild));
    const { user, item, row } = requestsOf(subject, model);
    for (const [what, rows] of Object.entries({ user, item, row })) {
      const wanted = allScores((await forgetBy(exact, model, rows)).model);
      const found = await forgetBy(newton, model, rows);
      const { objective } = smoothOf(found.model);
      const before = allScores({
        ...model,
        scores: (pairs) => objective.serving.at(smoothOf(model).params, pairs).scores,
      });
      const share = rmsBetween(allScores(found.model), wanted) / rmsBetween(before, wanted);
      expect(share, what).toBeLessThan(0.2);
      expect(smoothOf(found.model).gradientNorm).toBeLessThan(found.gradientNormBefore as number);
    }
  });

  if (subject.settings.sampling !== undefined)
    test("with honest negatives score alike too, on the negatives that training without the rows draws", async () => {
      const sampling = { perRow: 2, seed: 5, semantics: "honest" as const };
      const model = await optimumOf(objectiveOf(subject, { ...mild, sampling }));
      const { item } = requestsOf(subject, model);
      const ours = await forgetBy(exact, model, item);
      const again = await optimumOf(objectiveOf(subject, { ...mild, sampling }, left(model.interactions, item)), 4);
      const { negatives } = smoothOf(ours.model).objective;
      expect(negatives).toEqual(smoothOf(again).objective.negatives);
      expect(negatives.includes(6)).toBe(false);
      expectNear(allScores(ours.model), allScores(again), 1e-6);
    });
});

/** The largest entry of a user's or an item's rows. */
function sizeOfRow(model: TrainedModel, side: "user" | "item", row: number): number {
  const { objective, params } = smoothOf(model);
  let most = 0;
  for (const tensor of objective.tensors)
    if (tensor.rowsOf === side)
      for (let f = 0; f < tensor.width; f++) most = Math.max(most, Math.abs(params[rowAt(tensor, row) + f]));
  return most;
}

const tabled = subjects.filter(({ settings }) => settings.kind.name !== "mult-vae");

describe.each(tabled)("a whole user of $name", (subject) => {
  test("takes the examples along, and leaves a row of zeros; the others' negatives stay", async () => {
    const model = await optimum(subject);
    const { user } = requestsOf(subject, model);
    const gone = subject.asks.user;
    const { model: after } = await forgetBy(exact, model, user);
    expect(sizeOfRow(model, "user", gone)).toBeGreaterThan(0.1);
    expect(sizeOfRow(after, "user", gone)).toBeLessThanOrEqual(1e-9);
    const { objective } = smoothOf(after);
    const { pairs, labels } = objective.examplesOf(objective.units);
    const read = Array.from(pairs.users).filter((other, n) => other === gone && !Number.isNaN(labels[n]));
    expect(read).toEqual([]);
  });
});

test.each(subjects.filter(({ settings }) => settings.sampling !== undefined && settings.kind.name !== "gmf"))(
  "an item of $name that others drew keeps its row; one that nobody drew ends at zero",
  async (subject) => {
    const model = await optimum(subject);
    const { negatives } = smoothOf(model).objective;
    for (const item of [6, 8]) {
      const rows = rowsWhere(model.interactions, ([, i]) => i === item);
      const { model: after } = await forgetBy(exact, model, rows);
      expect(smoothOf(after).objective.negatives.includes(item)).toBe(true);
      expect(sizeOfRow(after, "item", item)).toBeGreaterThan(0.01);
      const drew = rowsWhere(
        model.interactions,
        ([, i], row) => i === item || negatives.subarray(2 * row, 2 * row + 2).includes(item),
      );
      const { model: clean } = await forgetBy(exact, model, drew);
      expect(smoothOf(clean).objective.negatives.includes(item)).toBe(false);
      expect(sizeOfRow(clean, "item", item)).toBeLessThanOrEqual(1e-9);
    }
    expect([...negatives].every((item) => item < 10 || item === noItem)).toBe(true);
  },
);
