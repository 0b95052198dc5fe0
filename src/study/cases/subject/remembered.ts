/** How much a model's fit of a person's interactions hangs on these themselves. */

import { leaveOneOutFixedItems } from "../../../influence/index.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import { interactionPlayers, ownOf, unmetNeed } from "../../../method/index.ts";
import { fitOf } from "../../../method/own-fit.ts";
import type { TrainedModel } from "../../../training/trained-model.ts";
import { type NotDetermined, rowsOfUser } from "./held.ts";

/** Memorisation of single interactions: what each is worth to the fit of itself, while the others of the person stay. */
export interface Remembered {
  readonly method: string;
  /** Of the values: rating² (half a squared error), or nats (of log-likelihood that the item is liked). */
  readonly unit: "rating²" | "nats";
  /** One an interaction, in the order of the model. */
  readonly values: readonly (number | null)[];
  readonly mean: number;
  /** The typical error in ratings, or the typical probability that an item is liked, with the interactions and with each left out in turn. */
  readonly fit: { readonly of: "error" | "probability"; readonly with: number; readonly without: number };
}

/** By leverage, in closed form: all items are held fixed. */
export async function remembered(
  trained: TrainedModel,
  user: number,
  run: RunContext,
): Promise<Remembered | NotDetermined> {
  const why = unmetNeed(leaveOneOutFixedItems, trained);
  if (why !== undefined) return { notDetermined: `no closed form for a user's part of it: ${lastPart(why)}` };
  const rows = rowsOfUser(trained, user).slice();
  const prepared = await leaveOneOutFixedItems.make({}).prepare(trained, run);
  try {
    const { values } = await ownOf(prepared, trained, interactionPlayers(rows));
    const { unit, of } = fitOf(trained, rows);
    const fitted = await of(async (pairs) => trained.scores(pairs), run);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      ...{ method: leaveOneOutFixedItems.name, unit: unit === "rating²" ? unit : "nats", mean },
      values: Array.from(values, (value) => (Number.isFinite(value) ? value : null)),
      fit: inWords(unit, fitted, fitted - mean),
    };
  } finally {
    prepared.close();
  }
}

/** The mean fit in the unit of what people know: −½·error², or the logarithm of a probability. */
function inWords(unit: string, fitted: number, without: number): Remembered["fit"] {
  if (unit !== "rating²") return { of: "probability", with: Math.exp(fitted), without: Math.exp(without) };
  return { of: "error", with: Math.sqrt(Math.max(0, -2 * fitted)), without: Math.sqrt(Math.max(0, -2 * without)) };
}

function lastPart(why: string): string {
  return why.split("; ").at(-1) ?? why;
}
