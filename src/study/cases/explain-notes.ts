/** What is said beside an explanation: what its numbers mean, and what they are worth. */

import type { Estimate } from "../../method/estimator.ts";
import type { ValueKind } from "../../method/method.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { asksEveryPlayer, followsTraining, kindOfValue } from "../choosing/methods.ts";

/** What the numbers are worth in the state in which the model is: influence speaks of optima, and first order of small moves. */
export function worth({ smooth }: TrainedModel, method: string): string {
  const kind = kindOfValue(method);
  if (smooth === undefined || kind === "share" || kind === "vote") return "";
  if (followsTraining(method)) return "; along the steps of the training as it was, which need not end at an optimum";
  if (method === "leave-one-out")
    return smooth.status === "converged"
      ? ""
      : "; the model is at no optimum: it was trained again, with the same seed";
  if (smooth.status !== "converged")
    return `; the model is at no optimum (‖∇J‖ ${smooth.gradientNorm.toExponential(1)}): the numbers are about an optimum near it and may be far off${kind === "relative" ? "" : ", even above the score itself; leave-one-out trains again and is the truth"}`;
  const { model, settings } = smooth.objective;
  if (model.data !== undefined && kind === "influence")
    return `; first order misses much of a model that reads the interactions themselves${settings.sampling?.semantics === "honest" ? ", and all that redrawn negatives do" : ""}: leave-one-out is the truth`;
  return "";
}

/** What the numbers about players mean, in words. */
export function playersNote(method: string, { unit }: TrainedModel): string {
  const other = otherValues(method, unit);
  if (other !== undefined) return other;
  const cost = asksEveryPlayer(method) ? "" : "; players of several rows to first order, or by their blocks";
  return `influence = score − score had the player's interactions never been there, in ${unit} units; positive supports the score${heldOf(method)}${cost}`;
}

/** What the numbers about single interactions mean, in words. */
export function noteOf(method: string, ranked: string | undefined, unit: TrainedModel["unit"]): string {
  const row = unit === "rating" ? "rating" : "interaction";
  const asked = ranked ? `; computed for the ${row}s that ${ranked} ranks first` : "";
  const other = otherValues(method, unit);
  if (other !== undefined) return other + asked;
  const means = `influence = score − score had the ${row} never been there, in ${unit} units; positive supports the score`;
  return means + heldOf(method) + (asked || reachOf(method));
}

/** What is held while rows leave, whoever the players are. */
function heldOf(method: string): string {
  if (method !== "leaf-refit" && method !== "leaf-influence") return "";
  return "; in the splits that the trees have: training again may choose others, and leave-one-out is the truth";
}

function reachOf(method: string): string {
  if (method === "tracin-last") return "; through the last layer alone, everything below it held";
  if (method === "tracin-we") return "; through the rows of users and items alone, what all share held";
  if (method === "leave-one-out-fixed-items") return "; through the user's own factors alone, all items held fixed";
  if (method.startsWith("fast-influence"))
    return "; through the user's and the item's own factors, the rest held fixed";
  if (method === "boostin") return "; in the leaves that rows share with the score, tree by tree";
  return heldOf(method) ? "" : "; through all parameters";
}

/** What numbers mean that are no influence in the score's unit; undefined where they are one. */
function otherValues(method: string, unit: TrainedModel["unit"]): string | undefined {
  if (method === "contributions")
    return `influence = share of the score, in ${unit} units: with the items held fixed, the shares of the own rows sum to the score; it is not the score without the row`;
  const words: Readonly<Record<ValueKind, string | undefined>> = {
    influence: undefined,
    share: `influence = share of the score, in ${unit} units; it is not the score without the row`,
    relative:
      "influence = influence on the score over the size of what the row does to the model, in a unit of its own: it ranks, and no score is told without the row; positive supports the score",
    vote: "influence = share of the vote of the user's nearest ratings on whether they like the item; positive agrees with the score; it is not the score without the row",
  };
  return words[kindOfValue(method)];
}

/** What estimates say of themselves, each once, to be added to a note. */
export function toldBy(...estimates: readonly Pick<Estimate, "notes">[]): string {
  return [...new Set(estimates.flatMap(({ notes = [] }) => notes))].map((note) => `; ${note}`).join("");
}
