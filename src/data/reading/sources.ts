/** Which files a set of interactions is read from: files as given, the parts of folders in the order of their names, and standard input. */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { LetheError } from "../../errors.ts";

/** Columns that are names of folders, as Spark and Hive lay out their parts: `user=5` says that all rows below have the user 5. */
export type Partition = readonly { readonly name: string; readonly value: string }[];

/** One file. */
export interface Source {
  readonly file: string;
  readonly partition: Partition;
}

/** A folder of more parts is no set of interactions. */
const mostParts = 100_000;

/** The files of a set in order; throws `bad-input` for a folder without parts, and where standard input is named twice. */
export async function sourcesOf(files: readonly string[]): Promise<Source[]> {
  if (files.length === 0) throw new LetheError("bad-input", "found no file of interactions, expected one or more");
  if (files.filter((file) => file === "-").length > 1)
    throw new LetheError("bad-input", "standard input (-) is named twice, and can be read once", "name it once");
  const found: Source[] = [];
  for (const file of files) {
    if (await isFolder(file)) found.push(...(await partsOf(file)));
    else found.push({ file, partition: [] });
  }
  return found;
}

async function isFolder(file: string): Promise<boolean> {
  if (file === "-" || file.includes("\0")) return false;
  // What is wrong with a path is told when it is opened.
  const found = await stat(file).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

async function partsOf(folder: string): Promise<Source[]> {
  const parts: Source[] = [];
  await walk(folder, [], parts, folder);
  if (parts.length > 0) return parts;
  throw new LetheError(
    "bad-input",
    `${folder}: this is a folder without files of interactions`,
    "name a file, or a folder of CSV or Parquet parts",
  );
}

async function walk(folder: string, partition: Partition, parts: Source[], top: string): Promise<void> {
  const names = (await readdir(folder)).filter(isData).sort();
  if (folder === top && names.includes("model.json")) throw modelFolder(folder);
  for (const name of names) {
    const path = join(folder, name);
    const found = await stat(path);
    if (found.isDirectory()) await walk(path, [...partition, ...columnIn(name)], parts, top);
    // A writer without rows leaves a part of no bytes.
    else if (found.size > 0) parts.push({ file: path, partition });
    if (parts.length > mostParts)
      throw new LetheError("bad-input", `${top}: found more than ${mostParts} files, expected parts of one set`);
  }
}

/** Names that begin with `_` or `.`, and checksums, belong to who wrote the parts: `_SUCCESS`, `.part-0.crc`. */
function isData(name: string): boolean {
  return !/^[_.]|\.crc$/.test(name);
}

/** A writer's name for a value that is not there. */
const absent = "__HIVE_DEFAULT_PARTITION__";

function columnIn(name: string): Partition {
  const [, column, value] = /^([^=]+)=(.*)$/s.exec(name) ?? [];
  if (column === undefined) return [];
  return [{ name: unescaped(column), value: value === absent ? "" : unescaped(value) }];
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function modelFolder(folder: string): LetheError {
  return new LetheError(
    "bad-input",
    `${folder}: this is a model folder, expected interactions`,
    "name the file that the model was trained on",
  );
}
