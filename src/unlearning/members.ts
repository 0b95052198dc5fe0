/** Forgetting from a model in shards: the members that held a row are trained again, the others never saw it. */

import type { Rows } from "../data/interactions.ts";
import { type Method, method, type Need } from "../method/method.ts";
import type { TrainedModel, TrainRun } from "../training/trained-model.ts";
import { conclude, type Found, unchanged } from "./conclude.ts";
import type { Guarantee, Unlearner } from "./unlearner.ts";

/**
 * The model after the members that held some of the rows were trained again, and how many these are. Exact where outside ids say who is where; where
 * likeness does, the others are where they are because of those who are gone.
 */
export async function byMembers(before: TrainedModel, rows: Rows, run: TrainRun): Promise<Found> {
  if (before.refitMembers === undefined) return unchanged(before);
  const model = await before.refitMembers(rows, run);
  const hit = model.shards?.filter(({ model: member }, k) => member !== before.shards?.[k].model).length ?? 0;
  const { partitionSeesData } = before;
  return {
    model,
    guarantee: partitionSeesData ? "approximate" : "exact",
    membersHit: hit,
    caveats: [
      membersTold(hit, before),
      ...(partitionSeesData
        ? ["the others are dealt as they were with the forgotten interactions; retrain deals anew"]
        : []),
    ],
  };
}

/** How many members were trained again, in words. */
export function membersTold(hit: number, { shards, learned }: TrainedModel): string {
  const attention = learned?.attention ? ", and the attention to all of them" : "";
  return `${hit} of ${shards?.length} members were trained again${attention}`;
}

/** A paper's name for it: of a model whose members were dealt in the paper's way. */
export function memberUnlearner(entry: {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  readonly need: Need;
  readonly guarantee: Guarantee;
}): Method<Unlearner> {
  const { need, guarantee, ...rest } = entry;
  return method({
    ...rest,
    needs: [need],
    settings: {},
    cost: "a training",
    make: (): Unlearner => ({
      guarantee,
      forget: (model, forgetSet, context, options = {}) =>
        conclude(model, forgetSet, context, options, async (run) =>
          forgetSet.length === 0
            ? unchanged(model)
            : byMembers(model, forgetSet, { ...run, tolerance: options.tolerance }),
        ),
    }),
  });
}
