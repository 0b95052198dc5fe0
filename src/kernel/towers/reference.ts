/** Towers in plain TypeScript, pair by pair: the definition of the kernels. */

import { type Activation, activations } from "./activations.ts";
import { gatherRows, type RowBlock, scatterRows } from "./rows.ts";
import type { RowPairs, Tower, TowerLayer, TowerPass } from "./towers.ts";

/** The outputs of all levels for one pair, or what belongs to them: the input first, the features last. */
type Levels = readonly Float64Array[];

/** The pass that `MatrixKernels.towerAt` makes, on one thread. It keeps nothing: whatever is asked begins at the parameters. */
export function referenceTower(tower: Tower, params: Float64Array, pairs: RowPairs): TowerPass {
  const count = pairs.users.length;
  const [y, moving, slopes, slopeTangents] = [levelsOf(tower), levelsOf(tower), levelsOf(tower), levelsOf(tower)];
  return {
    addScores(out) {
      for (let n = 0; n < count; n++) {
        forward(tower, params, pairs, n, y);
        out[n] += dotAt(y.at(-1), params, tower.outputAt);
      }
    },
    addJvp(direction, out) {
      for (let n = 0; n < count; n++) {
        forward(tower, params, pairs, n, y);
        tangent(tower, params, direction, pairs, n, y, moving);
        out[n] += dotAt(moving.at(-1), params, tower.outputAt) + dotAt(y.at(-1), direction, tower.outputAt);
      }
    },
    addVjp(weights, out) {
      for (let n = 0; n < count; n++) {
        forward(tower, params, pairs, n, y);
        addFeatures(tower, weights[n], y, out);
        spread(tower, weights[n], params, slopes);
        reverse(tower, params, y, slopes, out);
        scatterRows(tower, pairs, blockOf(slopes[0], n), out);
      }
    },
    addCurvature(weights, direction, out) {
      for (let n = 0; n < count; n++) {
        forward(tower, params, pairs, n, y);
        tangent(tower, params, direction, pairs, n, y, moving);
        addFeatures(tower, weights[n], moving, out);
        spread(tower, weights[n], params, slopes);
        spread(tower, weights[n], direction, slopeTangents);
        reverseTangent(tower, params, direction, { y, moving, slopes, slopeTangents }, out);
        scatterRows(tower, pairs, blockOf(slopeTangents[0], n), out);
      }
    },
    putFeatures(out, { at, stride }) {
      for (let n = 0; n < count; n++) {
        forward(tower, params, pairs, n, y);
        out.set(y[y.length - 1], n * stride + at);
      }
    },
  };
}

function levelsOf({ embedding, layers }: Tower): Levels {
  return [2 * embedding, ...layers.map(({ outputs }) => outputs)].map((width) => new Float64Array(width));
}

function blockOf(values: Float64Array, n: number): RowBlock {
  return { values, at: 0, stride: values.length, from: n, count: 1 };
}

function dotAt(x: Float64Array | undefined, vector: Float64Array, at: number): number {
  let sum = 0;
  x?.forEach((value, k) => {
    sum += value * vector[at + k];
  });
  return sum;
}

/** out (+)= x·W, W in `vector`. */
function multiply(layer: TowerLayer, x: Float64Array, vector: Float64Array, out: Float64Array, add: boolean): void {
  const { inputs, outputs, weightsAt } = layer;
  if (!add) out.fill(0);
  for (let i = 0; i < inputs; i++) {
    const from = weightsAt + i * outputs;
    for (let j = 0; j < outputs; j++) out[j] += x[i] * vector[from + j];
  }
}

/** out (+)= x·Wᵀ, W in `vector`. */
function multiplyBack(layer: TowerLayer, x: Float64Array, vector: Float64Array, out: Float64Array, add: boolean): void {
  const { inputs, outputs, weightsAt } = layer;
  for (let i = 0; i < inputs; i++) {
    const from = weightsAt + i * outputs;
    let sum = add ? out[i] : 0;
    for (let j = 0; j < outputs; j++) sum += x[j] * vector[from + j];
    out[i] = sum;
  }
}

/** Adds xᵀ·z to W in `out`. */
function addOuter({ outputs, weightsAt }: TowerLayer, x: Float64Array, z: Float64Array, out: Float64Array): void {
  for (let i = 0; i < x.length; i++) for (let j = 0; j < outputs; j++) out[weightsAt + i * outputs + j] += x[i] * z[j];
}

