/** The examples that interactions give rise to: pairs, triples, or whole lists, by the form of the loss. */

import type { Interactions } from "../data/interactions.ts";
import type { Model } from "../model/model.ts";
import type { Examples, Loss } from "./loss.ts";
import { noItem } from "./negatives.ts";

/** What examples are made from. */
export interface ExampleSource {
  readonly interactions: Interactions;
  readonly model: Model;
  readonly loss: Loss;
  /** Row-major, `perRow` a row; none when 0. */
  readonly negatives: Uint32Array;
  readonly perRow: number;
  /** Weight of the model's extra output in a list. */
  readonly extraWeight: number;
}

/**
 * The examples of units: of rows, or of users where the loss reads whole lists. Pointwise: the row with its rating (with negatives: 1) and
 * its negatives with 0. Pairwise: a triple for each negative. Listwise: all items of the user, labelled by the ratings.
 */
export function examplesOf(source: ExampleSource, units: Uint32Array): Examples {
  if (source.loss.form === "listwise") return lists(source, units, undefined);
  return source.loss.form === "pairwise" ? triples(source, units) : points(source, units);
}

/** The example of a single row's own term, and no other's: in a list, the list of its user with this row's label alone. */
export function examplesOfRows(source: ExampleSource, rows: Uint32Array): Examples {
  if (source.loss.form !== "listwise") return examplesOf(source, rows);
  const { users } = source.interactions;
  return lists(
    source,
    Uint32Array.from(rows, (row) => users[row]),
    rows,
  );
}

/** The rows that are asked for, each with its rating (with negatives: 1), and behind each its negatives with 0. */
export function points(
  { interactions, negatives, perRow }: Pick<ExampleSource, "interactions" | "negatives" | "perRow">,
  rows: Uint32Array,
): Examples {
  const { users, items, ratings } = interactions;
  const builder = exampleBuilder(rows.length * (1 + perRow));
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k];
    builder.push(users[row], items[row], perRow === 0 ? ratings[row] : 1);
    builder.close(k);
    for (let n = 0; n < perRow; n++) {
      const other = negatives[row * perRow + n];
      if (other === noItem) continue;
      builder.push(users[row], other, 0);
      builder.close(k);
    }
  }
  return builder.finish(false);
}

function triples({ interactions, negatives, perRow }: ExampleSource, rows: Uint32Array): Examples {
  const { users, items } = interactions;
  const builder = exampleBuilder(rows.length * 2 * perRow);
  for (let k = 0; k < rows.length; k++)
    for (let n = 0; n < perRow; n++) {
      const row = rows[k];
      const other = negatives[row * perRow + n];
      if (other === noItem) continue;
      builder.push(users[row], items[row], 1);
      builder.push(users[row], other, 0);
      builder.close(k);
    }
  return builder.finish(false);
}

function lists(source: ExampleSource, users: Uint32Array, single: Uint32Array | undefined): Examples {
  const { interactions, model, loss, extraWeight } = source;
  const { byUser, items, ratings, itemCount } = interactions;
  const penalised = model.extraOutputs > 0 && single === undefined;
  const width = itemCount + (penalised ? 1 : 0);
  const pairs = { users: new Uint32Array(users.length * width), items: new Uint32Array(users.length * width) };
  const labels = new Float64Array(users.length * width).fill(loss.absent ?? 0);
  const add = (place: number, rating: number) => {
    labels[place] = (Number.isNaN(labels[place]) ? 0 : labels[place]) + rating;
  };
  users.forEach((user, g) => {
    const from = g * width;
    pairs.users.fill(user, from, from + width);
    for (let i = 0; i < width; i++) pairs.items[from + i] = i;
    if (penalised) labels[from + itemCount] = extraWeight;
    if (single !== undefined) add(from + items[single[g]], ratings[single[g]]);
    else
      for (let k = byUser.start[user]; k < byUser.start[user + 1]; k++)
        add(from + items[byUser.rows[k]], ratings[byUser.rows[k]]);
  });
  const start = Uint32Array.from({ length: users.length + 1 }, (_, g) => g * width);
  return { pairs, labels, start, owners: Uint32Array.from(users.keys()), penalised };
}

function exampleBuilder(most: number) {
  const users = new Uint32Array(most);
  const items = new Uint32Array(most);
  const labels = new Float64Array(most);
  const start = new Uint32Array(most + 1);
  const owners = new Uint32Array(most);
  let pairs = 0;
  let groups = 0;
  return {
    push(user: number, item: number, label: number): void {
      users[pairs] = user;
      items[pairs] = item;
      labels[pairs++] = label;
    },
    close(owner: number): void {
      owners[groups] = owner;
      start[++groups] = pairs;
    },
    finish: (penalised: boolean): Examples => ({
      pairs: { users: users.subarray(0, pairs), items: items.subarray(0, pairs) },
      labels: labels.subarray(0, pairs),
      start: start.subarray(0, groups + 1),
      owners: owners.subarray(0, groups),
      penalised,
    }),
  };
}
