/** Triples in any order brought into the one that the kernels read. */

import type { TripleProblem } from "./triples.ts";

/** Sorted triples, and where each of the given ones went. */
export interface SortedTriples extends TripleProblem {
  /** Position of every given triple among the sorted ones: what an order of the given ones is translated with. */
  readonly places: Uint32Array;
}

/** Sorts triples by user, then by liked item; alike ones keep their order. Takes time in proportion to triples, users and items. */
export function sortTriples(given: TripleProblem): SortedTriples {
  const { userCount, itemCount, users, liked, others } = given;
  const positions = Uint32Array.from(users, (_, t) => t);
  const sorted = sortedBy(users, userCount, sortedBy(liked, itemCount, positions));
  const places = new Uint32Array(users.length);
  sorted.forEach((t, place) => {
    places[t] = place;
  });
  const column = (values: Uint32Array) => sorted.map((t) => values[t]);
  return { ...given, users: column(users), liked: column(liked), others: column(others), places };
}

/** Positions in the order of their keys, which are below `count`. */
function sortedBy(keys: Uint32Array, count: number, positions: Uint32Array): Uint32Array {
  const next = new Uint32Array(count + 1);
  for (const key of keys) next[key + 1]++;
  for (let key = 0; key < count; key++) next[key + 1] += next[key];
  const out = new Uint32Array(positions.length);
  for (const t of positions) out[next[keys[t]]++] = t;
  return out;
}
