/** Laws of comparisons: exact forgetting leaves nothing, the recommendation is the rule's, nothing is written, and nothing is left out in silence. */

import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Audit, AuditSubject } from "../../src/audit/audit.ts";
import { unmetNeed } from "../../src/method/index.ts";
import { requestRules } from "../../src/requests/index.ts";
import type { Progress } from "../../src/run.ts";
import { type ChosenAudit, checkOwners, settingsByOwner } from "../../src/study/cases/compare/choosing.ts";
import type { Left, OwnModelFigures } from "../../src/study/cases/compare/comparison.ts";
import { leftOf, subjectOf, verdictsOf } from "../../src/study/cases/compare/measuring.ts";
import { recommendUnlearner, worstOf } from "../../src/study/cases/compare/recommendation.ts";
import { comparisonReport } from "../../src/study/cases/compare/report.ts";
import { asOne } from "../../src/study/cases/compare/requested.ts";
import { inStages } from "../../src/study/cases/compare/stages.ts";
import { compareUnlearners } from "../../src/study/cases/compare.ts";
import { forgetRows } from "../../src/study/cases/forget.ts";
import { predictPairs } from "../../src/study/cases/recommend.ts";
import { unlearnerNamed } from "../../src/study/choosing/methods.ts";
import { type NamedModel, openModel } from "../../src/study/store/model.ts";
import type { CompareReport } from "../../src/study/verbs/compare.ts";
import { folderStore, type Verb, verbs } from "../../src/study/verbs/index.ts";
import { unlearners } from "../../src/unlearning/index.ts";
import { folders } from "../support/folders.ts";
import { treeOf } from "../support/lethe.ts";
import { run, runWith } from "../support/run.ts";
import { csvOf, rows as ratingRows, ratingsCsv, userId } from "../support/sets.ts";

const newFolder = folders();
let place = "";
const at = (name: string) => join(place, name);

/** What a verb answers, as whoever asks from outside gets it. */
async function ask<Answer>(name: string, request: object, context = run): Promise<Answer> {
  const verb = verbs.find((one) => one.name === name) as Verb<unknown, unknown>;
  return JSON.parse(JSON.stringify(await verb.run(verb.parse(request), context, folderStore)));
}

const compare = (request: object, context = run) => ask<CompareReport>("compare", request, context);

/** Every key of a document but those that hold a duration. */
function withoutSeconds(document: unknown): unknown {
  const durations = ["seconds", "times", "trainSeconds"];
  return JSON.parse(JSON.stringify(document, (key, value) => (durations.includes(key) ? undefined : value)));
}

const small = { factors: 3, l2: 3, l2Bias: 1 };
let whole: CompareReport;

beforeAll(async () => {
  place = await newFolder();
  await writeFile(at("ratings.csv"), ratingsCsv);
  await writeFile(
    at("test.csv"),
    `user,item,rating\n${csvOf(ratingRows.slice(0, 60).map(([u, i, r]) => [u, (i + 7) % 30, r]))}`,
  );
  await ask("train", { files: [at("ratings.csv")], out: at("model"), ...small });
  await ask("train", { files: [at("ratings.csv")], out: at("shards"), ...small, shards: 2 });
  await ask("train", { files: [at("ratings.csv")], out: at("noisy"), model: "gmf", factors: 2, epochs: 1 });
  whole = await compare({ model: at("model"), settings: { share: 0.1 }, test: at("test.csv") });
});

const row = (result: CompareReport, method: string) => {
  const found = result.rows.find((one) => one.method === method);
  if (found === undefined) throw new Error(`no row of ${method}`);
  return found;
};

