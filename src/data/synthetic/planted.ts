/** Ratings from planted taste factors and biases, spread over users and items as unevenly as in MovieLens. */

import { LetheError } from "../../errors.ts";
import { type Random, randomOf } from "../../numeric/random.ts";
import { type Dataset, idsOf } from "../dataset.ts";
import { interactionsOf } from "../interactions.ts";
import { pairsOf } from "./marginals.ts";

/** The size and the make of a planted set. */
export interface PlantedOptions {
  readonly users: number;
  readonly items: number;
  readonly ratings: number;
  /** The rank of the planted taste. */
  readonly factors: number;
  readonly seed: number;
  /** The standard deviation, in stars, of what neither taste nor bias explains; .85 by default. */
  readonly noise?: number | undefined;
  /** Ratings from 1 to 5 in whole stars (the default) or in half stars. */
  readonly scale?: "whole" | "half" | undefined;
}

const meanRating = 3.45;
const userSpread = 0.4;
const itemSpread = 0.45;
const tasteSpread = 0.6;

const groupNames = [
  ..."comedy drama thriller animation romance western documentary musical fantasy war noir mystery".split(" "),
];

/**
 * A set with planted taste: rating = mean + user bias + item bias + taste of user · make of item + noise, rounded and cut
 * to 1 … 5. Each of the first factors is a taste group; an item belongs to one or two, and they are its genres. Numbers
 * of ratings per user and per item are long-tailed, every user has some, every item too when there are ratings enough,
 * and no pair is repeated. Rows are in user-major order; ids are "1" …, titles "Item 1" …. Equal options give equal sets.
 * Throws `bad-input` on sizes that cannot be.
 */
export function plantedFactors(options: PlantedOptions): Dataset {
  checkOptions(options);
  const { users, items, ratings, factors, seed } = options;
  const random = randomOf(seed, "planted factors");
  const makes = itemMakes(items, factors, random.fork("items"));
  const { start, chosen } = pairsOf(users, ratings, makes.popularity, random.fork("pairs"));
  const rowUsers = new Uint32Array(ratings);
  const values = new Float64Array(ratings);
  const taste = new Float64Array(factors);
  for (let user = 0; user < users; user++) {
    const own = random.fork("user").fork(user);
    const bias = userSpread * own.normal();
    for (let f = 0; f < factors; f++) taste[f] = tasteSpread * own.normal();
    rowUsers.fill(user, start[user], start[user + 1]);
    for (let row = start[user]; row < start[user + 1]; row++)
      values[row] = stars(meanRating + bias + appeal(makes, chosen[row], taste) + noiseOf(options, own), options.scale);
  }
  const ids = (count: number) => idsOf(Array.from({ length: count }, (_, k) => String(k + 1)));
  return {
    interactions: interactionsOf({
      userCount: users,
      itemCount: items,
      users: rowUsers,
      items: chosen,
      ratings: values,
    }),
    userIds: ids(users),
    itemIds: ids(items),
    itemInfo: new Map(makes.genres.map((genres, k) => [String(k + 1), { title: `Item ${k + 1}`, genres }])),
  };
}

function checkOptions(options: PlantedOptions): void {
  const { users, items, ratings, factors, noise = 0 } = options;
  for (const [name, size] of Object.entries({ users, items, ratings, factors }))
    if (!Number.isInteger(size) || size < 1)
      throw new LetheError("bad-input", `a synthetic set of ${size} ${name}: expected a positive integer`);
  if (ratings < users || ratings > users * items)
    throw new LetheError(
      "bad-input",
      `a synthetic set of ${ratings} ratings, ${users} users and ${items} items: expected ${users} … ${users * items} ratings`,
    );
  if (!(noise >= 0 && noise < 1e3)) throw new LetheError("bad-input", `noise of ${noise} stars: expected 0 … 1000`);
}

/** What items are made of: `factors` numbers an item (of length 1 together), a bias, a popularity, genres. */
interface ItemMakes {
  readonly factors: number;
  readonly make: Float64Array;
  readonly bias: Float64Array;
  readonly popularity: Float64Array;
  readonly genres: readonly (readonly string[])[];
}

function itemMakes(items: number, factors: number, random: Random): ItemMakes {
  const make = new Float64Array(items * factors);
  const bias = new Float64Array(items);
  const popularity = new Float64Array(items);
  const genres: string[][] = [];
  for (let item = 0; item < items; item++) {
    const own = random.fork(item);
    const fame = own.normal();
    const tail = Math.exp(1.5 * fame);
    // Nobody sells to everyone: the best known are known to a good half of the users, not to all.
    popularity[item] = tail / (1 + tail / 60);
    bias[item] = itemSpread * (0.5 * fame + Math.sqrt(0.75) * own.normal());
    genres.push(fillMake(make.subarray(item * factors, (item + 1) * factors), own));
  }
  return { factors, make, bias, popularity, genres };
}

/** Fills one item's make, mostly its one or two groups, and returns their names. */
function fillMake(make: Float64Array, random: Random): string[] {
  const groups = Math.min(make.length, groupNames.length);
  const first = random.integer(groups);
  const second = random.uniform() < 0.35 ? random.integer(groups) : first;
  let square = 0;
  for (let f = 0; f < make.length; f++) {
    make[f] = (0.5 * random.normal()) / Math.sqrt(make.length);
    if (f === first) make[f] += 1;
    else if (f === second) make[f] += 0.7;
    square += make[f] * make[f];
  }
  for (let f = 0; f < make.length; f++) make[f] /= Math.sqrt(square);
  return first === second ? [groupNames[first]] : [groupNames[first], groupNames[second]];
}

function appeal(makes: ItemMakes, item: number, taste: Float64Array): number {
  let sum = makes.bias[item];
  for (let f = 0; f < taste.length; f++) sum += taste[f] * makes.make[item * makes.factors + f];
  return sum;
}

function noiseOf(options: PlantedOptions, random: Random): number {
  return (options.noise ?? 0.85) * random.normal();
}

function stars(value: number, scale: "whole" | "half" = "whole"): number {
  const rounded = scale === "whole" ? Math.round(value) : Math.round(2 * value) / 2;
  return Math.min(5, Math.max(1, rounded));
}
