/** What a factor problem has to fulfil before kernels take it in. */

import { LetheError } from "../../errors.ts";
import type { FactorProblem } from "../kernels.ts";

/**
 * Throws `bad-input` when weights are not numbers of at least 0 (less the weight of all pairs), one a rating and for both orders, when pulls beside
 * them are not finite, or when `zeroWeight` is not such a number or `constant` not finite; `unsupported` when `zeroWeight` stands beside biases or a mean, with which the sum over all
 * pairs is no longer a product of two small matrices.
 */
export function checkProblem(problem: FactorProblem): void {
  const { weights, itemWeights, ratings, itemRatings, zeroWeight = 0, constant = 0, shape } = problem;
  if ((weights === undefined) !== (itemWeights === undefined))
    throw new LetheError("bad-input", "weights come in user-major and in item-major order, or not at all");
  if (!isWeight(zeroWeight))
    throw new LetheError("bad-input", `the weight of all pairs has to be a number of at least 0, not ${zeroWeight}`);
  for (const list of [weights, itemWeights]) if (list !== undefined) checkWeights(list, ratings.length, -zeroWeight);
  if (weights !== undefined) for (const list of [ratings, itemRatings]) checkPulls(list);
  if (!Number.isFinite(constant))
    throw new LetheError("bad-input", `the constant of J is ${constant}; it has to be a finite number`);
  if (zeroWeight > 0 && (shape.biases || shape.learnedMean || problem.fixedMean !== 0))
    throw new LetheError(
      "unsupported",
      "a weight of all pairs is there only for a model whose score is p·q",
      "leave out the biases and the mean, or set zeroWeight to 0",
    );
}

/** Throws `unsupported` where ratings weigh differently, or all pairs weigh. */
export function checkUnweighted(weighted: boolean, zeroWeight = 0): void {
  if (weighted || zeroWeight > 0)
    throw new LetheError("unsupported", "users go to their optima in one pass only where every rating weighs the same");
}

/** A rating may take back the weight that its pair has among all pairs, and no more: what is left of a pair's weight keeps each side convex. */
function checkWeights(weights: Float64Array, ratings: number, least: number): void {
  if (weights.length !== ratings)
    throw new LetheError("bad-input", `${weights.length} weights for ${ratings} ratings`, "give one weight a rating");
  const wrong = weights.find((weight) => !(weight >= least && weight < Number.POSITIVE_INFINITY));
  if (wrong !== undefined)
    throw new LetheError("bad-input", `a weight is ${wrong}`, `weights have to be finite and at least ${least + 0}`);
}

function checkPulls(pulls: Float64Array): void {
  const wrong = pulls.find((pull) => !Number.isFinite(pull));
  if (wrong !== undefined)
    throw new LetheError("bad-input", `a pull is ${wrong}`, "with weights, ratings are pulls and have to be finite");
}

function isWeight(x: number): boolean {
  return x >= 0 && x < Number.POSITIVE_INFINITY;
}
