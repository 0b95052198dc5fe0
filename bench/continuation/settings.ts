/** What continuation is tried on: sets, with the settings of the objective and how often each is trained. */

import { resolve } from "node:path";
import { type Interactions, plantedFactors, readInteractions, splitRandom } from "../../src/data/index.ts";
import type { FactorizationSettings } from "../../src/objective/factorization.ts";
import { dataFolder } from "../movielens.ts";

/** One problem, and how much of the work is done on it. */
export interface Problem {
  /** The set, and what tells it from others on the same set. */
  readonly set: string;
  readonly id: string;
  readonly load: () => Promise<Interactions>;
  readonly settings: FactorizationSettings;
  /** Random starts. */
  readonly seeds: number;
  /** Draws of each kind of rows that are forgotten. */
  readonly draws: number;
  /** Whether the path is walked in other steps, too. */
  readonly steps: boolean;
}

type Work = Pick<Problem, "seeds" | "draws" | "steps">;

const small: Work = { seeds: 10, draws: 5, steps: true };
const middle: Work = { seeds: 10, draws: 1, steps: true };
const large: Work = { seeds: 10, draws: 1, steps: false };

const read =
  (...files: string[]) =>
  async () =>
    (
      await readInteractions(
        files.map((file) => resolve(dataFolder, file)),
        { duplicates: "last" },
      )
    ).dataset.interactions;

const ml100k = read("ml-100k/ml-100k.inter");
const ml1m = read("ml-1m/ratings.dat");
const magazine = read("amazon-magazine/ratings.tsv");
const lastfm = read("lastfm-2k/train.txt");
const pinterest = read("pinterest/hmgcn_train.txt");

async function nineTenths(): Promise<Interactions> {
  const all = await ml100k();
  return all.select(splitRandom(all.size, 0.1, 1).train);
}

const tastes = 4;
const planted = (users: number, items: number, ratings: number) => async () =>
  plantedFactors({ users, items, ratings, factors: tastes, seed: 1 }).interactions;

function rated(
  set: string,
  load: Problem["load"],
  [factors, l2]: readonly [number, number],
  work: Work = small,
): Problem {
  return {
    ...work,
    ...{ set, id: `${set}; ${factors}, λ ${l2}`, load },
    settings: { factors, biases: true, mean: { kind: "learned" }, l2, l2Bias: 5, regularizer: "table" },
  };
}

function liked(set: string, load: Problem["load"], [alpha, l2]: readonly [number, number], work: Work): Problem {
  const factors = 8;
  return {
    ...work,
    ...{ set, id: `${set}, ials α ${alpha}; ${factors}, λ ${l2}`, load },
    settings: {
      ...{ factors, biases: false, mean: { kind: "fixed", value: 0 }, l2, l2Bias: 5, regularizer: "table" },
      confidence: { base: 1, alpha },
    },
  };
}

/** The problems, in the order of the tables. */
export const problems: readonly Problem[] = [
  rated("ml-100k", ml100k, [8, 15]),
  rated("ml-100k", ml100k, [16, 15], { ...small, draws: 3 }),
  rated("ml-100k", ml100k, [8, 10], { ...small, draws: 3 }),
  rated("nine tenths of ml-100k", nineTenths, [8, 15], { ...small, draws: 3 }),
  rated("ml-1m", ml1m, [8, 15], middle),
  rated("ml-1m", ml1m, [16, 20], large),
  rated("ml-1m", ml1m, [64, 26], large),
  liked("lastfm-2k", lastfm, [1, 800], { ...small, draws: 3 }),
  liked("lastfm-2k", lastfm, [40, 7300], small),
  rated("amazon-magazine", magazine, [8, 8], large),
  rated("amazon-magazine", magazine, [8, 6.6], large),
  liked("pinterest", pinterest, [1, 29], large),
  rated("planted 300 × 200, 6,000", planted(300, 200, 6000), [8, 4]),
  rated("planted 1,000 × 300, 20,000", planted(1000, 300, 20_000), [8, 7]),
  rated("planted 2,000 × 500, 20,000", planted(2000, 500, 20_000), [12, 5]),
  rated("planted 2,000 × 500, 60,000", planted(2000, 500, 60_000), [12, 8]),
  rated("planted 3,000 × 1,000, 100,000", planted(3000, 1000, 100_000), [10, 6]),
];
