/** Archives of numpy arrays (.npz) as the implicit library for Python saves and loads its models. */

import { LetheError, throwIfAborted } from "../../errors.ts";
import { checkedFactors } from "./check.ts";
import { defaultByteLimit, type ForeignFactors, type ForeignFormat, type ForeignReadOptions } from "./factors.ts";
import { isStated } from "./json.ts";
import { type NpyArray, npyFile, npyTextFile, openNpy, type PackedFile } from "./npy.ts";
import { filesIn, npyNames } from "./npy-folder.ts";
import { factorsAlone, roundedTo } from "./precision.ts";
import { refused, shown } from "./refusal.ts";
import { replaceFile } from "./sink.ts";
import { isFolder, isRegular, type Source, withSource } from "./source.ts";
import { type NamedArrays, tableNames } from "./table-names.ts";
import { type ZipEntry, zipEntries } from "./zip/directory.ts";
import { unpacked } from "./zip/entry.ts";
import { writeZip, type ZipFile } from "./zip/write.ts";

/** Files that `save` of implicit's models writes and `load` reads. */
export const npz: ForeignFormat = {
  name: "npz",
  summary: "numpy arrays in one file, as implicit saves its models, or .npy files in a folder",
  detect: async (path) => (await looksLikeZip(path)) || (await npyNames(path)).length > 1,
  async read(path, options = {}) {
    if (await isFolder(path)) return readModel(path, await filesIn(path, options.signal), options);
    return withSource(path, async (source) => readModel(path, await filesOfZip(source), options), options.signal);
  },
  async write(path, given, options = {}) {
    const { precision = "float32" } = options;
    const model = roundedTo(factorsAlone(checkedFactors(given, path), options, path), precision, path);
    return replaceFile(path, (sink) => writeZip(sink, filesOf(model)), holdsTables, options);
  },
};

const largestScalar = 4096;
/** What the objective is read from: a number there that is none is refused. */
const needed: readonly string[] = ["regularization", "alpha"];

/** The parameters of implicit's models beside the tables, as `load` sets them, and their values unless a model states others. */
const parameters: readonly (readonly [name: string, kind: "f8" | "i8" | "b1", value: number | undefined])[] = [
  ["regularization", "f8", 0],
  ["alpha", "f8", 1],
  ["iterations", "i8", 15],
  ["num_threads", "i8", 0],
  ["use_native", "b1", 1],
  ["use_cg", "b1", 1],
  ["cg_steps", "i8", 3],
  ["calculate_training_loss", "b1", 0],
  ["random_state", "i8", undefined],
];

/** What an archive has beside the parameters: settings of these names would be there twice. */
const implicitNames = ["user_factors", "item_factors", "factors", "dtype", "user_ids", "item_ids"];

async function looksLikeZip(path: string): Promise<boolean> {
  if (!(await isRegular(path))) return false;
  return withSource(path, async ({ size, bytes }) => {
    if (size < 22) return false;
    return Buffer.from(await bytes(0, 4)).toString("latin1") === "PK\x03\x04";
  }).catch(() => false);
}

/** Many documents are zip archives: only one with both tables is a model that may be replaced. */
async function holdsTables(path: string): Promise<boolean> {
  const entries = await withSource(path, zipEntries).catch((): ZipEntry[] => []);
  const names = entries.map(({ name }) => name);
  return names.includes("user_factors.npy") && names.includes("item_factors.npy");
}

async function filesOfZip(source: Source): Promise<PackedFile[]> {
  return (await zipEntries(source)).map((entry) => ({
    ...{ name: entry.name, size: entry.size, counted: entry.method === "deflate" },
    place: `${source.path}: ${entry.name}`,
    blocks: () => unpacked(source, entry),
  }));
}

async function readModel(
  place: string,
  files: readonly PackedFile[],
  options: ForeignReadOptions,
): Promise<ForeignFactors> {
  const entries = new Map(files.map((file) => [file.name.replace(/\.npy$/, ""), file]));
  const at = await tableNames(namedIn(place, entries), options.names);
  const taken = new Set([...Object.values(at), "user_ids", "item_ids"]);
  const wanted = [...entries].filter(([name]) => taken.has(name)).map(([, entry]) => entry);
  refuseLarge(place, wanted, options.byteLimit ?? defaultByteLimit);
  const open = async (name = ""): Promise<NpyArray | undefined> => {
    throwIfAborted(options.signal);
    const entry = entries.get(name);
    return entry && openNpy(entry);
  };
  const users = await table(await open(at.userFactors), at.userFactors, place);
  const items = await table(await open(at.itemFactors), at.itemFactors, place);
  if (users.width !== items.width) throw refused(place, `users have ${users.width} factors, items have ${items.width}`);
  const mean = await (await open(at.mean))?.numbers();
  if (mean !== undefined && mean.length !== 1) throw refused(place, "the mean is not one number");
  const model = {
    factors: users.width,
    userFactors: users.values,
    itemFactors: items.values,
    userBias: await (await open(at.userBias))?.numbers(),
    itemBias: await (await open(at.itemBias))?.numbers(),
    mean: mean?.[0],
    userIds: await (await open("user_ids"))?.texts(),
    itemIds: await (await open("item_ids"))?.texts(),
    ...(await scalars(place, entries, taken)),
    precision: users.precision,
  };
  return checkedFactors(model, place);
}

