/** Which models the stability of an influence can be told of: matrix factorization under squared loss on ratings. */

import type { Need } from "../../method/method.ts";
import type { FactorModel } from "../../model/factor-model.ts";
import { matrixFactorization } from "../../model/matrix-factorization.ts";
import { closedFormsOf } from "../../objective/closed-forms.ts";
import type { Factorization } from "../../objective/factorization.ts";
import { squared } from "../../objective/loss.ts";
import { modelOf } from "../../training/factors/trained.ts";
import type { Smooth } from "../../training/trained-model.ts";

/** Dot products under squared loss on ratings, with biases and a mean or without. */
export const factorRatings: Need = {
  name: "dot products of a user's and an item's row under squared loss on ratings",
  unmet({ smooth, kind, shards }) {
    if (smooth === undefined) return `${shards ? "a model in shards" : kind} has no parameters of its own`;
    const { settings } = smooth.objective;
    if (settings.kind.name !== matrixFactorization.name) return `${kind}'s scores are of another kind`;
    if (settings.loss.name !== squared.name || settings.sampling !== undefined) return `${kind} has another loss here`;
    return closedFormsOf(smooth.objective) ? undefined : "biases of items alone, or an L2 of 0, have no closed forms";
  },
};

/** The factors of a model that meets `factorRatings`, its parameters shared. */
export function factorModelOf({ objective, params }: Pick<Smooth, "objective" | "params">): {
  readonly closed: Factorization;
  readonly model: FactorModel;
} {
  const closed = closedFormsOf(objective) as Factorization;
  return { closed, model: modelOf({ objective: closed, params }) };
}
