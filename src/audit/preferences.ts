/** What users have chosen, each choice beside items that they have not: whose interactions are forgotten, and others'. */

import { indexOf } from "../data/dataset.ts";
import { randomOf } from "../numeric/random.ts";
import { drawNegatives, nameKeys, noItem } from "../objective/negatives.ts";
import type { AuditedModel, AuditSubject, NamedPairs } from "./audit.ts";

/** An item that a user has chosen, and items drawn for it that they have not; by outside ids. */
export interface Choice {
  readonly positive: string;
  readonly negatives: readonly string[];
}

/** A user with their choices. */
export interface Chooser {
  readonly user: string;
  readonly choices: readonly Choice[];
}

/** How many users, and how negatives are drawn where the objective has none. */
export interface PreferenceSettings {
  /** Users of either kind at most. */
  readonly users: number;
  /** Negatives a choice. */
  readonly negatives: number;
  readonly seed: number;
}

/** Users with forgotten interactions, and these; other users with all of theirs. */
export interface Choosers {
  readonly forgotten: readonly Chooser[];
  readonly others: readonly Chooser[];
}

/**
 * The choices of both kinds of users in the original. Negatives are those that its objective has; else they are drawn by seed and outside ids.
 * Users are drawn in the same way where there are too many.
 */
export function choosersOf({ original, forgotten }: AuditSubject, settings: PreferenceSettings): Choosers {
  const { users, byUser, userCount } = original.trained.interactions;
  const gone = new Map<number, number[]>();
  for (const row of rowsOfPairs(original, forgotten)) gone.set(users[row], [...(gone.get(users[row]) ?? []), row]);
  const rowsOf = (user: number) => byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
  const rest = Array.from({ length: userCount }, (_, user) => user).filter(
    (user) => !gone.has(user) && rowsOf(user).length > 0,
  );
  const some = (list: readonly number[]) => someUsers(original, list, settings);
  const mine = some([...gone.keys()]).map((user) => gone.get(user) ?? []);
  const theirs = some(rest).map((user) => Array.from(rowsOf(user)));
  const negativesOf = negativesFor(original, Uint32Array.from([...mine, ...theirs].flat()).sort(), settings);
  const choosers = (lists: readonly number[][]) => lists.map((rows) => chooserOf(original, rows, negativesOf));
  return { forgotten: choosers(mine), others: choosers(theirs) };
}

/** One user of the original: their forgotten choices, or, where none are, all of theirs. Throws `unknown-id` for a user that it does not have. */
export function chooserNamed(
  { original, forgotten }: AuditSubject,
  id: string,
  settings: Omit<PreferenceSettings, "users">,
): Chooser {
  const { byUser } = original.trained.interactions;
  const user = indexOf(original.dataset.userIds, id, "user");
  const theirs = [...forgotten.users.keys()].filter((k) => forgotten.users[k] === id);
  const gone = rowsOfPairs(original, {
    users: theirs.map((k) => forgotten.users[k]),
    items: theirs.map((k) => forgotten.items[k]),
    ratings: forgotten.ratings && Float64Array.from(theirs, (k) => forgotten.ratings?.[k] ?? 0),
  });
  const rows = gone.length > 0 ? gone : byUser.rows.slice(byUser.start[user], byUser.start[user + 1]);
  const negativesOf = negativesFor(original, rows, settings);
  return rows.length > 0 ? chooserOf(original, Array.from(rows), negativesOf) : { user: id, choices: [] };
}

/** Positions in a model of named pairs, each once: a pair that is named twice has two rows. Pairs that it does not have are left out. */
export function rowsOfPairs({ trained, dataset }: AuditedModel, pairs: NamedPairs): Uint32Array {
  const { byUser, items, ratings } = trained.interactions;
  const taken = new Set<number>();
  pairs.users.forEach((id, k) => {
    const [user, item] = [dataset.userIds.find(id), dataset.itemIds.find(pairs.items[k])];
    if (user === undefined || item === undefined) return;
    for (let n = byUser.start[user]; n < byUser.start[user + 1]; n++) {
      const row = byUser.rows[n];
      if (items[row] !== item || taken.has(row)) continue;
      if (pairs.ratings !== undefined && pairs.ratings[k] !== ratings[row]) continue;
      taken.add(row);
      return;
    }
  });
  return Uint32Array.from(taken).sort();
}

/** At most so many of some users: those with the smallest draws, in that order. */
function someUsers({ dataset }: AuditedModel, list: readonly number[], { users: most, seed }: PreferenceSettings) {
  const drawn = list.map(
    (user) => [randomOf(seed, "preferences", dataset.userIds.list[user]).uniform(), user] as const,
  );
  drawn.sort((a, b) => a[0] - b[0]);
  return drawn.slice(0, most).map(([, user]) => user);
}

/** A function from a row to its negatives, by index. */
function negativesFor(
  { trained, dataset }: AuditedModel,
  wanted: Uint32Array,
  { negatives: count, seed }: Omit<PreferenceSettings, "users">,
): (row: number) => Uint32Array {
  const { smooth, interactions } = trained;
  const sampling = smooth?.objective.settings.sampling;
  const perRow = sampling?.perRow ?? count;
  const drawn =
    smooth && sampling
      ? smooth.objective.negatives
      : drawNegatives(
          interactions,
          nameKeys(dataset.userIds.list, dataset.itemIds.list),
          { perRow, seed, semantics: "frozen" },
          0,
          wanted,
        );
  return (row) => drawn.subarray(row * perRow, (row + 1) * perRow).filter((item) => item !== noItem);
}

/** A user's choices, ordered by a draw of their items, so that the first of them are a sample. */
function chooserOf(
  { trained, dataset }: AuditedModel,
  rows: readonly number[],
  negativesOf: (row: number) => Uint32Array,
): Chooser {
  const { users, items } = trained.interactions;
  const name = (item: number) => dataset.itemIds.list[item];
  const user = dataset.userIds.list[users[rows[0]]];
  const draw = (row: number) => randomOf(0, "choices", user, name(items[row])).uniform();
  const ordered = rows.map((row) => [draw(row), row] as const);
  ordered.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const choices = ordered.map(([, row]) => ({
    positive: name(items[row]),
    negatives: Array.from(negativesOf(row), name),
  }));
  return { user, choices };
}
