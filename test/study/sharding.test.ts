/** What a training request in shards asks for: presets by name, what is usual beside what was given, and what does not fit. */

import { describe, expect, test } from "vitest";
import { planFrom } from "../../src/study/choosing/asked.ts";
import { shardPresets } from "../../src/training/index.ts";

const bpr = { model: "mf", loss: "bpr", regularizer: "table", seed: 7 } as const;
const dealt = (fields: object) => {
  const { inner: _inner, ...sharding } = planFrom({ ...bpr, ...fields }).trainer.sharding ?? {};
  return sharding;
};

describe("a preset", () => {
  test.each(Object.entries(shardPresets))(
    "%s is what its page says, with the seed of the training",
    (trainer, preset) => {
      expect(dealt({ trainer })).toEqual({ ...preset, seed: 7 });
    },
  );

  test("gives way to what is given beside it", () => {
    expect(dealt({ trainer: "sisa", shards: 3, slices: 4 })).toEqual({
      ...shardPresets.sisa,
      shards: 3,
      slices: 4,
      seed: 7,
    });
    expect(dealt({ trainer: "receraser", partition: "interactions", aggregate: "mean" })).toEqual({
      ...{ shards: 8, slices: 1, partition: "interactions", aggregate: "mean", seed: 7 },
    });
  });

  test("is SISA with five shards at random, and RecEraser with eight of like users", () => {
    expect(shardPresets.sisa).toEqual({ shards: 5, partition: "interactions", aggregate: "mean", slices: 1 });
    expect(shardPresets.receraser).toEqual({
      ...{ shards: 8, partition: "user-similarity", aggregate: "attention", slices: 1 },
    });
  });
});

test("where users stay together their member scores, else the mean of all", () => {
  for (const partition of ["users", "user-similarity"])
    expect(dealt({ shards: 3, partition })).toMatchObject({ partition, aggregate: "own" });
  for (const partition of ["interactions", "item-similarity", "interaction-similarity"])
    expect(dealt({ shards: 3, partition })).toMatchObject({ partition, aggregate: "mean" });
});

test("what does not fit is refused, with the field", () => {
  expect(() => planFrom({ ...bpr, slices: 2 })).toThrow("`slices` is for training in shards");
  expect(() => planFrom({ ...bpr, shards: 2, partition: "item-similarity", aggregate: "own" })).toThrow(
    "aggregate own",
  );
  expect(() => planFrom({ model: "mf", regularizer: "table", seed: 1, shards: 2, slices: 2 })).toThrow("`slices` 2");
});
