/** Names by which programs save factor models: each is known in whatever wraps it, and what could be two things is asked for. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ForeignReadOptions, readForeign } from "../../../src/exchange/foreign/index.ts";
import { printTensors } from "../../../src/exchange/foreign/safetensors-directory.ts";
import { scratch } from "../../support/lethe.ts";
import { floatsOf, zipOf } from "./samples.ts";

const folder = scratch();

type Shapes = readonly (readonly [name: string, shape: readonly number[]])[];

const countOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

/** Arrays of which array k holds k + 1 everywhere. */
function save(kind: "npz" | "safetensors", arrays: Shapes): string {
  const path = join(folder(), "model");
  const values = arrays.map(([, shape], k) => new Array<number>(countOf(shape)).fill(k + 1));
  if (kind === "npz")
    writeFileSync(
      path,
      zipOf(Object.fromEntries(arrays.map(([n, shape], k) => [`${n}.npy`, floatsOf(shape, values[k])]))),
    );
  else {
    const header = printTensors(arrays, "F32", {});
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(path, Buffer.concat([length, header, Buffer.from(Float32Array.from(values.flat()).buffer)]));
  }
  return path;
}

const read = async (kind: "npz" | "safetensors", arrays: Shapes, names?: ForeignReadOptions["names"]) =>
  (await readForeign(save(kind, arrays), undefined, { names })).factors;

const programs: readonly (readonly [program: string, names: readonly string[]])[] = [
  ["LightGCN-PyTorch", ["embedding_user.weight", "embedding_item.weight"]],
  ["RecBole", ["user_embedding.weight", "item_embedding.weight"]],
  ["RecBole, by ids", ["user_id_embedding.weight", "item_id_embedding.weight"]],
  ["Spotlight", ["user_embeddings.weight", "item_embeddings.weight", "user_biases.weight", "item_biases.weight"]],
  ["Surprise", ["pu", "qi", "bu", "bi"]],
  ["LightFM", ["user_embeddings", "item_embeddings", "user_biases", "item_biases"]],
  ["implicit", ["user_factors", "item_factors"]],
  ["TensorFlow Recommenders", ["user_model/embedding/embeddings:0", "movie_model/embedding/embeddings:0"]],
  ["Keras", ["user_embedding/embeddings", "item_embedding/embeddings", "user_bias/embeddings", "item_bias/embeddings"]],
];
const wraps = ["", "model.", "module.", "net.", "_orig_mod.", "model._orig_mod.", "module.model."];

describe.each(programs)("%s", (_, [users, items, userBias, itemBias]) => {
  test.each(["npz", "safetensors"] as const)("its names are known in %s, in whatever wraps them", async (kind) => {
    for (const wrap of wraps) {
      const tables: Shapes = [
        [wrap + users, [4, 2]],
        [wrap + items, [3, 2]],
      ];
      const biases: Shapes = userBias
        ? [
            [wrap + userBias, [4, 1]],
            [wrap + itemBias, [3, 1]],
          ]
        : [];
      const model = await read(kind, [...tables, ...biases, [`${wrap}other.weight`, [2, 2]]]);
      expect([model.userFactors[0], model.itemFactors[0], model.userBias?.[0], model.itemBias?.[0]]).toEqual(
        userBias ? [1, 2, 3, 4] : [1, 2, undefined, undefined],
      );
      expect(model.passedOver).toEqual([`${wrap}other.weight`]);
    }
  });
});

test.each(["npz", "safetensors"] as const)("in %s any names are read that are given", async (kind) => {
  const name = fc.stringMatching(/^[a-zA-Z_][\w.]{0,20}$/);
  const four = fc.uniqueArray(name, { minLength: 4, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(four, async ([a, b, c, d]) => {
      const arrays: Shapes = [
        [d, [3]],
        [b, [3, 2]],
        [c, [4]],
        [a, [4, 2]],
      ];
      const model = await read(kind, arrays, { userFactors: a, itemFactors: b, userBias: c, itemBias: d });
      expect([model.userFactors[0], model.itemFactors[0], model.userBias?.[0], model.itemBias?.[0]]).toEqual([
        4, 2, 3, 1,
      ]);
    }),
    { numRuns: 20 },
  );
});

describe.each(["npz", "safetensors"] as const)("%s", (kind) => {
  const what = kind === "npz" ? "array" : "tensor";

  test("of several that could be meant, all are named with their shapes, and the field with a value", async () => {
    const arrays: Shapes = [
      ["gmf.user_embedding.weight", [4, 2]],
      ["model.user_embedding.weight", [4, 3]],
      ["user_embedding.weight", [4, 2]],
      ["item_embedding.weight", [3, 2]],
    ];
    await expect(read(kind, arrays)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringContaining(
        `2 ${what}s could be the user factors: "model.user_embedding.weight", "user_embedding.weight"`,
      ),
      advice:
        'it holds "model.user_embedding.weight" (4 × 3), "user_embedding.weight" (4 × 2); name one with `userTensor`, such as `userTensor` "model.user_embedding.weight"',
    });
    expect((await read(kind, arrays, { userFactors: "user_embedding.weight" })).userFactors[0]).toBe(3);
  });

  test("of none under a usual name, the likely one is the value to give, and it works", async () => {
    const arrays: Shapes = [
      ["encoder.weight", [2, 2]],
      ["tower.customers.user.weight", [4, 2]],
      ["tower.songs.weight", [3, 2]],
      ["user_norm", [4]],
    ];
    const asked = (names?: ForeignReadOptions["names"]) => read(kind, arrays, names);
    await expect(asked()).rejects.toMatchObject({
      advice: expect.stringContaining('such as `userTensor` "tower.customers.user.weight"'),
    });
    const users = { userFactors: "tower.customers.user.weight" };
    await expect(asked(users)).rejects.toMatchObject({
      advice: expect.stringContaining('such as `itemTensor` "tower.songs.weight"'),
    });
    expect((await asked({ ...users, itemFactors: "tower.songs.weight" })).itemFactors).toEqual(
      new Float64Array(6).fill(3),
    );
  });

  test("a name that is not there is refused, and what is there is named", async () => {
    const arrays: Shapes = [
      ["user_factors", [4, 2]],
      ["item_factors", [3, 2]],
      ["popularity", [3]],
    ];
    await expect(read(kind, arrays, { itemBias: "item_popularity" })).rejects.toMatchObject({
      message: expect.stringContaining(`no ${what} "item_popularity"`),
      advice: expect.stringContaining('such as `itemBias` "popularity"'),
    });
  });
});