describe("a comparison of a converged model", () => {
  test("has a row of every unlearner, or a reason", async () => {
    const { trained } = await openModel(at("model"), run);
    for (const entry of unlearners.methods) {
      const fits = unmetNeed(entry, trained) === undefined && entry.cost !== "a pool";
      const compared = whole.rows.some(({ method }) => method === entry.name);
      expect(compared || entry.name in whole.skipped, entry.name).toBe(true);
      if (!fits) expect(whole.skipped[entry.name]).toMatch(/\w/);
    }
    for (const why of Object.values(whole.skipped)) expect(why).toMatch(/\w/);
  });

  test("says that exact forgetting and retraining leave nothing, and steps leave something", () => {
    expect(worstOf(row(whole, "exact").left).share).toBeLessThan(1e-6);
    expect(worstOf(row(whole, "retrain").left).share).toBeLessThan(1e-6);
    expect(whole.reference.floor).toEqual(row(whole, "retrain").left);
    // A training from other factors: the same in every byte would tell nothing.
    expect(worstOf(whole.reference.floor).share).toBeGreaterThan(0);
    expect(row(whole, "sif").left.random).toBeGreaterThan(row(whole, "newton").left.random as number);
    expect(row(whole, "newton").left.random).toBeGreaterThan(1e-4);
    expect(row(whole, "exact").topItems).toBe(1);
    expect(row(whole, "exact").gradientNorm).toBeLessThan(1e-7);
    expect(row(whole, "sif").gradientNorm).toBeGreaterThan(0.1);
  });

  test("measures what it says: rms by hand on the forgotten pairs", async () => {
    const named = await openModel(at("model"), run);
    const settings = { of: "interactions", share: 0.02 };
    const [rows] = await requestRules.methods[0].make(settings).choose(named, run);
    const { users, items } = named.trained.interactions;
    const userIds = Array.from(rows, (k) => named.dataset.userIds.list[users[k]]);
    const itemIds = Array.from(rows, (k) => named.dataset.itemIds.list[items[k]]);
    const scored = (model: NamedModel) => predictPairs(model, userIds, itemIds) as number[];
    const by = async (method: string, seed?: number) =>
      scored((await forgetRows(named, rows, unlearnerNamed(method, named.trained), { ...run, seed })).model);
    const [truth, found, before] = [await by("retrain", 2), await by("sif"), scored(named)];
    const rms = (a: number[], b: number[]) => Math.hypot(...a.map((x, k) => x - b[k]));
    const result = await compare({ model: at("model"), settings, methods: ["sif"] });
    expect(result.rows[0].left.forgotten).toBeCloseTo(rms(found, truth) / rms(before, truth), 12);
    expect(result.request).toEqual({
      rule: "random",
      settings: { ...settings, count: 0, seed: 1 },
      users: new Set(userIds).size,
      interactions: rows.length,
    });
  });

  test("does not take a method for perfect that moves what forgetting does not move", async () => {
    const original = await openModel(at("model"), run);
    const rows = Uint32Array.of(3, 4, 5);
    const { model } = await forgetRows(original, rows, unlearnerNamed("sif", original.trained), run);
    const forgotten = { users: [], items: [], ratings: undefined };
    const yardstick = { original, retrained: original, forgotten, test: undefined };
    expect(await leftOf(subjectOf(yardstick, original), {}, run)).toEqual({ random: 0 });
    expect(await leftOf(subjectOf(yardstick, model), {}, run)).toEqual({ random: null });
  });

  test("tells times of retraining by the row's own", () => {
    const { seconds, passes } = whole.reference;
    const exact = row(whole, "exact");
    expect(exact.times).toBeCloseTo(seconds / exact.seconds, 9);
    expect(exact.timesPasses).toBeCloseTo(passes / exact.passes, 9);
    // Users that are gone have no rows that SIF could read.
    expect(row(whole, "sif")).toMatchObject({ passes: 0, timesPasses: null });
  });

  test("recommends by its rule, and another for another tolerance", async () => {
    expect(whole.recommendation).toEqual(
      recommendUnlearner(
        whole.rows.map((one) => ({ ...one, own: null })),
        whole.reference.floor,
        0.01,
      ),
    );
    expect(whole.recommendation.method).toBe("exact");
    const { recommendation } = await compare({
      model: at("model"),
      settings: { share: 0.1 },
      within: 1e-12,
      methods: ["sif"],
    });
    expect(recommendation.method).toBeNull();
  });

  test("has the figures of the test file that evaluating has", async () => {
    const { rmse, metrics } = await ask<{ rmse: number; metrics: { hr: number } }>("evaluate", {
      folder: at("model"),
      test: at("test.csv"),
    });
    expect(whole.model.test).toEqual({ rmse, hr: metrics.hr });
    expect(row(whole, "retrain").test?.rmse).toBeCloseTo(whole.reference.test?.rmse as number, 6);
    expect(row(whole, "retrain").test?.rmse).not.toBeCloseTo(rmse, 6);
    expect(Object.keys(whole.reference.floor)).toEqual(["random", "forgotten", "test"]);
  });

  test("is the same each time but for durations, and leaves the folder as it is", async () => {
    const [model, names] = [treeOf(at("model")), await readdir(place)];
    const again = await compare({ model: at("model"), settings: { share: 0.1 }, test: at("test.csv") });
    expect(withoutSeconds(again)).toEqual(withoutSeconds(whole));
    expect(treeOf(at("model"))).toEqual(model);
    expect(await readdir(place)).toEqual(names);
  });

  test("draws itself: every method is in every table, and no number is lost", () => {
    const { sections } = comparisonReport(whole as never);
    const parts = sections.flatMap(({ parts: all }) => all);
    expect(new Set(parts.map(({ kind }) => kind))).toEqual(new Set(["verdict", "numbers", "table", "bars", "curves"]));
    const told = JSON.stringify(parts);
    for (const { method, passes, left } of whole.rows) {
      expect(told).toContain(JSON.stringify(method));
      for (const figure of [passes, left.random]) expect(told).toContain(JSON.stringify(figure));
    }
    for (const part of parts)
      if (part.kind === "table") for (const { length } of part.rows) expect(length).toBe(part.header.length);
      else if (part.kind === "curves")
        for (const { points } of part.lines) for (const point of points) expect(Math.min(...point)).toBeGreaterThan(0);
  });
});

