/** Checkpoints that are not read, because reading them runs programs or needs other software: known by their bytes, with the way to convert. */

import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { constants, gunzipSync, inflateSync } from "node:zlib";
import type { LetheError } from "../../errors.ts";
import { refused } from "./refusal.ts";
import { isFolder, isRegular, type Source, withSource } from "./source.ts";
import { zipEntries } from "./zip/directory.ts";

/** What a file is in words, and Python on one line that writes what is read here. */
interface Kind {
  readonly what: string;
  readonly python: (path: string) => string;
  /** What to know before that is run. */
  readonly before?: string;
}

const runsIt = "it runs what is in the file, so only with one that you trust";

const torch: Kind = {
  what: "a PyTorch checkpoint, which is a pickle",
  before: runsIt,
  python: (path) =>
    `import torch; from safetensors.torch import save_file; m = torch.load(${path}, map_location="cpu", weights_only=False); d = m if isinstance(m, dict) else m.state_dict(); d = next((d[k] for k in ("state_dict", "model_state_dict", "model") if isinstance(d.get(k), dict)), d); save_file({k: v.clone().contiguous() for k, v in d.items() if torch.is_tensor(v)}, "model.safetensors")`,
};

const pickled = (loader: string): Kind => ({
  what: loader.startsWith("import joblib") ? "a joblib pickle" : "a pickle",
  before: runsIt,
  python: (path) =>
    `import numpy as np; ${loader.replace("PATH", path)}; t = m if isinstance(m, dict) else vars(m); np.savez("model.npz", **{str(k): v for k, v in t.items() if isinstance(v, (np.ndarray, int, float))})`,
});
const pickle = pickled("import pickle; m = pickle.load(open(PATH, 'rb'))".replaceAll("'", '"'));
const joblib = pickled("import joblib; m = joblib.load(PATH)");

const hdf5: Kind = {
  what: "an HDF5 file, such as Keras writes",
  python: (path) =>
    `import h5py, numpy as np; t = {}; f = h5py.File(${path}, "r"); f.visititems(lambda n, x: t.update({n.replace("/", "."): x[()]}) if isinstance(x, h5py.Dataset) and x.dtype.kind in "fiu" else None); np.savez("model.npz", **t)`,
};

const keras: Kind = {
  what: "a Keras model",
  python: (path) =>
    `import keras, numpy as np; m = keras.saving.load_model(${path}, compile=False); np.savez("model.npz", **{w.path.replace("/", "."): w.numpy() for w in m.weights})`,
};

const onnx: Kind = {
  what: "an ONNX model",
  python: (path) =>
    `import onnx, numpy as np; from onnx import numpy_helper; np.savez("model.npz", **{t.name.replace("/", "."): numpy_helper.to_array(t) for t in onnx.load(${path}).graph.initializer})`,
};

const tensorflow: Kind = {
  what: "a TensorFlow checkpoint",
  python: (path) =>
    `import numpy as np, tensorflow as tf; r = tf.train.load_checkpoint(${path}); np.savez("model.npz", **{n.replace("/.ATTRIBUTES/VARIABLE_VALUE", "").replace("/", "."): r.get_tensor(n) for n in r.get_variable_to_shape_map() if n != "_CHECKPOINTABLE_OBJECT_GRAPH"})`,
};

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
  if (isOnnx(head)) return [onnx, path];
  const inside = inflatedHead(head).toString("latin1");
  if (inside.includes("joblib.numpy_pickle")) return [joblib, path];
  const [last] = await bytes(size - 1, 1);
  if (inside !== text) return isPickle(inside) ? [joblib, path] : undefined;
  return isPickle(text) && last === 0x2e ? [/\.joblib$/.test(path) ? joblib : pickle, path] : undefined;
}

/** A pickle of protocol 2 or later, or the beginnings of older ones. */
function isPickle(text: string): boolean {
  const protocol = text.charCodeAt(0) === 0x80 ? text.charCodeAt(1) : 0;
  return (protocol > 1 && protocol < 7) || /^(?:\([dl]p?\d*\n|\(?c[A-Za-z_][\w.]*\n[A-Za-z_]\w*\n)/.test(text);
}

/** An ir_version, then a producer by name. */
function isOnnx(head: Buffer): boolean {
  return (
    head[0] === 0x08 &&
    head[1] > 2 &&
    head[1] < 32 &&
    head[2] === 0x12 &&
    /^[\w.-]+$/.test(head.toString("latin1", 4, 4 + Math.min(8, head[3])))
  );
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
  const [users, items] = /item|movie|product/i.test(basename(path)) ? ["users.npy", path] : [path, "items.npy"];
  return refused(
    path,
    "this is one numpy array; a model has two, of users and of items",
    pair.length > 0
      ? `name the folder ${dirname(path)}, which also has ${pair.slice(0, 3).join(", ")}`
      : `put user_factors.npy and item_factors.npy into a folder of their own and name it, or write both into one file: python3 -c 'import numpy as np; np.savez("model.npz", user_factors=np.load(${JSON.stringify(users)}), item_factors=np.load(${JSON.stringify(items)}))'`,
  );
}
