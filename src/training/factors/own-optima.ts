/** How far the rows of each side are from their own optimum, the other side fixed: alternating least squares leaves one side there. */

import type { FactorSession, Side } from "../../kernel/kernels.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { addScaled, dot, norm } from "../../numeric/vector.ts";
import { type Factorization, factorization, type Regularizer } from "../../objective/factorization.ts";
import { factoriseBoth, factorRun, openFactors } from "./opening.ts";

/** What the rows of both sides tell of how they were trained. */
export interface OwnOptima {
  /** ‖H⁻¹∇J‖ over the norm of the rows, H the rows' own blocks: 1e-7 and less where they were solved exactly and stored in float32. */
  readonly users: number;
  readonly items: number;
  /** Other settings under which the rows of one side are at their own optimum; null where they are at that of these, or of none that was tried. */
  readonly fits: Fit | null;
}

/** Settings of an objective that one side's rows are at an optimum of. */
export interface Fit {
  readonly side: Side;
  readonly l2: number;
  readonly regularizer: Regularizer;
  /** Of implicit feedback. */
  readonly alpha: number | null;
}

/** Rows as near to their own optimum as this were solved exactly. */
export const solvedExactly = 1e-4;
/** Settings explain what they bring down to this part. */
const explained = 0.02;
/** Two settings can explain more than one by chance: they have to explain so many times more. */
const morePlausible = 10;

/** Measures both sides by one pass each, and where neither was solved exactly tries other L2s, the other regularizer and other alphas. */
export async function ownOptima(objective: Factorization, params: Float64Array, run: RunContext): Promise<OwnOptima> {
  const session = await openFactors(objective, factorRun(run), params);
  try {
    const gradient = new Float64Array(params.length);
    session.evaluate(gradient);
    await factoriseBoth(session, run.yieldToEventLoop);
    const sides = (["user", "item"] as const).map((side) => rowsOf(objective, session, side));
    const moves = sides.map(({ solved }) => solved(gradient));
    const [users, items] = sides.map(({ own }, k) => norm(moves[k]) / Math.max(Number.MIN_VALUE, norm(own(params))));
    const fits =
      Math.min(users, items) <= solvedExactly || objective.shape.biases
        ? null
        : await fitOf(objective, params, gradient, sides, moves, run);
    return { users, items, fits };
  } finally {
    session.close();
  }
}

interface SideRows {
  readonly side: Side;
  /** A vector's part of this side. */
  own(vector: Float64Array): Float64Array;
  /** The same, multiplied by the inverse blocks. */
  solved(vector: Float64Array): Float64Array;
}

function rowsOf({ shape }: Factorization, session: FactorSession, side: Side): SideRows {
  const itemsAt = shape.userCount * session.stride;
  const end = itemsAt + shape.itemCount * session.stride;
  const own = (vector: Float64Array) => (side === "user" ? vector.subarray(0, itemsAt) : vector.subarray(itemsAt, end));
  return {
    ...{ side, own },
    solved(vector) {
      const out = new Float64Array(own(vector).length);
      session.applyInverse(side, own(vector), out);
      return out;
    },
  };
}

/** The settings that explain one side best, and of those that do the simpler. */
async function fitOf(
  objective: Factorization,
  params: Float64Array,
  gradient: Float64Array,
  sides: readonly SideRows[],
  moves: readonly Float64Array[],
  run: RunContext,
): Promise<Fit | null> {
  const { l2, regularizer, confidence } = objective.settings;
  const other = regularizer === "table" ? "interaction" : "table";
  const pull = pullOf(objective, params);
  const pulls = [
    [regularizer, pull] as const,
    [other, pullOf(varied(objective, { regularizer: other }), params)] as const,
  ];
  const byAlpha = confidence && (await slopeByAlpha(objective, params, gradient, run));
  const found: { readonly fit: Fit; readonly left: number }[] = [];
  for (const [k, { side, solved }] of sides.entries()) {
    const base = moves[k].slice();
    addScaled(base, -l2, solved(pull));
    for (const [kind, tried] of pulls)
      for (const directions of byAlpha ? [[tried], [tried, byAlpha]] : [[tried]]) {
        await run.yieldToEventLoop();
        const { weights, left } = leastSquares(base, directions.map(solved));
        const alpha = confidence ? confidence.alpha + (weights[1] ?? 0) : null;
        const usable = weights.every(Number.isFinite) && weights[0] > 0 && (alpha ?? 1) > 0;
        if (!usable || left > explained * norm(moves[k])) continue;
        const fit = { side, l2: weights[0], regularizer: kind, alpha };
        found.push({ fit, left: (left / norm(moves[k])) * (weights.length === 1 ? 1 : morePlausible) });
      }
  }
  return found.sort((a, b) => a.left - b.left)[0]?.fit ?? null;
}

function varied({ settings, interactions }: Factorization, changes: Partial<Factorization["settings"]>): Factorization {
  return factorization({ ...settings, ...changes }, interactions);
}

/** What λ multiplies in ∇J. */
function pullOf({ problem, shape }: Factorization, params: Float64Array): Float64Array {
  const { factors, userCount } = shape;
  return params.map((x, k) => {
    const row = Math.floor(k / factors);
    return x * (row < userCount ? problem.userScale[row] : problem.itemScale[row - userCount]);
  });
}

/** ∂∇J/∂α: ∇J is linear in α. */
async function slopeByAlpha(objective: Factorization, params: Float64Array, gradient: Float64Array, run: RunContext) {
  const { base, alpha } = objective.settings.confidence ?? { base: 1, alpha: 1 };
  const doubled = varied(objective, { confidence: { base, alpha: 2 * alpha } });
  const session = await openFactors(doubled, factorRun(run), params);
  const there = new Float64Array(params.length);
  try {
    session.evaluate(there);
  } finally {
    session.close();
  }
  return there.map((x, k) => (x - gradient[k]) / alpha);
}

/** Weights of one or two directions that bring `base` nearest to zero, and what is left of it. */
function leastSquares(base: Float64Array, directions: readonly Float64Array[]) {
  const [v, w = new Float64Array(v.length)] = directions;
  const [vv, vw, ww] = [dot(v, v), dot(v, w), dot(w, w)];
  const [bv, bw] = [-dot(base, v), -dot(base, w)];
  const determinant = vv * ww - vw * vw;
  const pair = [(bv * ww - bw * vw) / determinant, (bw * vv - bv * vw) / determinant];
  const weights = directions.length === 1 ? [bv / vv] : pair;
  const rest = base.slice();
  weights.forEach((weight, k) => {
    addScaled(rest, weight, directions[k]);
  });
  return { weights, left: norm(rest) };
}