describe("a request", () => {
  test("of ids is that of forget", async () => {
    const request = { model: at("model"), users: [userId(3)], methods: ["exact"] };
    const result = await compare(request);
    expect(result.request).toMatchObject({ rule: null, users: 1 });
    const { rows, passes } = await ask<{ rows: number; passes: number }>("forget", {
      folder: at("model"),
      out: at("less"),
      users: [userId(3)],
    });
    expect(result.request.interactions).toBe(rows);
    expect(row(result, "exact").passes).toBe(passes);
  });

  test.each([
    ["for nothing", { users: [] }, "nothing to forget"],
    ["for everybody", { request: "random", settings: { share: 0.999 } }, "nothing would remain"],
    ["by a rule and by ids", { request: "random", users: ["x"] }, "both"],
    ["by a rule that is none", { request: "luck" }, "luck"],
    ["with a setting that the rule has not", { settings: { depth: 1 } }, "depth"],
    ["with a setting of the rule beside ids", { users: [userId(3)], settings: { share: 0.1 } }, "share"],
    [
      "with a setting of a method that takes no part",
      { methods: ["exact"], settings: { "sif.form": "printed" } },
      "sif",
    ],
    ["with a setting that the method has not", { methods: ["sif"], settings: { "sif.steps": 3 } }, "steps"],
    ["with a method that is none", { methods: ["magic"] }, "magic"],
    ["with an audit that is none", { audits: ["magic"] }, "magic"],
  ])("%s is refused before any work", async (_, request, says) => {
    const phases: string[] = [];
    const watched = runWith({}, { onProgress: ({ phase }) => phases.push(phase) });
    const asked = compare({ model: at("model"), ...request }, watched);
    await expect(asked).rejects.toMatchObject({ message: expect.stringContaining(says), advice: expect.any(String) });
    expect(phases.filter((phase) => phase !== "reference")).toEqual([]);
  });

  test("of settings of a method changes that method alone", async () => {
    const settings = { share: 0.1, "newton.form": "printed" };
    const result = await compare({ model: at("model"), methods: ["newton", "sif"], settings, test: at("test.csv") });
    expect(row(result, "newton").settings).toMatchObject({ form: "printed" });
    expect(row(result, "newton").left).not.toEqual(row(whole, "newton").left);
    expect(withoutSeconds(row(result, "sif"))).toEqual(withoutSeconds(row(whole, "sif")));
  });

  test("of several that follow each other is for all of them, and says so", () => {
    const sets = [Uint32Array.of(7, 9), Uint32Array.of(1, 9, 200)];
    expect(asOne(sets, "sequence")).toEqual({
      rows: Uint32Array.of(1, 7, 9, 200),
      warnings: [expect.stringContaining("sequence chose 2 requests")],
    });
    expect(asOne(sets.slice(0, 1), "one").warnings).toEqual([]);
  });

  test("to a file of interactions trains the usual model first", async () => {
    const usual = { settings: { share: 0.1 }, methods: ["exact", "sif"] };
    await ask("train", { files: [at("ratings.csv")], out: at("usual") });
    const [file, folder] = [
      await compare({ model: at("ratings.csv"), ...usual }),
      await compare({ model: at("usual"), ...usual }),
    ];
    expect(file.model.trainSeconds).toEqual(expect.any(Number));
    expect(folder.model.trainSeconds).toBeNull();
    const told = ({ model, warnings: _, ...rest }: CompareReport) =>
      withoutSeconds({ ...rest, model: { ...model, place: "" } });
    expect(told(file)).toEqual(told(folder));
  });
});

