/** Factor models of other systems: the formats that are known, and reading and writing by name. */

import { dirname } from "node:path";
import { LetheError } from "../../errors.ts";
import { removeLeftovers } from "../files/leftovers.ts";
import { realFolder } from "../files/temporaries.ts";
import type { ForeignFactors, ForeignFormat, ForeignReadOptions, ForeignWriteOptions } from "./factors.ts";
import { namedFormat } from "./named-format.ts";
import { npz } from "./npz.ts";
import { refuseOtherFiles } from "./other-files.ts";
import { safetensors } from "./safetensors.ts";
import { spark } from "./spark.ts";
import { csv, parquet } from "./tables.ts";

export type {
  ForeignFactors,
  ForeignFormat,
  ForeignReadOptions,
  ForeignWriteOptions,
  Precision,
  TableName,
} from "./factors.ts";
export { withoutBiases } from "./precision.ts";

/** Every format of other systems, in the order in which they are tried. */
export const foreignFormats: readonly ForeignFormat[] = [npz, spark, safetensors, csv, parquet];

/** A model that was read, and the name of the format that it was in. */
export interface ForeignReading {
  readonly factors: ForeignFactors;
  readonly format: string;
}

/**
 * Reads a factor model of another system; without a format, of the one that the place looks like. Throws `bad-input` when
 * the format is unknown or what is there is damaged, inconsistent, not finite, or too large; `aborted` when the signal fired.
 */
export async function readForeign(
  path: string,
  format?: string,
  options: ForeignReadOptions = {},
): Promise<ForeignReading> {
  // What a dead writer has left may hold what was to be forgotten.
  await removeLeftovers(dirname(await realFolder(path)));
  await refuseOtherFiles(path);
  const { name, read } = format === undefined ? await detectForeign(path) : foreignFormat(format);
  refuseIdleNames(name, options.names);
  return { factors: await read(path, options), format: name };
}

/** Only files of named arrays have names to choose among. */
function refuseIdleNames(format: string, names: ForeignReadOptions["names"] = {}): void {
  const given = Object.values(names).find((name) => name !== undefined);
  if (given === undefined || ["npz", "safetensors"].includes(format)) return;
  throw new LetheError(
    "bad-input",
    `${JSON.stringify(given)} is the name of an array, and a model as ${format} has no names to choose among`,
    "leave it out",
  );
}

/**
 * Writes a factor model for another system, whole or not at all. Throws `bad-input` when the format is unknown, the model
 * contradicts itself or does not fit the format, or something else than such a model is at the path. Returns the paths of old contents that
 * could not be removed.
 */
export async function writeForeign(
  path: string,
  format: string,
  factors: ForeignFactors,
  options: ForeignWriteOptions = {},
): Promise<readonly string[]> {
  return foreignFormat(format).write(path, factors, options);
}

/**
 * The format that a model is to be written in: the one asked for, else what the name of its place tells, else that of the model which is there.
 * Throws `bad-input` where nothing tells, and where the name tells another.
 */
export async function formatToWrite(path: string, asked?: string): Promise<string> {
  if (asked !== undefined) foreignFormat(asked);
  const all = foreignFormats.map(({ name }) => name);
  const found = await firstThat(path);
  return namedFormat(path, asked, found?.name, all);
}

async function firstThat(path: string): Promise<ForeignFormat | undefined> {
  for (const format of foreignFormats) if (await format.detect(path)) return format;
  return undefined;
}

/** The format that what is at a path looks like; throws `bad-input` when it looks like none. */
export async function detectForeign(path: string): Promise<ForeignFormat> {
  const found = await firstThat(path);
  if (found !== undefined) return found;
  throw new LetheError("bad-input", `${path}: no factor model of a known format is there`, `known are ${known()}`);
}

/** The format of a name; throws `bad-input` when there is none. */
export function foreignFormat(name: string): ForeignFormat {
  const found = foreignFormats.find((format) => format.name === name);
  if (found !== undefined) return found;
  throw new LetheError("bad-input", `${JSON.stringify(name)} is no format of factor models`, `known are ${known()}`);
}

function known(): string {
  return foreignFormats.map(({ name }) => name).join(", ");
}
