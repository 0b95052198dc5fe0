/** The catalogue of solvers. */

export { cholesky } from "./cholesky.ts";
export { type ConjugateGradientOptions, conjugateGradient } from "./conjugate-gradient.ts";
export { pseudoInverse } from "./pseudo-inverse.ts";
export type { DenseMatrix, LinearOperator, PreparedSolver, Solution, Solver, SolveStatus } from "./solver.ts";

/** Every solver with what it is for. */
export const solvers = [
  { name: "cholesky", summary: "direct; small dense positive definite blocks" },
  { name: "conjugate-gradient", summary: "iterative; large symmetric operators, with a preconditioner" },
  { name: "pseudo-inverse", summary: "direct; small symmetric matrices that may be singular or indefinite" },
] as const;
