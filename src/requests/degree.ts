/** Users or items in the order of how many interactions they have: what the rules `core` and `edge` share. */

import { indexBy } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { randomRows } from "./random.ts";
import type { RequestRule } from "./request.ts";
import { byId, presentIn, rowsOfAll, type Side, sideOf } from "./rows.ts";
import { type Size, sizeBelow, sizeSettings } from "./size.ts";

/** The settings of both rules. */
export const degreeSettings = {
  of: { summary: "whose interactions are counted", standard: "users", choices: ["users", "items"] },
  ...sizeSettings,
  match: {
    summary:
      "users: so many users (or items); interactions: as many interactions as random has with the same share and seed, or count of them",
    standard: "users",
    choices: ["users", "interactions"],
  },
  seed: { summary: "seed of that random request", standard: 1, least: 0 },
} as const;

/** Values of these settings. */
export interface DegreeSettings extends Size {
  readonly of: string;
  readonly match: string;
  readonly seed: number;
}

/** The rule that begins with those who have most, or with those who have least. */
export function degreeRule(settings: DegreeSettings, first: "most" | "least"): RequestRule {
  const of = settings.of as Side["what"];
  return { of, choose: async (model, run) => [await chosenRows(sideOf(model, of), settings, first, run)] };
}

async function chosenRows(side: Side, settings: DegreeSettings, first: "most" | "least", run: RunContext) {
  const present = presentIn(side.index);
  const groups = byDegree(side, present, first);
  await run.yieldToEventLoop();
  if (settings.match === "interactions") {
    sizeBelow({ share: 0, count: 1 }, present.length, side.what);
    const most = await interactionsAsked(side, settings, run);
    return rowsOfAll(side.index, nearest(groups, most, byId(side)));
  }
  const wanted = sizeBelow(settings, present.length, side.what);
  return rowsOfAll(side.index, firstOf(groups, wanted, byId(side)));
}

/** How many interactions are to be matched. */
async function interactionsAsked(side: Side, { share, count, seed }: DegreeSettings, run: RunContext): Promise<number> {
  if (count > 0) return sizeBelow({ share, count }, side.index.rows.length, "interactions");
  return (await randomRows(side, { share, count }, seed, run)).length;
}

/** Those who have equally many interactions, and how many these are. */
interface Group {
  readonly degree: number;
  readonly members: Uint32Array;
}

/** Groups by number of interactions, from the most or from the least on. */
function byDegree({ index: { start } }: Side, present: Uint32Array, first: "most" | "least"): Group[] {
  const degrees = present.map((k) => start[k + 1] - start[k]);
  const found = indexBy(degrees, degrees.reduce((a, b) => Math.max(a, b), 0) + 1);
  const groups: Group[] = [];
  for (let degree = 1; degree + 1 < found.start.length; degree++) {
    const members = found.rows.subarray(found.start[degree], found.start[degree + 1]).map((k) => present[k]);
    if (members.length > 0) groups.push({ degree, members });
  }
  return first === "most" ? groups.reverse() : groups;
}

type Order = (a: number, b: number) => number;

/** The first `wanted` of all. */
function firstOf(groups: readonly Group[], wanted: number, order: Order): number[] {
  const chosen: number[] = [];
  for (const { members } of groups) {
    if (chosen.length === wanted) break;
    for (const k of members.toSorted(order).subarray(0, wanted - chosen.length)) chosen.push(k);
  }
  return chosen;
}

/** As many of the first as have, together, the number of interactions that is nearest to `wanted`; of two as near the fewer. At least one, and not all. */
function nearest(groups: readonly Group[], wanted: number, order: Order): number[] {
  const chosen: number[] = [];
  const most = groups.reduce((sum, { members }) => sum + members.length, -1);
  let rows = 0;
  for (const { degree, members } of groups) {
    const near = Math.ceil((wanted - rows) / degree - 0.5);
    const room = Math.min(Math.max(near, chosen.length === 0 ? 1 : 0), most - chosen.length);
    for (const k of members.toSorted(order).subarray(0, room)) chosen.push(k);
    rows += degree * Math.min(room, members.length);
    if (room < members.length) break;
  }
  return chosen;
}
