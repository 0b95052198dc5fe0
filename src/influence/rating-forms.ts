/** The closed forms of ratings, for questions that have no other answer. */

import { LetheError } from "../errors.ts";
import { halfSolutions, ratings } from "../method/needs.ts";
import { closedFormsOf } from "../objective/closed-forms.ts";
import type { Factorization } from "../objective/factorization.ts";
import type { Smooth, TrainedModel } from "../training/trained-model.ts";

/** The closed forms of a model; throws `unsupported` where it has none, or is not about ratings. `what` has a closed form, in words. */
export function ratingFormsOf(model: TrainedModel, what: string): Factorization {
  const why = ratings.unmet(model) ?? halfSolutions.unmet(model);
  if (why === undefined) return closedFormsOf((model.smooth as Smooth).objective) as Factorization;
  throw new LetheError(
    "unsupported",
    `${what} has a closed form for ratings by matrix factorization; ${why}`,
    "train it so: lethe train FILE --model mf --loss squared",
  );
}
