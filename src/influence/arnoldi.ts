/** Influence through the dominant eigenvectors of the Hessian alone, found once by Lanczos. */

import { lanczos, type Ritz, type RitzValues } from "../linear/lanczos.ts";
import type { SolveStatus } from "../linear/solver.ts";
import type { Estimator } from "../method/estimator.ts";
import { checkWhole, method } from "../method/method.ts";
import { smoothParameters } from "../method/needs.ts";
import { keyedUniform, randomOf } from "../numeric/random.ts";
import { addScaled, dot } from "../numeric/vector.ts";
import { chunks } from "../objective/chunked.ts";
import type { Objective } from "../objective/objective.ts";
import { openObjective } from "../objective/session.ts";
import type { YieldToEventLoop } from "../run.ts";
import { projectionOf } from "../training/newton/projection.ts";
import type { Smooth } from "../training/trained-model.ts";
import { byTarget, sumOverRows } from "./by-target.ts";
import { alongDirection } from "./first-order.ts";
import { influenceFunctionProperties } from "./influence-function.ts";

const settings = {
  rank: { summary: "eigenvalues that are kept, the largest in size", standard: 50, least: 1 },
  steps: { summary: "products with H at most", standard: 300, least: 1 },
  tolerance: { summary: "relative error at which an eigenvalue counts as found", standard: 1e-8, above: 0 },
  seed: { summary: "of the vector that the iteration begins with", standard: 1, least: 0 },
} as const;

/**
 * −Σ (vᵀ∇target)(vᵀ∇ℓ_k)/λ over the `rank` eigenpairs (λ, v) of H that are largest in size (Schioppa, Zablotskaia, Vilar and Sokolov 2022). H is symmetric: Arnoldi's
 * iteration is Lanczos'. It begins with a random combination of the gradients of the examples' scores, which reaches what rows can say. Rotations are left out. Cost: `steps` products with H once; then `rank` inner
 * products a target, O(d) a row.
 */
export const arnoldi = method({
  name: "arnoldi",
  summary: "influence through the largest eigenvalues of the Hessian alone, found once for all targets",
  source: "Schioppa, Zablotskaia, Vilar and Sokolov (2022)",
  needs: [smoothParameters],
  settings,
  cost: "a solve a target",
  properties: {
    ...influenceFunctionProperties,
    ...{ full: "O(snp + s²p)", further: "O(rp + n)", space: "O(n + sp)", storage: "O(rp)" },
    traits: [
      ...influenceFunctionProperties.traits.filter((trait) => trait !== "high instance cost"),
      ...(["high upfront cost", "amortizable"] as const),
    ],
  },
  make: ({ rank, steps, tolerance, seed }): Estimator => {
    for (const [name, value] of Object.entries({ rank, steps, seed })) checkWhole(name, value);
    return {
      async prepare(model, run) {
        const { objective, params } = model.smooth as Smooth;
        const session = openObjective(objective, params, run);
        try {
          const found = await lanczos(
            { size: params.length, apply: (input, out) => session.product(input, out, "full") },
            await reachingStart(objective, params, seed, run.yieldToEventLoop),
            {
              steps: Math.min(steps, params.length),
              project: projectionOf(objective, params),
              enough: (ritz) => {
                const largest = dominant(ritz, rank);
                return largest.length === rank && largest.every((k) => isFound(ritz, k, tolerance));
              },
              onStep: run.yieldToEventLoop,
            },
          );
          const kept = await keptOf(found, { rank, tolerance }, run.yieldToEventLoop);
          const direction = (gradient: Float64Array) => ({ ...kept, value: throughPairs(kept.pairs, gradient) });
          const influence = sumOverRows(alongDirection(session, direction));
          return byTarget(
            run,
            async (target, players) => ({ ...(await influence(target, players)), notes: kept.notes }),
            () => session.close(),
          );
        } catch (error) {
          session.close();
          throw error;
        }
      },
    };
  },
});

interface Pair {
  readonly value: number;
  readonly vector: Float64Array;
}

/** H⁻¹·gradient on the span of the pairs. */
function throughPairs(pairs: readonly Pair[], gradient: Float64Array): Float64Array {
  const out = new Float64Array(gradient.length);
  for (const { value, vector } of pairs) addScaled(out, dot(vector, gradient) / value, vector);
  return out;
}

/** Below this share of the start a Ritz vector is made of rounding: a second one of an eigenvalue that repeats. */
const leastShare = 1e-8;

/** Which Ritz values are largest in size, of those that the start reaches. */
function dominant({ values, shares }: RitzValues, rank: number): number[] {
  const reached = [...values.keys()].filter((k) => shares[k] > leastShare);
  return reached.sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b).slice(0, rank);
}

function isFound({ values, errors }: RitzValues, k: number, tolerance: number): boolean {
  return errors[k] <= tolerance * Math.abs(values[k]);
}

/** The dominant pairs that were found, and what has to be said of them. A value that is rounding beside the largest has no inverse. */
async function keptOf(
  ritz: Ritz,
  { rank, tolerance }: { readonly rank: number; readonly tolerance: number },
  yieldToEventLoop: YieldToEventLoop,
) {
  const wanted = dominant(ritz, rank).filter((k) => Math.abs(ritz.values[k]) > 1e-12 * Math.abs(ritz.values[0]));
  const pairs: Pair[] = [];
  let residual = 0;
  for (const k of wanted) {
    if (!isFound(ritz, k, tolerance)) continue;
    pairs.push({ value: ritz.values[k], vector: ritz.vector(k) });
    residual = Math.max(residual, ritz.errors[k] / Math.abs(ritz.values[k]));
    await yieldToEventLoop();
  }
  const missing = wanted.length - pairs.length;
  const below = pairs.some(({ value }) => value < 0);
  const status: SolveStatus = missing > 0 ? "step-limit" : below ? "negative-curvature" : "converged";
  const notes = missing > 0 ? [`${missing} of ${wanted.length} eigenvalues were not found: set \`steps\` higher`] : [];
  return { pairs, residual, status, notes };
}

/** Σ ξ∇score over all pairs of examples, ξ drawn by outside ids: orthogonal to what no example reads, and turned with the factors. */
async function reachingStart(
  objective: Objective,
  params: Float64Array,
  seed: number,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Float64Array> {
  const { users, items } = objective.keys;
  const stream = randomOf(seed, "arnoldi").integer(2 ** 53);
  const out = new Float64Array(params.length);
  for (const units of chunks(objective, 2 ** 13)) {
    const { pairs } = objective.examplesOf(units);
    // Outputs beside the items have no id.
    const weights = Float64Array.from(
      pairs.users,
      (user, n) => keyedUniform(stream, users[user], items[pairs.items[n]] ?? 0, 0) - 0.5,
    );
    objective.model.at(params, pairs).addVjp(weights, out);
    await yieldToEventLoop();
  }
  return out;
}
