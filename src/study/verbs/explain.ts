/** The verb `explain`: the ratings, users, items or groups that a score rests on. */

import { z } from "zod";
import { indexOf } from "../../data/dataset.ts";
import { LetheError } from "../../errors.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { worseStatus } from "../../linear/status.ts";
import { csvPieces, reasonTable } from "../cases/answer-tables.ts";
import { explainEach, explainPlayers, explain as explainRows } from "../cases/explain.ts";
import { explanationDocument } from "../cases/explain-report.ts";
import type { Explanation, Group, PlayerExplanation } from "../cases/explanation.ts";
import { reportPage } from "../cases/report-page.ts";
import { checkFiles } from "../cases/written-files.ts";
import type { NamedModel } from "../store/model.ts";
import { aboveZero, groups, id, leftovers, page, pairs, path, settings, status, table } from "./schemas.ts";
import { mutable, verb } from "./verb.ts";

/** What `explain` is asked. */
export const explainRequest = z.strictObject({
  folder: path.describe("a model folder"),
  user: id.optional().describe("outside id of the user").meta({ heading: "What is explained" }),
  item: id.optional().describe("outside id of the item"),
  pairs: pairs
    .optional()
    .describe(
      "each of these pairs by itself; beside a user and an item: further pairs, asked about together with them",
    ),
  together: z.enum(["sum", "mean"]).default("sum").describe("what is made of the scores of several pairs"),
  players: z
    .enum(["interactions", "users", "items"])
    .default("interactions")
    .describe("whose part is told")
    .meta({ heading: "By whom" }),
  groups: groups.optional().describe("named groups of interactions, instead of players"),
  positive: z.boolean().optional().describe("only what supports the score, strongest first (for the people served)"),
  count: z.int().min(1).max(1_000_000).default(10).describe("how many of each"),
  method: z
    .string()
    .optional()
    .describe("estimator (lethe methods lists them; default: the cheapest that the model has what it needs for)")
    .meta({ heading: "How", names: ["estimators"] }),
  settings: settings.optional().describe("settings of the method"),
  staleWithin: aboveZero
    .optional()
    .describe(
      "by how much an influence may be wrong: tells how far the rows of the user and the item may move until then",
    ),
  distribution: z
    .boolean()
    .optional()
    .describe("how the influences of all rows are distributed")
    .meta({ heading: "What is told of it" }),
  csv: table,
  html: page,
});

const asked = {
  user: z.string(),
  item: z.string(),
  title: z.string().nullable(),
  score: z.number(),
  joint: z.strictObject({ pairs: z.int(), together: z.enum(["sum", "mean"]) }).optional(),
  unit: z.enum(["rating", "score"]),
  base: z.number(),
  baseOf: z.enum(["mean and biases", "mean", "biases"]).nullable(),
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

const files = { csv: z.string().optional(), leftovers };
const rowsResult = z.strictObject({
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
  ...files,
});
const playersResult = z.strictObject({
  ...{ ...asked, players: z.enum(["users", "items", "groups"]), byPlayer: z.array(player) },
  ...files,
});

/** What `explain` answers: by single interactions, or by players; of many pairs one of these each, or with a table how many. */
export const explainResult = z.union([
  rowsResult,
  playersResult,
  z.strictObject({
    pairs: z.int(),
    explanations: z.array(z.union([rowsResult, playersResult])).optional(),
    status,
    ...files,
  }),
]);

/** Why is this score what it is? */
export const explain = verb({
  name: "explain",
  summary: "why is this score what it is: the user's own ratings and others' ratings of the item",
  request: explainRequest,
  result: explainResult,
  async run({ folder, user, item, pairs, groups: named, players, csv, html, ...request }, run, store) {
    const byRows = named === undefined && players === "interactions";
    const one = askedPair(user, item, pairs);
    refusePage(html, byRows, one !== undefined);
    const places = await checkFiles({ csv, html }, [folder]);
    const model = await store.open(folder, run);
    const options = {
      ...{ ...run, ...request, distribution: request.distribution || html !== undefined },
      players: named ? rowsOfGroups(model, named) : players,
    };
    if (one === undefined) {
      const told = counting(explainEach(model, pairsIn(pairs), options));
      if (csv !== undefined) {
        const written = await places.write({ csv: () => csvPieces(reasonTable, told.each) }, run);
        return { ...told.sizes, ...written };
      }
      const explanations: Told[] = [];
      for await (const found of told.each) explanations.push(found);
      return mutable({ ...told.sizes, explanations });
    }
    const question = { ...options, ...one, pairs };
    const found = byRows ? await explainRows(model, question) : await explainPlayers(model, question);
    const page = () => reportPage(explanationDocument(found as Explanation), run.yieldToEventLoop);
    const written = await places.write({ csv: () => csvPieces(reasonTable, [found]), html: page }, run);
    return mutable({ ...found, ...written });
  },
});

type Told = Explanation | PlayerExplanation;

/** The one pair that is asked about; none where each of many is. */
function askedPair(user: string | undefined, item: string | undefined, pairs: object | undefined) {
  if (user !== undefined && item !== undefined) return { user, item };
  if (user === undefined && item === undefined && pairs !== undefined) return undefined;
  const field = user === undefined ? "user" : "item";
  throw new LetheError(
    "bad-input",
    `\`${field}\` is missing`,
    "give `user` and `item`; or `pairs` alone, to have each of them explained",
    field,
  );
}

function refusePage(html: string | undefined, byRows: boolean, one: boolean): void {
  if (html === undefined || (byRows && one)) return;
  const [about, instead] = one
    ? ["single interactions, and whole users, items or groups are asked about", "ask about single interactions"]
    : ["one pair, and many are asked about", "write a table of them with `csv`"];
  throw new LetheError("bad-input", `\`html\` is about ${about}`, `${instead}, or leave out \`html\``);
}

function pairsIn({ users, items }: z.infer<typeof pairs> = { users: [], items: [] }) {
  if (users.length === 0)
    throw new LetheError("bad-input", "`pairs` has no pair", "name one user and one item at least", "pairs");
  return users.map((user, k) => ({ user, item: items[k] }));
}

/** Explanations as they come, how many have come, and the worst of their ends. */
function counting(given: AsyncIterable<Told>) {
  const sizes: { pairs: number; status: SolveStatus } = { pairs: 0, status: "converged" };
  async function* counted() {
    for await (const one of given) {
      sizes.pairs++;
      sizes.status = worseStatus(sizes.status, one.status);
      yield one;
    }
  }
  return { sizes, each: counted() };
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
