/** Checkpoints that are not read, because reading them runs programs or needs other software: known by their bytes, with the way to convert. */

import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { constants, gunzipSync, inflateSync } from "node:zlib";
import type { LetheError } from "../../errors.ts";
import {
  compressed,
  hdf5,
  joblib,
  type Kind,
  keras,
  onnx,
  pickle,
  surprise,
  tensorflow,
  torch,
} from "./conversions.ts";
import { refused } from "./refusal.ts";
import { isFolder, isRegular, type Source, withSource } from "./source.ts";
import { zipEntries } from "./zip/directory.ts";

/** Throws `bad-input`, with the conversion to do, where a path has such a checkpoint. Nothing in it is run. */
export async function refuseOtherFiles(path: string): Promise<void> {
  const found = (await isFolder(path)) ? await folderKind(path) : await fileKind(path);
  if (found !== undefined) throw found instanceof Error ? found : unread(path, ...found);
}

type Found = readonly [kind: Kind, from: string] | LetheError | undefined;

function unread(path: string, { what, python, before }: Kind, from: string): LetheError {
  const code = python(JSON.stringify(from)).replaceAll("'", "'\\''");
  const written = code.includes("safetensors") ? "model.safetensors" : "model.npz";
  return refused(
    path,
    `this is ${what}, and is not read here`,
    `write its tables with Python and import ${written}${before ? `; ${before}` : ""}: python3 -c '${code}'`,
  );
}

async function folderKind(path: string): Promise<Found> {
  const names = await readdir(path).catch((): string[] => []);
  if (names.includes("saved_model.pb")) return [tensorflow, join(path, "variables", "variables")];
  const index = names.find((name) => name.endsWith(".index"));
  if (index !== undefined && names.some((name) => /\.data-\d{5}-of-\d{5}$/.test(name)))
    return [tensorflow, join(path, index.slice(0, -".index".length))];
  return undefined;
}

async function fileKind(path: string): Promise<Found> {
  const stem = path.replace(/\.(index|data-\d{5}-of-\d{5})$/, "");
  if (await isRegular(`${stem}.index`)) return [tensorflow, stem];
  if (!(await isRegular(path))) return undefined;
  return withSource(path, kindOf).catch(() => undefined);
}

const headBytes = 4096;
/** The number that torch.save wrote first before it wrote archives, as a pickle has it. */
const torchMagic = Buffer.from("8a0a6cfc9c46f9206aa85019", "hex");

async function kindOf(source: Source): Promise<Found> {
  const { path, size, bytes } = source;
  const head = Buffer.from(await bytes(0, Math.min(size, headBytes)));
  const text = head.toString("latin1");
  if (text.startsWith("PK\x03\x04")) return zipKind(source);
  if (text.startsWith("\x93NUMPY")) return singleArray(path);
  if (text.startsWith("\x89HDF\r\n\x1a\n")) return [hdf5, path];
  if (head.subarray(2, 14).equals(torchMagic)) return [torch, path];
  if (isOnnx(head, path)) return [onnx, path];
  const packed = packings.find(([, begins]) => begins(text))?.[0];
  if (packed !== undefined) return [compressed(packed), path];
  const inside = inflatedHead(head).toString("latin1");
  const isPacked = inside !== text || inside.includes(joblibPickle);
  const kind = pickleKind(inside, isPacked || path.endsWith(".joblib"));
  if (kind === undefined || isPacked) return kind && [kind, path];
  const [last] = await bytes(size - 1, 1);
  return last === 0x2e ? [kind, path] : undefined;
}

/** How joblib compresses, beside zlib and gzip, by how it begins. */
const packings: readonly (readonly [by: string, begins: (head: string) => boolean])[] = [
  ["xz", (head) => head.startsWith("\xfd7zXZ\0")],
  ["bzip2", (head) => /^BZh[1-9]1AY&SY/.test(head)],
  ["lzma", (head) => head.startsWith("\x5d\0\0") && head.slice(5, 13) === "\xff".repeat(8)],
  ["lz4", (head) => head.startsWith('\x04"M\x18')],
];

const joblibPickle = "joblib.numpy_pickle";

function pickleKind(inside: string, byJoblib: boolean): Kind | undefined {
  if (!inside.includes(joblibPickle) && !isPickle(inside)) return undefined;
  if (/surprise\.(prediction_algorithms|trainset)/.test(inside)) return surprise;
  return byJoblib ? joblib : pickle;
}

/** A pickle of protocol 2 or later, or the beginnings of older ones. */
function isPickle(text: string): boolean {
  const protocol = text.charCodeAt(0) === 0x80 ? text.charCodeAt(1) : 0;
  return (protocol > 1 && protocol < 7) || /^(?:\([dl]p?\d*\n|\(?c[A-Za-z_][\w.]*\n[A-Za-z_]\w*\n)/.test(text);
}

/** An ir_version, then a producer by name, or the name of the file. */
function isOnnx(head: Buffer, path: string): boolean {
  if (head[0] !== 0x08 || head[1] < 3 || head[1] > 31) return false;
  const producer = head.toString("latin1", 4, 4 + Math.min(8, head[3]));
  return (head[2] === 0x12 && /^[\w.-]+$/.test(producer)) || /\.onnx$/i.test(path);
}

/** The beginning of what a head unpacks to, where it is compressed by zlib or gzip; else the head. */
function inflatedHead(head: Buffer): Buffer {
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 2 ** 24 };
  try {
    if (head[0] === 0x1f && head[1] === 0x8b) return gunzipSync(head, options);
    if (head[0] === 0x78) return inflateSync(head, options);
  } catch {}
  return head;
}

async function zipKind(source: Source): Promise<Found> {
  const names = (await zipEntries(source)).map(({ name }) => name);
  if (names.some((name) => /(^|\/)data\.pkl$/.test(name))) return [torch, source.path];
  return names.includes("config.json") && names.includes("model.weights.h5") ? [keras, source.path] : undefined;
}

async function singleArray(path: string): Promise<LetheError> {
  const beside = await readdir(dirname(path)).catch((): string[] => []);
  const pair = beside.filter((name) => name.endsWith(".npy") && name !== basename(path));
  const isItems = /item|movie|product/i.test(basename(path));
  const [users, items] = isItems ? ["users.npy", path] : [path, "items.npy"];
  return refused(
    path,
    "this is one numpy array; a model has two, of users and of items",
    pair.length > 0
      ? `name the folder ${dirname(path)}, which also has ${pair.slice(0, 3).join(", ")}`
      : `put user_factors.npy and item_factors.npy into a folder of their own and name it, or write both into one file, with the name of the other in the place of ${isItems ? users : items}: python3 -c 'import numpy as np; np.savez("model.npz", user_factors=np.load(${JSON.stringify(users)}), item_factors=np.load(${JSON.stringify(items)}))'`,
  );
}
