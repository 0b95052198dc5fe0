/** A share of all users, items or interactions at random. */

import type { Rows } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { method } from "../method/method.ts";
import { keyedUniform, randomOf } from "../numeric/random.ts";
import { drawn } from "./draw.ts";
import type { NamedTrained, RequestRule } from "./request.ts";
import { byEvent, byId, presentIn, rowsOfAll, type Side, sideOf } from "./rows.ts";
import { type Size, sizeBelow, sizeSettings } from "./size.ts";

/**
 * rand@α: ⌈α·count⌉ users or items with all their interactions, or interactions. Drawn by outside ids, so that the order of the rows does not
 * matter: whom a seed draws depends on nobody else but through how many there are.
 */
export const randomRequest = method({
  name: "random",
  summary: "a share of all users (or items, or interactions) at random",
  source: "Li et al. (2024), §6.1",
  needs: [],
  settings: {
    of: { summary: "what is drawn", standard: "users", choices: ["users", "items", "interactions"] },
    ...sizeSettings,
    seed: { summary: "seed of the draw", standard: 1, least: 0 },
  },
  cost: "closed form",
  make: ({ of, seed, ...size }): RequestRule => ({
    of: of as RequestRule["of"],
    choose: async (model, run) => [
      of === "interactions"
        ? await randomInteractions(model, size, seed, run)
        : await randomRows(sideOf(model, of as Side["what"]), size, seed, run),
    ],
  }),
});

/** All rows of users or items that are drawn, ascending. */
export async function randomRows(side: Side, size: Size, seed: number, run: RunContext): Promise<Rows> {
  const present = presentIn(side.index);
  const wanted = sizeBelow(size, present.length, side.what);
  return rowsOfAll(side.index, await drawnOf(side, present, wanted, randomOf(seed, "random request"), run));
}

/** `wanted` of some users or items, ascending, by the keys of their outside ids. */
export async function drawnOf(
  side: Side,
  among: Uint32Array,
  wanted: number,
  random: { integer(below: number): number },
  { yieldToEventLoop }: RunContext,
): Promise<Uint32Array> {
  const key = keyOf(side, random.integer(2 ** 53));
  const before = byId(side);
  const places = await drawn(
    among.length,
    wanted,
    (k) => key(among[k]),
    (a, b) => before(among[a], among[b]),
    yieldToEventLoop,
  );
  return places.map((k) => among[k]);
}

/** The key of a user or an item in a stream. */
export function keyOf({ what, keys }: Side, stream: number): (index: number) => number {
  return what === "users" ? (k) => keyedUniform(stream, keys[k], 0, 0) : (k) => keyedUniform(stream, 0, keys[k], 2);
}

/** Interactions that are drawn, ascending; `among` are rows to draw from, by default all. Rows of one pair have one key. */
export async function drawnRows(
  { trained: { interactions, keys } }: NamedTrained,
  among: Rows | undefined,
  wanted: number,
  random: { integer(below: number): number },
  { yieldToEventLoop }: RunContext,
): Promise<Rows> {
  const { users, items, size } = interactions;
  const stream = random.integer(2 ** 53);
  const row = (k: number) => (among ? among[k] : k);
  const before = byEvent(interactions);
  const pair = (k: number) => keyedUniform(stream, keys.users[users[row(k)]], keys.items[items[row(k)]], 1);
  const places = await drawn(among?.length ?? size, wanted, pair, (a, b) => before(row(a), row(b)), yieldToEventLoop);
  return places.map(row);
}

function randomInteractions(model: NamedTrained, size: Size, seed: number, run: RunContext): Promise<Rows> {
  const wanted = sizeBelow(size, model.trained.interactions.size, "interactions");
  return drawnRows(model, undefined, wanted, randomOf(seed, "random request"), run);
}
