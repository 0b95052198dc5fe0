/** A small stored model with awkward ids. */

import { createHash } from "node:crypto";
import { idsOf } from "../../src/data/dataset.ts";
import { interactionsOf } from "../../src/data/interactions.ts";
import type { StoredFactors } from "../../src/exchange/index.ts";

/** What a sample may differ in. */
export interface SampleOptions {
  readonly biases?: boolean;
  readonly times?: boolean;
  readonly shift?: number;
}

/** 3 users, 4 items, 2 factors; `shift` is added to every parameter, so that two samples can be told apart. */
export function sampleModel({ biases = true, times = true, shift = 0 }: SampleOptions = {}): StoredFactors {
  const some = (length: number) => Float64Array.from({ length }, (_, k) => shift + Math.sin(k + 1) / 3);
  return {
    manifest: {
      format: "lethe-model",
      formatVersion: 2,
      lethe: "0.1.0",
      model: { name: "mf", factors: 2, biases, mean: { kind: "learned" } },
      objective: { loss: "squared", l2: 0.05, l2Bias: 0.01, regularizer: "table" },
      training: { trainer: "als", seed: 7, tolerance: 1e-10 },
      result: { status: "converged", objective: 12.5, gradientNorm: 3e-11 },
      forgotten: [
        { method: "retrain", guarantee: "exact", requests: 3, rows: 40 },
        {
          ...{ method: "exact", guarantee: "exact", requests: 1, rows: 2 },
          certificate: { zeta: 1, alpha: null, good: true, note: "é" },
        },
      ],
    },
    tables: {
      userFactors: some(6),
      itemFactors: some(8),
      userBias: biases ? some(3) : undefined,
      itemBias: biases ? some(4) : undefined,
      mean: 3.5,
    },
    dataset: {
      interactions: interactionsOf({
        userCount: 3,
        itemCount: 4,
        users: Uint32Array.of(0, 0, 2, 1, 2),
        items: Uint32Array.of(3, 0, 1, 3, 0),
        ratings: Float64Array.of(5, -2, 0, 1e-310, 0.1 + 0.2),
        times: times ? Float64Array.of(978300760, 0, -1.5, 978300760, 1) : undefined,
      }),
      userIds: idsOf(["007", "O'Brien; DROP TABLE rows", "日本 😀"]),
      itemIds: idsOf([" ", "a\u202eb", "\\", "null"]),
      itemInfo: new Map([
        [" ", { title: "", genres: [] }],
        ["a\u202eb", { title: "Crossfire (1947)", genres: ["Film|Noir", "", "Café"] }],
        ["null", { title: "Null", genres: ["Drama"] }],
      ]),
    },
  };
}

/** The text of a `model.json` whose seal fits, whatever it tells. */
export function sealed({ sha256: _, ...told }: Record<string, unknown>): string {
  const sha256 = createHash("sha256")
    .update(`${JSON.stringify(told, null, 2)}\n`)
    .digest("hex");
  return `${JSON.stringify({ ...told, sha256 }, null, 2)}\n`;
}
