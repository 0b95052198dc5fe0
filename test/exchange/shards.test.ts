/** Tensors of a model in shards, checked against what the manifest says: whose shard is none, what is missing, and what does not belong. */

import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/exchange/files/safetensors.ts";
import type { GeneralManifest } from "../../src/exchange/model/manifest.ts";
import { tensorsProblem } from "../../src/exchange/model/tables.ts";

const counts = { users: 3, items: 2, interactions: 4 };

const sharding = {
  ...{ shards: 2, partition: "user-similarity", aggregate: "attention", slices: 2, seed: 1, inner: "adam" },
  ends: [],
  learned: {
    tensors: [
      { name: "shard_of_user", shape: [3] },
      { name: "attention.weights", shape: [2] },
    ],
  },
};

const manifest = {
  model: { name: "gmf", settings: {}, tensors: [{ name: "user_factors", shape: [3, 1], rowsOf: "user" }] },
  objective: {},
  training: { sharding },
} as unknown as GeneralManifest;

const tensor = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor => ({
  shape: [...shape],
  values: Float64Array.from(values),
});

const whole: Readonly<Record<string, Tensor>> = {
  ...Object.fromEntries(
    ["0.user_factors", "0.before.2.user_factors", "1.user_factors", "1.before.2.user_factors"].map((name) => [
      `shard.${name}`,
      tensor([1, 2, 3], [3, 1]),
    ]),
  ),
  shard_of_row: tensor([0, 1, 1, 0]),
  shard_of_user: tensor([0, 1, 1]),
  "attention.weights": tensor([0.5, 0.25]),
};

const problem = (tensors: Readonly<Record<string, Tensor>>, of = manifest) =>
  tensorsProblem(new Map(Object.entries(tensors)), of, counts);

describe("tensors of a model in shards", () => {
  test("are right as they are written", () => {
    expect(problem(whole)).toBeUndefined();
  });

  test.each(Object.keys(whole))("%s cannot be missing", (name) => {
    const { [name]: _gone, ...rest } = whole;
    expect(problem(rest)).toBe(`no tensor ${name}`);
  });

  test("name the place of a shard that is none", () => {
    for (const name of ["shard_of_row", "shard_of_user"])
      for (const odd of [2, -1, 0.5]) {
        const values = Array.from(whole[name].values, (k, at) => (at === 1 ? odd : k));
        expect(problem({ ...whole, [name]: tensor(values) })).toBe(
          `${name} with ${odd} at position 1, which is no shard`,
        );
      }
  });

  test("have a shard for every user, whatever shape the manifest tells", () => {
    const { learned, ...rest } = sharding;
    const tensors = learned.tensors.map((one) => (one.name === "shard_of_user" ? { ...one, shape: [2] } : one));
    const told = {
      ...manifest,
      training: { sharding: { ...rest, learned: { tensors } } },
    } as unknown as GeneralManifest;
    expect(problem({ ...whole, shard_of_user: tensor([0, 1]) }, told)).toMatch(/^shard_of_user with 2 values/);
    const none = { ...manifest, training: { sharding: rest } } as unknown as GeneralManifest;
    expect(problem(whole, none)).toMatch(/does not belong$/);
  });
});
