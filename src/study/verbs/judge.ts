/** The verb `judge`: how far may methods of influence be trusted on this model? */

import { z } from "zod";
import { checkPage } from "../../exchange/foreign/page.ts";
import { judgedReport } from "../cases/judge/report.ts";
import { judgeMethods } from "../cases/judge.ts";
import { writeReportPage } from "../cases/report-page.ts";
import { readHeldOut } from "../cases/rows-for-model.ts";
import { heldOut, leftovers, names, page, path, perhaps, readingOf, settings, status, trainings } from "./schemas.ts";
import { verb } from "./verb.ts";

const measureSummary =
  "fit, rmse, hr@10, ndcg@10 and the like on held-out rows; score:USER:ITEM; top10:USER:ITEM; may be repeated";

/** What `judge` is asked. */
export const judgeRequest = z.strictObject({
  model: path.describe("a model folder"),
  methods: names
    .describe("estimators and valuers, separated by commas (default: those whose work does not grow with the players)")
    .meta({ names: ["valuers", "estimators"] }),
  judges: names
    .describe("judges, separated by commas (lethe methods lists them; default: all that the model allows)")
    .meta({ names: ["judges"] }),
  players: z.enum(["interactions", "users"]).default("users").describe("who is valued"),
  count: z.int().min(1).max(1_000_000).default(100).describe("players at most, drawn by the seed"),
  pairs: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .describe("without measures, pairs whose scores are asked about: of the test file, else of the model's own"),
  measure: z.array(z.string().min(1)).min(1).optional().describe(measureSummary),
  settings: settings.optional().describe("a setting of a method or judge as NAME.setting=value; may be repeated"),
  budget: z
    .string()
    .optional()
    .describe("of each method that can stop: a time (90s, 10m, 2h), or a number of trainings"),
  ...trainings,
  seed: z.int().min(0).default(1).describe("seed of all draws"),
  html: page,
  ...heldOut,
});

const figures = z.record(z.string(), perhaps);

const judgement = z.strictObject({
  value: perhaps,
  interval: z.tuple([z.number(), z.number()]).nullable(),
  figures,
  curves: z.record(z.string(), z.array(z.tuple([z.number(), z.number()]))),
  status: status.nullable(),
  seconds: z.number(),
  trainings: z.int(),
  reason: z.string().nullable(),
  notes: z.array(z.string()),
});

/** What `judge` answers. */
export const judgeResult = z.strictObject({
  model: z.strictObject({
    place: z.string(),
    kind: z.string(),
    users: z.int(),
    items: z.int(),
    interactions: z.int(),
  }),
  players: z.strictObject({ kind: z.enum(["interactions", "users"]), count: z.int() }),
  measures: z.array(z.strictObject({ name: z.string(), unit: z.string() })),
  seed: z.int(),
  judges: z.array(
    z.strictObject({
      ...{ judge: z.string(), settings, question: z.string(), better: z.enum(["higher", "lower"]) },
      ...{ axis: z.string().nullable(), figures, seconds: z.number(), trainings: z.int() },
    }),
  ),
  rows: z.array(
    z.strictObject({
      ...{ method: z.string(), settings, seconds: z.number(), evaluations: z.int(), trainings: z.int() },
      ...{ status, notes: z.array(z.string()), judgements: z.record(z.string(), judgement) },
    }),
  ),
  skipped: z.record(z.string(), z.string()),
  skippedJudges: z.record(z.string(), z.string()),
  warnings: z.array(z.string()),
  html: z.string().optional(),
  leftovers,
});

/** Judges methods of influence on a model; writes nothing but the page that is asked for. */
export const judge = verb({
  name: "judge",
  summary: "judge methods of influence against trainings: subsets, leave-one-out, removals, planted faults",
  request: judgeRequest,
  result: judgeResult,
  async run({ model: place, test, html, columns, format, separator, decimal, ...request }, run, store) {
    const read = [place, test].filter((path) => path !== undefined);
    const expected = html === undefined ? undefined : await checkPage(html, read);
    const named = await store.open(place, run);
    const held = await readHeldOut(named.trained, test, readingOf({ columns, format, separator, decimal }));
    const judged = await judgeMethods(named, request, { ...run, test: held });
    // Plain data, to be changed by whoever gets it.
    const report = structuredClone({ ...judged, model: { place, ...judged.model } }) as z.infer<typeof judgeResult>;
    if (html === undefined) return report;
    return { ...report, ...(await writeReportPage(html, judgedReport(judged), { ...run, expected })) };
  },
});
