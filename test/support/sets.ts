/** Small files of ratings for the command line, with long ids that cannot occur in other bytes by chance. */

import { plantedFactors } from "../../src/data/synthetic.ts";

/** 40 users, 30 items and 480 ratings, the same each time. */
const planted = plantedFactors({ users: 40, items: 30, ratings: 480, factors: 3, seed: 11 });

/** The outside id of user k. */
export const userId = (k: number): string => `customer-of-the-house-${1000 + 7 * k}`;
/** The outside id of item k. */
export const itemId = (k: number): string => `article-in-the-shop-${2000 + 13 * k}`;
/** The title of item k in `itemsCsv`. */
export const titleOf = (k: number): string => `A Tale of the Number ${3000 + 17 * k}`;

export const userCount = 40;
export const itemCount = 30;
const { users, items, ratings } = planted.interactions;
/** Rows as [user, item, rating], by their numbers. */
export const rows: readonly (readonly [number, number, number])[] = Array.from(ratings, (rating, k) => [
  users[k],
  items[k],
  rating,
]);

/** Rows as CSV, without a header. */
export function csvOf(some: readonly (readonly [number, number, number])[]): string {
  return some.map(([u, i, r]) => `${userId(u)},${itemId(i)},${r}\n`).join("");
}

/** The set as CSV with a header. */
export const ratingsCsv = `user,item,rating\n${csvOf(rows)}`;

/** Titles and genres of all items, and of one that nobody rated. */
export const itemsCsv = `item,title,genres\n${Array.from(
  { length: itemCount + 1 },
  (_, k) => `${itemId(k)},${titleOf(k)},${k % 2 === 0 ? "Even" : "Odd"}|Tale\n`,
).join("")}`;

/** Flags with which the set trains in a few hundredths of a second. */
export const small = "--factors 3 --l2 3 --l2-bias 1 --threads 1";
