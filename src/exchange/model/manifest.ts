/** The manifest of a model folder (`model.json`): its schema, its one spelling in bytes, and the reading of it. */

import { createHash } from "node:crypto";
import { z } from "zod";
import { LetheError } from "../../errors.ts";
import { aggregates, partitions } from "../../training/shards/sharding.ts";
import { firstFault } from "../files/complaint.ts";
import { checkSpelling } from "../files/spelling.ts";

/** Name of the manifest inside a model folder. */
export const manifestName = "model.json";
/** The format version that is written, and the only one that is read. */
export const formatVersion = 2;
/** The files that a model folder consists of, beside the manifest. */
export const fileNames = ["parameters.safetensors", "interactions.parquet", "users.parquet", "items.parquet"] as const;

const number = z.number();
const nonNegative = z.number().nonnegative();
const word = z.string().min(1);
const count = z.int().min(0).max(0xffffffff);
const digest = z.strictObject({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) });

const regularizer = z.enum(["table", "interaction"]);
const training = {
  trainer: word,
  seed: z.int().min(0),
  tolerance: nonNegative,
  /** The tolerance over the scale of the data, where it goes along with them. */
  relativeTolerance: nonNegative.optional(),
  /** Where a training of closed forms began. */
  begins: z.enum(["continuation", "random"]).optional(),
};

/** What all manifests have in common, in the order in which they are printed. */
const head = { format: z.literal("lethe-model"), formatVersion: z.literal(formatVersion), lethe: word };
const tail = {
  result: z.strictObject({ status: word, objective: number, gradientNorm: nonNegative }),
  forgotten: z
    .array(
      z.strictObject({
        method: word,
        guarantee: word,
        requests: z.int().min(1),
        rows: z.int().min(0),
        certificate: z.record(z.string(), z.union([number, z.boolean(), z.string(), z.null()])).optional(),
      }),
    )
    .min(1)
    .max(1000)
    .optional(),
  positions: z.strictObject({ users: count.optional(), items: count.optional() }).optional(),
  duplicates: z.enum(["keep", "last", "sum", "error"]).optional(),
  foreign: z
    .strictObject({ format: word, stated: z.record(z.string(), z.union([number, z.string(), z.boolean()])) })
    .optional(),
  counts: z.strictObject({ users: count, items: count, interactions: count }),
  files: z.strictObject({
    "parameters.safetensors": digest,
    "interactions.parquet": digest,
    "users.parquet": digest,
    "items.parquet": digest,
  }),
};

/** The manifest of a factorization: squared loss on ratings, or with `confidence` on every pair. */
const factorManifest = z.strictObject({
  ...head,
  model: z.strictObject({
    name: z.enum(["mf", "ials"]),
    factors: z.int().min(1).max(0xffffffff),
    biases: z.boolean(),
    mean: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("learned") }),
      z.strictObject({ kind: z.literal("fixed"), value: number }),
    ]),
  }),
  objective: z.strictObject({
    loss: z.literal("squared"),
    l2: nonNegative,
    l2Bias: nonNegative,
    regularizer,
    confidence: z.strictObject({ base: nonNegative, alpha: nonNegative }).optional(),
  }),
  training: z.strictObject(training),
  ...tail,
});

const setting = z.union([number, z.string(), z.boolean(), z.array(number)]);

/** How rows are dealt to the members of a model in shards, who trains these, and where each ended. */
const sharding = z.strictObject({
  shards: z.int().min(2).max(1000),
  partition: z.enum(partitions),
  aggregate: z.enum(aggregates),
  slices: z.int().min(2).max(100).optional(),
  seed: z.int().min(0),
  inner: word,
  ends: z
    .array(z.strictObject({ status: word, objective: number, gradientNorm: nonNegative }))
    .min(2)
    .max(1000),
  // What was learned beside the members.
  learned: z
    .strictObject({
      tensors: z
        .array(
          z.strictObject({
            name: z.string().regex(/^(attention\.[a-z_]+|shard_of_user)$/),
            shape: z.array(count).min(1).max(4),
          }),
        )
        .min(1)
        .max(10),
      attention: word.optional(),
    })
    .optional(),
});

/** The manifest of any other model: its settings, the places of its tensors, its loss, and how it was trained. */
const generalManifest = z.strictObject({
  ...head,
  model: z.strictObject({
    name: word,
    settings: z.record(z.string(), setting),
    tensors: z
      .array(
        z.strictObject({
          name: word,
          shape: z.array(count).min(1).max(4),
          rowsOf: z.enum(["user", "item"]).optional(),
        }),
      )
      .max(1000),
  }),
  objective: z.strictObject({
    loss: word,
    l2: nonNegative,
    l2Bias: nonNegative,
    l2Shared: nonNegative,
    regularizer,
    extraWeight: nonNegative,
    confidence: z.strictObject({ base: nonNegative, alpha: nonNegative }).optional(),
    sampling: z
      .strictObject({
        perRow: z.int().min(1).max(1000),
        seed: z.int().min(0),
        semantics: z.enum(["frozen", "honest"]),
      })
      .optional(),
  }),
  training: z.strictObject({
    ...training,
    recipe: z.record(z.string(), setting).optional(),
    sharding: sharding.optional(),
  }),
  ...tail,
});

