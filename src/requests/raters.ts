/** Those who rated one item, which may be sensitive. */

import { indexOf } from "../data/dataset.ts";
import type { Interactions } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { method } from "../method/method.ts";
import type { NamedTrained, RequestRule } from "./request.ts";
import { byId, presentIn, rowsOfAll, sideOf } from "./rows.ts";
import { refuseAll, type Size, sizeAsked, sizeSettings } from "./size.ts";

/**
 * A sensitive item's raters: all of their interactions, or the item's alone. Without a name the item whose number of raters is nearest to
 * `count`, else to ⌈share·users⌉; of items as near the one with fewer raters, then by the keys of outside ids. Throws `unknown-id` for an
 * item that the model does not have.
 */
export const ratersRequest = method({
  name: "raters",
  summary: "those who rated one item: all of their interactions, or the item's alone",
  source: "definition",
  needs: [],
  settings: {
    item: {
      summary:
        "outside id of the item; default the one whose number of raters is nearest to the share, or count, of the users",
      standard: "",
    },
    ...sizeSettings,
    whole: { summary: "all interactions of the raters; else their ratings of the item", standard: true },
  },
  cost: "closed form",
  make: ({ item, whole, ...size }): RequestRule => ({
    of: whole ? "users" : "interactions",
    async choose(model, run) {
      const { interactions } = model.trained;
      const raters = await ratersOf(interactions, run);
      const chosen = item === "" ? nearest(model, raters, size) : indexOf(model.dataset.itemIds, item, "item");
      const own = rowsOfAll(interactions.byItem, [chosen]);
      const rows = whole ? rowsOfAll(interactions.byUser, new Set(own.map((row) => interactions.users[row]))) : own;
      refuseAll(rows, interactions, `everybody rated the item ${JSON.stringify(model.dataset.itemIds.list[chosen])}`);
      return [rows];
    },
  }),
});

/** How many users rated each item, each counted once. */
async function ratersOf(
  { byItem: { start, rows }, itemCount, userCount, users }: Interactions,
  { yieldToEventLoop }: RunContext,
): Promise<Uint32Array> {
  const counts = new Uint32Array(itemCount);
  const last = new Uint32Array(userCount).fill(itemCount);
  for (let item = 0; item < itemCount; item++) {
    for (let k = start[item]; k < start[item + 1]; k++) {
      if (last[users[rows[k]]] !== item) counts[item]++;
      last[users[rows[k]]] = item;
    }
    await yieldToEventLoop();
  }
  return counts;
}

function nearest(model: NamedTrained, raters: Uint32Array, size: Size): number {
  const items = sideOf(model, "items");
  const wanted = sizeAsked(size, presentIn(sideOf(model, "users").index).length);
  const order = byId(items);
  const nearer = (a: number, b: number) =>
    Math.abs(raters[a] - wanted) - Math.abs(raters[b] - wanted) || raters[a] - raters[b] || order(a, b);
  return presentIn(items.index).reduce((best, item) => (nearer(item, best) < 0 ? item : best));
}
