/** The metadata of a Spark ALS model: one line of JSON with its class, rank and parameters. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ForeignFactors } from "./factors.ts";
import { isRecord, isStated, parsedRecord, shortText } from "./json.ts";
import { refused, shown } from "./refusal.ts";
import { isFolder } from "./source.ts";

const modelClass = "org.apache.spark.ml.recommendation.ALSModel";

/** Parameters of the model itself, which `ALSModel.load` knows, and their values unless a model states others. */
const defaults: Readonly<Record<string, string>> = {
  userCol: "user",
  itemCol: "item",
  predictionCol: "prediction",
  coldStartStrategy: "nan",
};

/** Since Spark 3. */
const blockSize = "blockSize";

/** What metadata say of who wrote the model, where it came with none. Spark reads the numbers of the version. */
const writer: Readonly<Record<string, string>> = { sparkVersion: "3.0.0", uid: "als_lethe" };

function isWriter(name: string, value: unknown): value is string {
  return name in writer && typeof value === "string" && (name === "uid" || /^\d+\.\d+/.test(value));
}

/** The rank of a model and what its metadata state; throws `bad-input` unless they are those of an ALS model. */
export async function readMetadata(folder: string): Promise<{ rank: number; stated: ForeignFactors["stated"] }> {
  const place = join(folder, "metadata");
  const parts = (await isFolder(place)) ? (await readdir(place)).filter((name) => name.startsWith("part-")).sort() : [];
  if (parts.length === 0) throw refused(folder, "there is no metadata/part-00000", "name the folder of an ALSModel");
  const path = join(place, parts[0]);
  // Spark reads the first line alone.
  const value = parsedRecord((await shortText(path)).split("\n", 1)[0], path);
  if (value.class !== modelClass)
    throw refused(
      path,
      `this is a ${shown(String(value.class))}, not an ${modelClass}`,
      "name the stage of ALS itself",
    );
  const { rank } = value;
  if (typeof rank !== "number" || !Number.isInteger(rank) || rank < 1) throw refused(path, `its rank is ${rank}`);
  const stated: [string, number | string | boolean][] = [];
  for (const [name, one] of Object.entries(value)) if (isWriter(name, one)) stated.push([name, one]);
  for (const map of [value.defaultParamMap ?? {}, value.estimatorParamMap ?? {}, value.paramMap ?? {}, { rank }]) {
    if (!isRecord(map)) throw refused(path, "its parameters are not an object");
    for (const [name, one] of Object.entries(map)) if (isStated(one)) stated.push([name, one]);
  }
  return { rank, stated: Object.fromEntries(stated) };
}

/** The line of metadata for a model of this rank. The time is always that of 1970, so that equal models have equal bytes. */
export function printMetadata(rank: number, stated: ForeignFactors["stated"]): string {
  const isOwn = (name: string, value: unknown) =>
    name === blockSize ? Number.isInteger(value) : name in defaults && typeof value === "string";
  const wrote = Object.entries(stated).filter(([name, one]) => isWriter(name, one));
  const all = Object.entries(stated).filter(([name]) => name !== "rank" && !(name in writer));
  const paramMap = Object.fromEntries(all.filter(([name, value]) => isOwn(name, value)));
  // Spark refuses parameters that a model of its own does not have, and ignores keys that it does not know.
  const others = Object.fromEntries(all.filter(([name, value]) => !isOwn(name, value)));
  const value = {
    ...{ class: modelClass, timestamp: 0, ...writer, ...Object.fromEntries(wrote) },
    ...{ paramMap, defaultParamMap: defaults, rank },
    ...(Object.keys(others).length > 0 ? { estimatorParamMap: others } : {}),
  };
  return `${JSON.stringify(value)}\n`;
}
