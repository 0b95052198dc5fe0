/** The rows that cleaning is judged by, and the model that has not seen them. */

import type { Dataset } from "../../../data/dataset.ts";
import { splitByIds } from "../../../data/splitting.ts";
import { LetheError } from "../../../errors.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import type { Measure } from "../../../method/measure.ts";
import { keyedUniform } from "../../../numeric/random.ts";
import { refit } from "../../../training/refit.ts";
import type { TrainedModel } from "../../../training/trained-model.ts";
import { holdoutOf } from "../../choosing/holdout.ts";
import { type HeldRows, heldRows, measureFrom } from "../../choosing/measures.ts";
import type { NamedModel } from "../../store/model.ts";
import { type Pooling, pooled } from "./paired.ts";

/** A model, and rows that it has not seen, by groups of users: some choose, the others judge what was chosen. */
export interface Trial {
  readonly from: "test" | "holdout";
  readonly model: TrainedModel;
  /** The held-out rows of the groups that choose, and how many judge. */
  readonly choosingRows: HeldRows;
  readonly judgingRows: number;
  /** One a group. */
  readonly measures: readonly Measure[];
  readonly pooling: Pooling;
  readonly choosing: readonly number[];
  readonly judging: readonly number[];
  readonly warnings: readonly string[];
}

/** The error over groups, of measures of a training. */
export function errorOn({ pooling }: Trial, values: Float64Array, groups: readonly number[]): number {
  return pooled(values, pooling, groups);
}

/**
 * With held-out interactions the model itself, less those of them that it was trained on; without, a model that is trained again without a
 * share of its own. Throws `bad-input` where nothing is left to choose or judge by.
 */
export async function trialOf(
  named: NamedModel,
  { test, holdout, seed }: { readonly test?: Dataset | undefined; readonly holdout: string; readonly seed: number },
  run: RunContext,
): Promise<Trial> {
  const { trained } = named;
  if (test !== undefined) {
    const { held, unknown } = heldRows(named, test);
    const { unseen, seen } = unseenBy(trained, held);
    return { from: "test", model: trained, ...grouped(trained, unseen, seed), warnings: warningsOf(unknown, seen) };
  }
  const size = holdoutOf(holdout) ?? { fraction: 0.2 };
  const { test: rows } = splitByIds(trained.interactions, trained.keys, size, seed);
  const model = await refit(trained, rows, trained.seed, run);
  const held = rowsOf(trained, rows);
  const known = some(held, (n) => has(model, held.users[n], held.items[n]));
  return { from: "holdout", model, ...grouped(model, known, seed), warnings: [] };
}

function rowsOf({ interactions: { users, items, ratings } }: TrainedModel, rows: Uint32Array): HeldRows {
  return {
    users: rows.map((row) => users[row]),
    items: rows.map((row) => items[row]),
    ratings: Float64Array.from(rows, (row) => ratings[row]),
  };
}

function has({ interactions: { byUser, byItem } }: TrainedModel, user: number, item: number): boolean {
  return byUser.start[user + 1] > byUser.start[user] && byItem.start[item + 1] > byItem.start[item];
}

function some(held: HeldRows, keep: (n: number) => boolean): HeldRows {
  const kept = (_: unknown, n: number) => keep(n);
  return { users: held.users.filter(kept), items: held.items.filter(kept), ratings: held.ratings.filter(kept) };
}

/** Held-out rows whose pair the model was not trained on, and how many others there are. */
function unseenBy({ interactions }: TrainedModel, held: HeldRows) {
  const { users, items, itemCount } = interactions;
  const pairs = new Set(Array.from(users, (user, row) => user * itemCount + items[row]));
  const unseen = some(held, (n) => !pairs.has(held.users[n] * itemCount + held.items[n]));
  const seen = held.users.length - unseen.users.length;
  if (unseen.users.length > 0) return { unseen, seen };
  throw new LetheError(
    "bad-input",
    `\`test\`: the model was trained on all ${seen} held-out rows: they cannot judge it`,
    "give rows that it was not trained on; without `test` it is trained again without a share of its own rows",
    "test",
  );
}

function warningsOf(unknown: number, seen: number): string[] {
  const rows = (n: number) => `${n} held-out row${n === 1 ? "" : "s"}`;
  return [
    ...(unknown > 0 ? [`${rows(unknown)} with a user or an item that the model does not have: not counted`] : []),
    ...(seen > 0 ? [`${rows(seen)} that the model was trained on: not counted`] : []),
  ];
}

const groupsOfEach = 50;
// Keeps these draws apart from others that are keyed by a user.
const purpose = 0x636c6561;

/** Groups of users by outside ids and seed: the first half chooses, the second judges. */
function grouped(model: TrainedModel, held: HeldRows, seed: number): Omit<Trial, "from" | "model" | "warnings"> {
  const groupOf = Array.from(held.users, (user) =>
    Math.floor(2 * groupsOfEach * keyedUniform(seed, model.keys.users[user], 0, purpose)),
  );
  const numbers = [...new Set(groupOf)].sort((a, b) => a - b);
  const parts = numbers.map((number) => some(held, (n) => groupOf[n] === number));
  const ratings = model.unit === "rating";
  const places = (of: (number: number) => boolean) => [...numbers.keys()].filter((k) => of(numbers[k]));
  const choosing = places((number) => number < groupsOfEach);
  const judging = places((number) => number >= groupsOfEach);
  if (choosing.length === 0 || judging.length === 0) throw tooFew(held.users.length);
  return {
    ...{ choosing, judging },
    choosingRows: some(held, (n) => groupOf[n] < groupsOfEach),
    judgingRows: groupOf.filter((number) => number >= groupsOfEach).length,
    measures: parts.map((part) =>
      measureFrom(
        ratings ? { kind: "rmse", held: part } : { kind: "ranking", metric: "ndcg", k: 10, held: part },
        model,
      ),
    ),
    pooling: {
      squared: ratings,
      weights: parts.map(({ users }) => (ratings ? users.length : new Set(users).size)),
    },
  };
}

function tooFew(rows: number): LetheError {
  return new LetheError(
    "bad-input",
    `${rows} held-out rows are of too few users: some have to choose what goes, and others to judge it`,
    "hold out more: a larger `holdout`, or a `test` file of more users",
    "holdout",
  );
}
