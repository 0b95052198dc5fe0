/** Drawn negatives: items that a user has not chosen, keyed by outside ids so that no draw depends on another row. */

import type { Interactions, Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import type { NameKeys } from "../model/model.ts";
import { keyedUniform, randomOf } from "../numeric/random.ts";

/**
 * How negatives are drawn, and what retraining without a row does to the others: "frozen" keeps theirs; "honest" draws again, so
 * that an item that is no longer chosen becomes eligible.
 */
export interface Sampling {
  /** Negatives an interaction. */
  readonly perRow: number;
  readonly seed: number;
  readonly semantics: "frozen" | "honest";
}

/** Stands for a negative that could not be drawn: the user has chosen every item. */
export const noItem = 0xffffffff;

/** Keys of outside ids; without ids, those of the indices in decimal. */
export function nameKeys(userIds: Iterable<string>, itemIds: Iterable<string>): NameKeys {
  const keysOf = (ids: Iterable<string>) =>
    Uint32Array.from(ids, (id) => randomOf(0, "outside id", id).integer(2 ** 32));
  return { users: keysOf(userIds), items: keysOf(itemIds) };
}

/** Keys of indices, for sets without outside ids. */
export function indexKeys({ userCount, itemCount }: Pick<Interactions, "userCount" | "itemCount">): NameKeys {
  const decimal = (count: number) => Array.from({ length: count }, (_, k) => String(k));
  return nameKeys(decimal(userCount), decimal(itemCount));
}

/**
 * `perRow` negatives for every row (row-major), uniform over the items that have rows and that the user has not chosen. Attempt a of
 * draw n belongs to (seed, epoch, user id, item id, n, a); the place it hits belongs to an item by that item's id. So
 * deleting a row leaves every other row's draws unchanged, except where something has become eligible. (When it was the last of its
 * item, draws of this item change too, with those of the few whose places met its place; all do when the table halves.) With `wanted`,
 * only these rows are drawn for.
 */
export function drawNegatives(
  interactions: Interactions,
  keys: NameKeys,
  { perRow, seed }: Sampling,
  epoch = 0,
  wanted?: Rows,
): Uint32Array {
  if (!Number.isInteger(perRow) || perRow < 1 || perRow > 1000)
    throw new LetheError("bad-input", `negatives is ${perRow}; expected a whole number from 1 to 1000`);
  const { byUser, byItem, items, userCount, itemCount } = interactions;
  const slots = slotsOf(keys.items, byItem.start);
  const eligible = slots.filter((item) => item !== noItem).length;
  const streamSeed = randomOf(seed, "negatives", epoch).integer(2 ** 53);
  const chosenBy = new Uint32Array(itemCount).fill(noItem);
  const out = new Uint32Array(interactions.size * perRow).fill(noItem);
  const skipped = wanted && new Uint8Array(interactions.size).fill(1);
  if (skipped) for (const row of wanted) skipped[row] = 0;
  for (let u = 0; u < userCount; u++) {
    let chosen = 0;
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
      const item = items[byUser.rows[k]];
      if (chosenBy[item] !== u) chosen++;
      chosenBy[item] = u;
    }
    if (chosen >= eligible) continue;
    const own = byUser.rows.subarray(byUser.start[u], byUser.start[u + 1]).filter((row) => skipped?.[row] !== 1);
    for (let n = 0; n < perRow; n++) {
      const pending = own.slice();
      let left = pending.length;
      // All rows at one attempt after the other: what is keyed by the attempt is then the same from row to row.
      for (let attempt = 0; left > 0; attempt++) {
        const trying = left;
        left = 0;
        for (let k = 0; k < trying; k++) {
          const row = pending[k];
          const place = keyedUniform(streamSeed, keys.users[u], keys.items[items[row]], attempt * perRow + n);
          const item = slots[Math.floor(place * slots.length)];
          if (item === noItem || chosenBy[item] === u) pending[left++] = row;
          else out[row * perRow + n] = item;
        }
      }
    }
  }
  return out;
}

/** The negatives of the rows that are kept. */
export function selectNegatives(negatives: Uint32Array, perRow: number, kept: Rows): Uint32Array {
  const out = new Uint32Array(kept.length * perRow);
  for (let k = 0; k < kept.length; k++)
    out.set(negatives.subarray(kept[k] * perRow, (kept[k] + 1) * perRow), k * perRow);
  return out;
}

/** A table of 1 to 2 places an item, each item that has rows at one place that its key chooses. */
function slotsOf(keys: Uint32Array, start: Uint32Array): Uint32Array {
  const present = [...keys.keys()].filter((item) => start[item + 1] > start[item]);
  present.sort((a, b) => keys[a] - keys[b] || a - b);
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, present.length)));
  const slots = new Uint32Array(size).fill(noItem);
  for (const item of present)
    for (let attempt = 0; ; attempt++) {
      const place = Math.floor(keyedUniform(0, keys[item], attempt, 0x736c6f74) * size);
      if (slots[place] !== noItem) continue;
      slots[place] = item;
      break;
    }
  return slots;
}
