/** Other ratings for suspicious interactions, and what the held-out error becomes with them. */

import { type Relabelled, relabelled } from "../../../influence/cleaning/relabel.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import { measuredBy } from "../../../method/measure.ts";
import { halfSolutions, ratings } from "../../../method/needs.ts";
import { scaleOf } from "../../../requests/attacks/scale.ts";
import type { TrainedModel } from "../../../training/trained-model.ts";
import { updated } from "../../../training/updated.ts";
import type { HeldRows } from "../../choosing/measures.ts";
import type { Cleaned } from "./cleaned.ts";
import { errorOn, type Trial } from "./held.ts";
import { relabelledRows } from "./into.ts";
import { pairedInterval } from "./paired.ts";

/** Whether ratings of a model can be changed in closed form. */
export function canRelabel(model: TrainedModel): boolean {
  return (ratings.unmet(model) ?? halfSolutions.unmet(model)) === undefined;
}

/** Another rating, of those that the data have, for each of some rows that would get one. */
export async function otherRatings(
  model: TrainedModel,
  rows: Uint32Array,
  held: HeldRows | undefined,
  run: RunContext,
): Promise<ReadonlyMap<number, number>> {
  const none = { users: new Uint32Array(0), items: new Uint32Array(0), ratings: new Float64Array(0) };
  const found = await relabelled(model, rows, held ?? none, run);
  const scale = await scaleOf(model.interactions, run.yieldToEventLoop);
  const changed = new Map<number, number>();
  found.forEach(({ rating }: Relabelled, k) => {
    if (Number.isNaN(rating)) return;
    const nearest = scale.nearest(rating);
    if (nearest !== model.interactions.ratings[rows[k]]) changed.set(rows[k], nearest);
  });
  return changed;
}

/** The trial's model trained with other ratings in some rows, on the held-out rows. */
export async function relabelTrial(
  trial: Trial,
  whole: Float64Array,
  rows: Uint32Array,
  run: RunContext,
): Promise<NonNullable<Cleaned["relabelled"]>> {
  const { model, measures, judging, choosing, pooling } = trial;
  const changed = await otherRatings(model, rows, trial.choosingRows, run);
  const interactions = relabelledRows(model.interactions, changed);
  const same = (count: number) => {
    const all = Uint32Array.from({ length: count }, (_, k) => k);
    return { old: all, next: all };
  };
  const next = {
    data: { interactions, keys: model.keys },
    rowWas: Int32Array.from({ length: interactions.size }, (_, row) => row),
    moved: { user: same(interactions.userCount), item: same(interactions.itemCount) },
  };
  const { model: after } = await updated(model, next, { ...run, onProgress: undefined });
  const values = await measuredBy(measures, (pairs) => after.scores(pairs), run);
  return {
    rows: changed.size,
    choosing: errorOn(trial, values, choosing),
    judging: errorOn(trial, values, judging),
    interval: pairedInterval(whole, values, pooling, judging),
  };
}
