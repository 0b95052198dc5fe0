/** Fast Influence Analysis of any local model: influence through the embeddings of one user and one item, by a small dense block. */

import type { Rows } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { choleskyInPlace, forwardSubstitute } from "../../numeric/dense.ts";
import { dot } from "../../numeric/vector.ts";
import type { ScoredObjective } from "../../objective/scored.ts";
import { type ScoredSolveOptions, scoredSolver } from "../../training/scored/solve.ts";
import type { TrainedScored } from "../../training/trained.ts";
import { solveBlock } from "../blocks.ts";
import type { ScoredEstimator } from "../estimator.ts";
import { worseStatus } from "../status.ts";
import { regressorsOf, rowsTouching, type SupportBlock, supportBlock } from "./block.ts";
import { rowsAlong, targetGradient } from "./question.ts";

/** Settings of fast influence. */
export interface ScoredFastOptions {
  /** Takes each row out of its block by the Gauss-Newton part that it has there. Default true. */
  readonly leverage?: boolean;
  /** Adds the way through what users and items share (a network's weights): Cheng et al. 2019, Eq. 23. Default false, as their Eq. 24. */
  readonly network?: boolean;
  /** How the way through the network is solved for. */
  readonly solve?: ScoredSolveOptions;
}

/**
 * −∇targetᵀ(A − row)⁻¹∇ℓ_row with A the block of the Hessian over the embeddings of the target's user and item (Cheng et al. 2019, Eq. 22, with
 * the sum-scaled L2 and the row taken out). Rows that do not touch these embeddings have influence zero, but through the network. Cost: as
 * many products over the n′ touching rows as the support has entries.
 */
export function scoredFastInfluence(options: ScoredFastOptions = {}): ScoredEstimator {
  const { leverage = true, network = false, solve } = options;
  return {
    name: network ? "fast-influence-network" : leverage ? "fast-influence" : "fast-influence-block",
    summary: network
      ? "fast influence, and the way through the weights that all pairs share"
      : leverage
        ? "influence through the embeddings of the user and the item, each row taken out of their block"
        : "the same with the row left in its block: first order",
    async prepare(trained, { signal } = {}) {
      const { model, settings } = trained.objective;
      if (settings.loss.form === "listwise")
        throw new LetheError(
          "unsupported",
          `fast influence needs terms that read a few items; every term of the loss ${settings.loss.name} reads all`,
          "use influence-function",
        );
      if (!model.local)
        throw new LetheError(
          "unsupported",
          "fast influence needs scores that depend on one user's and one item's embeddings; this model's depend on all",
          "use influence-function",
        );
      return {
        async influence(target, rows) {
          const scores = new Float64Array(rows.length);
          let status: SolveStatus = "converged";
          let residual = 0;
          const { slopes } = targetGradient(trained.objective, trained.params, target);
          slopes.forEach((slope, n) => {
            const [user, item] = [target.pairs.users[n], target.pairs.items[n]];
            const found = throughEmbeddings(trained, user, item, rows, leverage);
            status = worseStatus(status, found.status);
            found.scores.forEach((x, k) => {
              scores[k] += slope * x;
            });
          });
          if (network) {
            const { gradient } = targetGradient(trained.objective, trained.params, target);
            const found = await throughNetwork(trained, gradient, { ...solve, signal });
            status = worseStatus(status, found.status);
            residual = found.residual;
            rowsAlong(trained.objective, trained.params, rows, found.value).forEach((x, k) => {
              scores[k] -= x;
            });
          }
          return { scores, status, residual };
        },
        close: () => {},
      };
    },
  };
}

/** H_nn⁻¹∇target over what is shared, by conjugate gradients over all rows. */
async function throughNetwork(
  { objective, params }: TrainedScored,
  gradient: Float64Array,
  options: ScoredSolveOptions,
) {
  const shared: number[] = [];
  for (const { shape, at, rowsOf } of objective.model.tensors) {
    const size = shape.reduce((product, length) => product * length, 1);
    if (rowsOf === undefined) for (let k = at; k < at + size; k++) shared.push(k);
  }
  const solver = await scoredSolver(objective, params, { ...options, support: Uint32Array.from(shared) });
  return solver.solve(gradient).finally(() => solver.close());
}

/** Influence on the score of one pair. */
function throughEmbeddings(
  { objective, params }: TrainedScored,
  user: number,
  item: number,
  rows: Rows,
  leverage: boolean,
): { scores: Float64Array; status: SolveStatus } {
  const touching = rowsTouching(objective, user, item);
  const near = new Set(touching);
  const scores = new Float64Array(rows.length);
  const asked = [...rows.keys()].filter((k) => near.has(rows[k]));
  const found = supportBlock(objective, params, user, item, touching);
  const { block, support } = found;
  if (!block.definite || asked.length === 0) return { scores, status: found.status };
  const pair = { users: Uint32Array.of(user), items: Uint32Array.of(item) };
  const gradient = new Float64Array(params.length);
  objective.model.at(params, pair).addVjp(Float64Array.of(1), gradient);
  const solved = solveBlock(block, pick(gradient, support));
  const direction = new Float64Array(params.length);
  place(solved, support, direction);
  const own = Uint32Array.from(asked, (k) => rows[k]);
  rowsAlong(objective, params, own, direction).forEach((x, n) => {
    scores[asked[n]] = -x;
  });
  const status = leverage ? correct(objective, params, found, solved, rows, asked, scores) : "converged";
  return { scores, status: worseStatus(found.status, status) };
}

/** Takes each row's Gauss-Newton part XᵀX out of the block: subtracts (XA⁻¹τ)ᵀ(I − XA⁻¹Xᵀ)⁻¹XA⁻¹g. */
function correct(
  objective: ScoredObjective,
  params: Float64Array,
  { block, support }: SupportBlock,
  solved: Float64Array,
  rows: Rows,
  asked: readonly number[],
  scores: Float64Array,
): SolveStatus {
  let status: SolveStatus = "converged";
  const scratch = new Float64Array(params.length);
  for (const k of asked) {
    const { count, values } = regressorsOf(objective, params, rows[k], support, scratch);
    const x = Array.from({ length: count }, (_, g) => values.subarray(g * support.length, (g + 1) * support.length));
    const back = x.map((row) => solveBlock(block, row));
    const along = Float64Array.from(x, (row) => dot(row, solved));
    const pull = Float64Array.from(back, (row) => {
      place(row, support, scratch);
      return rowsAlong(objective, params, rows.subarray(k, k + 1), scratch)[0];
    });
    scratch.fill(0);
    const factor = leftOver(x, back);
    if (factor === undefined) {
      status = "negative-curvature";
      continue;
    }
    forwardSubstitute(factor, count, along);
    forwardSubstitute(factor, count, pull);
    scores[k] -= dot(along, pull);
  }
  return status;
}

/** The Cholesky factor of I − XA⁻¹Xᵀ; undefined where a row is all that holds the block up. */
function leftOver(x: readonly Float64Array[], back: readonly Float64Array[]): Float64Array | undefined {
  const n = x.length;
  const matrix = new Float64Array(n * n);
  for (let g = 0; g < n; g++) for (let h = 0; h <= g; h++) matrix[g * n + h] = (g === h ? 1 : 0) - dot(x[g], back[h]);
  return choleskyInPlace(matrix, n) ? matrix : undefined;
}

function place(values: Float64Array, support: Uint32Array, vector: Float64Array): void {
  for (let c = 0; c < support.length; c++) vector[support[c]] = values[c];
}

function pick(vector: Float64Array, support: Uint32Array): Float64Array {
  return Float64Array.from(support, (place) => vector[place]);
}
