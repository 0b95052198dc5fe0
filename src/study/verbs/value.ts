/** The verb `value`: what users, items or interactions are worth to measures of a model. */

import { z } from "zod";
import type { Fingerprint } from "../../exchange/files/replace.ts";
import { checkPage, writePage } from "../../exchange/foreign/page.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { writeReportPage } from "../cases/report-page.ts";
import { type ValueReport, type ValueRequest, valuePlayers } from "../cases/value.ts";
import { valueCsv, valueDocument } from "../cases/value-report.ts";
import { playerKinds } from "../choosing/chosen-players.ts";
import { leftoversOf } from "../store/leftovers.ts";
import { id, leftovers, page, pairs, path, perhaps, settings, status } from "./schemas.ts";
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
  test: path.optional().describe("held-out interactions"),
  only: z.array(id).min(1).optional().describe("these users or items alone"),
  pairs: pairs.optional().describe("these interactions alone, where interactions are the players"),
  count: z.int().min(1).max(1_000_000_000).optional().describe("so many of them, drawn at random"),
  largest: z.boolean().optional().describe("not at random: the `count` users or items with the most interactions"),
  seed: z.int().min(0).default(1).describe("seed of that draw"),
  budget: z.string().optional().describe("how much to spend: a time (90s, 10m, 2h), or a number of trainings"),
  pool: path.optional().describe("a folder for results of trainings: the same command resumes from what is there"),
  workers: z.int().min(1).max(64).optional().describe("threads that train; results have the same bytes for any number"),
  csv: path.optional().describe("a file for all values, as CSV; one that is there is replaced in one step"),
  html: page,
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
  async run({ folder, csv, html, ...request }, run, store) {
    const read = [folder, request.test].filter((place) => place !== undefined);
    const places = {
      html: html === undefined ? undefined : await checkPage(html, read),
      csv: csv === undefined ? undefined : await checkPage(csv, read, "csv"),
    };
    const report = await valuePlayers(await store.open(folder, run), request as ValueRequest, run);
    return { ...(report as unknown as Result), ...(await written(folder, report, { csv, html }, places, run)) };
  },
});

async function written(
  folder: string,
  report: ValueReport,
  { csv, html }: { readonly csv: string | undefined; readonly html: string | undefined },
  expected: Readonly<Record<"csv" | "html", Fingerprint | undefined>>,
  run: RunContext,
): Promise<Pick<Result, "csv" | "html" | "leftovers">> {
  const left: string[] = [];
  if (csv !== undefined) {
    const old = await writePage(csv, valueCsv(report), { signal: run.signal, expected: expected.csv });
    left.push(...((await leftoversOf(csv, old)).leftovers ?? []));
  }
  if (html !== undefined) {
    const options = { ...run, expected: expected.html };
    left.push(...((await writeReportPage(html, valueDocument(folder, report), options)).leftovers ?? []));
  }
  return {
    ...(csv === undefined ? {} : { csv }),
    ...(html === undefined ? {} : { html }),
    ...(left.length === 0 ? {} : { leftovers: [...new Set(left)].sort() }),
  };
}
