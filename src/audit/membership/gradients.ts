/** The gradient of the loss that a single point would have, whether it was trained on or not. */

import { rowAt } from "../../model/tensors.ts";
import { baseScore } from "../../training/base-score.ts";
import type { Smooth } from "../../training/trained-model.ts";
import type { AuditedModel } from "../audit.ts";
import { type LossPoints, termOf } from "./losses.ts";
import { rowLeft } from "./points.ts";

/**
 * ∇ of a point's loss by all parameters, the L2 left out. A user or an item without interactions is an empty row that is held: what remains is the slope
 * on the mean and on the other side's bias.
 */
export function pointGradient(model: AuditedModel, points: LossPoints, k: number): Float64Array {
  const { trained, dataset } = model;
  const { objective, params } = trained.smooth as Smooth;
  const { items, examples } = termOf(points, k, dataset.itemIds.list);
  const user = rowLeft(model, "user", points.users[k]);
  const found = items.map((id) => rowLeft(model, "item", id));
  const known = found.flatMap((item, n) => (user === undefined || item === undefined ? [] : [n]));
  const point = objective.model.at(params, {
    users: new Uint32Array(known.length).fill(user ?? 0),
    items: Uint32Array.from(known, (n) => found[n] ?? 0),
  });
  const scores = Float64Array.from(found, (item) => baseScore(trained, user, item));
  known.forEach((n, at) => {
    scores[n] = point.scores[at];
  });
  const slopes = new Float64Array(items.length);
  points.loss.evaluate(scores, examples, slopes);
  const gradient = new Float64Array(params.length);
  point.addVjp(
    Float64Array.from(known, (n) => slopes[n]),
    gradient,
  );
  const fitted = new Set(known);
  found.forEach((item, n) => {
    if (!fitted.has(n)) addBaseGradient(objective, user, item, slopes[n], gradient);
  });
  return gradient;
}

/** Adds scale·∇ of `baseScore`. */
function addBaseGradient(
  { tensors }: Smooth["objective"],
  user: number | undefined,
  item: number | undefined,
  scale: number,
  out: Float64Array,
): void {
  for (const tensor of tensors) {
    if (tensor.name === "mean") out[tensor.at] += scale;
    if (tensor.name === "user_bias" && user !== undefined) out[rowAt(tensor, user)] += scale;
    if (tensor.name === "item_bias" && item !== undefined) out[rowAt(tensor, item)] += scale;
  }
}
