/** The verb `subset`: which interactions or users to train on, where all are too many? */

import { z } from "zod";
import { checkNewFile } from "../../exchange/foreign/event-files.ts";
import { cleanedInto } from "../cases/clean/into.ts";
import { readRowsFor } from "../cases/rows-for-model.ts";
import { subsetOf } from "../cases/subset.ts";
import { leftovers, path, settings, status } from "./schemas.ts";
import { verb } from "./verb.ts";

/** What `subset` is asked. */
export const subsetRequest = z.strictObject({
  model: path.describe("a model folder"),
  keep: z.string().default("50%").describe("a share or a number of the players"),
  players: z.enum(["interactions", "users"]).default("interactions").describe("what is kept"),
  method: z
    .string()
    .optional()
    .describe("estimator or valuer that tells what each is worth (default: influence-function, or the cheapest)")
    .meta({ names: ["valuers", "estimators"] }),
  settings: settings.optional().describe("settings of the method"),
  measure: z
    .enum(["fit", "own-fit"])
    .default("fit")
    .describe("what they are valued for: the fit of rows that a model has not seen, or of their own (memorization)"),
  tail: z
    .enum(["high", "low"])
    .optional()
    .describe("which end of the values is kept (default: high of fit, low of own-fit)"),
  folds: z
    .int()
    .min(2)
    .max(100)
    .default(5)
    .describe("parts of the rows, each of which is held out once to value the others"),
  test: path.optional().describe("held-out interactions that judge, which the model was not trained on"),
  holdout: z
    .string()
    .optional()
    .describe("without a test file: a share or a number of the model's own rows to judge by (default: 20%)"),
  draws: z.int().min(1).max(100).default(5).describe("subsets at random to compare with"),
  seed: z.int().min(0).default(1).describe("seed of the folds and draws"),
  out: path.optional().describe("new file for the interactions that are kept, as CSV: train on it next"),
});

const ends = z.tuple([z.number(), z.number()]).nullable();

/** What `subset` answers. */
export const subsetResult = z.strictObject({
  model: z.strictObject({
    ...{ place: z.string(), kind: z.string() },
    ...{ users: z.int(), items: z.int(), interactions: z.int() },
  }),
  players: z.strictObject({ kind: z.enum(["interactions", "users"]), count: z.int() }),
  keep: z.strictObject({ share: z.number(), players: z.int() }),
  ...{ method: z.string(), measure: z.enum(["own-fit", "fit"]), tail: z.enum(["high", "low"]) },
  ...{ folds: z.int(), seed: z.int() },
  held: z.strictObject({ from: z.enum(["test", "holdout"]), judging: z.int() }),
  error: z.strictObject({
    ...{ measure: z.enum(["rmse", "ndcg@10"]), better: z.enum(["lower", "higher"]), all: z.number() },
    chosen: z.number(),
    random: z.strictObject({ draws: z.array(z.number()), mean: z.number(), interval: ends }),
  }),
  ...{ difference: z.number(), interval: ends, isBetter: z.boolean(), text: z.string() },
  ...{ status, notes: z.array(z.string()), warnings: z.array(z.string()) },
  out: z.strictObject({ file: z.string(), interactions: z.int(), removed: z.int() }).optional(),
  leftovers,
});

/** Chooses what to keep; the model stays as it is, and nothing is written but the file that is asked for. */
export const subset = verb({
  name: "subset",
  summary: "choose which interactions or users to train on, and tell whether they are better than as many at random",
  request: subsetRequest,
  result: subsetResult,
  async run({ model: place, test, out, ...request }, run, store) {
    if (out !== undefined) await checkNewFile(out);
    const named = await store.open(place, run);
    const held = test === undefined ? undefined : (await readRowsFor(named.trained, test)).dataset;
    const found = await subsetOf(named, request, { ...run, test: held, choose: out !== undefined });
    const report = structuredClone({ ...found.subset, model: { place, ...found.subset.model } });
    if (out === undefined) return report as unknown as z.infer<typeof subsetResult>;
    const { out: written, ...left } = await cleanedInto(named, found, out, run);
    const { file, interactions, removed } = written;
    return { ...report, out: { file, interactions, removed }, ...left } as unknown as z.infer<typeof subsetResult>;
  },
});
