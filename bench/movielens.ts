/** MovieLens-1M for the benches: the whole set, and the split of Fast Influence Analysis. */

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Dataset, type Interactions, readInteractions } from "../src/data/index.ts";
import { type Factorization, factorization } from "../src/objective/factorization.ts";

/** The data folder: LETHE_DATA, else ../shared/data beside the project. */
export const dataFolder = resolve(process.env.LETHE_DATA ?? resolve(import.meta.dirname, "../../shared/data"));

/** The whole set; ends the process with advice where the data are not there. */
export async function movielens(): Promise<Dataset> {
  const file = resolve(dataFolder, "ml-1m/ratings.dat");
  if (!existsSync(file)) {
    process.stderr.write(`no ${file}: set LETHE_DATA to a folder that has ml-1m/ratings.dat\n`);
    process.exit(2);
  }
  return (await readInteractions(file)).dataset;
}

/** Positions (user, item) of one file of the split of Fast Influence Analysis. */
function splitPairs(dataset: Dataset, name: string): { users: number[]; items: number[]; ratings: number[] } {
  const lines = (file: string) =>
    readFileSync(resolve(dataFolder, "ml-1m/fia", file), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.trim().split(/\s+/));
  const itemOf = new Map(lines("item_map.tsv").map(([index, id]) => [index, id]));
  const users: number[] = [];
  const items: number[] = [];
  const ratings: number[] = [];
  for (const [user, item, rating] of lines(name)) {
    users.push(dataset.userIds.find(Number(user) + 1) ?? -1);
    items.push(dataset.itemIds.find(itemOf.get(item) ?? "") ?? -1);
    ratings.push(Number(rating));
  }
  return { users, items, ratings };
}

/** The training part (everything but test and validation), and the test pairs. */
export async function fiaSplit(): Promise<{
  training: Interactions;
  test: { users: number[]; items: number[]; ratings: number[] };
}> {
  const dataset = await movielens();
  const test = splitPairs(dataset, "ml-1m-ex.test.rating");
  const valid = splitPairs(dataset, "ml-1m-ex.valid.rating");
  const held = new Set<number>();
  const { interactions } = dataset;
  for (const part of [test, valid])
    part.users.forEach((user, k) => {
      held.add(user * interactions.itemCount + part.items[k]);
    });
  const rows = Uint32Array.from({ length: interactions.size }, (_, k) => k).filter(
    (k) => !held.has(interactions.users[k] * interactions.itemCount + interactions.items[k]),
  );
  return { training: interactions.select(rows), test };
}

/** The joint objective at a length of the factors: λ_b 5, mean learned. */
export function jointObjective(interactions: Interactions, factors: number, l2: number): Factorization {
  return factorization(
    { factors, biases: true, mean: { kind: "learned" }, l2, l2Bias: 5, regularizer: "table" },
    interactions,
  );
}

/** λ for the lengths that the tables use. */
export const penalties: Readonly<Record<number, number>> = { 8: 15, 16: 20, 32: 22, 64: 26 };
