/** A small network that tells two classes apart: the attacker of a membership oracle. */

import type { Random } from "../../numeric/random.ts";
import type { YieldToEventLoop } from "../../run.ts";

/** Points as rows of equal width. */
export interface Inputs {
  readonly width: number;
  /** Row-major. */
  readonly values: Float64Array;
}

/** How many points there are. */
export function rowsOf({ width, values }: Inputs): number {
  return width === 0 ? 0 : values.length / width;
}

/** Sizes of the layers, the input first, the two classes last; and the parameters, layer by layer: weights by output, then biases. */
export interface Network {
  readonly sizes: readonly number[];
  readonly params: Float64Array;
}

/** How it is trained: stochastic gradient descent on the mean cross-entropy of a batch. */
export interface NetworkTraining {
  readonly learningRate: number;
  readonly epochs: number;
  readonly batch: number;
}

/** Three hidden layers with ReLU, softmax over two classes (Li et al. 2024, §6.4.1). */
const hidden = [64, 16, 4] as const;

/** A network at its start: weights with variance 2/inputs (He et al. 2015), biases zero. */
export function startOf(width: number, random: Random): Network {
  const sizes = [width, ...hidden, 2];
  const count = sizes.slice(1).reduce((sum, size, l) => sum + size * (sizes[l] + 1), 0);
  const params = new Float64Array(count);
  let at = 0;
  for (let l = 0; l + 1 < sizes.length; l++) {
    const scale = Math.sqrt(2 / sizes[l]);
    for (let k = 0; k < sizes[l] * sizes[l + 1]; k++) params[at++] = scale * random.normal();
    at += sizes[l + 1];
  }
  return { sizes, params };
}

/** Room for what a forward pass leaves and a backward pass reads. */
export interface Scratch {
  readonly outputs: readonly Float64Array[];
  readonly slopes: readonly Float64Array[];
}

/** Room for one point. */
export function scratchOf({ sizes }: Network): Scratch {
  return {
    outputs: sizes.map((size) => new Float64Array(size)),
    slopes: sizes.map((size) => new Float64Array(size)),
  };
}

/** The probability of class 1 for the point in `outputs[0]`. */
function forward({ sizes, params }: Network, { outputs }: Scratch): number {
  let at = 0;
  for (let l = 0; l + 1 < sizes.length; l++) {
    const [width, height] = [sizes[l], sizes[l + 1]];
    const [input, output] = [outputs[l], outputs[l + 1]];
    const biases = at + width * height;
    const last = l + 2 === sizes.length;
    // Two rows at once, in two halves each: four sums that do not wait for each other.
    for (let r = 0; r < height; r += 2, at += 2 * width) {
      let a = params[biases + r];
      let b = params[biases + r + 1];
      let c = 0;
      let d = 0;
      let k = 0;
      for (; k + 1 < width; k += 2) {
        a += params[at + k] * input[k];
        b += params[at + width + k] * input[k];
        c += params[at + k + 1] * input[k + 1];
        d += params[at + width + k + 1] * input[k + 1];
      }
      if (k < width) {
        a += params[at + k] * input[k];
        b += params[at + width + k] * input[k];
      }
      output[r] = last ? a + c : Math.max(0, a + c);
      output[r + 1] = last ? b + d : Math.max(0, b + d);
    }
    at = biases + height;
  }
  const [out] = outputs.slice(-1);
  return 1 / (1 + Math.exp(out[0] - out[1]));
}

/** Adds the gradient of the cross-entropy of the point that went forward to `gradient`. */
function backward(
  { sizes, params }: Network,
  { outputs, slopes }: Scratch,
  excess: number,
  gradient: Float64Array,
): void {
  const top = sizes.length - 1;
  slopes[top][0] = -excess;
  slopes[top][1] = excess;
  let end = params.length;
  for (let l = top - 1; l >= 0; l--) {
    const [width, height] = [sizes[l], sizes[l + 1]];
    const [input, up, down] = [outputs[l], slopes[l + 1], slopes[l]];
    const biases = end - height;
    const weights = biases - width * height;
    if (l > 0) down.fill(0);
    for (let r = 0; r < height; r++) {
      const slope = up[r];
      if (slope === 0) continue;
      gradient[biases + r] += slope;
      const at = weights + r * width;
      for (let c = 0; c < width; c++) gradient[at + c] += slope * input[c];
      if (l > 0) for (let c = 0; c < width; c++) down[c] += slope * params[at + c];
    }
    if (l > 0) for (let c = 0; c < width; c++) if (input[c] === 0) down[c] = 0;
    end = weights;
  }
}

/** Σ cross-entropy of some points, whose gradient is added to `gradient`. Labels are 1 for members, 0 for others. */
export function addLossGradient(
  network: Network,
  { width, values }: Inputs,
  labels: Uint8Array,
  points: ArrayLike<number>,
  gradient: Float64Array,
  scratch: Scratch = scratchOf(network),
): number {
  let loss = 0;
  for (let k = 0; k < points.length; k++) {
    const point = points[k];
    const at = point * width;
    for (let c = 0; c < width; c++) scratch.outputs[0][c] = values[at + c];
    const probability = forward(network, scratch);
    loss -= Math.log(labels[point] === 1 ? probability : 1 - probability);
    backward(network, scratch, probability - labels[point], gradient);
  }
  return loss;
}

/** Points between two turns of the event loop. */
const chunk = 1024;

/** Trains in place, the order of the points drawn anew for every epoch. `onEpoch` is told how many are done. */
export async function trainNetwork(
  network: Network,
  inputs: Inputs,
  labels: Uint8Array,
  { learningRate, epochs, batch }: NetworkTraining,
  random: Random,
  yieldToEventLoop: YieldToEventLoop,
  onEpoch: (done: number) => void = () => {},
): Promise<void> {
  const { params } = network;
  const gradient = new Float64Array(params.length);
  const scratch = scratchOf(network);
  const order = Uint32Array.from(labels.keys());
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffleInPlace(order, random.fork(epoch));
    for (let at = 0; at < order.length; at += batch) {
      const some = order.subarray(at, at + batch);
      gradient.fill(0);
      for (let from = 0; from < some.length; from += chunk) {
        await yieldToEventLoop();
        addLossGradient(network, inputs, labels, some.subarray(from, from + chunk), gradient, scratch);
      }
      const step = learningRate / some.length;
      for (let k = 0; k < params.length; k++) params[k] -= step * gradient[k];
    }
    onEpoch(epoch + 1);
  }
}

function shuffleInPlace(order: Uint32Array, random: Random): void {
  for (let k = order.length - 1; k > 0; k--) {
    const other = random.integer(k + 1);
    [order[k], order[other]] = [order[other], order[k]];
  }
}

/** The probability of class 1 of every point. */
export async function probabilitiesOf(
  network: Network,
  inputs: Inputs,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Float64Array> {
  const { width, values } = inputs;
  const scratch = scratchOf(network);
  const out = new Float64Array(rowsOf(inputs));
  for (let k = 0; k < out.length; k++) {
    if (k % chunk === 0) await yieldToEventLoop();
    scratch.outputs[0].set(values.subarray(k * width, (k + 1) * width));
    out[k] = forward(network, scratch);
  }
  return out;
}
