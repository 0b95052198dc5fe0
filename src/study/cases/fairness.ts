/** Leave-one-out unfairness: the share of users whose first recommended item a single rating of somebody else decides, by groups of users. */

import { type Flip, firstItemFlips } from "../../influence/first-item-flips.ts";
import { runOf, type UseOptions } from "../run.ts";
import type { NamedModel } from "../store/model.ts";

/** Users who are alike: in how active they are, or as somebody says. */
export interface UserGroup {
  readonly group: string;
  readonly users: number;
  /** Interactions of the least and of the most active. */
  readonly least: number;
  readonly most: number;
  readonly flipped: number;
  readonly share: number;
}

/** A user's first item, what it would be without a rating of somebody else, and that rating. */
export interface NamedFlip {
  readonly user: string;
  readonly item: string;
  readonly title: string | null;
  readonly instead: string;
  readonly titleInstead: string | null;
  readonly by: { readonly user: string; readonly item: string; readonly rating: number };
}

/** The whole of it. */
export interface Fairness {
  readonly users: number;
  readonly flipped: number;
  readonly share: number;
  readonly groups: readonly UserGroup[];
  readonly flips: readonly NamedFlip[];
}

/** What is asked beside the model. */
export interface FairnessOptions extends UseOptions {
  /** The group of a user, by outside id; users who have none are left out of the groups. Default: terciles of the number of interactions. */
  readonly groupOf?: ((user: string) => string | undefined) | undefined;
}

/** Asks about every user that has interactions. Throws `unsupported`. */
export async function fairnessOf(named: NamedModel, options: FairnessOptions = {}): Promise<Fairness> {
  const { byUser, userCount } = named.trained.interactions;
  const { list } = named.dataset.userIds;
  const { groupOf } = options;
  const found = await firstItemFlips(named.trained, runOf(options));
  const flipped = new Set(found.map(({ user }) => user));
  const rowsOf = (user: number) => byUser.start[user + 1] - byUser.start[user];
  const users = Array.from({ length: userCount }, (_, user) => user).filter((user) => rowsOf(user) > 0);
  const said = groupOf && ((user: number) => groupOf(list[user]));
  return {
    ...{ users: users.length, flipped: flipped.size, share: flipped.size / (users.length || 1) },
    groups: groupsOf(users, said ?? activityOf(users, rowsOf), rowsOf, flipped),
    flips: found.map((flip) => namedFlip(named, flip)),
  };
}

const activities = ["low", "middle", "high"] as const;

/** Terciles of the number of interactions; who has as many as another is in the same. */
function activityOf(users: readonly number[], rowsOf: (user: number) => number): (user: number) => string {
  const sizes = users.map(rowsOf).sort((a, b) => a - b);
  const ends = [1, 2].map((third) => sizes[Math.ceil((third * sizes.length) / 3) - 1]);
  return (user) => activities[ends.filter((end) => rowsOf(user) > end).length];
}

/** Groups in the order of activity, else of their names. */
function groupsOf(
  users: readonly number[],
  groupOf: (user: number) => string | undefined,
  rowsOf: (user: number) => number,
  flipped: ReadonlySet<number>,
): UserGroup[] {
  const members = new Map<string, number[]>();
  for (const user of users) {
    const group = groupOf(user);
    if (group !== undefined) members.set(group, (members.get(group) ?? []).concat(user));
  }
  const rank = (group: string) => activities.indexOf(group as (typeof activities)[number]);
  const names = [...members.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return names.map((group) => {
    const own = members.get(group) as number[];
    const counts = own.map(rowsOf);
    const count = own.filter((user) => flipped.has(user)).length;
    const [least, most] = counts.reduce(([low, high], n) => [Math.min(low, n), Math.max(high, n)], [counts[0], 0]);
    return { group, users: own.length, least, most, flipped: count, share: count / own.length };
  });
}

function namedFlip({ dataset, trained }: NamedModel, { user, item, instead, row }: Flip): NamedFlip {
  const { users, items, ratings } = trained.interactions;
  const idOf = (k: number) => dataset.itemIds.list[k];
  const titleOf = (k: number) => dataset.itemInfo.get(idOf(k))?.title ?? null;
  const userOf = (k: number) => dataset.userIds.list[k];
  return {
    ...{ user: userOf(user), item: idOf(item), title: titleOf(item) },
    ...{ instead: idOf(instead), titleInstead: titleOf(instead) },
    by: { user: userOf(users[row]), item: idOf(items[row]), rating: ratings[row] },
  };
}
