/** The verb `forget`: a model without the forgotten data, with its certificate. */

import { z } from "zod";
import { LetheError } from "../../errors.ts";
import { forgetFolder } from "../cases/forget.ts";
import { previewForgetting } from "../cases/forget-preview.ts";
import { checkReceipt, writeReceipt } from "../cases/receipt.ts";
import {
  aboveZero,
  beginning,
  certificate,
  erasure,
  id,
  leftovers,
  otherStarts,
  path,
  perhaps,
  settings,
  starts,
  status,
  unknown,
  verification,
} from "./schemas.ts";
import { verb } from "./verb.ts";

/** What `forget` is asked. */
export const forgetRequest = z.strictObject({
  folder: path.describe("the model folder to forget from"),
  out: path
    .optional()
    .describe("model folder to write; may be the same folder, replaced in one step (not needed for `dryRun`)")
    .meta({ heading: "Where to" }),
  ...erasure,
  method: z
    .string()
    .optional()
    .describe(
      "unlearner (lethe methods lists them; default: exact; retrain where training ended at no optimum, as by batches)",
    )
    .meta({ heading: "How", names: ["unlearners"] }),
  literal: z.boolean().optional().describe("the form that the paper prints, where that differs"),
  settings: settings.optional().describe("settings of the method"),
  tolerance: aboveZero.optional().describe("‖∇J‖ to reach; default the model's own"),
  seed: z.int().min(0).optional().describe("seed of a retraining; default another than the model's"),
  overwrite: z
    .boolean()
    .optional()
    .describe("replace another model at `out` even where it has forgotten what the folder still has"),
  dryRun: z
    .boolean()
    .optional()
    .describe("only tell what would go, who would lose all their data, and how long it would take"),
  keepOriginal: path.optional().describe("a new folder for the model as it is now, for an audit to compare with"),
  receipt: path.optional().describe("a file for a receipt in JSON: digests, counts, certificate, time, and no ids"),
  curvature: z
    .boolean()
    .optional()
    .describe("also estimate the smallest curvature, and the distance from the optimum; takes longer"),
  verify: z
    .boolean()
    .optional()
    .describe("then train again in the same way without what is forgotten, and tell whether that gives the same model")
    .meta({ heading: "Checks by more trainings" }),
  starts: starts.describe(
    "of mf with squared loss and ials: train so many times more from random factors, and tell whether these end elsewhere (default: 0)",
  ),
});

const losing = z.strictObject({ users: z.array(id), items: z.array(id) });

/** What `forget` answers to `dryRun`. */
export const forgetPreview = z.strictObject({
  dryRun: z.literal(true),
  summary: z.string(),
  method: z.string(),
  rows: z.int(),
  users: z.int(),
  items: z.int(),
  interactions: z.int(),
  loses: losing,
  others: losing,
  estimate: z.strictObject({ seconds: perhaps, basis: z.string() }),
  unknown,
  warnings: z.array(z.string()),
});

/** What is answered by what makes a certified model of one that is there. */
export const certifiedResult = {
  /** What was done, and what is proved of it, in plain words. */
  summary: z.string(),
  guarantee: z.enum(["exact", "certified", "approximate"]),
  /** Of a model in shards: members that were trained again. */
  membersHit: z.int().optional(),
  status,
  objective: perhaps,
  gradientNorm: perhaps,
  gradientNormBefore: perhaps,
  tolerance: perhaps,
  seconds: z.number(),
  certificateSeconds: z.number(),
  passes: z.number(),
  users: z.int(),
  items: z.int(),
  interactions: z.int(),
  certificate,
  caveats: z.array(z.string()),
  unknown,
  /** What else is to be known of the request. */
  warnings: z.array(z.string()),
  seed: z.int(),
  digestBefore: z.string().nullable(),
  digestAfter: z.string().nullable(),
  out: z.string(),
  leftovers,
  /** Whether the method goes on until an optimum, so that a status other than converged is a failure. */
  promised: z.boolean(),
};

/** What `forget` answers, when it forgets. */
export const forgetResult = z.looseObject({
  method: z.string(),
  rows: z.int(),
  solver: z.strictObject({ status, residual: z.number() }).optional(),
  ...certifiedResult,
  /** Users and items that have lost all their data. */
  gone: z.strictObject({ users: z.int(), items: z.int() }),
  /** Items among them that the model keeps, since others' data refer to them. */
  keptItems: z.array(id),
  verification: verification.nullable(),
  otherStarts: otherStarts.nullable(),
  begins: beginning.nullable(),
  exportable: z.boolean(),
  /** Where the model is kept as it was. */
  original: z.string().optional(),
  receipt: z
    .strictObject({ file: z.string(), written: z.boolean(), why: z.string().optional(), text: z.string().optional() })
    .optional(),
});

/** Forgets users, items or single interactions, and certifies what remains. */
export const forget = verb({
  name: "forget",
  summary: "forget users, items or single interactions, and certify what remains",
  request: forgetRequest,
  result: z.union([forgetResult, forgetPreview]),
  async run({ folder, out, dryRun, receipt, ...asked }, run) {
    const { tolerance, seed, overwrite, curvature, keepOriginal, verify, starts, ...request } = asked;
    const options = { ...run, tolerance, seed, overwrite, curvature, keepOriginal, verify, starts };
    const folders = [folder, out, keepOriginal].filter((place) => place !== undefined);
    const expected = receipt === undefined ? null : await checkReceipt(receipt, folders);
    if (dryRun === true) {
      const preview = await previewForgetting(folder, out, request, options);
      return { ...preview, warnings: [...preview.warnings] };
    }
    if (out === undefined) throw new LetheError("bad-input", "`out` is missing", "name the folder to write", "out");
    const report = await forgetFolder(folder, out, request, options);
    const noted = receipt && (await writeReceipt(receipt, expected, report, request, new Date()));
    return {
      ...report,
      certificate: { ...report.certificate },
      caveats: [...report.caveats],
      keptItems: [...report.keptItems],
      otherStarts: report.otherStarts && { ...report.otherStarts },
      warnings: [...report.warnings],
      out,
      ...(noted ? { receipt: noted } : {}),
    };
  },
});

/** What `forget` answers, as types. */
export type Forgetting = z.infer<typeof forgetResult>;
export type Preview = z.infer<typeof forgetPreview>;
