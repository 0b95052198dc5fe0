/** Laws of the passes that are left: shares by hand, nothing done, all done, and steps that are where they say. */

import { beforeAll, describe, expect, test } from "vitest";
import {
  type AuditedModel,
  missingPairs,
  type PassesLeftFinding,
  passesLeft,
  randomPairs,
  scoresByIds,
} from "../../src/audit/index.ts";
import { norm } from "../../src/numeric/vector.ts";
import type { Progress } from "../../src/run.ts";
import { compacted } from "../../src/study/store/compaction.ts";
import { minimise, sharded, usualSharding } from "../../src/training/index.ts";
import { exact, retrain, sif } from "../../src/unlearning/index.ts";
import { run } from "../support/run.ts";
import { expectNear, rowsWhere } from "../support/small.ts";
import { forgetBy, smoothOf } from "../support/trained.ts";
import { derivativesAt, modelAt, optimum, subjectNamed, trainerOf } from "../unlearning/subjects.ts";
import { named, subjectOf } from "./subjects.ts";

const found = async (on: ReturnType<typeof subjectOf>, settings = {}, context = run): Promise<PassesLeftFinding> =>
  (await passesLeft.make(settings).run(on, context)) ?? expect.fail("no finding");

describe.each(["mf, table L2", "light-gcn, squared"])("of %s", (name) => {
  let original: AuditedModel;
  let after: Record<"exact" | "sif" | "untouched", AuditedModel>;
  let retrained: AuditedModel;
  beforeAll(async () => {
    const model = await optimum(subjectNamed(name));
    const rows = rowsWhere(model.interactions, (_, row) => row % 9 === 0);
    original = named(model);
    const { objective, params } = smoothOf(model);
    after = {
      exact: named((await forgetBy(exact, model, rows)).model),
      sif: named((await forgetBy(sif, model, rows)).model),
      untouched: named(modelAt(model, params, objective.without(rows))),
    };
    retrained = named((await forgetBy(retrain, model, rows)).model);
  });
  const on = (how: keyof typeof after) =>
    subjectOf(original, after[how], { retrained, forgotten: missingPairs(original, after[how]) });

  test("begins with the share of the distance that is left, by hand", async () => {
    const { fromUnlearned, fromOriginal, distance, pairs } = await found(on("sif"), { pairs: 300, seed: 4 });
    const all = randomPairs(original, 300, 4);
    const { byUser, byItem } = after.sif.trained.interactions;
    const there = all.users.flatMap((id, k) => {
      const [user, item] = [Number(id.slice(1)), Number(all.items[k].slice(1))];
      return byUser.start[user + 1] > byUser.start[user] && byItem.start[item + 1] > byItem.start[item] ? [k] : [];
    });
    const kept = { users: there.map((k) => all.users[k]), items: there.map((k) => all.items[k]), ratings: undefined };
    const [x, y, z] = [original, after.sif, retrained].map((model) => scoresByIds(model, kept));
    expect(pairs).toBe(there.length);
    if (original.trained.smooth?.objective.model.local) {
      const rms = norm(x.map((score, k) => score - z[k])) / Math.sqrt(there.length);
      expectNear([distance], [rms], 1e-9);
    }
    const rms = norm(y.map((score, k) => score - z[k])) / Math.sqrt(there.length);
    expectNear([fromUnlearned.steps[0].left], [rms / distance], 1e-9);
    expect([fromUnlearned.steps[0].passes, fromOriginal.steps[0]]).toEqual([0, { passes: 0, left: 1 }]);
  });

  test("nothing is left of exact forgetting, and all where nothing was done", async () => {
    expect((await found(on("exact"))).fromUnlearned).toMatchObject({ passes: 0, status: "converged" });
    const { fromUnlearned, fromOriginal } = await found(on("untouched"));
    const numbers = ({ steps }: typeof fromOriginal) => steps.flatMap(({ passes, left }) => [passes, left]);
    expectNear(numbers(fromUnlearned), numbers(fromOriginal), 1e-8);
    expect(fromOriginal.passes).toBeGreaterThan(1);
  });

  test("ends at the first step with no more than the share, and a smaller share takes as many passes or more", async () => {
    let before = 0;
    for (const share of [0.5, 0.01, 1e-4]) {
      const { fromOriginal } = await found(on("sif"), { share });
      const { steps, passes } = fromOriginal;
      expect(steps.at(-1)?.passes).toBe(passes);
      expect(steps.at(-1)?.left).toBeLessThanOrEqual(share);
      expect(steps.slice(0, -1).every(({ left }) => left > share)).toBe(true);
      expect(passes).toBeGreaterThanOrEqual(before);
      before = passes ?? 0;
    }
  });

  test("passes are interactions read, by those that remain", async () => {
    let read = 0;
    const onRows = (rows: number) => {
      read += rows;
    };
    const { fromUnlearned, fromOriginal } = await found(on("sif"), { share: 1e-30 }, { ...run, onRows });
    // Without a share that is ever reached the steps are all there are.
    expect([fromUnlearned.passes, fromOriginal.passes]).toEqual([null, null]);
    const last = [fromUnlearned, fromOriginal].map(({ steps }) => steps.at(-1)?.passes ?? 0);
    expectNear([last[0] + last[1]], [read / after.sif.trained.interactions.size]);
  });

  test("without a retrained model the target is the optimum", async () => {
    const alone = { ...on("sif"), retrained: undefined };
    const [to, optimumOnly] = [await found(on("sif")), await found(alone)];
    expect([to.target, optimumOnly.target]).toEqual(["retrained", "optimum"]);
    expectNear([optimumOnly.distance], [to.distance], 1e-5);
    expect(optimumOnly.fromUnlearned.passes).toBe(to.fromUnlearned.passes);
  });

  test("every step of a minimisation is at the point that it tells: J there is the J that it reports", async () => {
    const { objective, params } = smoothOf(after.untouched.trained);
    const [points, values]: [Float64Array[], number[]] = [[], []];
    const onProgress = ({ objective: value = Number.NaN }: Progress) => void values.push(value);
    const onStep = (point: Float64Array) => void points.push(point);
    await minimise(objective, params, { ...run, onProgress }, { onStep, tolerance: 1e-8 });
    expect(points.length).toBeGreaterThan(1);
    expectNear(
      points.map((point) => derivativesAt(objective, point).value),
      values,
      1e-10,
    );
  });
});

