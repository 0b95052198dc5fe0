/** Which user rates which item in a synthetic set: long-tailed numbers on both sides, and no pair twice. */

import type { Random } from "../../numeric/random.ts";

/** The items of each user: user u rated `chosen[start[u]] … chosen[start[u + 1] − 1]`. */
export interface ChosenPairs {
  readonly start: Uint32Array;
  readonly chosen: Uint32Array;
}

/**
 * Draws `ratings` distinct pairs: the number of a user is lognormal, the items follow `popularity` without replacement.
 * Every item is drawn when there are at least as many ratings as items.
 */
export function pairsOf(users: number, ratings: number, popularity: Float64Array, random: Random): ChosenPairs {
  const items = popularity.length;
  const start = startsOf(users, items, ratings, random.fork("counts"));
  const chosen = new Uint32Array(ratings);
  const filled = start.slice(0, users);
  if (ratings >= items) dealEachItem(items, start, filled, chosen, random.fork("deal"));
  const draw = aliasDraw(popularity);
  const seen = new Uint32Array(items);
  for (let user = 0; user < users; user++) {
    const own = random.fork(user);
    for (let row = start[user]; row < filled[user]; row++) seen[chosen[row]] = user + 1;
    let tries = 20 * (start[user + 1] - start[user]) + 100;
    let row = filled[user];
    while (row < start[user + 1] && tries-- > 0) {
      const item = draw(own);
      if (seen[item] === user + 1) continue;
      seen[item] = user + 1;
      chosen[row++] = item;
    }
    if (row < start[user + 1]) drawRest(chosen.subarray(row, start[user + 1]), popularity, seen, user + 1, own);
  }
  return { start, chosen };
}

/** Where each user's ratings start: lognormal numbers that add up to `ratings`, none below a few, none above the items. */
function startsOf(users: number, items: number, ratings: number, random: Random): Uint32Array {
  const mean = ratings / users;
  const least = Math.max(1, Math.min(20, Math.floor(mean / 3)));
  const most = Math.min(items, Math.max(Math.ceil(2 * mean), Math.floor(0.6 * items)));
  const weights = Float64Array.from({ length: users }, () => Math.exp(1.1 * random.normal()));
  const share = (factor: number, user: number) => Math.min(most, Math.max(least, factor * weights[user]));
  const total = (factor: number) => weights.reduce((sum, _, user) => sum + share(factor, user), 0);
  let low = 0;
  let high = mean;
  while (total(high) < ratings && high < Number.MAX_VALUE / 4) high *= 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (total(middle) < ratings) low = middle;
    else high = middle;
  }
  // Rounding the running sum keeps the total and every user's limits.
  const start = new Uint32Array(users + 1);
  let sum = 0;
  for (let user = 0; user < users; user++) {
    sum += share(high, user);
    start[user + 1] = Math.round(sum);
  }
  return start;
}

/** Gives every item to one user, drawn by number of ratings, so that none stays unrated. */
function dealEachItem(
  items: number,
  start: Uint32Array,
  filled: Uint32Array,
  chosen: Uint32Array,
  random: Random,
): void {
  const users = filled.length;
  const draw = aliasDraw(Float64Array.from(filled, (_, user) => start[user + 1] - start[user]));
  for (let item = 0; item < items; item++) {
    let user = draw(random);
    while (filled[user] === start[user + 1]) user = (user + 1) % users;
    chosen[filled[user]++] = item;
  }
}

/** Draws an index with probability proportional to its weight, in constant time (Walker 1977; Vose 1991). */
function aliasDraw(weights: Float64Array): (random: Random) => number {
  const size = weights.length;
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / size;
  const own = weights.map((weight) => weight / mean);
  const other = Uint32Array.from(weights.keys());
  const small = [...own.keys()].filter((k) => own[k] < 1);
  const large = [...own.keys()].filter((k) => own[k] >= 1);
  while (small.length > 0 && large.length > 0) {
    const poor = small.pop() as number;
    const rich = large[large.length - 1];
    other[poor] = rich;
    own[rich] -= 1 - own[poor];
    if (own[rich] < 1) small.push(large.pop() as number);
  }
  // What is left over is 1 up to rounding.
  for (const k of [...small, ...large]) own[k] = 1;
  return (random) => {
    const k = random.integer(size);
    return random.uniform() < own[k] ? k : other[k];
  };
}

/** Fills `rest` with items not yet seen, by the same law in one pass (Efraimidis and Spirakis 2006). */
function drawRest(rest: Uint32Array, weights: Float64Array, seen: Uint32Array, mark: number, random: Random): void {
  const unseen = Array.from(weights.keys()).filter((item) => seen[item] !== mark);
  const keys = new Map(unseen.map((item) => [item, Math.log(1 - random.uniform()) / weights[item]]));
  unseen.sort((a, b) => (keys.get(b) as number) - (keys.get(a) as number));
  rest.set(unseen.slice(0, rest.length));
}
