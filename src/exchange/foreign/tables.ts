/** Two tables, users and items, as CSV or Parquet files: for every system that has no format of its own. */

import { join } from "node:path";
import { checkedFactors } from "./check.ts";
import {
  defaultByteLimit,
  type ForeignFactors,
  type ForeignFormat,
  type ForeignReadOptions,
  type ForeignWriteOptions,
} from "./factors.ts";
import { isStated, parsedRecord, shortText } from "./json.ts";
import { roundedTo } from "./precision.ts";
import { readingError, refused, shown } from "./refusal.ts";
import { joined, lessRoom, type Rows, sidesOf } from "./rows.ts";
import { replaceTree, writeFresh } from "./sink.ts";
import { isFolder, isRegular } from "./source.ts";

type Kind = "csv" | "parquet";

/** Tables as CSV files. */
export const csv: ForeignFormat = tables("csv", "users.csv and items.csv: id, f0 … and bias, in a folder or by a stem");

/** Tables as Parquet files. */
export const parquet: ForeignFormat = tables(
  "parquet",
  "users.parquet and items.parquet: id, a list of factors and bias, in a folder or by a stem",
);

const parameterFile = "parameters.json";

function tables(kind: Kind, summary: string): ForeignFormat {
  const detect = async (path: string) =>
    (await isRegular(await fileAt(path, `users.${kind}`))) && isRegular(await fileAt(path, `items.${kind}`));
  return {
    name: kind,
    summary,
    detect,
    async read(path, options = {}) {
      try {
        return await readModel(path, kind, options);
      } catch (error) {
        throw readingError(error, path);
      }
    },
    async write(path, given, options = {}) {
      const model = roundedTo(checkedFactors(given, path), options.precision ?? given.precision, path);
      const belongs = (name: string) => [`users.${kind}`, `items.${kind}`, parameterFile].includes(name);
      // Tables of other things may have the same names: only what can be read as a model may be replaced.
      const isModel = (folder: string) =>
        readModel(folder, kind, {}).then(
          () => true,
          () => false,
        );
      return replaceTree(path, (folder) => writeModel(folder, kind, model, options), isModel, belongs, options);
    },
  };
}

/** Where a table is: inside a folder, or beside the stem of a name. */
async function fileAt(path: string, name: string): Promise<string> {
  return (await isFolder(path)) ? join(path, name) : `${path}.${name}`;
}

async function readModel(path: string, kind: Kind, options: ForeignReadOptions): Promise<ForeignFactors> {
  const users = await readRows(await fileAt(path, `users.${kind}`), kind, options);
  const items = await readRows(await fileAt(path, `items.${kind}`), kind, lessRoom(options, users));
  const { mean, ...stated } = await readParameters(await fileAt(path, parameterFile));
  if (mean !== undefined && typeof mean !== "number") throw refused(path, "the mean is no number");
  return checkedFactors(joined(users, items, stated, mean, path), path);
}

async function readRows(path: string, kind: Kind, options: ForeignReadOptions): Promise<Rows> {
  const { byteLimit = defaultByteLimit, signal } = options;
  if (kind === "csv") return (await import("./csv-rows.ts")).readCsvRows(path, byteLimit, signal);
  const { readParquetRows } = await import("./parquet/read.ts");
  return readParquetRows([path], { lists: ["factors", "features"], integers: false, byteLimit, signal }, path);
}

async function readParameters(path: string): Promise<Record<string, number | string | boolean>> {
  if (!(await isRegular(path))) return {};
  const stated = Object.entries(parsedRecord(await shortText(path), path)).map(([name, one]) => {
    if (!isStated(one)) throw refused(path, `${shown(name)} is no number, text or boolean`);
    return [name, one] as const;
  });
  return Object.fromEntries(stated);
}

async function writeModel(
  folder: string,
  kind: Kind,
  model: ForeignFactors,
  { guardFormulas = false }: ForeignWriteOptions,
): Promise<void> {
  const { users, items } = sidesOf(model);
  for (const [name, rows] of [["users", users] as const, ["items", items] as const]) {
    const path = join(folder, `${name}.${kind}`);
    if (kind === "parquet") await (await import("./parquet/write.ts")).writeParquetRows(path, rows, "factors", false);
    else {
      const { writeCsvRows } = await import("./csv-rows.ts");
      await writeFresh(path, (sink) => writeCsvRows(sink, rows, guardFormulas));
    }
  }
  const parameters = { ...model.stated, mean: model.mean };
  if (Object.values(parameters).every((value) => value === undefined)) return;
  const text = `${JSON.stringify(parameters, undefined, 2)}\n`;
  await writeFresh(join(folder, parameterFile), (sink) => sink.write(Buffer.from(text)));
}
