/** Folders in which Apache Spark saves the model of its alternating least squares (ALSModel). */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { checkedFactors } from "./check.ts";
import { defaultByteLimit, type ForeignFactors, type ForeignFormat, type ForeignReadOptions } from "./factors.ts";
import { factorsAlone, roundedTo } from "./precision.ts";
import { readingError, refused, shown } from "./refusal.ts";
import { joined, lessRoom, type Rows, sidesOf } from "./rows.ts";
import { makeInside, replaceTree, writeFresh } from "./sink.ts";
import { isFolder } from "./source.ts";
import { printMetadata, readMetadata } from "./spark-metadata.ts";

/** Folders that `ALSModel.save` writes and `ALSModel.load` reads. */
export const spark: ForeignFormat = {
  name: "spark",
  summary: "a folder of Parquet files, as Spark saves its ALSModel",
  detect: looksLikeSpark,
  async read(path, options = {}) {
    try {
      return await readModel(path, options);
    } catch (error) {
      throw readingError(error, path);
    }
  },
  async write(path, given, options = {}) {
    if (options.precision === "float64")
      throw refused(path, "Spark keeps the factors of an ALSModel as float32", "write another format, or float32");
    const alone = factorsAlone(checkedFactors(given, path), options, path);
    const model = roundedTo(alone, "float32", path);
    const ids = options.ids === "positions" ? { userIds: undefined, itemIds: undefined } : {};
    const { users, items } = sidesOf({ ...model, ...ids });
    refuseTexts(users, "user", path);
    refuseTexts(items, "item", path);
    const fill = (temporary: string) => writeFiles(temporary, model, users, items);
    const isModel = (folder: string) =>
      readMetadata(folder).then(
        () => true,
        () => false,
      );
    return replaceTree(path, fill, isModel, (name) => names.includes(name), options);
  },
};

const names: readonly string[] = ["metadata", "userFactors", "itemFactors"];
const mostFiles = 10_000;

async function looksLikeSpark(path: string): Promise<boolean> {
  for (const name of names) if (!(await isFolder(join(path, name)))) return false;
  return true;
}

async function readModel(path: string, options: ForeignReadOptions): Promise<ForeignFactors> {
  const { rank, stated } = await readMetadata(path);
  const users = await side(join(path, "userFactors"), rank, options);
  const items = await side(join(path, "itemFactors"), rank, lessRoom(options, users));
  return checkedFactors(joined(users, items, stated, undefined, path), path);
}

async function side(folder: string, rank: number, options: ForeignReadOptions): Promise<Rows> {
  if (!(await isFolder(folder))) throw refused(folder, "there is no such folder");
  // Spark and Hadoop leave `_SUCCESS` and hidden checksums beside the parts.
  const parts = (await readdir(folder)).filter((name) => !/^[._]/.test(name)).sort();
  const stranger = parts.find((name) => !name.endsWith(".parquet"));
  if (stranger !== undefined) throw refused(folder, `${shown(stranger)} is no Parquet file`);
  if (parts.length === 0 || parts.length > mostFiles) throw refused(folder, `there are ${parts.length} Parquet files`);
  const { readParquetRows } = await import("./parquet/read.ts");
  const { byteLimit = defaultByteLimit, signal } = options;
  const wish = { lists: ["features"], integers: true, byteLimit, signal };
  const rows = await readParquetRows(
    parts.map((name) => join(folder, name)),
    wish,
    folder,
  );
  if (rows.width !== rank) throw refused(folder, `rows have ${rows.width} factors, the metadata say rank ${rank}`);
  return rows;
}

function refuseTexts({ ids }: Rows, what: string, path: string): void {
  const row = ids.findIndex((id) => !/^(0|-?[1-9]\d{0,9})$/.test(id) || (Number(id) | 0) !== Number(id));
  if (row >= 0)
    throw refused(
      path,
      `Spark's ids are whole numbers of 32 bits: the ${what} id of row ${row} is ${shown(ids[row])}`,
      "have the positions of rows written in their place: `ids` positions",
    );
}

async function writeFiles(folder: string, { factors, stated }: ForeignFactors, users: Rows, items: Rows) {
  const { writeParquetRows } = await import("./parquet/write.ts");
  const metadata = await makeInside(folder, "metadata");
  await writeFresh(join(metadata, "part-00000"), (sink) => sink.write(Buffer.from(printMetadata(factors, stated))));
  await writeFresh(join(metadata, "_SUCCESS"), async () => {});
  for (const [name, rows] of [["userFactors", users] as const, ["itemFactors", items] as const]) {
    const inside = await makeInside(folder, name);
    await writeParquetRows(join(inside, "part-00000.parquet"), rows, "features", true);
    await writeFresh(join(inside, "_SUCCESS"), async () => {});
  }
}
