/** The verb `explain`: the ratings, users, items or groups that a score rests on. */

import { z } from "zod";
import { indexOf } from "../../data/dataset.ts";
import { LetheError } from "../../errors.ts";
import { checkPage } from "../../exchange/foreign/page.ts";
import { explainPlayers, explain as explainRows } from "../cases/explain.ts";
import { explanationDocument } from "../cases/explain-report.ts";
import type { Group } from "../cases/explanation.ts";
import { writeReportPage } from "../cases/report-page.ts";
import type { NamedModel } from "../store/model.ts";
import { aboveZero, groups, id, leftovers, page, pairs, path, settings, status } from "./schemas.ts";
import { verb } from "./verb.ts";

/** What `explain` is asked. */
export const explainRequest = z.strictObject({
  folder: path.describe("a model folder"),
  user: id.describe("outside id of the user"),
  item: id.describe("outside id of the item"),
  method: z
    .string()
    .optional()
    .describe("estimator (lethe methods lists them; default: the cheapest that the model has what it needs for)"),
  settings: settings.optional().describe("settings of the method"),
  positive: z.boolean().optional().describe("only what supports the score, strongest first (for the people served)"),
  count: z.int().min(1).max(1_000_000).default(10).describe("how many of each"),
  players: z.enum(["interactions", "users", "items"]).default("interactions").describe("whose part is told"),
  groups: groups.optional().describe("named groups of interactions, instead of players"),
  pairs: pairs
    .optional()
    .describe("further pairs: their scores and that of the user and the item are asked about together"),
  together: z.enum(["sum", "mean"]).default("sum").describe("what is made of the scores of several pairs"),
  distribution: z.boolean().optional().describe("how the influences of all rows are distributed"),
  html: page,
  staleWithin: aboveZero
    .optional()
    .describe(
      "by how much an influence may be wrong: tells how far the rows of the user and the item may move until then",
    ),
});

const asked = {
  user: z.string(),
  item: z.string(),
  title: z.string().nullable(),
  score: z.number(),
  joint: z.strictObject({ pairs: z.int(), together: z.enum(["sum", "mean"]) }).optional(),
  unit: z.enum(["rating", "score"]),
  base: z.number(),
  method: z.string(),
  status,
  note: z.string(),
};
const interval = z.tuple([z.number(), z.number()]).nullable().optional();
const reason = z.strictObject({
  user: z.string(),
  item: z.string(),
  title: z.string().nullable(),
  rating: z.number(),
  influence: z.number(),
  without: z.number().nullable(),
  status,
  interval,
  validWithin: z.strictObject({ distance: z.number(), score: z.number() }).nullable().optional(),
});
const player = z.strictObject({
  player: z.string(),
  title: z.string().nullable(),
  rows: z.int(),
  influence: z.number(),
  without: z.number().nullable(),
  status,
  interval,
});

/** What `explain` answers: by single interactions, or by players. */
export const explainResult = z.union([
  z.strictObject({
    ...asked,
    byItem: z.array(reason),
    byUser: z.array(reason),
    ratings: z.strictObject({ ofUser: z.int(), ofItem: z.int() }),
    staleWithin: z.number().optional(),
    distribution: z
      .strictObject({
        magnitudes: z.array(z.number()),
        half: z.int(),
        gini: z.number().nullable(),
        explainable: z.strictObject({ pairs: z.int(), explained: z.int() }),
      })
      .optional(),
    html: z.string().optional(),
    leftovers,
  }),
  z.strictObject({ ...asked, players: z.enum(["users", "items", "groups"]), byPlayer: z.array(player) }),
]);

/** Why is this score what it is? */
export const explain = verb({
  name: "explain",
  summary: "why is this score what it is: the user's own ratings and others' ratings of the item",
  request: explainRequest,
  result: explainResult,
  async run({ folder, groups: named, players, html, ...request }, run, store) {
    const byRows = named === undefined && players === "interactions";
    if (html !== undefined && !byRows)
      throw new LetheError(
        "bad-input",
        "`html` is about single interactions, and whole users, items or groups are asked about",
        "ask about single interactions, or leave out `html`",
      );
    const expected = html === undefined ? undefined : await checkPage(html, [folder]);
    const model = await store.open(folder, run);
    const options = { ...run, ...request, distribution: request.distribution || html !== undefined };
    if (named) return mutable(await explainPlayers(model, { ...options, players: rowsOfGroups(model, named) }));
    if (players === "interactions") {
      const found = await explainRows(model, options);
      if (html === undefined) return mutable(found);
      return mutable({ ...found, ...(await writeReportPage(html, explanationDocument(found), { ...run, expected })) });
    }
    return mutable(await explainPlayers(model, { ...options, players }));
  },
});

type Mutable<Of> = Of extends readonly [infer First, infer Second]
  ? [First, Second]
  : Of extends readonly (infer Part)[]
    ? Mutable<Part>[]
    : Of extends object
      ? { -readonly [Name in keyof Of]: Mutable<Of[Name]> }
      : Of;

/** Results are not changed after they were made; schemas do not know that. */
function mutable<Result>(result: Result): Mutable<Result> {
  return result as Mutable<Result>;
}

function rowsOfGroups({ trained, dataset }: NamedModel, named: z.infer<typeof groups>): Group[] {
  const { byUser, items: itemOf } = trained.interactions;
  return named.map(({ name, users, items }) => {
    const rows = new Set<number>();
    users.forEach((userId, n) => {
      const user = indexOf(dataset.userIds, userId, "user");
      const item = indexOf(dataset.itemIds, items[n], "item");
      const own = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
      const found = own.filter((row) => itemOf[row] === item);
      if (found.length === 0)
        throw new LetheError(
          "unknown-id",
          `group ${JSON.stringify(name)}: user ${JSON.stringify(userId)} has no interaction with item ${JSON.stringify(items[n])} in this model`,
          "name interactions that the model was trained on",
        );
      for (const row of found) rows.add(row);
    });
    return { name, rows: Uint32Array.from(rows).sort() };
  });
}