/** The arrays of an archive by name; of what cannot be read, nothing is said but its name. */
function namedIn(place: string, entries: ReadonlyMap<string, PackedFile>): NamedArrays {
  return {
    place,
    what: "array",
    names: [...entries.keys()],
    async shapeOf(name) {
      const entry = entries.get(name);
      if (entry === undefined || !entry.name.endsWith(".npy")) return undefined;
      const { kind, shape } = (await openNpy(entry)).header;
      return kind === "U" ? undefined : shape;
    },
  };
}

async function table(array: NpyArray | undefined, name: string, place: string) {
  if (array === undefined) throw refused(place, `there is no array ${shown(name)}`);
  const { shape, kind } = array.header;
  if (shape.length !== 2 || shape[1] < 1 || !kind.startsWith("f"))
    throw refused(
      place,
      `${shown(name)} is not a table of numbers: shape (${shape.join(", ")}), kind ${kind}`,
      'save it with a row a user or item and a column a factor, .astype("<f4")',
    );
  return {
    width: shape[1],
    values: await array.numbers(),
    precision: kind === "f8" ? ("float64" as const) : ("float32" as const),
  };
}

/** What the other entries state, and the names of those that state nothing: these are passed over, whatever they hold. */
async function scalars(place: string, entries: ReadonlyMap<string, PackedFile>, taken: ReadonlySet<string>) {
  const stated: [string, number | string | boolean][] = [];
  const passedOver: string[] = [];
  for (const [name, entry] of entries) {
    if (taken.has(name)) continue;
    const read = scalar(entry);
    const value = needed.includes(name) ? await read : await read.catch(passOver);
    if (isStated(value)) stated.push([name, value]);
    else if (needed.includes(name))
      throw refused(
        place,
        `${shown(name)} is ${value ?? "no single number"}`,
        "save the one number that the model has",
      );
    else passedOver.push(name);
  }
  return { stated: Object.fromEntries(stated), passedOver };
}

/** The value of an entry that is one number, boolean or text; undefined for any other. */
async function scalar(entry: PackedFile): Promise<number | string | boolean | undefined> {
  if (entry.size > largestScalar || !entry.name.endsWith(".npy")) return undefined;
  const array = await openNpy(entry);
  // A number in brackets is one, too.
  if (array.header.shape.some((length) => length !== 1)) return undefined;
  if (array.header.kind === "U") return (await array.texts())[0];
  const [value] = await array.numbers();
  return array.header.kind === "b1" ? value !== 0 : value;
}

/** Nothing, for an array that is refused and not needed: a pickle is one, however long. */
function passOver(error: unknown): undefined {
  if (error instanceof LetheError && error.code === "bad-input") return undefined;
  throw error;
}

function refuseLarge(place: string, entries: readonly PackedFile[], limit: number): void {
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > limit) throw refused(place, `its arrays take ${total} bytes, above the limit of ${limit}`);
}

function filesOf(model: ForeignFactors): ZipFile[] {
  const { factors, userFactors, itemFactors, userIds, itemIds, precision } = model;
  const kind = precision === "float32" ? "f4" : "f8";
  const files = [
    npyFile("user_factors", { kind, shape: [userFactors.length / factors, factors], values: userFactors }),
    npyFile("item_factors", { kind, shape: [itemFactors.length / factors, factors], values: itemFactors }),
  ];
  files.push(npyFile("factors", { kind: "i8", shape: [], values: Float64Array.of(factors) }));
  for (const [name, kind, otherwise] of parameters) {
    const value = statedNumber(model.stated[name], kind) ?? otherwise;
    if (value !== undefined) files.push(npyFile(name, { kind, shape: [], values: Float64Array.of(value) }));
  }
  files.push(npyTextFile("dtype", [], [precision]));
  files.push(...otherSettings(model.stated));
  if (userIds !== undefined) files.push(npyTextFile("user_ids", [userIds.length], userIds));
  if (itemIds !== undefined) files.push(npyTextFile("item_ids", [itemIds.length], itemIds));
  return files;
}

const written = new Set([...parameters.map(([name]) => name), ...implicitNames]);

/** What else the model states; implicit's `load` sets attributes of any name. */
function otherSettings(stated: ForeignFactors["stated"]): ZipFile[] {
  const others = Object.entries(stated).filter(([name]) => /^[\w.-]+$/.test(name) && !written.has(name));
  return others.map(([name, value]) => {
    if (typeof value === "string") return npyTextFile(name, [], [value]);
    const kind = typeof value === "boolean" ? "b1" : Number.isSafeInteger(value) ? "i8" : "f8";
    return npyFile(name, { kind, shape: [], values: Float64Array.of(Number(value)) });
  });
}

function statedNumber(value: number | string | boolean | undefined, kind: string): number | undefined {
  if (kind === "b1") return typeof value === "boolean" ? Number(value) : undefined;
  return typeof value === "number" && (kind === "f8" || Number.isSafeInteger(value)) ? value : undefined;
}
