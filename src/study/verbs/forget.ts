/** The verb `forget`: a model without the forgotten data, with its certificate. */

import { z } from "zod";
import { forgetFolder } from "../cases/forget.ts";
import { aboveZero, certificate, erasure, leftovers, path, perhaps, settings, status, unknown } from "./schemas.ts";
import { verb } from "./verb.ts";

/** What `forget` is asked. */
export const forgetRequest = z.strictObject({
  folder: path.describe("the model folder to forget from"),
  out: path
    .describe("model folder to write; may be the same folder, replaced in one step")
    .meta({ heading: "Where to" }),
  ...erasure,
  method: z
    .string()
    .optional()
    .describe("unlearner (lethe methods lists them; default: exact, and retrain for a model that is at no optimum)")
    .meta({ heading: "How", names: ["unlearners"] }),
  literal: z.boolean().optional().describe("the form that the paper prints, where that differs"),
  settings: settings.optional().describe("settings of the method"),
  tolerance: aboveZero.optional().describe("‖∇J‖ to reach; default the model's own"),
  seed: z.int().min(0).optional().describe("seed of a retraining; default another than the model's"),
  overwrite: z
    .boolean()
    .optional()
    .describe("replace another model at `out` even where it has forgotten what the folder still has"),
  curvature: z
    .boolean()
    .optional()
    .describe("also estimate the smallest curvature, and the distance from the optimum; takes longer"),
});

/** What `forget` answers. */
export const forgetResult = z.looseObject({
  method: z.string(),
  rows: z.int(),
  guarantee: z.enum(["exact", "certified", "approximate"]),
  /** Of a model in shards: members that were trained again. */
  membersHit: z.int().optional(),
  solver: z.strictObject({ status, residual: z.number() }).optional(),
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
});

/** Forgets users, items or single interactions, and certifies what remains. */
export const forget = verb({
  name: "forget",
  summary: "forget users, items or single interactions, and certify what remains",
  request: forgetRequest,
  result: forgetResult,
  async run({ folder, out, tolerance, seed, overwrite, curvature, ...request }, run) {
    const report = await forgetFolder(folder, out, request, { ...run, tolerance, seed, overwrite, curvature });
    return {
      ...report,
      certificate: { ...report.certificate },
      caveats: [...report.caveats],
      unknown: structuredClone(report.unknown),
      warnings: [...report.warnings],
      out,
    };
  },
});
