/** Checkpoints that are not read: each is known by its bytes, whatever its name, and answered with a conversion. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readForeign } from "../../../src/exchange/foreign/index.ts";
import { scratch } from "../../support/lethe.ts";
import { floatsOf, zipOf } from "./samples.ts";

const newFolder = scratch();

function put(name: string, bytes: Uint8Array | string): string {
  const path = join(newFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

const one = Buffer.from([0x80, 4, 0x7d, 0x2e]);
const users = floatsOf([2, 2], [1, 2, 3, 4]);
const items = floatsOf([3, 2], [5, 6, 7, 8, 9, 10]);

const kinds: readonly (readonly [what: string, bytes: Uint8Array | string, said: RegExp, python: string])[] = [
  ["torch", zipOf({ "archive/data.pkl": one, "archive/version": Buffer.from("3\n") }), /PyTorch/, "torch.load"],
  ["torch of a Lightning name", zipOf({ "epoch=3/data.pkl": one, "epoch=3/data/0": one }), /PyTorch/, "state_dict"],
  ["old torch", Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex"), /PyTorch/, "save_file"],
  ["pickle 4", one, /a pickle/, "pickle.load"],
  ["pickle 2", Buffer.from([0x80, 2, 0x7d, 0x71, 0, 0x2e]), /a pickle/, "pickle.load"],
  ["pickle 0", "(dp0\nVuser_factors\np1\nI1\ns.", /a pickle/, "pickle.load"],
  ["pickle of a class", "ccopy_reg\n_reconstructor\np0\n(tR.", /a pickle/, "pickle.load"],
  [
    "joblib",
    Buffer.concat([Buffer.from([0x80, 4]), Buffer.from("cjoblib.numpy_pickle\n."), one]),
    /joblib/,
    "joblib.load",
  ],
  ["joblib, by zlib", deflateSync(one), /joblib/, "joblib.load"],
  ["joblib, by gzip", gzipSync(one), /joblib/, "joblib.load"],
  ["joblib, by xz", Buffer.from("fd377a585a00000400", "hex"), /compressed by xz/, "joblib.load"],
  ["joblib, by bzip2", Buffer.from("BZh31AY&SY000"), /compressed by bzip2/, "joblib.load"],
  ["joblib, by lzma", Buffer.from("5d00004000ffffffffffffffff0040", "hex"), /compressed by lzma/, "joblib.load"],
  ["Surprise", Buffer.from("\x80\x04csurprise.prediction_algorithms.x\nSVD\n.", "latin1"), /Surprise/, "to_raw_uid"],
  ["HDF5", Buffer.from("894844460d0a1a0a00000000", "hex"), /HDF5/, "h5py.File"],
  ["Keras", zipOf({ "metadata.json": one, "config.json": one, "model.weights.h5": one }), /Keras/, "load_model"],
  ["ONNX", Buffer.concat([Buffer.from([8, 7, 0x12, 7]), Buffer.from("pytorch")]), /ONNX/, "numpy_helper.to_array"],
];

describe.each(kinds)("%s", (_, bytes, said, python) => {
  test.each(["model.pth", "model.pkl", "model", "model.npz", "it's.bin"])("is known as %s", async (name) => {
    const path = put(name, bytes);
    for (const format of [undefined, "npz", "safetensors"])
      await expect(readForeign(path, format)).rejects.toMatchObject({
        code: "bad-input",
        message: expect.stringMatching(said),
        advice: expect.stringContaining(python),
      });
  });
});

test("what is none of these is told by the formats", async () => {
  for (const bytes of ["user,item\n", Buffer.from([0x80]), Buffer.alloc(30), gzipSync("user,item\n"), "(a)\n."])
    await expect(readForeign(put("x", bytes))).rejects.toMatchObject({
      message: expect.stringContaining("no factor model"),
    });
});

test("TensorFlow's checkpoints are known by their prefix, any of their files, and their folder", async () => {
  const folder = newFolder();
  for (const name of ["model.ckpt.index", "model.ckpt.data-00000-of-00001", "checkpoint"])
    writeFileSync(join(folder, name), "x");
  const saved = newFolder();
  writeFileSync(join(saved, "saved_model.pb"), "x");
  const prefix = join(folder, "model.ckpt");
  for (const path of [prefix, `${prefix}.index`, `${prefix}.data-00000-of-00001`, folder, saved])
    await expect(readForeign(path)).rejects.toMatchObject({
      message: expect.stringContaining("TensorFlow checkpoint"),
      advice: expect.stringContaining(
        `load_checkpoint(${JSON.stringify(path === saved ? join(saved, "variables", "variables") : prefix)})`,
      ),
    });
});

describe("numpy arrays", () => {
  test("one alone is named as one, and with another beside it the folder is", async () => {
    const path = put("user_factors.npy", users);
    await expect(readForeign(path)).rejects.toMatchObject({
      message: expect.stringContaining("one numpy array"),
      advice: expect.stringContaining(`user_factors=np.load(${JSON.stringify(path)})`),
    });
    writeFileSync(join(path, "../item_factors.npy"), items);
    await expect(readForeign(path)).rejects.toMatchObject({ advice: expect.stringContaining("name the folder") });
  });

  test.each([
    ["user_factors", "item_factors"],
    ["pu", "qi"],
    ["user_embeddings", "item_embeddings"],
  ])("%s.npy and %s.npy in a folder are a model", async (u, i) => {
    const folder = newFolder();
    writeFileSync(join(folder, `${u}.npy`), users);
    writeFileSync(join(folder, `${i}.npy`), items);
    writeFileSync(join(folder, "notes.txt"), "no array");
    writeFileSync(join(folder, "more.npy"), floatsOf([2], [1, 2]));
    const { factors, format } = await readForeign(folder);
    expect([format, [...factors.userFactors], factors.itemFactors.length]).toEqual(["npz", [1, 2, 3, 4], 6]);
    expect(factors.passedOver).toEqual(["more"]);
  });

  test("a folder of arrays under other names asks for the names, and damage is told by its file", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "left.npy"), users);
    writeFileSync(join(folder, "right.npy"), items);
    await expect(readForeign(folder)).rejects.toMatchObject({ advice: expect.stringContaining("`userTensor`") });
    const names = { userFactors: "left", itemFactors: "right" };
    expect((await readForeign(folder, undefined, { names })).factors.factors).toBe(2);
    writeFileSync(join(folder, "right.npy"), items.subarray(0, items.length - 4));
    await expect(readForeign(folder, undefined, { names })).rejects.toMatchObject({
      message: expect.stringContaining("right.npy: shape (3, 2) takes 24 bytes, there are 20"),
    });
  });
});
