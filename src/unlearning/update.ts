/** Rows that come, go and change, in one step: the model that training on the new set of rows gives, and what can be proved of it. */

import type { RunContext } from "../kernel/run-context.ts";
import { norm } from "../numeric/vector.ts";
import { gradientAt } from "../objective/session.ts";
import { newcomer } from "../training/moved.ts";
import { areSame } from "../training/next-rows.ts";
import { movedParams, reindexed } from "../training/reindexed.ts";
import type { NextRows, TrainedModel } from "../training/trained-model.ts";
import { type Updated, updated } from "../training/updated.ts";
import { concluded, type Found, unchanged } from "./conclude.ts";
import { membersTold } from "./members.ts";
import type { ForgetOptions, Forgotten } from "./unlearner.ts";

/**
 * Puts a model on other rows, with one certificate: minimised from where it stands, as `exact` forgets, where that is an optimum; of a sharded
 * model the members whose rows are others trained again; else trained from scratch with the model's own seed. The same rows change no byte.
 */
export async function update(
  model: TrainedModel,
  next: NextRows,
  context: RunContext,
  options: ForgetOptions = {},
): Promise<Forgotten> {
  const { interactions } = next.data;
  const measure = { rows: interactions.size, before: (found: TrainedModel) => normBefore(model, found, next, context) };
  const found = await concluded(measure, context, options, async (run) => {
    if (areSame(model, next)) return unchanged(reindexed(model, next.data, next.moved));
    return foundBy(model, await updated(model, next, { ...run, tolerance: options.tolerance }));
  });
  return { ...found, model: { ...found.model, origin: originOf(model, next) } };
}

function foundBy(before: TrainedModel, { model, way, membersHit, rowsApart }: Updated): Found {
  const { partitionSeesData = false, smooth } = before;
  const status = model.smooth?.status;
  const open = way === "minimised" && status !== "converged";
  const caveats = [
    ...(open ? [`the minimisation ended with ${status}: nothing is certified`] : []),
    ...(membersHit === undefined ? [] : [membersTold(membersHit, before)]),
    ...(way === "anew" ? ["the model was at no optimum to go on from: it was trained again from scratch"] : []),
    ...(partitionSeesData
      ? ["rows that stay are dealt to members as they were; training anew would deal all of them anew"]
      : []),
    ...(rowsApart > 0
      ? [
          `${rowsApart} interactions keep drawn negatives that training anew would draw otherwise, since items became free or new`,
        ]
      : []),
    ...(smooth?.objective.model.data ? ["the graph or input is that of the new rows as well"] : []),
  ];
  const guarantee = partitionSeesData || open ? "approximate" : way === "minimised" ? "certified" : "exact";
  return { model, guarantee, caveats, ...(membersHit === undefined ? {} : { membersHit }) };
}

async function normBefore(
  { smooth }: TrainedModel,
  found: TrainedModel,
  { moved }: NextRows,
  run: RunContext,
): Promise<number | null> {
  if (smooth === undefined || found.smooth === undefined) return null;
  const { objective } = found.smooth;
  return norm(await gradientAt(objective, movedParams(smooth.objective, smooth.params, objective, moved), run));
}

/** Where rows went it has forgotten. */
function originOf({ origin, interactions }: TrainedModel, { rowWas }: NextRows): TrainedModel["origin"] {
  const stayed = rowWas.reduce((count, was) => (was === newcomer ? count : count + 1), 0);
  return stayed < interactions.size ? "forgotten" : origin;
}
