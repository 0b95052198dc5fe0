/** The verb `ask`: which items to ask somebody new about. */

import { z } from "zod";
import type { Dataset } from "../../data/dataset.ts";
import { LetheError } from "../../errors.ts";
import { askNext } from "../cases/ask.ts";
import { readRowsFor } from "../cases/rows-for-model.ts";
import type { NamedModel } from "../store/model.ts";
import { id, path } from "./schemas.ts";
import { mutable, verb } from "./verb.ts";

const answers = z
  .strictObject({ items: z.array(id), ratings: z.array(z.number()) })
  .refine(({ items, ratings }) => items.length === ratings.length, "items and ratings are of different lengths");

/** What `ask` is asked. */
export const askRequest = z.strictObject({
  model: path.describe("a model folder"),
  answers: answers.optional().describe("what the person has answered: outside ids of items, and their ratings"),
  rows: path.optional().describe("a file of what the person has answered: interactions of one user"),
  count: z.int().min(1).max(1000).default(5).describe("how many questions"),
  known: z
    .enum(["popularity", "all"])
    .default("popularity")
    .describe("how likely a person can rate an item: the share of people who have, or everybody can"),
  wanted: z
    .enum(["ratings", "items"])
    .default("items")
    .describe(
      "what is to be predicted well: all items alike, or ratings that people give (items by how often they are rated)",
    ),
});

const titled = { item: z.string(), title: z.string().nullable() };

/** What `ask` answers. */
export const askResult = z.strictObject({
  model: z.strictObject({
    ...{ place: z.string(), kind: z.string() },
    ...{ users: z.int(), items: z.int(), interactions: z.int() },
  }),
  answers: z.array(z.strictObject({ ...titled, rating: z.number() })),
  expectedRmse: z.number(),
  ...{ wanted: z.enum(["ratings", "items"]), known: z.enum(["popularity", "all"]) },
  questions: z.array(
    z.strictObject({
      ...titled,
      ...{ known: z.number(), score: z.number(), gain: z.number(), expectedRmse: z.number() },
    }),
  ),
  warnings: z.array(z.string()),
});

/** Plans questions; the model is only read. */
export const ask = verb({
  name: "ask",
  summary: "which items to ask a new user about, so that the answers tell most",
  request: askRequest,
  result: askResult,
  async run({ model: place, rows, answers: given, ...request }, run, store) {
    if (rows !== undefined && given !== undefined) throw twofold();
    const named = await store.open(place, run);
    const read = rows === undefined ? undefined : answersIn(named, (await readRowsFor(named.trained, rows)).dataset);
    const found = await askNext(named, { ...request, answers: read?.answers ?? given }, run);
    const { kind, interactions } = named.trained;
    const { userCount: users, itemCount: items, size } = interactions;
    const warnings = [...(read?.warnings ?? []), ...found.warnings];
    return mutable({ ...found, model: { ...{ place, kind, users, items }, interactions: size }, warnings });
  },
});

function twofold(): LetheError {
  return new LetheError(
    "bad-input",
    "`answers` and `rows` both say what was answered",
    "leave one of them out",
    "rows",
  );
}

/** The answers in a file that the model has items of; throws `bad-input` where they are of several people, or none is known. */
function answersIn({ dataset }: NamedModel, { interactions, userIds, itemIds }: Dataset) {
  if (userIds.size > 1)
    throw new LetheError(
      "bad-input",
      `\`rows\`: found ${userIds.size} users, expected one: questions are planned for one person at a time`,
      "give the rows of one person",
      "rows",
    );
  const ids = Array.from(interactions.items, (item) => itemIds.list[item]);
  const known = [...ids.keys()].filter((k) => dataset.itemIds.find(ids[k]) !== undefined);
  const unknown = ids.length - known.length;
  if (known.length === 0)
    throw new LetheError(
      "bad-input",
      `\`rows\`: the model has none of the ${ids.length} items`,
      "write ids as the model has them; leave `rows` out to ask from the beginning",
      "rows",
    );
  return {
    answers: { items: known.map((k) => ids[k]), ratings: known.map((k) => interactions.ratings[k]) },
    warnings:
      unknown === 0
        ? []
        : [`${unknown} answer${unknown === 1 ? "" : "s"} about items that the model does not have: not counted`],
  };
}
