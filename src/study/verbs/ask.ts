/** The verbs that only look: `predict`, `recommend`, `evaluate`, `info`, `audit` and `methods`. */

import { z } from "zod";
import { LetheError } from "../../errors.ts";
import { checkPage } from "../../exchange/foreign/page.ts";
import { runContext } from "../../kernel/run-context.ts";
import { openKernels } from "../../kernel/select.ts";
import { csvPieces, recommendationTable, scoreTable } from "../cases/answer-tables.ts";
import { auditModels } from "../cases/audit.ts";
import { auditDocument } from "../cases/audit-report.ts";
import { evaluate as evaluateModel } from "../cases/evaluate.ts";
import { infoSentence } from "../cases/info-words.ts";
import {
  predictInPieces,
  type RecommendationList,
  recommendEach,
  recommend as recommendItems,
} from "../cases/recommend.ts";
import { writeReportPage } from "../cases/report-page.ts";
import { readHeldOut } from "../cases/rows-for-model.ts";
import { verify as verified } from "../cases/verify.ts";
import { checkFiles } from "../cases/written-files.ts";
import { namedPairs } from "../choosing/named-pairs.ts";
import {
  certificate,
  heldOut,
  id,
  leftovers,
  page,
  pairs,
  path,
  perhaps,
  readingOf,
  settings,
  table,
  tableReading,
} from "./schemas.ts";
import { mutable, verb } from "./verb.ts";

/** Scores of pairs; null for an id without data. */
export const predict = verb({
  name: "predict",
  summary: "score pairs of users and items; null for an id without data",
  request: z.strictObject({
    folder: path.describe("a model folder"),
    pairs: pairs.describe("pairs of outside ids"),
    csv: table,
  }),
  result: z.strictObject({ scores: z.array(perhaps), csv: z.string().optional(), leftovers }),
  async run({ folder, pairs: { users, items }, csv }, run, store) {
    const files = await checkFiles({ csv }, [folder]);
    const scores = await predictInPieces(await store.open(folder, run), users, items, run);
    const rows = scores.map((score, k) => ({ user: users[k], item: items[k], score }));
    return { scores, ...(await files.write({ csv: () => csvPieces(scoreTable, rows) }, run)) };
  },
});

const recommended = z.array(
  z.strictObject({
    item: z.string(),
    score: z.number(),
    title: z.string().nullable(),
    genres: z.array(z.string()),
  }),
);
const list = z.strictObject({ user: z.string(), items: recommended });

/** The best items that a user, or each of many, has not rated. */
export const recommend = verb({
  name: "recommend",
  summary: "the items with the highest scores for a user, or for each of many, of those without a rating",
  request: z.strictObject({
    folder: path.describe("a model folder"),
    user: id.optional().describe("outside id of the user"),
    users: z
      .union([z.literal("all"), z.array(id).min(1)])
      .optional()
      .describe("many users: all, ids separated by commas, or @FILE with one a line"),
    count: z.int().min(1).max(1_000_000).default(10).describe("how many"),
    csv: table,
  }),
  result: z.union([
    z.strictObject({ ...list.shape, csv: z.string().optional(), leftovers }),
    z.strictObject({
      users: z.int(),
      items: z.int(),
      lists: z.array(list).optional(),
      csv: z.string().optional(),
      leftovers,
    }),
  ]),
  async run({ folder, user, users, count, csv }, run, store) {
    if ((user === undefined) === (users === undefined)) throw oneOf(user);
    const files = await checkFiles({ csv }, [folder]);
    const named = await store.open(folder, run);
    if (user !== undefined) {
      const found = mutable({ user, items: recommendItems(named, user, count) });
      return { ...found, ...(await files.write({ csv: () => csvPieces(recommendationTable, [found]) }, run)) };
    }
    const told = counting(recommendEach(named, users ?? "all", count, run));
    if (csv === undefined) {
      const lists: RecommendationList[] = [];
      for await (const one of told.lists) lists.push(one);
      return mutable({ ...told.sizes, lists });
    }
    const written = await files.write({ csv: () => csvPieces(recommendationTable, told.lists) }, run);
    return { ...told.sizes, ...written };
  },
});

function oneOf(user: string | undefined): LetheError {
  return user === undefined
    ? new LetheError("bad-input", "no user was named", "give `user` an id, or `users` all or @FILE", "user")
    : new LetheError("bad-input", "`user` and `users` both say whose items", "leave one of them out", "user");
}

/** Lists as they come, and how many have come. */
function counting(given: AsyncIterable<RecommendationList>) {
  const sizes = { users: 0, items: 0 };
  async function* counted() {
    for await (const one of given) {
      sizes.users++;
      sizes.items += one.items.length;
      yield one;
    }
  }
  return { sizes, lists: counted() };
}

