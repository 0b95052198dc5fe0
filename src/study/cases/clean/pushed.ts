/** The items that are most likely pushed, by their outside ids. */

import type { NamedModel } from "../../store/model.ts";
import type { PushedItem } from "./cleaned.ts";
import type { Suspicion } from "./suspicion.ts";

/** Items that are told of. */
const most = 5;
/** Fewer items by chance than this are none. */
const certain = 0.05;

/** How many players are behind an item that is certainly pushed: the first of the order. */
export function certainlyBehind({ pushed, values }: Suspicion): number {
  if (pushed === undefined) return 0;
  const { statistics, byChance } = pushed;
  const least = statistics.reduce((min, t, item) => (byChance[item] <= certain ? Math.min(min, t) : min), Infinity);
  return values.reduce((count, value) => count + (value >= least ? 1 : 0), 0);
}

/** Whether an item is certainly pushed. */
export function isPushed({ byChance }: Pick<PushedItem, "byChance">): boolean {
  return byChance <= certain;
}

/** The items with the largest statistics; of equals by outside ids. Undefined where nobody asked. */
export function pushedNames({ trained, dataset }: NamedModel, { pushed }: Suspicion): PushedItem[] | undefined {
  if (pushed === undefined) return undefined;
  const { byItem, itemCount } = trained.interactions;
  const { statistics, byChance, rows } = pushed;
  const { items: keys } = trained.keys;
  const order = Uint32Array.from({ length: itemCount }, (_, item) => item).sort(
    (a, b) => statistics[b] - statistics[a] || keys[a] - keys[b] || a - b,
  );
  return Array.from(order.subarray(0, most), (index) => {
    const own = byItem.rows.subarray(byItem.start[index], byItem.start[index + 1]);
    const item = dataset.itemIds.list[index];
    return {
      ...{ item, title: dataset.itemInfo.get(item)?.title ?? null, interactions: own.length },
      behind: own.filter((row) => rows[row] > 0).length,
      ...{ statistic: statistics[index], byChance: byChance[index] },
    };
  });
}
