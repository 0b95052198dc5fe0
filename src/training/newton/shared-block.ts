/** A preconditioner for what users and items share, a network's weights: their whole block of the Gauss-Newton Hessian, from a sample. */

import { sharedPlaces } from "../../model/tensors.ts";
import { backSubstitute, choleskyInPlace, forwardSubstitute } from "../../numeric/dense.ts";
import type { Objective } from "../../objective/objective.ts";
import { penaltyWeights } from "../../objective/penalty.ts";
import type { RowSolver } from "./row-blocks.ts";
import type { SolveRun } from "./truncated.ts";

/** Larger blocks are not built. */
const mostShared = 2048;

/** Units in the sample: so many for every shared parameter, and at least so many. */
const perParameter = 4;
const fewestUnits = 2048;

/** Columns are made `together` at a time. */
const together = 64;

/**
 * The block of the Gauss-Newton Hessian that couples shared parameters with each other, estimated on every so-manieth unit, factorised. Costs
 * a forward derivative of the sample for each of the m parameters, then O(m²) a pair and O(m³). Undefined for models that are not local, and where
 * nothing is shared, or too much.
 */
export async function sharedBlock(
  objective: Objective,
  params: Float64Array,
  damping: number,
  run: SolveRun,
): Promise<RowSolver | undefined> {
  if (!objective.model.local) return undefined;
  const places = sharedPlaces(objective.model.tensors);
  const m = places.length;
  if (m === 0 || m > mostShared) return undefined;
  const sample = everySo(objective.units, Math.max(fewestUnits, perParameter * m));
  const block = await sampledBlock(objective, params, sample, places, run);
  const scale = objective.units.length / sample.length;
  for (let k = 0; k < block.length; k++) block[k] *= scale;
  addRidge(objective, block, places, damping);
  if (!choleskyInPlace(block, m)) return undefined;
  const own = new Float64Array(m);
  return (vector) => {
    places.forEach((place, k) => {
      own[k] = vector[place];
    });
    forwardSubstitute(block, m, own);
    backSubstitute(block, m, own);
    places.forEach((place, k) => {
      vector[place] = own[k];
    });
  };
}

/** About `count` units, evenly spread. */
function everySo(units: Uint32Array, count: number): Uint32Array {
  const step = Math.max(1, Math.floor(units.length / count));
  return units.filter((_, k) => k % step === 0);
}

/** Σ Jᵀ·C·J of the sample, J its scores' derivatives by the places. */
async function sampledBlock(
  objective: Objective,
  params: Float64Array,
  sample: Uint32Array,
  places: Uint32Array,
  run: SolveRun,
): Promise<Float64Array> {
  const m = places.length;
  const examples = objective.examplesOf(sample);
  const point = objective.model.at(params, examples.pairs);
  const count = point.scores.length;
  const tangents = new Float64Array(m * count);
  const curved = new Float64Array(m * count);
  const direction = new Float64Array(params.length);
  for (let k = 0; k < m; k++) {
    direction[places[k]] = 1;
    const tangent = tangents.subarray(k * count, (k + 1) * count);
    tangent.set(point.jvp(direction));
    objective.settings.loss.curvature(point.scores, examples, tangent, curved.subarray(k * count, (k + 1) * count));
    direction[places[k]] = 0;
    if (k % together === 0) await run.yieldToEventLoop();
  }
  const block = new Float64Array(m * m);
  run.kernels.matrices.multiply({ m, k: count, n: m, transposeB: true }, tangents, curved, block);
  return block;
}

/** Adds the penalty's weights and the damping to the diagonal, and what rounding needs to keep the block definite. */
function addRidge(
  { penalty, parameterCount }: Objective,
  block: Float64Array,
  places: Uint32Array,
  damping: number,
): void {
  const m = places.length;
  const weights = penaltyWeights(penalty, parameterCount);
  let trace = 0;
  for (let k = 0; k < m; k++) trace += block[k * (m + 1)];
  for (let k = 0; k < m; k++) block[k * (m + 1)] += weights[places[k]] + damping + 1e-10 * trace || 1;
}