test("a stored model is as far as the one in memory", async () => {
  const model = await optimum(subjectNamed("mf, table L2"));
  const [original, after] = [
    named(model),
    (
      await forgetBy(
        sif,
        model,
        rowsWhere(model.interactions, ([user]) => user === 3),
      )
    ).model,
  ];
  const stored = compacted(named(after));
  const { fromUnlearned } = await found(subjectOf(original, stored));
  expect(fromUnlearned.passes).toBeGreaterThan(0);
  expect(fromUnlearned.status).toBe("converged");
});

test("without an objective there is nothing to minimise, and it is said", async () => {
  const { interactions, keys, smooth } = await optimum(subjectNamed("mf, table L2"));
  const trainer = sharded(trainerOf(smooth?.objective.settings ?? expect.fail()), usualSharding);
  const model = named(await trainer.train({ interactions, keys }, 1, run));
  const audit = passesLeft.make({});
  expect(audit.missing?.(subjectOf(model, model))).toMatch(/^needs parameters .*shards/);
  expect(await audit.run(subjectOf(model, model), run)).toBeNull();
  const other = named(await optimum(subjectNamed("ials")));
  const mf = named(await optimum(subjectNamed("mf, table L2")));
  expect(audit.missing?.(subjectOf(other, mf))).toMatch(/of the same form/);
});

test("shows both ways and the share", async () => {
  const model = named(await optimum(subjectNamed("mf, table L2")));
  const [part] = passesLeft.make({}).parts?.(await found(subjectOf(model, model))) ?? [];
  expect(part.kind === "curves" && part.lines.map(({ label }) => label)).toEqual([
    "from the unlearned model",
    "from the original",
    "1 %",
  ]);
});
