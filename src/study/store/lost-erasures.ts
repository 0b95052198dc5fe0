/** Whether a model that is about to be overwritten has forgotten something that the new one would bring back. */

import type { Dataset } from "../../data/dataset.ts";
import type { Rows } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import type { Fingerprint } from "../../exchange/files/replace.ts";
import { readModel } from "../../exchange/model/folder.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { finishYielding, type Steps } from "../../run.ts";

/**
 * Throws `conflict` where the model in `out` lacks interactions that `dataset` has and `rows` does not name: somebody has had them forgotten
 * there. `lying` is what `checkTarget` found at `out`; where nothing lies nothing is lost.
 */
export async function refuseLostErasures(
  dataset: Dataset,
  rows: Rows,
  out: string,
  lying: Fingerprint,
  { yieldToEventLoop }: Pick<RunContext, "yieldToEventLoop">,
): Promise<void> {
  if (lying === null) return;
  const advice = "forget from the model that is there, write to another folder, or ask to overwrite it in any case";
  const there = await readModel(out).catch((error: unknown) => {
    const why = (error as Error).message;
    throw new LetheError("conflict", `what the model in ${out} has forgotten cannot be told: ${why}`, advice);
  });
  const lost = await finishYielding(missingFrom(there.dataset, dataset, rows), yieldToEventLoop);
  if (lost.interactions === 0) return;
  const ids = `${counted(lost.users, "user")} and ${counted(lost.items, "item")} that it does not know`;
  throw new LetheError(
    "conflict",
    `the model in ${out} lacks ${counted(lost.interactions, "interaction")} that this request does not name, with ${ids}: overwriting it would bring back what it has forgotten; nothing was written`,
    advice,
  );
}

const rowsPerStep = 1 << 15;

interface Lost {
  readonly interactions: number;
  readonly users: number;
  readonly items: number;
}

/** How many interactions of `whole` less `rows` are not in `there`, and of how many users and items that it does not know. */
function* missingFrom(there: Dataset, whole: Dataset, rows: Rows): Steps<Lost> {
  const { interactions, userIds, itemIds } = whole;
  const { users, items, size, itemCount } = interactions;
  const left = new Map<number, number>();
  const theirUsers = there.userIds.list.map((id) => userIds.find(id) ?? -1);
  const theirItems = there.itemIds.list.map((id) => itemIds.find(id) ?? -1);
  for (let k = 0; k < there.interactions.size; k++) {
    if (k % rowsPerStep === 0) yield;
    const [user, item] = [theirUsers[there.interactions.users[k]], theirItems[there.interactions.items[k]]];
    if (user < 0 || item < 0) continue;
    const pair = user * itemCount + item;
    left.set(pair, (left.get(pair) ?? 0) + 1);
  }
  const named = new Set(rows);
  const lostUsers = new Set<number>();
  const lostItems = new Set<number>();
  let lost = 0;
  for (let k = 0; k < size; k++) {
    if (k % rowsPerStep === 0) yield;
    if (named.has(k)) continue;
    const pair = users[k] * itemCount + items[k];
    const count = left.get(pair) ?? 0;
    if (count > 0) {
      left.set(pair, count - 1);
      continue;
    }
    lost++;
    if (there.userIds.find(userIds.list[users[k]]) === undefined) lostUsers.add(users[k]);
    if (there.itemIds.find(itemIds.list[items[k]]) === undefined) lostItems.add(items[k]);
  }
  return { interactions: lost, users: lostUsers.size, items: lostItems.size };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