describe("a method with a model of its own", () => {
  test("has it trained, is measured against its own retraining, and is not recommended", async () => {
    const result = await compare({ model: at("model"), settings: { share: 0.02 }, methods: ["sharded", "sif"] });
    const { own, left, guarantee } = row(result, "sharded");
    expect(own).toMatchObject({ unlearner: "exact", passes: expect.any(Number), reference: { status: "converged" } });
    expect((own as OwnModelFigures).passes).toBeGreaterThan(1);
    expect(guarantee).toBe("exact");
    expect(worstOf(left).share).toBeLessThan(1e-6);
    expect(result.recommendation.method).not.toBe("sharded");
    expect(row(result, "sif").own).toBeNull();
  });

  test("does not take a model in shards, and says so; exact forgets from that", async () => {
    const result = await compare({ model: at("shards"), settings: { share: 0.02 } });
    expect(result.skipped.sharded).toContain("in shards already");
    expect(result.skipped.sif).toContain("needs");
    expect(worstOf(row(result, "exact").left).share).toBeLessThan(1e-6);
    await expect(compare({ model: at("shards"), methods: ["sharded"] })).rejects.toMatchObject({ code: "unsupported" });
    await expect(compare({ model: at("shards"), methods: ["sif"] })).rejects.toMatchObject({ code: "unsupported" });
  });
});

test("where two retrainings differ by more than the tolerance no method can be judged, and a warning says so", async () => {
  const result = await compare({ model: at("noisy"), methods: ["exact", "retrain"] });
  expect(worstOf(result.reference.floor).share).toBeGreaterThan(0.01);
  expect(result.recommendation).toMatchObject({
    method: null,
    reason: expect.stringContaining("no method can be judged"),
  });
  expect(result.warnings.join()).toContain("two retrainings");
});

test("it stops in any stage, and leaves nothing", async () => {
  const named = await openModel(at("model"), run);
  const before = treeOf(place);
  for (const stage of ["reference", "retrain", "exact", "sif"]) {
    const stop = new AbortController();
    const onProgress = ({ phase }: Progress) => {
      if (phase === stage) stop.abort();
    };
    const stopped = compareUnlearners(
      named,
      { methods: ["exact", "sif"] },
      runWith({}, { signal: stop.signal, onProgress }),
    );
    await expect(stopped, stage).rejects.toMatchObject({ code: "aborted" });
  }
  expect(treeOf(place)).toEqual(before);
});

describe("progress", () => {
  test("grows from 0 to 1 through every method", async () => {
    const told: Progress[] = [];
    const watched = runWith({}, { onProgress: (progress) => told.push(progress) });
    await compare({ model: at("ratings.csv"), methods: ["exact", "sif"] }, watched);
    const fractions = told.map(({ fraction }) => fraction);
    expect(fractions.every((fraction, k) => fraction >= (fractions[k - 1] ?? 0) && fraction <= 1)).toBe(true);
    const phases = [...new Set(told.map(({ phase }) => phase))];
    expect(phases.slice(-4)).toEqual(["reference", "retrain", "exact", "sif"]);
  });

  test("of stages is by their shares", () => {
    const told: Progress[] = [];
    const watched = runWith({}, { onProgress: (progress) => told.push(progress) });
    const next = inStages(watched, [
      { name: "a", share: 1 },
      { name: "b", share: 3 },
    ]);
    next().onProgress?.({ phase: "inner", step: 7, fraction: 0.5 });
    next().onProgress?.({ phase: "inner", step: 8, fraction: 2 });
    expect(told.map(({ phase, step, fraction }) => [phase, step, fraction])).toEqual([
      ["a", 1, 0],
      ["a", 1, 0.125],
      ["b", 2, 0.25],
      ["b", 2, 1],
    ]);
  });
});

