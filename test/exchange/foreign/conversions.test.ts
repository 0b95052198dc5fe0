/** The conversions that refusals print, run by this machine's Python where it has what they need: what they write is the model. */

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readForeign } from "../../../src/exchange/foreign/index.ts";
import { scratch } from "../../support/lethe.ts";

const newFolder = scratch();

/** Runs Python as a shell finds it, which finds modules also in the folder. */
const python = (code: string, cwd: string) =>
  execFileSync("python3", ["-c", code], { cwd, stdio: "pipe", env: { ...process.env, PYTHONPATH: pathIn(cwd) } });
const pathIn = (cwd: string) => [cwd, process.env.PYTHONPATH].filter(Boolean).join(":");

function has(modules: string): boolean {
  try {
    python(`import ${modules}`, "/");
    return true;
  } catch {
    return false;
  }
}

/** Runs what a refusal advises in a shell; gives the model that is there then. */
async function converted(folder: string, name: string) {
  const refusal = await readForeign(join(folder, name)).catch((error: { advice: string }) => error);
  const { advice } = refusal as { advice: string };
  const line = advice.slice(advice.indexOf("python3 -c"));
  execFileSync("sh", ["-c", line], { cwd: folder, stdio: "pipe", env: { ...process.env, PYTHONPATH: pathIn(folder) } });
  return readForeign(join(folder, line.includes("safetensors") ? "model.safetensors" : "model.npz"));
}

/** Writes what a stranger has: code that leaves its file in the folder. */
function made(code: string, files: Readonly<Record<string, string>> = {}): string {
  const folder = newFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  python(
    `import numpy as np; P = np.arange(4, dtype="f4").reshape(2, 2); Q = np.arange(6, dtype="f4").reshape(3, 2)\n${code}`,
    folder,
  );
  return folder;
}

async function expectModel(folder: string, name: string) {
  const { factors } = await converted(folder, name);
  expect([...factors.userFactors, ...factors.itemFactors]).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 4, 5]);
  return factors;
}

/** Classes of libraries that need not be there: a pickle has their names alone. */
const implicit = {
  "implicit/__init__.py": "",
  "implicit/als.py": "class AlternatingLeastSquares: pass",
};
const surprise = {
  "surprise/__init__.py": "",
  "surprise/prediction_algorithms.py": `class SVD: pass
class Trainset:
    n_users, n_items, global_mean = 2, 3, 3.5
    def to_raw_uid(self, k): return f"u{k}"
    def to_raw_iid(self, k): return f"i{k}"`,
};
const als = `from implicit.als import AlternatingLeastSquares
m = AlternatingLeastSquares()
m.user_factors, m.item_factors, m.regularization, m.iterations = P, Q, 0.5, np.int64(15)
m.random_state, m.dtype, m.names = np.random.RandomState(1), np.float32, ["a"]`;

test("are Python on one line that names the file", async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "it's.h5"), Buffer.from("\x89HDF\r\n\x1a\n", "latin1"));
  const refusal = await readForeign(join(folder, "it's.h5")).catch((error: { advice: string }) => error);
  const { advice } = refusal as { advice: string };
  expect(advice.slice(advice.indexOf("python3 -c"))).toMatch(/^python3 -c .*it.*s\.h5[^\n]*$/);
});

if (has("numpy"))
  describe("of pickles", () => {
    test.each([0, 2, 4, 5])("a model of implicit in protocol %s, whatever the name", async (protocol) => {
      for (const name of protocol === 2 ? ["als.pkl", "it's.bin"] : ["als.pkl"]) {
        const code = `${als}\nimport pickle; pickle.dump(m, open(${JSON.stringify(name)}, "wb"), protocol=${protocol})`;
        const { stated } = await expectModel(made(code, implicit), name);
        expect(stated).toEqual({ regularization: 0.5, iterations: 15 });
      }
    });

    test.each([
      ["a dictionary", "m = dict(user_factors=P, item_factors=Q, regularization=0.5, names=['a'])"],
      ["an object", "import argparse; m = argparse.Namespace(pu=P, qi=Q, regularization=0.5, other=None)"],
      ["a model beside other things", `${als}\nm = {"ids": {"a": 1}, "held": P, "steps": [("als", m)]}`],
    ])("with %s", async (_, make) => {
      const folder = made(`${make}\nimport pickle; pickle.dump(m, open("m", "wb"))`, implicit);
      expect((await expectModel(folder, "m")).stated.regularization).toBe(0.5);
    });

    test("two arrays alone keep their order as names", async () => {
      const folder = made('import pickle; pickle.dump((P, Q), open("m.pkl", "wb"))');
      await expect(converted(folder, "m.pkl")).rejects.toMatchObject({
        advice: expect.stringContaining('`userTensor` "0"'),
      });
      const names = { userFactors: "0", itemFactors: "1" };
      const { factors } = await readForeign(join(folder, "model.npz"), undefined, { names });
      expect([...factors.itemFactors]).toEqual([0, 1, 2, 3, 4, 5]);
    });

    test("of two files with one array each is a model", async () => {
      const folder = made("np.save('items.npy', Q)");
      mkdirSync(join(folder, "alone"));
      python("import numpy as np; np.save('alone/users.npy', np.arange(4, dtype='f4').reshape(2, 2))", folder);
      await expectModel(folder, "alone/users.npy");
    });
  });

