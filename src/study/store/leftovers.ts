/** Where data may still lie after a command: to be told in its report. */

import { dirname } from "node:path";
import { removeLeftovers } from "../../exchange/files/leftovers.ts";
import { realFolder } from "../../exchange/files/temporaries.ts";

/**
 * Removes what dead writers have left beside a place. Returns the paths of what is still there, with those that are known already; no key
 * where there are none.
 */
export async function leftoversOf(
  place: string,
  known: readonly string[] = [],
): Promise<{ readonly leftovers?: string[] }> {
  const left = new Set([...known, ...(await removeLeftovers(dirname(await realFolder(place))))]);
  return left.size === 0 ? {} : { leftovers: [...left].sort() };
}
