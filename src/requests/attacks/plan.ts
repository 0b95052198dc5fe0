/** What all attacks settle alike: the item, how many profiles of which length, their names, and the data with them. */

import { type Dataset, idsOf, indexOf } from "../../data/dataset.ts";
import { type Interactions, interactionsOf } from "../../data/interactions.ts";
import { formOf } from "../../data/likeness.ts";
import { LetheError } from "../../errors.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { median } from "../../numeric/statistics.ts";
import { nameKeys } from "../../objective/negatives.ts";
import { plantedPrefix } from "../planted.ts";
import { byId, presentIn, type Side } from "../rows.ts";
import { sizeAsked } from "../size.ts";
import type { Poisoned, Victim } from "./attack.ts";
import { type Scale, scaleOf } from "./scale.ts";

/** The settings of every attack. */
export const attackSettings = {
  item: { summary: "outside id of the item that is attacked; default one of median popularity", standard: "" },
  aim: { summary: "push: rate it highest; nuke: rate it lowest", standard: "push", choices: ["push", "nuke"] },
  profiles: { summary: "made-up profiles, as a share of the users, rounded up", standard: 0.01, above: 0 },
  count: { summary: "how many profiles, instead of a share; 0: by share", standard: 0, least: 0 },
  fillers: {
    summary:
      "other items a profile rates, as a share of the items, rounded up; 0: as many interactions as the median user has",
    standard: 0,
    least: 0,
  },
} as const;

/** Values of these settings. */
export interface AttackSettings {
  readonly item: string;
  readonly aim: string;
  readonly profiles: number;
  readonly count: number;
  readonly fillers: number;
}

/** An attack that is settled but for the fillers. */
export interface Plan {
  readonly dataset: Dataset;
  readonly interactions: Interactions;
  readonly items: Side;
  readonly scale: Scale;
  readonly item: number;
  /** What every profile rates the item. */
  readonly rating: number;
  readonly profiles: number;
  /** Fillers of a profile. */
  readonly fillers: number;
  /** Items that may be fillers, ascending: all that have interactions, but the one that is attacked. */
  readonly others: Uint32Array;
}

/** What a profile rates beside the item. */
export interface Fillers {
  readonly items: ArrayLike<number>;
  readonly ratings: ArrayLike<number>;
}

/** Settles an attack; throws `unknown-id` for an item that is not there, `bad-input` for shares of 1 or more. */
export async function planOf(
  { dataset, trained }: Victim,
  { item, aim, profiles, count, fillers }: AttackSettings,
  { yieldToEventLoop }: RunContext,
): Promise<Plan> {
  const { interactions } = trained ?? dataset;
  const { byUser, byItem } = interactions;
  const ids = dataset.itemIds.list;
  const items: Side = { what: "items", index: byItem, ids, keys: trained?.keys.items ?? nameKeys([], ids).items };
  const scale = await scaleOf(interactions, yieldToEventLoop);
  if (aim === "nuke" && scale.least === scale.most)
    throw new LetheError("bad-input", `all ratings are ${scale.most}: none sinks an item`, "let `aim` be push");
  const users = presentIn(byUser);
  const chosen = item === "" ? medianItem(items) : indexOf(dataset.itemIds, item, "item");
  const others = presentIn(byItem).filter((other) => other !== chosen);
  const usual = Math.max(1, Math.round(median(users.map((u) => byUser.start[u + 1] - byUser.start[u]))) - 1);
  return {
    ...{ dataset, interactions, items, scale, item: chosen, others },
    rating: aim === "push" ? scale.most : scale.least,
    profiles: shareOf("profiles", profiles, count, users.length),
    fillers: Math.min(others.length, fillers === 0 ? usual : shareOf("fillers", fillers, 0, others.length + 1)),
  };
}

function shareOf(name: string, share: number, count: number, total: number): number {
  if (!(share < 1)) throw new LetheError("bad-input", `\`${name}\` is ${share}; expected a share below 1`, "lower it");
  return sizeAsked({ share, count }, total);
}

/** The item in the middle of all by number of interactions; of equals by the keys of outside ids. */
function medianItem(items: Side): number {
  const { start } = items.index;
  const order = byId(items);
  const present = presentIn(items.index).sort(
    (a, b) => start[a + 1] - start[a] - (start[b + 1] - start[b]) || order(a, b),
  );
  return present[present.length >> 1];
}

/** The data with the profiles of a plan; `fillersOf(p)` are the fillers of profile p, from 0. */
export async function poisonedBy(
  plan: Plan,
  fillersOf: (profile: number) => Promise<Fillers>,
  { yieldToEventLoop, onProgress }: RunContext,
  status: SolveStatus = "converged",
): Promise<Poisoned> {
  const { dataset, interactions, item, rating, profiles } = plan;
  const added = { users: [] as number[], items: [] as number[], ratings: [] as number[] };
  for (let p = 0; p < profiles; p++) {
    const { items, ratings } = await fillersOf(p);
    for (const [k, one] of [item, ...Array.from(items)].entries()) {
      added.users.push(interactions.userCount + p);
      added.items.push(one);
      added.ratings.push(k === 0 ? rating : ratings[k - 1]);
    }
    onProgress?.({ phase: "profiles", step: p + 1, fraction: (p + 1) / profiles });
    await yieldToEventLoop();
  }
  const prefix = freshPrefix(dataset.userIds.list);
  const users = Array.from({ length: profiles }, (_, p) => `${prefix}${p + 1}`);
  const more = interactionsOf({ ...columnsOf(interactions), userCount: interactions.userCount + profiles }).with(added);
  return {
    dataset: { ...dataset, interactions: more, userIds: idsOf([...dataset.userIds.list, ...users]) },
    ...{ users, prefix, item, rating, status },
    rows: Uint32Array.from(added.users, (_, k) => interactions.size + k),
  };
}

function columnsOf({ userCount, itemCount, users, items, ratings, times }: Interactions) {
  return { userCount, itemCount, users, items, ratings, times };
}

/** A beginning that nobody's id has, nor one that looks like it: planted-, else planted2-, planted3-, … */
function freshPrefix(ids: readonly string[]): string {
  const forms = ids.map((id) => formOf(id));
  for (let k = 1; ; k++) {
    const prefix = k === 1 ? plantedPrefix : plantedPrefix.replace("-", `${k}-`);
    if (!forms.some((form) => form.startsWith(prefix))) return prefix;
  }
}