if (has("numpy, joblib"))
  describe("of joblib", () => {
    test.each(["0", "3", "('gzip', 3)", "('xz', 3)", "('bz2', 3)", "('lzma', 3)"])(
      "compressed by %s",
      async (compress) => {
        const folder = made(`${als}\nimport joblib; joblib.dump(m, "m", compress=${compress})`, implicit);
        expect((await expectModel(folder, "m")).stated.regularization).toBe(0.5);
      },
    );

    test("a model of Surprise comes with its mean and its ids", async () => {
      const make = `from surprise.prediction_algorithms import SVD, Trainset
m = SVD(); m.pu, m.qi, m.bu, m.bi, m.biased, m.trainset = P, Q, P[:, 0], Q[:, 0], True, Trainset()
import pickle; pickle.dump({"predictions": [(1, 2)] * 9, "algo": m}, open("svd", "wb"))`;
      const { mean, userIds, itemIds, itemBias } = await expectModel(made(make, surprise), "svd");
      expect({ mean, userIds, itemIds }).toEqual({ mean: 3.5, userIds: ["u0", "u1"], itemIds: ["i0", "i1", "i2"] });
      expect([...(itemBias ?? [])]).toEqual([0, 2, 4]);
    });
  });

if (has("torch, safetensors.torch"))
  describe("of PyTorch", () => {
    const tensors = `import torch; from torch import tensor as T
d = {"user_embedding.weight": T(P), "item_embedding.weight": T(Q)}`;
    const module = `class MF(torch.nn.Module):
    def __init__(self):
        super().__init__(); self.user_embedding = torch.nn.Embedding(2, 2); self.item_embedding = torch.nn.Embedding(3, 2)`;

    test.each([
      ["a state_dict", 'torch.save(d, "m")'],
      ["of an old version", 'torch.save(d, "m", _use_new_zipfile_serialization=False)'],
      [
        "of Lightning",
        'torch.save({"epoch": 3, "state_dict": {f"model.{k}": v for k, v in d.items()}, "optimizer_states": [{"state": {0: {"user_embedding": T(P)}}}]}, "m")',
      ],
      ["of the recipe", 'torch.save({"epoch": 3, "model_state_dict": d}, "m")'],
      ["nested deeper", 'torch.save({"net": {"state_dict": d}, "seen": [1, "a", None]}, "m")'],
      [
        "with parameters and shared memory",
        'd = {k: torch.nn.Parameter(v) for k, v in d.items()}; d["again"] = d["user_embedding.weight"]; torch.save(d, "m")',
      ],
      ["with other tensors", 'd["seen"] = T([1, 2]); d["graph"] = torch.eye(2).to_sparse(); torch.save(d, "m")'],
      ["in 16 bits", 'torch.save({k: v.half() if "user" in k else v.bfloat16() for k, v in d.items()}, "m")'],
      ["a whole module", 'from mf import MF; m = MF(); m.load_state_dict(d); torch.save(m, "m")'],
      ["a module in a dictionary", 'from mf import MF; m = MF(); m.load_state_dict(d); torch.save({"model": m}, "m")'],
    ])("%s", async (_, save) => {
      await expectModel(made(`${tensors}\n${save}`, { "mf.py": `import torch\n${module}` }), "m");
    });
  });

if (has("numpy, h5py"))
  test("of HDF5, as Keras writes it", async () => {
    const make = `import h5py
with h5py.File("m.h5", "w") as f:
    for side, x in [("user", P), ("item", Q)]: f.create_dataset(f"model_weights/{side}_embedding/{side}_embedding/embeddings:0", data=x)
    f.create_dataset("notes", data="text")`;
    await expectModel(made(make), "m.h5");
  });

if (has("numpy, onnx"))
  test("of ONNX, with and without a producer", async () => {
    for (const producer of ["pytorch", ""]) {
      const make = `import onnx; from onnx import helper, numpy_helper
g = helper.make_graph([], "g", [], [], [numpy_helper.from_array(P, "user_embedding.weight"), numpy_helper.from_array(Q, "item_embedding.weight")])
onnx.save(helper.make_model(g, producer_name=${JSON.stringify(producer)}), "m.onnx")`;
      await expectModel(made(make), "m.onnx");
    }
  });
