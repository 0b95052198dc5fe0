/** Laws of weight distances: by hand, rotations, the start of a training, and names. */

import { beforeAll, describe, expect, test } from "vitest";
import type { AuditedModel } from "../../src/audit/index.ts";
import { alignedParameters, missingPairs, type WeightDistanceFinding, weightDistance } from "../../src/audit/index.ts";
import { norm } from "../../src/numeric/vector.ts";
import { compacted } from "../../src/study/store/compaction.ts";
import { byBatches, sharded, usualSharding } from "../../src/training/index.ts";
import { exact, retrain, sif } from "../../src/unlearning/index.ts";
import { run } from "../support/run.ts";
import { expectNear, rowsWhere } from "../support/small.ts";
import { recipe, turned } from "../support/subjects.ts";
import { forgetBy, smoothOf } from "../support/trained.ts";
import { modelAt, optimum, requestsOf, subjectNamed, trainerOf } from "../unlearning/subjects.ts";
import { named, subjectOf } from "./subjects.ts";

let original: AuditedModel;
let unlearned: AuditedModel;
let retrained: AuditedModel;
let sloppy: AuditedModel;
beforeAll(async () => {
  const model = await optimum(subjectNamed("mf, table L2"));
  const rows = rowsWhere(model.interactions, ([user]) => user === 3 || user === 6);
  original = named(model);
  unlearned = named((await forgetBy(exact, model, rows)).model);
  retrained = named((await forgetBy(retrain, model, rows)).model);
  sloppy = named((await forgetBy(sif, model, rows)).model);
});

const subject = (after = unlearned) =>
  subjectOf(original, after, { retrained, forgotten: missingPairs(original, after) });
const found = async (on: ReturnType<typeof subject>): Promise<WeightDistanceFinding> =>
  (await weightDistance.make({}).run(on, run)) ?? expect.fail("no finding");
const paramsOf = ({ trained }: AuditedModel) => smoothOf(trained).params;
const apart = (a: AuditedModel, b: AuditedModel) => norm(paramsOf(a).map((x, k) => x - paramsOf(b)[k]));

test("raw is the norm of the difference of all parameters", async () => {
  const { raw, parameters } = await found(subject(sloppy));
  expect(parameters).toBe(paramsOf(original).length);
  expectNear(
    [raw.retrainedToOriginal ?? 0, raw.unlearnedToOriginal ?? 0, raw.unlearnedToRetrained ?? 0],
    [apart(retrained, original), apart(sloppy, original), apart(sloppy, retrained)],
  );
  expect(raw.unlearnedToOriginal).toBeGreaterThan(0.1);
});

test("raw sees a rotation, aligned does not; and aligned is never more", async () => {
  for (const after of [sloppy, unlearned]) {
    const { objective, params } = smoothOf(after.trained);
    const [plain, other] = [
      await found(subject(after)),
      await found(subject(named(modelAt(after.trained, turned(objective, params), objective)))),
    ];
    for (const pair of ["unlearnedToOriginal", "unlearnedToRetrained"] as const) {
      expectNear([other.aligned[pair] ?? 0], [plain.aligned[pair] ?? 1], 1e-7);
      expect(other.raw[pair]).toBeGreaterThan((plain.raw[pair] ?? 0) + 0.1);
      expect(plain.aligned[pair]).toBeLessThanOrEqual((plain.raw[pair] ?? 0) + 1e-9);
    }
  }
});

test("aligned embeddings are those of the audit of parameters, where there is nothing else", async () => {
  const model = await optimum(subjectNamed("mf, bpr"));
  const [before, after] = [
    named(model),
    named((await forgetBy(sif, model, requestsOf(subjectNamed("mf, bpr"), model).user)).model),
  ];
  const on = subjectOf(before, after);
  const { relative = 0 } = (await alignedParameters.make({}).run(on, run)) ?? {};
  expectNear([(await found(on)).aligned.unlearnedToOriginal ?? 0], [relative * norm(paramsOf(after))], 1e-9);
});

test("exact forgetting leaves nothing of the distance to the retrained model", async () => {
  const { aligned } = await found(subject());
  expect(aligned.unlearnedToRetrained).toBeLessThan(1e-5);
  expect(aligned.unlearnedToOriginal).toBeGreaterThan(0.1);
  expectNear([aligned.unlearnedToOriginal ?? 0], [aligned.retrainedToOriginal ?? 1], 1e-4);
  expect(aligned.originalToInitial).toBeGreaterThan(aligned.retrainedToOriginal ?? 0);
});

