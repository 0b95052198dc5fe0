/** The genres of a data set's items, as boosted trees take them. */

import type { ItemGenres } from "../boosting/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import { nameKeys } from "../objective/negatives.ts";

/** More genres than this are words of their own for single items. */
const most = 50;

/** Genres by item; of all that the items file names the most frequent, or those that a model was trained with. Undefined where there are none. */
export function itemGenres(
  { itemIds, itemInfo }: Pick<Dataset, "itemIds" | "itemInfo">,
  names: readonly string[] = frequentGenres(itemInfo),
): ItemGenres | undefined {
  if (names.length === 0) return undefined;
  const { items } = nameKeys([], itemIds.list);
  const genresOf = (id: string) => new Set(itemInfo.get(id)?.genres);
  return { names, of: new Map(itemIds.list.map((id, item) => [items[item], genresOf(id)])) };
}

function frequentGenres(itemInfo: Dataset["itemInfo"]): string[] {
  const counts = new Map<string, number>();
  for (const { genres } of itemInfo.values()) for (const one of genres) counts.set(one, (counts.get(one) ?? 0) + 1);
  const byNumber = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return byNumber
    .slice(0, most)
    .map(([name]) => name)
    .sort();
}
