/** The verb `fairness`: whose first recommended item does a single rating of somebody else decide? */

import { z } from "zod";
import { fairnessOf } from "../cases/fairness.ts";
import { path } from "./schemas.ts";
import { mutable, verb } from "./verb.ts";

const titled = { item: z.string(), title: z.string().nullable() };

/** Asks about all users; the model is only read. */
export const fairness = verb({
  name: "fairness",
  summary: "the share of users whose first item a single rating of somebody else decides, by how active they are",
  request: z.strictObject({
    model: path.describe("a model folder"),
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
        ...{ group: z.enum(["low", "middle", "high"]), users: z.int(), least: z.int(), most: z.int() },
        ...{ flipped: z.int(), share: z.number() },
      }),
    ),
    flips: z.array(
      z.strictObject({
        ...{ user: z.string(), ...titled, instead: z.string(), titleInstead: z.string().nullable() },
        by: z.strictObject({ user: z.string(), item: z.string(), rating: z.number() }),
      }),
    ),
  }),
  async run({ model: place, count }, run, store) {
    const named = await store.open(place, run);
    const { flips, ...found } = await fairnessOf(named, run);
    const { kind, interactions } = named.trained;
    const { userCount: users, itemCount: items, size } = interactions;
    const model = { ...{ place, kind, users, items }, interactions: size };
    return mutable({ model, ...found, flips: flips.slice(0, count) });
  },
});
