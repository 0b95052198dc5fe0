/** Objectives by their definition, in plain loops over rows: what the machinery of examples, batches and penalties is held against. */

import { sizeOf } from "../../src/model/tensors.ts";
import { noItem } from "../../src/objective/negatives.ts";
import type { Objective } from "../../src/objective/objective.ts";

/** The drawn items of a row that exist. */
export function negativesOf({ negatives, settings }: Objective, row: number): number[] {
  const perRow = settings.sampling?.perRow ?? 0;
  return [...negatives.subarray(row * perRow, (row + 1) * perRow)].filter((item) => item !== noItem);
}

/** Σ of the losses of all rows, without L2. */
export function bruteLoss(objective: Objective, params: Float64Array): number {
  const { interactions, model, settings } = objective;
  const { size, users, items, ratings, userCount, itemCount } = interactions;
  const width = itemCount + model.extraOutputs;
  const cells = Uint32Array.from({ length: userCount * width }, (_, n) => n);
  const pairs = { users: cells.map((n) => Math.floor(n / width)), items: cells.map((n) => n % width) };
  const { scores } = model.at(params, pairs);
  const score = (user: number, item: number) => scores[user * width + item];
  const rows = Array.from({ length: size }, (_, row) => row);
  const ofRow = (row: number): number => {
    const [user, item] = [users[row], items[row]];
    const others = negativesOf(objective, row);
    const label = settings.sampling === undefined ? ratings[row] : 1;
    switch (settings.loss.name) {
      case "squared":
        return 0.5 * (score(user, item) - label) ** 2 + total(others.map((j) => 0.5 * score(user, j) ** 2));
      case "logistic": {
        const crossEntropy = (s: number, y: number) =>
          y * Math.log(1 + Math.exp(-s)) + (1 - y) * Math.log(1 + Math.exp(s));
        return crossEntropy(score(user, item), label) + total(others.map((j) => crossEntropy(score(user, j), 0)));
      }
      case "bpr":
        return total(others.map((j) => Math.log(1 + Math.exp(score(user, j) - score(user, item)))));
      case "multinomial": {
        const all = Array.from({ length: itemCount }, (_, i) => Math.exp(score(user, i)));
        return -label * Math.log(Math.exp(score(user, item)) / total(all));
      }
      default:
        throw new Error(`no definition of ${settings.loss.name}`);
    }
  };
  const present = [...new Set(users)];
  const extra = settings.loss.form === "listwise" && model.extraOutputs > 0;
  return total(rows.map(ofRow)) + (extra ? settings.extraWeight * total(present.map((u) => score(u, itemCount))) : 0);
}

/** How often a user or an item occurs in examples. */
export function bruteCount(objective: Objective, side: "user" | "item", index: number): number {
  const { interactions, settings } = objective;
  const { size, users, items } = interactions;
  let count = 0;
  for (let row = 0; row < size; row++) {
    const others = negativesOf(objective, row);
    const pairwise = settings.loss.form === "pairwise";
    const ofUser = pairwise ? others.length : 1 + others.length;
    if (side === "user") count += users[row] === index ? ofUser : 0;
    else
      count += others.filter((j) => j === index).length + (items[row] === index ? (pairwise ? others.length : 1) : 0);
  }
  return count;
}

/** λ·scale of every parameter. */
export function bruteL2(objective: Objective): Float64Array {
  const { model, settings } = objective;
  const { l2, l2Bias = l2, l2Shared } = settings;
  const mf = settings.kind.name === "mf";
  const out = new Float64Array(model.parameterCount);
  for (const { name, shape, at, rowStride, rowsOf } of model.tensors) {
    const width = sizeOf(shape) / shape[0];
    const lambda = rowsOf === undefined ? (mf ? 0 : l2Shared) : mf && /_bias$/.test(name) ? l2Bias : l2;
    for (let row = 0; row < shape[0]; row++) {
      const scale = rowsOf && settings.regularizer === "interaction" ? bruteCount(objective, rowsOf, row) : 1;
      for (let f = 0; f < width; f++) out[at + row * rowStride + f] = scale * lambda;
    }
  }
  return out;
}

/** Σ. */
export function total(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0);
}
