/** The verb `value`: what users, items or interactions are worth to measures of a model. */

import { z } from "zod";
import { reportPage } from "../cases/report-page.ts";
import { type ValueRequest, valuePlayers } from "../cases/value.ts";
import { valueCsv, valueDocument } from "../cases/value-report.ts";
import { checkFiles } from "../cases/written-files.ts";
import { playerKinds } from "../choosing/chosen-players.ts";
import {
  heldOut,
  id,
  leftovers,
  page,
  pairs,
  path,
  perhaps,
  readingOf,
  settings,
  status,
  trainings,
} from "./schemas.ts";
import { verb } from "./verb.ts";

const measureSummary =
  "fit, rmse, hr@10, ndcg@10 and the like on held-out rows; score:USER:ITEM; top10:USER:ITEM; own-fit; may be repeated";

/** What `value` is asked. */
export const valueRequest = z.strictObject({
  folder: path.describe("a model folder"),
  players: z.enum(playerKinds).default("users").describe("who is valued"),
  method: z
    .string()
    .default("leave-one-out")
    .describe("estimator or valuer (lethe methods lists them)")
    .meta({ names: ["valuers", "estimators"] }),
  settings: settings.optional().describe("settings of the method"),
  measure: z.array(z.string().min(1)).min(1).describe(measureSummary),
  only: z.array(id).min(1).optional().describe("these users or items alone"),
  pairs: pairs.optional().describe("these interactions alone, where interactions are the players"),
  count: z.int().min(1).max(1_000_000_000).optional().describe("so many of them, drawn at random"),
  largest: z.boolean().optional().describe("not at random: the `count` users or items with the most interactions"),
  seed: z.int().min(0).default(1).describe("seed of that draw"),
  budget: z.string().optional().describe("how much to spend: a time (90s, 10m, 2h), or a number of trainings"),
  ...trainings,
  csv: path.optional().describe("a file for all values, as CSV; one that is there is replaced in one step"),
  html: page,
  ...heldOut,
});

const player = z.union([z.string(), z.strictObject({ user: z.string(), item: z.string(), rating: z.number() })]);

/** What `value` answers: values by measure and player, or set of players where the method values sets. */
export const valueResult = z.strictObject({
  method: z.string(),
  of: z.enum(playerKinds),
  measures: z.array(z.strictObject({ measure: z.string(), label: z.string(), unit: z.string(), value: perhaps })),
  players: z.array(player),
  titles: z.array(z.string().nullable()).optional(),
  rows: z.array(z.int()),
  sets: z.array(z.array(z.int())).optional(),
  values: z.array(z.array(perhaps)),
  standardErrors: z.array(z.array(perhaps)).optional(),
  intervals: z.array(z.array(z.tuple([z.number(), z.number()]).nullable())).optional(),
  statuses: z.array(z.array(status)),
  status,
  trainings: z.int(),
  residual: z.number(),
  seed: z.int(),
  notes: z.array(z.string()),
  csv: z.string().optional(),
  html: z.string().optional(),
  leftovers,
});

type Result = z.infer<typeof valueResult>;

/** What is everybody worth? */
export const value = verb({
  name: "value",
  summary: "what users, items or interactions are worth to a measure of the model",
  request: valueRequest,
  result: valueResult,
  async run({ folder, csv, html, columns, format, separator, decimal, ...request }, run, store) {
    const read = [folder, request.test].filter((place) => place !== undefined);
    const files = await checkFiles({ csv, html }, read);
    const reading = readingOf({ columns, format, separator, decimal });
    const report = await valuePlayers(await store.open(folder, run), { ...request, reading } as ValueRequest, run);
    const contents = {
      csv: () => valueCsv(report),
      html: () => reportPage(valueDocument(folder, report), run.yieldToEventLoop),
    };
    return { ...(report as unknown as Result), ...(await files.write(contents, run)) };
  },
});