test("rows that one does not have are left out of both", async () => {
  const stored = compacted(unlearned);
  const { raw } = await found({ ...subject(), unlearned: stored });
  const gap = paramsOf(unlearned).map((x, k) => {
    const user = Math.floor(k / 4);
    return user === 3 || user === 6 ? 0 : x - paramsOf(original)[k];
  });
  expectNear([raw.unlearnedToOriginal ?? 0], [norm(gap)]);
});

describe("the start", () => {
  test.each(["mf, bpr", "neumf, squared", "light-gcn, bpr"])(
    "of a %s that no step moved is where it is",
    async (name) => {
      const { objective } = smoothOf(await optimum(subjectNamed(name)));
      const { settings, interactions, keys, negatives } = objective;
      const still = byBatches(settings, { ...recipe, optimizer: "adam", epochs: 0 });
      const model = named(
        await still.train({ interactions, keys, ...(settings.sampling ? { negatives } : {}) }, 3, run),
      );
      const { raw } = await found(subjectOf(model, model));
      expect(raw).toEqual({
        originalToInitial: 0,
        retrainedToOriginal: null,
        unlearnedToOriginal: 0,
        unlearnedToRetrained: null,
      });
      expect(norm(paramsOf(model))).toBeGreaterThan(0);
      const moved = named({ ...model.trained, seed: 4 });
      expect((await found(subjectOf(moved, moved))).raw.originalToInitial).toBeGreaterThan(0.01);
    },
  );

  test("with closed forms is the first point that the kernels get", async () => {
    const { objective } = smoothOf(original.trained);
    const { interactions, keys, settings } = objective;
    const points: Float64Array[] = [];
    const factors: typeof run.kernels.factors = {
      ...run.kernels.factors,
      open(problem) {
        const session = run.kernels.factors.open(problem);
        const setPoint = (params: Float64Array) => {
          points.push(params.slice());
          session.setPoint(params);
        };
        return { ...session, setPoint };
      },
    };
    const trainer = trainerOf(settings);
    await trainer.train({ interactions, keys }, 5, { ...run, kernels: { ...run.kernels, factors } });
    expect(trainer.start?.(objective, 5)).toEqual(points[0]);
    const seeded = named({ ...original.trained, seed: 5 });
    const gap = norm(paramsOf(seeded).map((x, k) => x - points[0][k]));
    expectNear([(await found(subjectOf(seeded, seeded))).raw.originalToInitial ?? 0], [gap]);
  });

  test("of an imported model is nobody's knowledge", async () => {
    const imported = named({ ...original.trained, origin: "imported" });
    expect((await found(subjectOf(imported, unlearned))).raw.originalToInitial).toBeNull();
  });
});

test("of a model in shards is over all members; a model without parameters has none, and it is said", async () => {
  const { interactions, keys } = original.trained;
  const trainer = sharded(trainerOf(smoothOf(original.trained).objective.settings), usualSharding);
  const before = named(await trainer.train({ interactions, keys }, 1, run));
  const rows = rowsWhere(interactions, ([user]) => user === 3);
  const after = named((await forgetBy(exact, before.trained, rows)).model);
  const { raw, parameters } = await found(subjectOf(before, after));
  const members = ({ trained }: AuditedModel) => trained.shards?.map(({ model }) => smoothOf(model).params) ?? [];
  const [a, b] = [members(before), members(after)];
  const squares = a.map((params, m) => norm(params.map((x, k) => x - b[m][k])) ** 2);
  expectNear([raw.unlearnedToOriginal ?? 0], [Math.sqrt(squares.reduce((sum, x) => sum + x, 0))]);
  expect(parameters).toBe(a.length * a[0].length);
  const audit = weightDistance.make({});
  const bare = named({ ...original.trained, smooth: undefined });
  expect(audit.missing?.(subjectOf(bare, unlearned))).toMatch(/^needs parameters/);
  expect(await audit.run(subjectOf(bare, unlearned), run)).toBeNull();
});

test("models of other widths have no distance", async () => {
  const other = named(await optimum(subjectNamed("ials")));
  const { raw, aligned } = await found(subjectOf(original, other));
  expect([raw.unlearnedToOriginal, aligned.unlearnedToOriginal]).toEqual([null, null]);
  const [part] = weightDistance.make({}).parts?.(await found(subjectOf(original, other))) ?? [];
  expect(part.kind === "bars" && part.bars.length).toBe(2);
});
