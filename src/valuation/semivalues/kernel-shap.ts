/** KernelSHAP: Shapley values of a game as the additive game that fits its drawn sets best. */

import { LetheError } from "../../errors.ts";
import { conjugateGradient } from "../../linear/conjugate-gradient.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { worseStatus } from "../../linear/status.ts";
import type { Estimate, EstimateRun } from "../../method/estimator.ts";
import { type Random, randomOf } from "../../numeric/random.ts";
import { endsOf, type Game } from "../games/game.ts";
import { presentIn } from "../games/sets.ts";
import { drawnSize, drawnSubset } from "../sampling/shuffling.ts";

/** How many sets are drawn, and from which seed. */
export interface SetDrawing {
  readonly samples: number;
  readonly seed: number;
}

/** A set, and what each measure is worth with it beyond the empty set. */
interface Drawn {
  readonly present: Uint8Array;
  readonly worth: Float64Array;
}

/**
 * Weighted least squares of ν(S) − ν(∅) on who is in S, under Σ φ = ν(all) − ν(∅) (Lundberg and Lee 2017, Theorem 2). A set of s of the n players
 * is drawn with a chance in proportion to its weight (n − 1)/(C(n, s)·s·(n − s)), each followed by its complement (Covert and Lee 2021, §4). Standard
 * errors are those of the regression's residuals, pair by pair, with the expected moments of the draws in place of the drawn ones. Throws
 * `bad-input` for fewer samples than twice the players, which leave φ open.
 */
export async function kernelShap(game: Game, { samples, seed }: SetDrawing, run: EstimateRun): Promise<Estimate> {
  const { players: n, measures } = game;
  if (samples < 2 * n)
    throw new LetheError(
      "bad-input",
      `\`samples\` is ${samples}; ${n} players need ${2 * n} at least`,
      `set \`samples\` to ${2 * n} or more, or to 0 for the usual number`,
    );
  const { none, all } = await endsOf(game);
  let status = worseStatus(none.status, all.status);
  const drawn: Drawn[] = [];
  const random = randomOf(seed, "kernel shap");
  const late = () => run.secondsLeft !== undefined && run.secondsLeft() <= 0 && drawn.length >= 2 * n;
  while (drawn.length + 1 < samples && !late()) {
    const one = drawnSet(n, random);
    for (const present of [one, one.map((bit) => 1 - bit)]) {
      await run.yieldToEventLoop();
      const found = await game.value(present);
      status = worseStatus(status, found.status);
      drawn.push({ present, worth: found.values.map((value, m) => value - none.values[m]) });
    }
    run.onProgress?.({ phase: "subsets", step: drawn.length, fraction: drawn.length / samples });
  }
  const total = all.values.map((value, m) => value - none.values[m]);
  const fit = await fitted(drawn, total, n, run);
  return {
    values: fit.values,
    statuses: new Array<SolveStatus>(measures * n).fill(worseStatus(status, fit.status)),
    standardErrors: standardErrors(drawn, fit.values, n, measures),
    residual: fit.residual,
    evaluations: drawn.length + 2,
  };
}

/** A size by its share of the kernel's weight, then a set of that size. */
function drawnSet(n: number, random: Random): Uint8Array {
  const size = drawnSize(sizeShares(n), random);
  return presentIn(drawnSubset(n, size, random), n);
}

/** Of every size the share of the weight that its sets have together: in proportion to 1/(s·(n − s)); none for the empty and the full set. */
function sizeShares(n: number): Float64Array {
  const shares = Float64Array.from({ length: n }, (_, s) => (s === 0 ? 0 : 1 / (s * (n - s))));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/** Minimises Σ (worth − Σ φ in the set)² under Σ φ = total, for every measure: with A = ZᵀZ, φ = A⁻¹b − A⁻¹1·(1ᵀA⁻¹b − total)/(1ᵀA⁻¹1). */
async function fitted(drawn: readonly Drawn[], total: Float64Array, n: number, run: EstimateRun) {
  const apply = async (input: Float64Array, output: Float64Array) => {
    output.fill(0);
    for (const [s, { present }] of drawn.entries()) {
      if (s % 256 === 0) await run.yieldToEventLoop();
      addWhere(present, inSet(present, input), output);
    }
  };
  const solver = conjugateGradient({ tolerance: 1e-13, maxSteps: 10 * n }).prepare({ size: n, apply });
  const ones = await solver.solve(new Float64Array(n).fill(1));
  const sumOfOnes = ones.value.reduce((sum, x) => sum + x, 0);
  const values = new Float64Array(total.length * n);
  let [status, residual] = [ones.status, ones.residual];
  for (const [m, wanted] of total.entries()) {
    const rhs = new Float64Array(n);
    for (const { present, worth } of drawn) addWhere(present, worth[m], rhs);
    const found = await solver.solve(rhs);
    const excess = (found.value.reduce((sum, x) => sum + x, 0) - wanted) / sumOfOnes;
    values.set(
      found.value.map((x, k) => x - excess * ones.value[k]),
      m * n,
    );
    status = worseStatus(status, found.status);
    residual = Math.max(residual, found.residual);
  }
  return { values, status, residual };
}

/** The sum of the values of those who are there. */
function inSet(present: Uint8Array, values: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < present.length; k++) if (present[k] === 1) sum += values[k];
  return sum;
}

function addWhere(present: Uint8Array, value: number, out: Float64Array): void {
  for (let k = 0; k < present.length; k++) if (present[k] === 1) out[k] += value;
}

/** Of A's expectation N·((α − β)I + β11ᵀ) the inverse along Σ φ = 0 is the centring over N(α − β): applied to what the residuals of each pair pull. */
function standardErrors(drawn: readonly Drawn[], values: Float64Array, n: number, measures: number): Float64Array {
  const together = sizeShares(n).reduce((sum, share, s) => sum + (share * s * (s - 1)) / (n * (n - 1)), 0);
  const scale = drawn.length * (0.5 - together);
  const squares = new Float64Array(measures * n);
  const pull = new Float64Array(n);
  for (let m = 0; m < measures; m++)
    for (let s = 0; s + 1 < drawn.length; s += 2) {
      pull.fill(0);
      for (const { present, worth } of drawn.slice(s, s + 2))
        addWhere(present, worth[m] - inSet(present, values.subarray(m * n, (m + 1) * n)), pull);
      const middle = pull.reduce((sum, x) => sum + x, 0) / n;
      for (let k = 0; k < n; k++) squares[m * n + k] += (pull[k] - middle) ** 2;
    }
  return squares.map((square) => Math.sqrt(square) / scale);
}
