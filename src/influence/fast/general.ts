/** Fast Influence Analysis of any local model: influence through the embeddings of one user and one item, by a small dense block. */

import type { Rows } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { worseStatus } from "../../linear/status.ts";
import type { Players } from "../../method/players.ts";
import { sharedPlaces } from "../../model/tensors.ts";
import { choleskyInPlace, forwardSubstitute } from "../../numeric/dense.ts";
import { dot } from "../../numeric/vector.ts";
import { rowsAlong, targetGradient } from "../../objective/derivatives.ts";
import type { Objective } from "../../objective/objective.ts";
import type { Target } from "../../objective/target.ts";
import { solverAt } from "../../training/solve.ts";
import type { Smooth } from "../../training/trained-model.ts";
import type { Contribution } from "../by-target.ts";
import { solveBlock } from "./blocks.ts";
import { regressorsOf, rowsTouching, type SupportBlock, supportBlock } from "./support-block.ts";
import { withoutShare } from "./without-share.ts";

/** How rows are looked at. */
export interface GeneralForm {
  /** Takes each player out of its block by the Gauss-Newton part that it has there. */
  readonly leverage: boolean;
  /** Adds the way through what users and items share (a network's weights): Cheng et al. 2019, Eq. 23; without it their Eq. 24. */
  readonly network: boolean;
}

/**
 * −∇targetᵀ(A − row)⁻¹∇ℓ_row with A the block of the Hessian over the embeddings of the target's user and item (Cheng et al. 2019, Eq. 22, with
 * the sum-scaled L2 and the row taken out). Rows that do not touch these embeddings have influence zero, but through the network. A player of
 * several rows is taken out as a whole. Under interaction L2 its share of the L2 goes with it, and the block is factored anew for each. Cost: as many products over the n′ touching rows as the support has entries.
 */
export function generalContribution(
  { objective, params }: Smooth,
  run: RunContext,
  { leverage, network }: GeneralForm,
): (target: Target, players: Players) => Promise<Contribution> {
  return async (target, players) => {
    const scores = new Float64Array(players.count);
    const statuses = new Array<SolveStatus>(players.count).fill("converged");
    let residual = 0;
    const { slopes, gradient } = targetGradient(objective, params, target);
    for (let n = 0; n < slopes.length; n++) {
      await run.yieldToEventLoop();
      const pair = { user: target.pairs.users[n], item: target.pairs.items[n] };
      const found = throughEmbeddings(objective, params, pair, players, leverage);
      for (let k = 0; k < players.count; k++) {
        scores[k] += slopes[n] * found.scores[k];
        statuses[k] = worseStatus(statuses[k], found.statuses[k]);
      }
    }
    if (network) {
      const found = await throughNetwork(objective, params, run, gradient);
      residual = found.residual;
      for (let k = 0; k < players.count; k++) {
        scores[k] -= sum(rowsAlong(objective, params, players.rows(k), found.value));
        statuses[k] = worseStatus(statuses[k], found.status);
      }
    }
    return { scores, statuses, residual };
  };
}

/** H_nn⁻¹∇target over what is shared, by conjugate gradients over all rows. */
async function throughNetwork(objective: Objective, params: Float64Array, run: RunContext, gradient: Float64Array) {
  const places = sharedPlaces(objective.model.tensors);
  const solver = await solverAt(objective, params, run, { support: { places } });
  return solver.solve(gradient).finally(() => solver.close());
}

/** Influence on the score of one pair. */
function throughEmbeddings(
  objective: Objective,
  params: Float64Array,
  { user, item }: { readonly user: number; readonly item: number },
  players: Players,
  leverage: boolean,
): Pick<Contribution, "scores" | "statuses"> {
  const touching = rowsTouching(objective, user, item);
  const near = new Set(touching);
  const scores = new Float64Array(players.count);
  const found = supportBlock(objective, params, user, item, touching);
  const statuses = new Array<SolveStatus>(players.count).fill(found.status);
  const { block, support } = found;
  if (!block.definite) return { scores, statuses };
  const pair = { users: Uint32Array.of(user), items: Uint32Array.of(item) };
  const gradient = new Float64Array(params.length);
  objective.model.at(params, pair).addVjp(Float64Array.of(1), gradient);
  const asked = pick(gradient, support);
  const solved = solveBlock(block, asked);
  const direction = new Float64Array(params.length);
  place(solved, support, direction);
  const scratch = new Float64Array(params.length);
  for (let k = 0; k < players.count; k++) {
    const own = players.rows(k).filter((row) => near.has(row));
    if (own.length === 0) continue;
    scores[k] = -sum(rowsAlong(objective, params, own, direction));
    if (!leverage) continue;
    const without =
      objective.settings.regularizer === "interaction"
        ? withoutShare({ objective, params, user, item }, found, asked, own)
        : corrected(objective, params, found, solved, own, scores[k], scratch);
    if (without === undefined) statuses[k] = worseStatus(statuses[k], "negative-curvature");
    else scores[k] = without;
  }
  return { scores, statuses };
}

/** An influence with the rows' Gauss-Newton part XᵀX taken out of the block, less (XA⁻¹τ)ᵀ(I − XA⁻¹Xᵀ)⁻¹XA⁻¹g; undefined where the rows are all that holds it up. */
function corrected(
  objective: Objective,
  params: Float64Array,
  { block, support }: SupportBlock,
  solved: Float64Array,
  rows: Rows,
  score: number,
  scratch: Float64Array,
): number | undefined {
  const x = regressorsOf(objective, params, rows, support, scratch);
  const back = x.map((row) => solveBlock(block, row));
  const along = Float64Array.from(x, (row) => dot(row, solved));
  const pull = Float64Array.from(back, (row) => {
    place(row, support, scratch);
    return sum(rowsAlong(objective, params, rows, scratch));
  });
  scratch.fill(0);
  const factor = leftOver(x, back);
  if (factor === undefined) return undefined;
  forwardSubstitute(factor, x.length, along);
  forwardSubstitute(factor, x.length, pull);
  return score - dot(along, pull);
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

function sum(values: Float64Array): number {
  return values.reduce((total, x) => total + x, 0);
}
