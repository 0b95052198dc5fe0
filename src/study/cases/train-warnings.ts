/** What makes a training useless although it ended well: data that were read wrongly, or from which nothing can be told. */

import type { Ids } from "../../data/dataset.ts";
import { formsOf } from "../../data/likeness.ts";
import type { Reading } from "../../data/reading.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { certify } from "../../training/certify.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { doubtfulGuess } from "./guess-warnings.ts";

/** Warnings about what was read. */
export function readingWarnings({ dataset, guessed, timeless }: Reading): string[] {
  const warnings = [
    ...(timeless === undefined ? [] : [timeless]),
    ...lookAlikes("user", dataset.userIds),
    ...lookAlikes("item", dataset.itemIds),
  ];
  if (guessed) warnings.push(...doubtfulGuess(dataset));
  return warnings;
}

/** Warnings about what was trained. */
export async function modelWarnings(trained: TrainedModel, run: RunContext): Promise<string[]> {
  const { ratings, size } = trained.interactions;
  const isSquared = trained.smooth?.objective.settings.loss.name === "squared";
  if (isSquared && ratings.every((rating) => rating === ratings[0]))
    return [
      `all ${size} ratings are ${ratings[0]}: they do not tell one item from another; for choices without ratings train the model ials, or with a loss for choices (bpr)`,
    ];
  return hasVanished(trained) ? [await vanished(trained, run)] : [];
}

const shown = 3;

/** Ids that look alike: perhaps one person under several names, whose data are then told apart. */
function lookAlikes(what: string, { list }: Ids): string[] {
  const groups = [...formsOf(list).values()].filter((group) => group.length > 1);
  if (groups.length === 0) return [];
  const named = groups.slice(0, shown).map((group) => group.map((k) => JSON.stringify(list[k])).join(" and "));
  const more = groups.length > shown ? `, and ${groups.length - shown} more` : "";
  return [
    `${groups.length} ${what} ${groups.length === 1 ? "id is" : "ids are"} written in several ways (${named.join("; ")}${more}): each counts as ${what === "user" ? "a person" : "an item"} of its own; write one id in one way`,
  ];
}

/** Scores that factors move by less than this are those of mean and biases. */
const nothing = 1e-6;

function hasVanished({ factors: form }: TrainedModel): boolean {
  if (form === undefined || form.factors === 0) return false;
  return largestRow(form.userFactors, form.factors) * largestRow(form.itemFactors, form.factors) < nothing;
}

function largestRow(table: Float64Array, width: number): number {
  let most = 0;
  for (let at = 0; at < table.length; at += width) most = Math.max(most, Math.hypot(...table.subarray(at, at + width)));
  return most;
}

/** Where there is a dual, it tells below which λ a factor appears. */
async function vanished(trained: TrainedModel, run: RunContext): Promise<string> {
  const told = "all factors vanished: every user gets the items in the same order; `l2` is too large for this set";
  const { sigmaRatio } = await certify(trained, run);
  const l2 = trained.smooth?.objective.settings.l2;
  if (l2 === undefined || sigmaRatio === null || sigmaRatio === 0) return `${told}: try a tenth of it`;
  return `${told} (${l2}): factors appear below ${(sigmaRatio * l2).toPrecision(3)}; leave \`l2\` out, and it follows from the data`;
}
