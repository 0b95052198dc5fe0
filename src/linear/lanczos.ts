/** Extreme eigenvalues of a symmetric operator by Lanczos, with full reorthogonalisation. */

import { tridiagonalEigen } from "../numeric/tridiagonal.ts";
import { addCombination, addScaled, dot, scaleInPlace } from "../numeric/vector.ts";
import type { LinearOperator } from "./solver.ts";

/** Settings of Lanczos. */
export interface LanczosOptions {
  readonly steps: number;
  /** M⁻¹, symmetric positive definite: the eigenpairs are then those of A·v = value·M·v, with vᵀMv = 1. */
  readonly preconditioner?: LinearOperator;
  /** Removes a known null space from residuals, in place. */
  readonly project?: (residual: Float64Array) => void;
  /** Ends early when this, asked every fourth step, says so of the Ritz values and the bounds on their errors. */
  readonly enough?: (ritz: RitzValues) => boolean;
  /** Called before every product; may give the event loop a turn, or throw to abort. */
  readonly onStep?: (() => Promise<void>) | undefined;
}

/** Ritz values, descending; `errors[k]` bounds the distance of value k from an eigenvalue, `shares[k]` is the part of the start along Ritz vector k, from 0 to 1. */
export interface RitzValues {
  readonly values: Float64Array;
  readonly errors: Float64Array;
  readonly shares: Float64Array;
}

/** Where Lanczos ended; `vector(k)` puts the k-th Ritz vector together. */
export interface Ritz extends RitzValues {
  vector(k: number): Float64Array;
}

/** Runs Lanczos from `start` (a residual: the first basis vector is M⁻¹·start). Ends early when the Krylov space is exhausted. */
export async function lanczos(operator: LinearOperator, start: Float64Array, options: LanczosOptions): Promise<Ritz> {
  const { steps, preconditioner, project, enough, onStep } = options;
  const basis: Float64Array[] = [];
  const duals: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  const residual = start.slice();
  project?.(residual);
  for (let j = 0; j < steps; j++) {
    await onStep?.();
    const { vector, length } = await weighed(residual, preconditioner);
    if (j > 0) {
      beside.push(length);
      if (enough !== undefined && j % 4 === 0 && enough(ritzOf(diagonal, beside, basis))) break;
    }
    if (!(length > 1e-12 * Math.max(Math.abs(diagonal[0] ?? 0), 1e-300))) break;
    scaleInPlace(vector, 1 / length);
    scaleInPlace(residual, 1 / length);
    basis.push(vector);
    duals.push(preconditioner ? residual.slice() : vector);
    await operator.apply(vector, residual);
    diagonal.push(dot(vector, residual));
    project?.(residual);
    for (let pass = 0; pass < 2; pass++)
      for (let k = 0; k <= j; k++) addScaled(residual, -dot(basis[k], residual), duals[k]);
    // What the basis has of the null space by rounding grows where zero is outside of the spectrum.
    project?.(residual);
  }
  // After the last step the residual tells how good the values are.
  if (beside.length < diagonal.length) beside.push((await weighed(residual, preconditioner)).length);
  return ritzOf(diagonal, beside, basis);
}

/** M⁻¹·residual, and its length in the norm of M. */
async function weighed(residual: Float64Array, preconditioner: LinearOperator | undefined) {
  const vector = residual.slice();
  if (preconditioner) await preconditioner.apply(residual, vector);
  return { vector, length: Math.sqrt(Math.max(0, dot(residual, vector))) };
}

function ritzOf(diagonal: readonly number[], beside: readonly number[], basis: readonly Float64Array[]): Ritz {
  const m = diagonal.length;
  const { values, vectors } = tridiagonalEigen(diagonal, beside);
  const left = beside.length >= m ? beside[m - 1] : 0;
  return {
    values,
    shares: values.map((_, c) => Math.abs(vectors[c])),
    errors: values.map((_, c) => Math.abs(left * vectors[(m - 1) * m + c])),
    vector(c) {
      const out = new Float64Array(basis[0]?.length ?? 0);
      const weights = Float64Array.from({ length: m }, (_, j) => vectors[j * m + c]);
      addCombination(out, weights, basis.slice(0, m));
      return out;
    },
  };
}
