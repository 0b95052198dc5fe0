/** The manifest of a checkpoint (`checkpoint.json`): its schema, and its text with a seal. */

import { createHash } from "node:crypto";
import { z } from "zod";
import { LetheError } from "../../errors.ts";
import { firstFault } from "../files/complaint.ts";
import { checkSpelling } from "../files/spelling.ts";

const formatVersion = 1;
/** Names of files that hold a checkpoint's numbers, by the first 16 digits of their SHA-256. */
export const numbersName = /^checkpoint-[0-9a-f]{16}\.safetensors$/;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);
// JSON has no spelling for these, and a validation may find any of them.
const odd = z.enum(["NaN", "Infinity", "-Infinity", "-0"]).transform(Number);
const number = z.union([z.number(), odd]);

const schema = z.strictObject({
  format: z.literal("lethe-checkpoint"),
  formatVersion: z.literal(formatVersion),
  belongsTo: z.strictObject({ lethe: z.string().min(1), training: sha256, interactions: sha256 }),
  epoch: count,
  step: count,
  log: z.array(
    z.strictObject({
      epoch: count,
      loss: number,
      learningRate: number,
      validation: z.strictObject({ metric: z.string(), value: number }).optional(),
    }),
  ),
  best: z.strictObject({ epoch: count, value: number }).optional(),
  /** How many the optimizer remembers. */
  moments: z.int().min(0).max(2),
  numbers: z.strictObject({ name: z.string().regex(numbersName), bytes: count, sha256 }),
});

/** What `checkpoint.json` says, apart from what it is. */
export type CheckpointManifest = Omit<z.infer<typeof schema>, "format" | "formatVersion">;

/** The text of `checkpoint.json`: the manifest, and the SHA-256 of the rest, so that an edit shows. */
export function sealCheckpoint(manifest: CheckpointManifest): string {
  const text = JSON.stringify({ format: "lethe-checkpoint", formatVersion, ...manifest }, spelled, 2);
  return `${JSON.stringify({ ...JSON.parse(text), sha256: sha256Of(text) }, null, 2)}\n`;
}

/** Reads the text of `checkpoint.json`; `place` names it in messages. Throws `bad-model` with what is wrong. */
export function unsealCheckpoint(text: string, place: string): CheckpointManifest {
  const { sha256: told, ...rest } = parsed(text, place);
  if (rest.format !== "lethe-checkpoint") throw refused(place, "is not the manifest of a Lethe checkpoint");
  if (rest.formatVersion !== formatVersion)
    throw refused(
      place,
      `has format version ${JSON.stringify(rest.formatVersion)}; this Lethe reads version ${formatVersion}`,
    );
  const found = sha256Of(JSON.stringify(rest, null, 2));
  if (found !== told)
    throw refused(
      place,
      `is not the file that was written: its contents have sha256 ${found}, it says ${String(told)}`,
    );
  checkSpelling(text, `${JSON.stringify({ ...rest, sha256: told }, null, 2)}\n`, place);
  const checked = schema.safeParse(rest);
  if (!checked.success) {
    const first = firstFault(checked.error);
    throw refused(place, `has an unusable ${first.place}: ${first.fault}`);
  }
  return checked.data;
}

/** A `bad-model` error about a checkpoint. */
export function refused(place: string, why: string): LetheError {
  return new LetheError("bad-model", `${place} ${why}`, "remove the checkpoint's folder and train from the start");
}

function spelled(_: string, value: unknown): unknown {
  if (typeof value !== "number" || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  return Object.is(value, -0) ? "-0" : String(value);
}

function parsed(text: string, place: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    throw refused(place, "is not JSON: it is truncated or no manifest");
  }
}

function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
