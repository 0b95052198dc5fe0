/** A trained model under other indices: some users and items gone, in another order, or joined by new ones. */

import { rowAt } from "../model/tensors.ts";
import { differentiable } from "../objective/differentiable.ts";
import { noItem } from "../objective/negatives.ts";
import type { Objective } from "../objective/objective.ts";
import { type Moved, type MovedSides, newcomer } from "./moved.ts";
import { withCheckpoints } from "./shards/slices.ts";
import { smoothModel, type TrainedModel, type TrainingData } from "./trained-model.ts";

/** The model on its own interactions under the new indices: rows of tables move along, those of newcomers are zero. */
export function reindexed(model: TrainedModel, { interactions, keys }: TrainingData, moved: MovedSides): TrainedModel {
  const { smooth, shards, learned, checkpoints, trainer, seed, origin, recording } = model;
  if (shards && model.withMembers) {
    const members = shards.map(({ rows, model: member }) => ({
      rows,
      model: reindexed(member, { interactions: interactions.select(rows), keys }, moved),
    }));
    const beside = { ...learned, shardOfUser: learned?.shardOfUser && picked(learned.shardOfUser, moved.user) };
    return { ...model.withMembers(members, { interactions, keys }, beside), origin };
  }
  if (model.underIndices) return { ...model.underIndices({ interactions, keys }), origin };
  if (smooth === undefined) return model;
  const { settings, negatives, matrices } = smooth.objective;
  const drawn = movedNegatives(negatives, moved);
  const objective = differentiable(settings, interactions, keys, { negatives: drawn, matrices });
  const move = (params: Float64Array) => movedParams(smooth.objective, params, objective, moved);
  const there = smoothModel({ ...smooth, objective, params: move(smooth.params), trainer, seed, origin, recording });
  return checkpoints ? withCheckpoints(there, checkpoints.map(move)) : there;
}

/** Drawn negatives under the new indices. */
export function movedNegatives(negatives: Uint32Array, { item }: MovedSides): Uint32Array {
  return negatives.map((i) => (i === noItem ? noItem : item.next[i]));
}

function picked(values: Uint32Array, { old }: Moved): Uint32Array {
  return Uint32Array.from(old, (k) => values[k]);
}

/** Parameters of one objective as those of another, row by row; rows of newcomers are zero. */
export function movedParams(from: Objective, params: Float64Array, to: Objective, moved: MovedSides): Float64Array {
  const out = new Float64Array(to.parameterCount);
  from.tensors.forEach((tensor, k) => {
    const place = to.tensors[k];
    const rows =
      tensor.rowsOf === undefined ? Uint32Array.from({ length: tensor.rows }, (_, r) => r) : moved[tensor.rowsOf].old;
    for (let r = 0; r < rows.length; r++) {
      if (rows[r] === newcomer) continue;
      const at = rowAt(tensor, rows[r]);
      out.set(params.subarray(at, at + tensor.width), rowAt(place, r));
    }
  });
  return out;
}
