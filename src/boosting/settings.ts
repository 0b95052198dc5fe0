/** The settings of gradient boosting, and what is usual. */

import { LetheError } from "../errors.ts";
import type { Booster } from "./ensemble.ts";

/** How trees are grown. */
export interface BoostingSettings {
  readonly loss: Booster["loss"];
  /** Trees. */
  readonly rounds: number;
  readonly learningRate: number;
  /** Leaves of a tree at most. */
  readonly leaves: number;
  /** Questions from the root to a leaf at most; 0 for no limit. */
  readonly depth: number;
  /** Examples that a leaf has at least. */
  readonly leastRows: number;
  /** L2 of the leaves. */
  readonly l2: number;
  /** Groups of values of a feature, between which a split may lie. */
  readonly bins: number;
}

/** How a model of boosted trees is trained. */
export interface BoostingPlan {
  readonly settings: BoostingSettings;
  /** Negatives of a logistic loss, and the seed that draws them. Training without rows draws them as training on what remains does. */
  readonly sampling?: { readonly perRow: number; readonly seed: number } | undefined;
  /** Genres of items, each a feature that is 1 or 0. */
  readonly genres?: ItemGenres | undefined;
}

/** Which genres items have. */
export interface ItemGenres {
  /** In the order of the features. */
  readonly names: readonly string[];
  /** By the key of an item's outside id. */
  readonly of: ReadonlyMap<number, ReadonlySet<string>>;
}

/** Of every setting that is a number: what is usual, the least and the most, and whether it is a whole number. */
export const boostingRanges = {
  rounds: { usual: 100, least: 1, most: 10_000, whole: true },
  learningRate: { usual: 0.1, least: 1e-6, most: 1, whole: false },
  leaves: { usual: 31, least: 2, most: 1024, whole: true },
  depth: { usual: 0, least: 0, most: 1024, whole: true },
  leastRows: { usual: 20, least: 1, most: 1e9, whole: true },
  l2: { usual: 0, least: 0, most: 1e12, whole: false },
  bins: { usual: 255, least: 2, most: 256, whole: true },
} as const;

/** The settings that are usual, with those that are given; throws `bad-input` on one out of range. */
export function boostingSettings(given: Partial<BoostingSettings> & Pick<BoostingSettings, "loss">): BoostingSettings {
  const usual = Object.fromEntries(Object.entries(boostingRanges).map(([name, range]) => [name, range.usual]));
  const settings = { ...usual, ...given } as BoostingSettings;
  for (const [name, { least, most, whole }] of Object.entries(boostingRanges)) {
    const value = settings[name as keyof typeof boostingRanges];
    if (!(value >= least && value <= most) || (whole && !Number.isInteger(value)))
      throw new LetheError(
        "bad-input",
        `${name} is ${JSON.stringify(value)}; expected a ${whole ? "whole number" : "number"} from ${least} to ${most}`,
      );
  }
  return settings;
}
