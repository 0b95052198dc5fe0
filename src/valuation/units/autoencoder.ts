/** The hidden units of an autoencoder. */

import type { EstimateRun } from "../../method/estimator.ts";
import { inputsOf } from "../../model/autoencoder/input.ts";
import { weightsIn } from "../../model/autoencoder/layout.ts";
import { addToRows, tanhInPlace } from "../../model/autoencoder/rows.ts";
import { valuesOf } from "../../model/tensors.ts";
import type { Objective } from "../../objective/objective.ts";
import type { Smooth } from "../../training/trained-model.ts";
import {
  type Ablation,
  numbered,
  type Reading,
  readByLayer,
  tensorNamed,
  type Units,
  unitsBeforeReaders,
} from "./readers.ts";

/** The hidden units of the encoder, then of the decoder. Empty for what is no autoencoder. */
export function autoencoderReadings(objective: Objective): readonly Reading[] {
  const tensors = ["code_weights", "code_bias", "output_items", "output_bias"].map((name) =>
    tensorNamed(objective, name),
  );
  const [code, codeBias, output, outputBias] = tensors;
  if (code === undefined || codeBias === undefined || output === undefined || outputBias === undefined) return [];
  const [items, hidden] = output.shape;
  const decoder = numbered("decoder, unit", hidden).map((name, j) => ({
    name,
    weights: Uint32Array.from({ length: items }, (_, i) => output.at + i * hidden + j),
    biases: Uint32Array.from({ length: items }, (_, i) => outputBias.at + i),
  }));
  return [...readByLayer(numbered("encoder, unit", hidden), code, codeBias), ...decoder];
}

/** The units of an autoencoder. Means are over the users with rows. */
export async function unitsOfAutoencoder(
  { objective, params }: Smooth,
  ablation: Ablation,
  run: EstimateRun,
): Promise<Units> {
  const readings = autoencoderReadings(objective);
  if (ablation === "zero") return unitsBeforeReaders(objective, params, readings, new Float64Array(readings.length));
  const { start } = objective.interactions.byUser;
  const users = Uint32Array.from({ length: objective.interactions.userCount }, (_, u) => u).filter(
    (u) => start[u + 1] > start[u],
  );
  const encoder = await meanEncoder(objective, params, users, run);
  return unitsBeforeReaders(objective, params, readings, [
    ...encoder,
    ...(await meanDecoder(objective, params, users, run)),
  ]);
}

async function meanEncoder(
  { tensors, interactions }: Objective,
  params: Float64Array,
  users: Uint32Array,
  run: EstimateRun,
) {
  const { encoder, encoderBias } = weightsIn(tensors, params);
  const { start, columns, values } = inputsOf(interactions).matrix;
  const hidden = encoderBias.length;
  const means = new Float64Array(hidden);
  for (const user of users) {
    await run.yieldToEventLoop();
    const layer = new Float64Array(hidden);
    for (let e = start[user]; e < start[user + 1]; e++)
      for (let j = 0; j < hidden; j++) layer[j] += values[e] * encoder[columns[e] * hidden + j];
    addToRows(layer, encoderBias);
    tanhInPlace(layer);
    for (let j = 0; j < hidden; j++) means[j] += layer[j] / users.length;
  }
  return means;
}

/** A score is linear in the item's row of the output: the gradient of the mean score by it is the mean of what it reads. */
async function meanDecoder(objective: Objective, params: Float64Array, users: Uint32Array, run: EstimateRun) {
  const gradient = new Float64Array(params.length);
  for (let at = 0; at < users.length; at += 256) {
    await run.yieldToEventLoop();
    const some = users.subarray(at, at + 256);
    const point = objective.serving.at(params, { users: some, items: new Uint32Array(some.length) });
    point.addVjp(new Float64Array(some.length).fill(1 / users.length), gradient);
  }
  const output = tensorNamed(objective, "output_items");
  return output === undefined ? gradient : valuesOf(output, gradient).subarray(0, output.width);
}
