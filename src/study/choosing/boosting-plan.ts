/** The plan of boosted trees: their settings, and the negatives of a logistic loss. */

import { type BoostingSettings, boostingRanges, boostingSettings } from "../../boosting/settings.ts";
import { LetheError } from "../../errors.ts";
import type { ModelSettings } from "../../model/model.ts";
import { onlySettings } from "../../model/settings.ts";
import { boosting, boostingName } from "../../training/boosting.ts";
import type { TrainPlan, TrainWishes } from "./plan.ts";

/** What may be asked of boosted trees; the rest is usual. */
export interface BoostingWishes extends Pick<TrainWishes, "l2" | "negatives" | "seed" | "holdout" | "refit"> {
  /** Squared, on ratings (the default), or logistic, on choices. */
  readonly loss?: string | undefined;
  readonly learningRate?: number | undefined;
  /** Rounds, leaves, depth, leastRows, bins, and what may be given beside them. */
  readonly settings?: ModelSettings | undefined;
}

/** Fills in what was not asked for; throws `bad-input` on settings that do not fit. */
export function boostingPlan(wishes: BoostingWishes): TrainPlan {
  const { l2, learningRate, seed = 1, holdout, refit = false } = wishes;
  onlySettings(boostingName, wishes.settings ?? {}, Object.keys(boostingRanges));
  const loss = lossOf(wishes);
  const own = Object.entries({ l2, learningRate }).filter(([, value]) => value !== undefined);
  const settings = boostingSettings({ ...wishes.settings, ...Object.fromEntries(own), loss });
  const sampling = loss === "logistic" ? { perRow: negativesOf(wishes), seed } : undefined;
  return {
    ...{ model: boostingName, l2: settings.l2, holdout, refit, recipe: undefined, validation: 0, notes: [] },
    l2From: l2 === undefined && wishes.settings?.l2 === undefined ? "usual" : "given",
    trainer: boosting({ settings, sampling }),
    rating: loss === "squared" ? "needed" : "optional",
  };
}

function lossOf({ loss = "squared", negatives }: BoostingWishes): BoostingSettings["loss"] {
  if (loss !== "squared" && loss !== "logistic")
    throw new LetheError(
      "bad-input",
      `\`loss\` ${loss}: boosting has the loss squared, on ratings, or logistic, on choices`,
      "choose one of them, or another `model`",
      "loss",
    );
  if (loss === "squared" && negatives !== undefined)
    throw new LetheError(
      "bad-input",
      "`negatives` are for boosting with the loss logistic; a squared loss fits ratings",
      "leave `negatives` out, or give `loss` logistic",
      "negatives",
    );
  return loss;
}

function negativesOf({ negatives = 4 }: BoostingWishes): number {
  if (negatives >= 1) return negatives;
  throw new LetheError(
    "bad-input",
    "`negatives` 0: a logistic loss tells what was chosen from what was drawn",
    "draw 1 or more",
    "negatives",
  );
}