/** How good a model's rankings are. */
export const evaluate = verb({
  name: "evaluate",
  summary: "rank held-out items: hit rate, NDCG, precision, recall, MRR, AUC",
  request: z.strictObject({
    folder: path.describe("a model folder"),
    test: path.describe("held-out interactions"),
    negatives: path.optional().describe("rank each test item among these alone: lines of (user,item) and negatives"),
    k: z.int().min(1).max(1_000_000).default(10).describe("the cutoff of the metrics"),
    ...tableReading,
  }),
  result: z.looseObject({
    protocol: z.enum(["full", "sampled"]),
    k: z.int(),
    rows: z.int(),
    users: z.int(),
    metrics: z.record(z.string(), perhaps),
    rmse: perhaps,
    dropped: z.record(z.string(), z.int()),
    seconds: z.number(),
  }),
  async run({ folder, test, negatives, k, ...reading }, run, store) {
    const request = { test, negatives, k, reading: readingOf(reading) };
    const report = await evaluateModel(await store.open(folder, run), request, run);
    const metrics = Object.entries(report.metrics).map(([name, value]) => [name, numberOrNull(value)]);
    const rmse = numberOrNull(report.rmse);
    return { ...report, metrics: Object.fromEntries(metrics), rmse, dropped: { ...report.dropped } };
  },
});

/** A mean over nothing is none. */
function numberOrNull(value: number | null): number | null {
  return Number.isNaN(value) ? null : value;
}

/** Is what an unlearned model claims true? */
export const audit = verb({
  name: "audit",
  summary: "compare an unlearned model with its original and with a retrained one",
  request: z.strictObject({
    folder: path.describe("the folder of the unlearned model"),
    original: path.optional().describe("the model before forgetting (lethe forget --keep-original keeps it)"),
    retrained: path.optional().describe("a model trained again on what remains (lethe forget --method retrain)"),
    method: z
      .string()
      .optional()
      .describe("one audit alone (lethe methods lists them)")
      .meta({ names: ["audits"] }),
    only: z
      .array(z.string())
      .min(1)
      .optional()
      .describe("these audits alone, separated by commas (default: all that cost no training and no solve)")
      .meta({ names: ["audits"] }),
    settings: settings.optional().describe("settings of that audit"),
    html: page,
    ...heldOut,
  }),
  result: z.strictObject({
    forgotten: z.int(),
    findings: z.record(z.string(), z.unknown()),
    skipped: z.record(z.string(), z.string()),
    html: z.string().optional(),
    leftovers,
  }),
  async run({ folder, original, retrained, test, method, only, settings: given, html, ...reading }, run, store) {
    if (original === undefined)
      throw noOriginal("`original` is missing: an audit compares with the model before forgetting");
    const read = [folder, original, retrained, test].filter((place) => place !== undefined);
    const expected = html === undefined ? undefined : await checkPage(html, read);
    const unlearned = await store.open(folder, run);
    const held = await readHeldOut(unlearned.trained, test, readingOf(reading));
    const report = await auditModels(
      {
        unlearned,
        original: await store.open(original, run),
        retrained: retrained === undefined ? undefined : await store.open(retrained, run),
        test: held && namedPairs(held),
      },
      { ...run, audits: method === undefined ? only : [method], settings: given },
    );
    const { forgotten, findings, skipped } = report;
    if (forgotten === 0)
      throw noOriginal(`nothing of ${original} is gone in ${folder}: it is not the model before forgetting`);
    const found = { forgotten, findings: { ...findings }, skipped: { ...skipped } };
    if (html === undefined) return found;
    const document = auditDocument({ folder, original, retrained, test }, report);
    return { ...found, ...(await writeReportPage(html, document, { ...run, expected })) };
  },
});

/** A model that has forgotten holds nothing to tell what it was. */
function noOriginal(what: string): LetheError {
  return new LetheError(
    "bad-input",
    `${what}, and a model that has forgotten keeps nothing of it`,
    "next time keep it: lethe forget DIR --keep-original BEFORE …, and then lethe audit DIR --original BEFORE; a backup of the folder from before is one, too",
    "original",
  );
}

/** What a manifest may say of a figure. */
const figure = z.union([z.number(), z.string(), z.boolean(), z.null()]);

/** What a model says of itself and, where asked, whether that is true. */
export const info = verb({
  name: "info",
  summary: "show what a model folder says of itself",
  request: z.strictObject({
    folder: path.describe("a model folder"),
    verify: z
      .boolean()
      .optional()
      .describe("check every file, and recompute every figure from them with the reference kernels"),
  }),
  result: z.looseObject({
    format: z.literal("lethe-model"),
    /** What the folder says of itself, in plain words. */
    summary: z.string(),
    certificate: certificate.optional(),
    agrees: z.boolean().optional(),
    differs: z.array(z.strictObject({ figure: z.string(), stored: figure, found: figure })).optional(),
    notVerifiable: z.array(z.string()).optional(),
    otherFiles: z.array(z.string()).optional(),
    leftovers,
  }),
  async run({ folder, verify }, { signal }, store) {
    const manifest = await store.manifest(folder);
    const beside = await store.leftovers(folder);
    if (verify !== true) return { ...manifest, summary: infoSentence(manifest), ...beside };
    const reference = openKernels({ kind: "reference" });
    const run = runContext(reference, { signal });
    const { trained } = await store.open(folder, run);
    const { certificate: found, agrees, differs, notVerifiable } = await verified(trained, manifest, run);
    const otherFiles = await store.otherFiles(folder);
    const summary = infoSentence(manifest, agrees);
    return { ...manifest, summary, certificate: { ...found }, agrees, differs, notVerifiable, otherFiles, ...beside };
  },
});
