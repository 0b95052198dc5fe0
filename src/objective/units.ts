/** What batches are made of: rows, or users whose examples are whole lists; and how many of them are worked on together. */

import type { Interactions } from "../data/interactions.ts";
import type { NameKeys } from "../model/model.ts";
import type { Loss } from "./loss.ts";
import type { Objective } from "./objective.ts";

/** Every row; where the loss reads whole lists, every user with rows, or all users where pairs without a row count too. */
export function unitsOf({ form, confidence }: Loss, { size, byUser, userCount }: Interactions): Uint32Array {
  if (form !== "listwise") return Uint32Array.from({ length: size }, (_, k) => k);
  const users = Uint32Array.from({ length: userCount }, (_, u) => u);
  return confidence === undefined ? users.filter((u) => byUser.start[u + 1] > byUser.start[u]) : users;
}

/** The outside keys of a unit: of its user and item, or of the user alone; the third number keeps the two apart. */
export function unitKeys(
  { form }: Loss,
  { users, items }: Interactions,
  keys: NameKeys,
  unit: number,
): readonly [number, number, number] {
  if (form === "listwise") return [keys.users[unit], 0, 1];
  return [keys.users[users[unit]], keys.items[items[unit]], 0];
}

/** Pairs that the examples of one unit read. */
export function pairsPerUnit({ settings, interactions, model }: Objective): number {
  const { form } = settings.loss;
  if (form === "listwise") return interactions.itemCount + model.extraOutputs;
  return (settings.sampling?.perRow ?? 0) * (form === "pairwise" ? 2 : 1) + 1;
}

/**
 * Cuts units into batches of about as many pairs as the model likes, or whole multiples of these up to `pairs`: whole batches, so that gradients
 * add up in the same order, and to the same bytes, however many are worked on together.
 */
export function* batchesOf(objective: Objective, units: Uint32Array, pairs = 0): Generator<Uint32Array> {
  const perUnit = pairsPerUnit(objective);
  const together = Math.max(1, Math.floor(Math.min(objective.model.batch, 2 ** 31) / perUnit));
  const size = together * Math.max(1, Math.floor(pairs / (together * perUnit)));
  for (let at = 0; at < units.length; at += size) yield units.subarray(at, at + size);
}
