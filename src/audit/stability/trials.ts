/** Which ratings a trial of the stability claim is about, and how their rows move. */

import type { Interactions } from "../../data/interactions.ts";
import { errorOf, type Rated } from "../../influence/stability/pair-block.ts";
import { ratedAt } from "../../influence/stability/recursion.ts";
import { type Trial, trial } from "../../influence/stability/trial.ts";
import type { FactorModel } from "../../model/factor-model.ts";
import type { Random } from "../../numeric/random.ts";

/** What the rating that is asked about shares with the one whose rows move. */
export const kinds = ["all", "user", "item", "any"] as const;
/** One of them; "any" is a rating drawn from the whole set. */
export type Kind = (typeof kinds)[number];

/** A model, an estimate s of H⁻¹v at it, and whose score v is the gradient of. */
export interface Stage {
  readonly interactions: Interactions;
  /** Its parameters are moved and put back. */
  readonly model: FactorModel;
  readonly s: Float64Array;
  readonly v: Float64Array;
  readonly user: number;
  readonly item: number;
  /** Entries of moves are uniform in −epsilon … epsilon. */
  readonly epsilon: number;
}

/** Draws a rating (x, y), from the whole set or from those of the target's user and item, and another by `kind`; moves u_x and v_y. */
export function drawTrial(stage: Stage, kind: Kind, near: boolean, random: Random): Trial {
  const { interactions, model, s, v, epsilon } = stage;
  const { byUser, byItem, size } = interactions;
  const from = ({ start, rows }: typeof byUser, key: number) =>
    rows[start[key] + random.integer(start[key + 1] - start[key])];
  const moved = !near
    ? random.integer(size)
    : random.uniform() < 0.5
      ? from(byUser, stage.user)
      : from(byItem, stage.item);
  const sampled = ratedAt({ interactions }, moved);
  const row = {
    all: () => moved,
    user: () => from(byUser, sampled.user),
    item: () => from(byItem, sampled.item),
    any: () => random.integer(size),
  }[kind]();
  const asked = ratedAt({ interactions }, row);
  const moves = Float64Array.from({ length: 2 * model.shape.factors }, () => epsilon * (2 * random.uniform() - 1));
  const residuals = {
    ofUser: residualOfPair(interactions, model, asked.user, sampled.item),
    ofItem: residualOfPair(interactions, model, sampled.user, asked.item),
  };
  return trial(model, { s, v, sampled, asked, moves, epsilon, residuals });
}

/** The residual of a pair's first rating; 0 where it has none. */
function residualOfPair(interactions: Interactions, model: FactorModel, user: number, item: number): number {
  const { byUser, items, ratings } = interactions;
  for (let k = byUser.start[user]; k < byUser.start[user + 1]; k++) {
    const row = byUser.rows[k];
    if (items[row] !== item) continue;
    const rated: Rated = { user, item, rating: ratings[row] };
    return -errorOf(model, rated);
  }
  return 0;
}
