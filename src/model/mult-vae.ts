/** Mult-VAE: a variational autoencoder that reads what a user has chosen and scores every item. */

import { LetheError } from "../errors.ts";
import type { MatrixKernels } from "../kernel/matrices/matrices.ts";
import { referenceMatrices } from "../kernel/matrices/reference.ts";
import { type Random, randomOf } from "../numeric/random.ts";
import { inputRows, inputsAlong, inputsOf, type UserInputs } from "./autoencoder/input.ts";
import { networkTensors } from "./autoencoder/layout.ts";
import { alongInput, type Evaluation, inputWeightDerivative, linearised } from "./autoencoder/linearised.ts";
import { pairBatch } from "./autoencoder/pair-batch.ts";
import type { Model, ModelKind, ModelSettings, NameKeys, Pairs } from "./model.ts";
import { countSetting, onlySettings } from "./settings.ts";
import { drawTensor } from "./start.ts";
import { lengthOf } from "./tensors.ts";

/** Settings of Mult-VAE: lengths of the code and of the two hidden layers, the noise's seed, and whether there is any. */
export type MultVaeSettings = {
  readonly latent: number;
  readonly hidden: number;
  readonly seed: number;
  /** False scores by the means of the codes, as one does after training. */
  readonly noise: boolean;
};

/**
 * x (a user's ratings, length 1) → tanh → μ, log σ² → z = μ + σ·ε → tanh → a score an item (Liang et al. 2018, §2), without dropout. The output
 * after the last item is KL(N(μ, σ²) ‖ N(0, 1)). ε belongs to the seed and the user's key (without keys: the index), and never changes.
 */
export const multVae: ModelKind<MultVaeSettings> = {
  name: "mult-vae",
  summary: "Mult-VAE: a variational autoencoder from a user's choices to scores of all items",
  settings(given) {
    onlySettings("mult-vae", given, ["latent", "hidden", "seed", "noise"]);
    return {
      latent: countSetting(given, "latent", 16, 1024),
      hidden: countSetting(given, "hidden", 64, 4096),
      seed: countSetting(given, "seed", 1, Number.MAX_SAFE_INTEGER, 0),
      noise: noiseSetting(given),
    };
  },
  build(settings, interactions, weights, keys, matrices = referenceMatrices()) {
    const { userCount, itemCount } = interactions;
    const noise = noiseOf(settings, keys?.users ?? Uint32Array.from({ length: userCount }, (_, u) => u));
    return modelOn(settings, noise, inputsOf(interactions, weights), { userCount, itemCount }, matrices);
  },
  serving: (settings) => ({ ...settings, noise: false }),
  start,
};

function noiseSetting({ noise = true }: ModelSettings): boolean {
  if (typeof noise !== "boolean")
    throw new LetheError("bad-input", `noise is ${JSON.stringify(noise)}; expected true or false`);
  return noise;
}

/** Weights at random with deviation √(2/(rows + columns)) (Glorot & Bengio 2010, Eq. 12), biases at zero. */
function start(model: Model, random: Random, keys: NameKeys): Float64Array {
  const params = new Float64Array(model.parameterCount);
  for (const tensor of model.tensors) {
    const [rows, columns = 0] = tensor.shape;
    const deviation = Math.sqrt(2 / (rows + columns));
    if (columns > 0) drawTensor(tensor, random, keys, params, (stream) => deviation * stream.normal());
  }
  return params;
}

/** Users that are best evaluated together, and the pairs that they may have at most, which bounds memory. */
const usersTogether = 256;
const mostPairs = 2 ** 21;

function modelOn(
  { hidden, latent }: MultVaeSettings,
  noiseOf: (users: Uint32Array) => Float64Array,
  inputs: UserInputs,
  { userCount, itemCount }: Pick<Model, "userCount" | "itemCount">,
  matrices: MatrixKernels,
): Model {
  const shape = { itemCount, hidden, latent, matrices };
  const tensors = networkTensors(shape);
  const evaluationOf = (params: Float64Array, pairs: Pairs): Evaluation => {
    const batch = pairBatch(pairs, itemCount, matrices);
    const { users } = batch;
    const brought = { count: users.length, input: inputRows(inputs, users), noise: noiseOf(users) };
    return { shape, tensors, params, pairs: batch, users: brought };
  };
  return {
    userCount,
    itemCount,
    parameterCount: lengthOf(tensors),
    tensors,
    batch: Math.min(usersTogether * (itemCount + 1), mostPairs),
    local: false,
    extraOutputs: 1,
    at: (params, pairs) => linearised(evaluationOf(params, pairs)),
    data: {
      weightDerivative: (params, pairs, slopes, tangents, direction) =>
        inputWeightDerivative(evaluationOf(params, pairs), inputs, slopes, tangents, direction),
      alongWeights(params, pairs, weights) {
        const evaluation = evaluationOf(params, pairs);
        const matrix = inputsAlong(inputs, weights);
        return alongInput(evaluation, inputRows({ matrix }, evaluation.pairs.users));
      },
    },
  };
}

/** ε of users: each has a stream of its own, so that it does not depend on who else is in the batch. */
function noiseOf({ latent, seed, noise }: MultVaeSettings, keys: Uint32Array): (users: Uint32Array) => Float64Array {
  return (users) => {
    const out = new Float64Array(users.length * latent);
    if (!noise) return out;
    users.forEach((user, b) => {
      const stream = randomOf(seed, "code noise", keys[user]);
      for (let f = 0; f < latent; f++) out[b * latent + f] = stream.normal();
    });
    return out;
  };
}