describe("the rule", () => {
  const candidate = (method: string, passes: number, left: Left, own: OwnModelFigures | null = null) => ({
    ...{ method, passes, left, own },
  });
  const floor = { random: 1e-9 };
  const cases: readonly (readonly [string, readonly ReturnType<typeof candidate>[], Left, string | null, string])[] = [
    [
      "takes the cheapest below the tolerance",
      [
        candidate("dear", 100, { random: 0 }),
        candidate("cheap", 10, { random: 0.005 }),
        candidate("rough", 1, { random: 0.3 }),
      ],
      floor,
      "cheap",
      "cheap",
    ],
    [
      "looks at the worst kind of pairs",
      [candidate("dear", 100, { random: 0 }), candidate("cheap", 10, { random: 0.005, forgotten: 0.02 })],
      floor,
      "dear",
      "dear",
    ],
    [
      "takes the first of equal passes",
      [candidate("a", 5, { random: 0.001 }), candidate("b", 5, { random: 0 })],
      floor,
      "a",
      "a",
    ],
    [
      "takes what leaves as much as the tolerance for too much",
      [candidate("a", 5, { random: 0.01 })],
      floor,
      null,
      "a comes nearest",
    ],
    [
      "says which comes nearest where none is below",
      [candidate("a", 5, { random: 0.5 }), candidate("b", 9, { random: 0.02 })],
      floor,
      null,
      "b comes nearest",
    ],
    ["does not trust what is no number", [candidate("a", 5, { random: null })], floor, null, "unknown"],
    [
      "judges nothing where the floor is above",
      [candidate("a", 5, { random: 0 })],
      { random: 1e-9, forgotten: 0.01 },
      null,
      "no method can be judged",
    ],
    [
      "leaves out methods with models of their own",
      [candidate("a", 5, { random: 0 }, {} as OwnModelFigures)],
      floor,
      null,
      "no method was compared",
    ],
    ["has none of none", [], floor, null, "no method was compared"],
  ];

  test.each(cases)("%s", (_, candidates, noise, method, says) => {
    const found = recommendUnlearner(candidates, noise, 0.01);
    expect(found.method).toBe(method);
    expect(found.reason).toContain(says);
    if (method === null) expect(found.reason).toMatch(/^none: /);
    // The order of the others does not matter.
    if (new Set(candidates.map(({ passes }) => passes)).size === candidates.length)
      expect(recommendUnlearner(candidates.toReversed(), noise, 0.01)).toEqual(found);
  });
});

describe("settings", () => {
  test("belong to the name before the last point", () => {
    const owners = settingsByOwner({ share: 0.1, "newton.form": "printed", "newton.solver": "cholesky" });
    expect([...owners]).toEqual([
      ["", { share: 0.1 }],
      ["newton", { form: "printed", solver: "cholesky" }],
    ]);
    expect(() => checkOwners(owners, ["", "newton"])).not.toThrow();
    expect(() => checkOwners(owners, ["newton"])).toThrow("share");
    expect(() => checkOwners(owners, [""])).toThrow("newton.form");
  });
});

describe("verdicts of audits", () => {
  const auditOf = (...outcomes: readonly ("good" | "bad" | "open")[]): Audit => ({
    question: "?",
    run: async () => ({}),
    parts: () => outcomes.map((outcome) => ({ kind: "verdict", title: "", outcome, text: outcome })),
  });
  const chosen = (name: string, audit: Audit): ChosenAudit => ({ name, audit, asked: false, unmet: () => undefined });
  const silent: Audit = { question: "?", run: async () => ({}) };

  test("are as good as the worst of one audit, and an audit without one is told of where it was asked for", async () => {
    const found = await verdictsOf(
      [
        chosen("good", auditOf("good", "good")),
        chosen("bad", auditOf("good", "bad", "open")),
        chosen("open", auditOf("open", "good")),
        chosen("silent", silent),
        { ...chosen("asked", silent), asked: true },
        { ...chosen("lacking", auditOf("good")), unmet: () => "needs parameters" },
      ],
      {} as AuditSubject,
      run,
    );
    expect(found).toEqual({
      good: { outcome: "good", text: "good; good" },
      bad: { outcome: "bad", text: "good; bad; open" },
      open: { outcome: "open", text: "open; good" },
      asked: { outcome: "open", text: "gives no verdict" },
      lacking: { outcome: "open", text: "needs parameters" },
    });
  });

  test("are of those audits that were asked for", async () => {
    const { rows } = await compare({ model: at("model"), methods: ["sif"], audits: ["stationarity"] });
    expect(Object.keys(rows[0].audits)).toEqual(["stationarity"]);
  });
});
