/** What is said beside an explanation: what its numbers mean, and what they are worth. */

import type { TrainedModel } from "../../training/trained-model.ts";
import { asksEveryPlayer } from "../choosing/methods.ts";

/** What the numbers are worth in the state in which the model is: influence speaks of optima, and first order of small moves. */
export function worth({ smooth }: TrainedModel, method: string): string {
  if (smooth === undefined || method === "contributions" || isVote(method)) return "";
  if (method === "leave-one-out")
    return smooth.status === "converged"
      ? ""
      : "; the model is at no optimum: it was trained again, with the same seed";
  if (smooth.status !== "converged")
    return `; the model is at no optimum (‖∇J‖ ${smooth.gradientNorm.toExponential(1)}): the numbers are about an optimum near it and may be far off, even above the score itself; leave-one-out trains again and is the truth`;
  const { model, settings } = smooth.objective;
  if (model.data !== undefined)
    return `; first order misses much of a model that reads the interactions themselves${settings.sampling?.semantics === "honest" ? ", and all that redrawn negatives do" : ""}: leave-one-out is the truth`;
  return "";
}

/** What the numbers about players mean, in words. */
export function playersNote(method: string, { unit }: TrainedModel): string {
  if (isVote(method)) return voteNote;
  const cost = asksEveryPlayer(method) ? "" : "; players of several rows to first order, or by their blocks";
  return `influence = score − score had the player's interactions never been there, in ${unit} units; positive supports the score${cost}`;
}

/** What the numbers about single interactions mean, in words. */
export function noteOf(method: string, ranked: string | undefined, unit: TrainedModel["unit"]): string {
  if (method === "contributions")
    return `influence = share of the score, in ${unit} units: with the items held fixed, the shares of the own rows sum to the score; it is not the score without the row`;
  if (isVote(method)) return voteNote;
  const row = unit === "rating" ? "rating" : "interaction";
  const means = `influence = score − score had the ${row} never been there, in ${unit} units; positive supports the score`;
  const reach = ranked
    ? `; computed for the ${row}s that ${ranked} ranks first`
    : method.startsWith("fast-influence")
      ? "; through the user's and the item's own factors, the rest held fixed"
      : "; through all parameters";
  return means + reach;
}

/** Methods that value a vote of neighbours in the place of the score. */
const isVote = (method: string) => method.startsWith("knn-");

const voteNote =
  "influence = share of the vote of the user's nearest ratings on whether they like the item; positive agrees with the score; it is not the score without the row";
