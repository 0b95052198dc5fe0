/** The units of a network: what its layers and its output read. */

import type { EstimateRun } from "../../method/estimator.ts";
import { mlp } from "../../model/mlp.ts";
import type { Model } from "../../model/model.ts";
import { putValues, sizeOf, valuesOf } from "../../model/tensors.ts";
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

/** Of every layer but the last its units, then what the output reads: products of embeddings, and the last layer. Empty for what is no network. */
export function networkReadings(objective: Objective): readonly Reading[] {
  const [output, bias] = [tensorNamed(objective, "output_weights"), tensorNamed(objective, "output_bias")];
  if (output === undefined || bias === undefined || bias.rowsOf !== undefined) return [];
  const inner: Reading[] = [];
  for (let l = 1; ; l++) {
    const weights = tensorNamed(objective, `layer${l + 1}_weights`);
    const next = tensorNamed(objective, `layer${l + 1}_bias`);
    if (weights === undefined || next === undefined) break;
    inner.push(...readByLayer(numbered(`layer ${l}, unit`, weights.shape[0]), weights, next));
  }
  return [...inner, ...readByLayer(numbered("output's input", sizeOf(output.shape)), output, bias)];
}

/** The units of a network. Means are over the training rows. */
export async function unitsOfNetwork(
  { objective, params }: Smooth,
  ablation: Ablation,
  run: EstimateRun,
): Promise<Units> {
  const readings = networkReadings(objective);
  const means = ablation === "mean" ? await meansOf(objective, params, run) : new Float64Array(readings.length);
  return unitsBeforeReaders(objective, params, readings, means);
}

/** What a tower is made of, in a network's settings. */
interface TowerParts {
  readonly layers: readonly number[];
  readonly embedding: number;
  readonly activation: string;
}

/** Of a layer that is not the last, what a network with no later layer would give its output; then what the network's own output reads. */
async function meansOf(objective: Objective, params: Float64Array, run: EstimateRun): Promise<Float64Array> {
  const { model, settings, interactions, matrices } = objective;
  const { layers = [], embedding, activation } = settings.model as Partial<TowerParts>;
  const means: number[] = [];
  for (let l = 1; l < layers.length; l++) {
    const shorter = { layers: layers.slice(0, l), embedding, activation } as unknown as Parameters<typeof mlp.build>[0];
    const part = mlp.build(shorter, interactions, undefined, undefined, matrices ?? undefined);
    means.push(...(await meanInputs(part, sameTensors(objective, params, part), objective, run)));
  }
  return Float64Array.from([...means, ...(await meanInputs(model, params, objective, run))]);
}

/** The parameters of a model from another's tensors of the same names; its output's are 0. */
function sameTensors(objective: Objective, params: Float64Array, part: Model): Float64Array {
  const out = new Float64Array(part.parameterCount);
  for (const tensor of part.tensors) {
    const from = tensor.name.startsWith("output_") ? undefined : tensorNamed(objective, tensor.name);
    if (from !== undefined) putValues(tensor, valuesOf(from, params), out);
  }
  return out;
}

/** A score is linear in the output's weights: the gradient of the mean score by them is the mean of what they read. */
async function meanInputs(part: Model, params: Float64Array, { interactions }: Objective, run: EstimateRun) {
  const { users, items, size } = interactions;
  const gradient = new Float64Array(params.length);
  for (let at = 0; at < size; at += part.batch) {
    await run.yieldToEventLoop();
    const pairs = { users: users.subarray(at, at + part.batch), items: items.subarray(at, at + part.batch) };
    part.at(params, pairs).addVjp(new Float64Array(pairs.users.length).fill(1 / size), gradient);
  }
  const output = tensorNamed(part, "output_weights");
  return output === undefined ? new Float64Array(0) : valuesOf(output, gradient);
}