/** The manifest of boosted trees: how they were grown, and how many there are. They are at no optimum of an objective. */
const treeManifest = z.strictObject({
  ...head,
  model: z.strictObject({
    name: z.literal("boosting"),
    settings: z.record(z.string(), setting),
    trees: z.int().min(1).max(10_000),
    /** Those that are features, in their order. */
    genres: z.array(z.string().min(1).max(200)).max(200).optional(),
    tensors: z.array(z.strictObject({ name: word, shape: z.array(count).length(1) })).max(10),
  }),
  objective: z.strictObject({
    loss: z.enum(["squared", "logistic"]),
    sampling: z.strictObject({ perRow: z.int().min(1).max(1000), seed: z.int().min(0) }).optional(),
  }),
  training: z.strictObject({ trainer: word, seed: z.int().min(0) }),
  ...tail,
  result: z.strictObject({ status: word, objective: z.null(), gradientNorm: z.null() }),
});

/** What a manifest must look like; every number finite, no key unknown. */
export const manifestSchema = z.union([factorManifest, generalManifest, treeManifest]);

/** Says of a factorization. */
export type FactorManifest = z.infer<typeof factorManifest>;
/** Says of any other model with parameters of an objective. */
export type GeneralManifest = z.infer<typeof generalManifest>;
/** Says of boosted trees. */
export type TreeManifest = z.infer<typeof treeManifest>;

/**
 * How many rows the tables had that a model was imported from, for each side whose rows are known by their positions alone: an id there is the
 * position of its row.
 */
export type Positions = NonNullable<FactorManifest["positions"]>;

/** What a model was imported from: the format, and what its file stated of its training, by the format's own names. */
export type Foreign = NonNullable<FactorManifest["foreign"]>;

/** Whether a manifest is of a factorization. */
export function isFactorManifest<Known extends { readonly model: Manifest["model"] }>(
  manifest: Known,
): manifest is Extract<Known, { readonly model: FactorManifest["model"] }> {
  return !("settings" in manifest.model);
}

/** Whether a manifest is of boosted trees. */
export function isTreeManifest<Known extends { readonly model: Manifest["model"] }>(
  manifest: Known,
): manifest is Extract<Known, { readonly model: TreeManifest["model"] }> {
  return "trees" in manifest.model;
}

/** Everything that a model folder says about itself; holds no clock, duration or path. */
export type Manifest = z.infer<typeof manifestSchema>;

/**
 * The one spelling of a manifest: keys in the schema's order, certificate keys sorted, 2-space JSON, final newline.
 * Throws `bad-input` when it does not fit the schema.
 */
export function printManifest(manifest: Manifest): string {
  const checked = schemaFor(manifest).safeParse(manifest);
  if (!checked.success)
    throw new LetheError("bad-input", `this manifest cannot be written: ${complaint(checked.error)}`);
  const { data } = checked;
  for (const note of data.forgotten ?? [])
    if (note.certificate !== undefined) note.certificate = sorted(note.certificate);
  return `${JSON.stringify(data, null, 2)}\n`;
}

/** The text of `model.json`: the manifest, and the SHA-256 of its one spelling, so that an edit shows. */
export function sealManifest(manifest: Manifest): string {
  const text = printManifest(manifest);
  return `${JSON.stringify({ ...JSON.parse(text), sha256: sha256Of(text) }, null, 2)}\n`;
}

/** Reads the text of `model.json`; throws `bad-model`, with both hashes where it was edited, and with the line where its spelling is another. */
export function unsealManifest(text: string, place: string): Manifest {
  const { sha256, ...rest }: Record<string, unknown> = Object(parseJson(text, place));
  const manifest = checkedManifest(rest, place);
  const found = sha256Of(printManifest(manifest));
  if (found === sha256) {
    // Of two equal keys JSON takes one: what a person reads may not be what was taken.
    checkSpelling(text, sealManifest(manifest), place);
    return manifest;
  }
  throw new LetheError(
    "bad-model",
    `${place} is not the file that was written: its contents have sha256 ${found}, it says ${String(sha256)}`,
    "it was edited: restore the folder from a copy, or train the model again",
  );
}

function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Reads a manifest from its text; `place` names the file in messages. Throws `bad-model` with what is wrong. */
export function parseManifest(text: string, place: string): Manifest {
  return checkedManifest(parseJson(text, place), place);
}

function checkedManifest(value: unknown, place: string): Manifest {
  const found = z.looseObject({ format: z.literal("lethe-model"), formatVersion: z.unknown() }).safeParse(value);
  if (!found.success) throw new LetheError("bad-model", `${place} is not the manifest of a Lethe model`);
  if (found.data.formatVersion !== formatVersion)
    throw new LetheError(
      "bad-model",
      `${place} has format version ${JSON.stringify(found.data.formatVersion)}; this Lethe reads version ${formatVersion}`,
      "use the version of Lethe that wrote the model, or train it again with this one",
    );
  const checked = schemaFor(value).safeParse(value);
  if (!checked.success) throw new LetheError("bad-model", `${place}: ${complaint(checked.error)}`);
  return checked.data;
}

/** The schema of the family that a value seems to be of, so that complaints speak of that one. */
function schemaFor(value: unknown): typeof factorManifest | typeof generalManifest | typeof treeManifest {
  const model = Object((Object(value) as { readonly model?: unknown }).model);
  if ("trees" in model) return treeManifest;
  return "settings" in model ? generalManifest : factorManifest;
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new LetheError("bad-model", `${place} is not JSON: it is truncated or not a manifest`);
  }
}

function complaint(error: z.ZodError): string {
  const { place, fault } = firstFault(error);
  return place === "" ? fault : `${place}: ${fault}`;
}

function sorted<Value>(record: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
