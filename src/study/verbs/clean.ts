/** The verb `clean`: which interactions or users spoil a model, and does it help to remove them? */

import { z } from "zod";
import { checkNewFile } from "../../exchange/foreign/event-files.ts";
import { partSvg } from "../../report/index.ts";
import { cleanedInto } from "../cases/clean/into.ts";
import { cleanCsv, cleanCurve, cleanReport } from "../cases/clean/report.ts";
import { suspicionMeasures } from "../cases/clean/suspicion.ts";
import { cleanModel } from "../cases/clean.ts";
import { reportPage } from "../cases/report-page.ts";
import { readRowsFor } from "../cases/rows-for-model.ts";
import { checkFiles } from "../cases/written-files.ts";
import { leftovers, page, path, perhaps, settings, status, table } from "./schemas.ts";
import { verb } from "./verb.ts";

/** What `clean` is asked. */
export const cleanRequest = z.strictObject({
  model: path.describe("a model folder"),
  players: z.enum(["interactions", "users"]).default("interactions").describe("what is looked for"),
  method: z
    .string()
    .optional()
    .describe("estimator or valuer that tells how suspicious each is (default: the cheapest that the model allows)")
    .meta({ names: ["valuers", "estimators"] }),
  settings: settings.optional().describe("settings of the method"),
  measure: z
    .enum(suspicionMeasures)
    .default("own-fit")
    .describe(
      "what they are valued for: own-fit, the fit of their own rows (memorization); fit, that of held-out rows of the test file; push, an item that they push together",
    ),
  tail: z
    .enum(["high", "low"])
    .optional()
    .describe("which end of the values is suspicious (default: low of fit, else high)"),
  test: path.optional().describe("held-out interactions, which the model was not trained on"),
  holdout: z
    .string()
    .optional()
    .describe(
      "without a test file: a share or a number of the model's own rows, for a second training without them (default: 20%)",
    ),
  draws: z.int().min(1).max(100).default(3).describe("removals at random to compare with, for each share"),
  count: z.int().min(1).max(1_000_000_000).default(20).describe("so many of the most suspicious are listed"),
  seed: z.int().min(0).default(1).describe("seed of the draws"),
  csv: table,
  svg: path.optional().describe("a file for the curve of removals, as SVG"),
  html: page,
  out: path
    .optional()
    .describe("new file for the interactions after the advice was followed, as CSV: train on it next"),
});

const ends = z.tuple([z.number(), z.number()]).nullable();
const advice = z.enum(["remove", "relabel", "keep"]);
const aboutRow = {
  item: z.string().optional(),
  title: z.string().nullable().optional(),
  rating: z.number().optional(),
};

/** What `clean` answers. */
export const cleanResult = z.strictObject({
  model: z.strictObject({
    ...{ place: z.string(), kind: z.string() },
    ...{ users: z.int(), items: z.int(), interactions: z.int() },
  }),
  players: z.strictObject({ kind: z.enum(["interactions", "users"]), count: z.int() }),
  ...{ method: z.string(), measure: z.enum(suspicionMeasures), tail: z.enum(["high", "low"]), seed: z.int() },
  held: z.strictObject({ from: z.enum(["test", "holdout"]), choosing: z.int(), judging: z.int() }),
  error: z.strictObject({
    ...{ measure: z.enum(["rmse", "ndcg@10"]), better: z.enum(["lower", "higher"]), keepAll: z.number() },
  }),
  curve: z.array(
    z.strictObject({
      ...{ share: z.number(), players: z.int(), rows: z.int(), choosing: z.number(), judging: z.number() },
      ...{ difference: z.number(), interval: ends, random: z.number() },
    }),
  ),
  relabelled: z.strictObject({ rows: z.int(), choosing: z.number(), judging: z.number(), interval: ends }).optional(),
  recommendation: z.strictObject({
    ...{ advice, share: z.number(), players: z.int(), before: z.number(), after: z.number() },
    ...{ interval: ends, text: z.string() },
  }),
  pushed: z
    .array(
      z.strictObject({
        ...{ item: z.string(), title: z.string().nullable(), interactions: z.int(), behind: z.int() },
        ...{ statistic: z.number(), byChance: z.number() },
      }),
    )
    .optional(),
  suspects: z.array(
    z.strictObject({
      ...{ user: z.string(), ...aboutRow, rows: z.int(), value: perhaps, advice },
      ...{ relabel: perhaps.optional(), reason: z.string() },
    }),
  ),
  ...{ status, notes: z.array(z.string()), warnings: z.array(z.string()) },
  ...{ svg: z.string().optional(), csv: z.string().optional(), html: z.string().optional() },
  out: z.strictObject({ file: z.string(), interactions: z.int(), removed: z.int(), relabelled: z.int() }).optional(),
  leftovers,
});

/** Looks for what spoils a model; the model stays as it is, and nothing is written but the files that are asked for. */
export const clean = verb({
  name: "clean",
  summary: "find suspicious interactions or users, and tell whether removing them helps",
  request: cleanRequest,
  result: cleanResult,
  async run({ model: place, test, svg, csv, html, out, count, ...request }, run, store) {
    const read = [place, test].filter((path) => path !== undefined);
    const files = await checkFiles({ svg, csv, html }, read);
    if (out !== undefined) await checkNewFile(out);
    const named = await store.open(place, run);
    const held = test === undefined ? undefined : (await readRowsFor(named.trained, test)).dataset;
    const found = await cleanModel(named, request, { ...run, test: held });
    const written = await files.write(
      {
        svg: () => partSvg(cleanCurve(found.cleaned)),
        csv: () => cleanCsv(found.cleaned),
        html: () => reportPage(cleanReport(found.cleaned, count), run.yieldToEventLoop),
      },
      run,
    );
    const cleaned = out === undefined ? {} : await cleanedInto(named, found, out, run);
    const { suspects, ...report } = structuredClone({ ...found.cleaned, model: { place, ...found.cleaned.model } });
    const all = { ...report, suspects: suspects.slice(0, count), ...written, ...cleaned };
    return all as unknown as z.infer<typeof cleanResult>;
  },
});
