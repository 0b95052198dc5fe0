/** The verb `fairness`: whose first recommended item does a single rating of somebody else decide? */

import { z } from "zod";
import { readPairs } from "../../data/reading/pairs.ts";
import { LetheError } from "../../errors.ts";
import { fairnessOf } from "../cases/fairness.ts";
import { path } from "./schemas.ts";
import { mutable, verb } from "./verb.ts";

const titled = { item: z.string(), title: z.string().nullable() };

/** Asks about all users; the model is only read. */
export const fairness = verb({
  name: "fairness",
  summary: "the share of users whose first item a single rating of somebody else decides, by groups of users",
  request: z.strictObject({
    model: path.describe("a model folder"),
    groups: path
      .optional()
      .describe("a file of user and group, a user a line (default: groups by how active they are)"),
    columns: z.string().optional().describe("user,group: names or positions (from 0) of the columns of `groups`"),
    count: z.int().min(0).max(1_000_000).default(10).describe("so many of these users are listed"),
  }),
  result: z.strictObject({
    model: z.strictObject({
      ...{ place: z.string(), kind: z.string() },
      ...{ users: z.int(), items: z.int(), interactions: z.int() },
    }),
    ...{ users: z.int(), flipped: z.int(), share: z.number() },
    groups: z.array(
      z.strictObject({
        ...{ group: z.string(), users: z.int(), least: z.int(), most: z.int() },
        ...{ flipped: z.int(), share: z.number() },
      }),
    ),
    /** Users of the model of whom the file says no group; absent without a file. */
    ungrouped: z.int().optional(),
    flips: z.array(
      z.strictObject({
        ...{ user: z.string(), ...titled, instead: z.string(), titleInstead: z.string().nullable() },
        by: z.strictObject({ user: z.string(), item: z.string(), rating: z.number() }),
      }),
    ),
  }),
  async run({ model: place, groups: file, columns, count }, run, store) {
    const groupOf = await groupsIn(file, columns);
    const named = await store.open(place, run);
    const { flips, ...found } = await fairnessOf(named, { ...run, groupOf });
    const grouped = found.groups.reduce((sum, { users }) => sum + users, 0);
    if (groupOf && grouped === 0)
      throw new LetheError(
        "bad-input",
        `${file}: no user of the model is in it`,
        "write ids as they are in the interactions, or say with `columns` where they are",
      );
    const { kind, interactions } = named.trained;
    const { userCount: users, itemCount: items, size } = interactions;
    const model = { ...{ place, kind, users, items }, interactions: size };
    const ungrouped = groupOf ? { ungrouped: found.users - grouped } : {};
    return mutable({ model, ...found, ...ungrouped, flips: flips.slice(0, count) });
  },
});

/** The group of each user in a file. Throws `bad-input` on a user with two groups, and on columns without a file. */
async function groupsIn(file: string | undefined, columns: string | undefined) {
  if (file === undefined) {
    if (columns === undefined) return undefined;
    throw new LetheError("bad-input", "`columns` are those of a file of groups", "leave it out, or give `groups`");
  }
  const { users, items: groups, lines } = await readPairs(file, "users and their groups", { columns });
  const known = new Map<string, string>();
  users.forEach((user, k) => {
    if ((known.get(user) ?? groups[k]) !== groups[k])
      throw new LetheError(
        "bad-input",
        `${file}, line ${lines[k]}: this user has another group above`,
        "keep one of them",
      );
    known.set(user, groups[k]);
  });
  return (user: string) => known.get(user);
}