function forward(tower: Tower, params: Float64Array, pairs: RowPairs, n: number, y: Levels): void {
  const { value } = activations[tower.activation];
  gatherRows(tower, pairs, params, blockOf(y[0], n));
  tower.layers.forEach((layer, l) => {
    const out = y[l + 1];
    multiply(layer, y[l], params, out, false);
    for (let j = 0; j < out.length; j++) out[j] = value(out[j] + params[layer.biasAt + j]);
  });
}

/** How the outputs of all levels move. */
function tangent(
  tower: Tower,
  params: Float64Array,
  direction: Float64Array,
  pairs: RowPairs,
  n: number,
  y: Levels,
  moving: Levels,
): void {
  const { steepness } = activations[tower.activation];
  gatherRows(tower, pairs, direction, blockOf(moving[0], n));
  tower.layers.forEach((layer, l) => {
    const out = moving[l + 1];
    multiply(layer, moving[l], params, out, false);
    multiply(layer, y[l], direction, out, true);
    for (let j = 0; j < out.length; j++) out[j] = (out[j] + direction[layer.biasAt + j]) * steepness(y[l + 1][j]);
  });
}

/** Adds weight·features to the place of the output's weights. */
function addFeatures({ outputAt }: Tower, weight: number, levels: Levels, out: Float64Array): void {
  levels.at(-1)?.forEach((x, k) => {
    out[outputAt + k] += weight * x;
  });
}

/** Slopes of the features = weight·the output's weights in `vector`. */
function spread({ outputAt }: Tower, weight: number, vector: Float64Array, slopes: Levels): void {
  const last = slopes[slopes.length - 1];
  for (let k = 0; k < last.length; k++) last[k] = weight * vector[outputAt + k];
}

/** From the slopes of the features to those of the input; adds those of the layers' parameters to `out`. */
function reverse(tower: Tower, params: Float64Array, y: Levels, slopes: Levels, out: Float64Array): void {
  const { steepness } = activations[tower.activation];
  for (let l = tower.layers.length - 1; l >= 0; l--) {
    const layer = tower.layers[l];
    const own = slopes[l + 1];
    for (let j = 0; j < own.length; j++) {
      own[j] *= steepness(y[l + 1][j]);
      out[layer.biasAt + j] += own[j];
    }
    addOuter(layer, y[l], own, out);
    multiplyBack(layer, own, params, slopes[l], false);
  }
}

/** The derivative of what `reverse` does where the outputs move along `moving` and the slopes of the features along `slopeTangents`. */
function reverseTangent(
  tower: Tower,
  params: Float64Array,
  direction: Float64Array,
  { y, moving, slopes, slopeTangents }: Record<"y" | "moving" | "slopes" | "slopeTangents", Levels>,
  out: Float64Array,
): void {
  const activation = activations[tower.activation];
  for (let l = tower.layers.length - 1; l >= 0; l--) {
    const layer = tower.layers[l];
    const [own, ownTangent] = [slopes[l + 1], slopeTangents[l + 1]];
    throughActivation(activation, y[l + 1], moving[l + 1], own, ownTangent);
    for (let j = 0; j < own.length; j++) out[layer.biasAt + j] += ownTangent[j];
    addOuter(layer, moving[l], own, out);
    addOuter(layer, y[l], ownTangent, out);
    multiplyBack(layer, own, params, slopes[l], false);
    multiplyBack(layer, ownTangent, params, slopeTangents[l], false);
    multiplyBack(layer, own, direction, slopeTangents[l], true);
  }
}

/** From slopes of outputs and their tangents to those of the sums: (slope·f′)′ = slope′·f′ + slope·f″·ż, and f′·ż is the output's tangent. */
function throughActivation(
  { steepness, bend }: Activation,
  y: Float64Array,
  moving: Float64Array,
  slopes: Float64Array,
  slopeTangents: Float64Array,
): void {
  for (let j = 0; j < y.length; j++) {
    const steep = steepness(y[j]);
    slopeTangents[j] = slopeTangents[j] * steep + slopes[j] * bend(y[j]) * moving[j];
    slopes[j] *= steep;
  }
}
