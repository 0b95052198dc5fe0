/** What it is to solve A·x = b: operators known by their products, solvers as values, and solutions that carry their status. */

/** A square matrix known by what it does to a vector. */
export interface LinearOperator {
  readonly size: number;
  /** Overwrites `output` with A·input. The two must not overlap. */
  apply(input: Float64Array, output: Float64Array): void | Promise<void>;
}

/** A symmetric matrix held densely, row-major, order × order. */
export interface DenseMatrix {
  readonly order: number;
  readonly values: Float64Array;
}

/** "negative-curvature": the matrix is not positive semidefinite along a direction that was met. */
export type SolveStatus = "converged" | "step-limit" | "breakdown" | "negative-curvature";

/** What a solver returns; nobody may ignore `status`. */
export interface Solution {
  readonly value: Float64Array;
  readonly status: SolveStatus;
  readonly steps: number;
  /** ‖b − A·x‖ / ‖b‖ at the end, in the norm that the solver works in. */
  readonly residual: number;
}

/** A prepared matrix that can be solved for many right-hand sides. */
export interface PreparedSolver {
  solve(rhs: Float64Array): Promise<Solution>;
}

/** A way of solving A·x = b. Holds settings only; `prepare` does the work that depends on A alone. */
export interface Solver<Operator = LinearOperator> {
  readonly name: string;
  prepare(operator: Operator): PreparedSolver;
}
