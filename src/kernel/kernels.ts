/** The hot loops of factor models: what they compute, whoever computes it (`reference.ts` is the definition). */

/**
 * The tables of a factor model inside one flat vector: `[users × stride | items × stride | mean]`, where a row is
 * `[embedding (factors), bias]` (stride = factors + 1) or `[embedding]` (stride = factors), and the mean is there
 * when it is learned. score(u, i) = mean + b_u + c_i + p_u·q_i.
 */
export interface FactorShape {
  readonly userCount: number;
  readonly itemCount: number;
  readonly factors: number;
  readonly biases: boolean;
  readonly learnedMean: boolean;
}

/** Ratings grouped by one side: row r owns positions `start[r] … start[r+1]`; `others` names the other side's row. */
export interface Grouped {
  readonly start: Uint32Array;
  readonly others: Uint32Array;
}

/**
 * A squared-loss factorization: J = Σ over ratings ½(score − rating)² + ½·zeroWeight·Σ(p_u·q_i)² over all pairs
 * + ½Σ_rows scale·(factorPenalty‖embedding‖² + biasPenalty·bias²) + constant.
 * With weights, `ratings` hold pulls y, and the term of a rating is ½w·score² − y·score: for w = 1 and y the rating that is
 * ½(score − rating)² less ½rating², and a term may pull where it does not weigh.
 * `byUser.others`, `ratings`, `weights` are in user-major order; `byItem` repeats the same ratings in item-major order.
 * Implicit feedback (Hu, Koren & Volinsky, 2008, equation 3), where a pair has preference 1 and confidence c, and all others
 * have preference 0 and confidence 1, is w = c − 1, y = c, zeroWeight = 1 and constant = ½Σc. Where a rating has preference 0, y = 0.
 */
export interface FactorProblem {
  readonly shape: FactorShape;
  /** The mean when it is not learned. */
  readonly fixedMean: number;
  readonly byUser: Grouped;
  /** Ratings, or beside weights pulls: finite, of either sign. */
  readonly ratings: Float64Array;
  readonly byItem: Grouped;
  readonly itemRatings: Float64Array;
  /** w of every rating, finite and at least −zeroWeight, user-major and item-major; without them ratings are ratings. */
  readonly weights?: Float64Array | undefined;
  readonly itemWeights?: Float64Array | undefined;
  /** The weight of (p_u·q_i)² for every pair, rated or not; 0 by default, and only without biases and with a fixed mean of 0. */
  readonly zeroWeight?: number | undefined;
  /** What J has more, whatever the parameters; 0 by default. */
  readonly constant?: number | undefined;
  readonly factorPenalty: number;
  readonly biasPenalty: number;
  /** Multiplies the penalties of each row: 1 under table L2, the number of its ratings under interaction L2. */
  readonly userScale: Float64Array;
  readonly itemScale: Float64Array;
}

/** Whose rows are meant. */
export type Side = "user" | "item";
/** The whole Hessian, or its part that is never indefinite. */
export type Curvature = "full" | "gauss-newton";

/**
 * A problem held where the kernels can reach it, with a *current point*. Vectors passed in and out are ordinary
 * Float64Arrays of `parameterCount`, unless a *side's table* (rowCount × stride) or a *reduced* vector
 * (items × stride, then the mean when it is learned) is asked for. e below is minus the slope of a rating's term at its score, at the
 * point: rating − score, with weights pull − w·score. w is 1 without weights. The pairs' zeroWeight is part of J and of every
 * derivative.
 */
export interface FactorSession {
  readonly parameterCount: number;
  readonly stride: number;
  /** Length of a reduced vector: itemCount × stride + (learnedMean ? 1 : 0). */
  readonly reducedCount: number;
  /** Sets the current point. Stored blocks stay as they are (that is what "frozen" means). */
  setPoint(params: Float64Array): void;
  getPoint(out: Float64Array): void;
  /** Overwrites `out` with e of every rating, user-major; the pairs' zeroWeight is no part of it. */
  residuals(out: Float64Array): void;
  /** Returns J at the point and overwrites `gradient` with ∇J (both with the penalties, J with the constant). */
  evaluate(gradient: Float64Array): number;
  /**
   * out = H·direction at the point, penalties included; "gauss-newton" leaves out the −e·(…) coupling of users and
   * items, and of the pairs' ½·zeroWeight·(p·q − 0)² likewise what the residual p·q multiplies.
   */
  hessianProduct(direction: Float64Array, out: Float64Array, curvature: Curvature): void;
  /**
   * Stores, for every row of a side (or only the listed ones), the inverse of its block of the Hessian at the point:
   * Σ w x xᵀ + zeroWeight·(Σ over all rows of the other side) x xᵀ + scale·diag(factorPenalty…, biasPenalty),
   * x = [other row's embedding, 1]. A block that is not positive definite stores zeros. Returns how many there were
   * among the rows with a rating, whatever that weighs.
   */
  factorise(side: Side, rows?: Uint32Array): number;
  /** Minimises J over one side's rows, everything else fixed (an ALS half-sweep), and stores their inverse blocks as `factorise` does. Returns the same count. */
  solve(side: Side): number;
  /** out = stored inverse blocks × vector, row by row; both are that side's table. */
  applyInverse(side: Side, vector: Float64Array, out: Float64Array): void;
  /**
   * One pass with frozen blocks: every user row moves by −(stored inverse)·(its gradient at the point); then, at the
   * new point, returns J and overwrites `reducedGradient` (reduced) with the items' and the mean's gradient.
   */
  relaxUsers(reducedGradient: Float64Array): number;
  /**
   * J as a function of items and mean: sets them to `reduced`, and every user row to its optimum there (zero where nothing determines it);
   * returns J and overwrites `reducedGradient`. Cheapest for users with fewer ratings than factors, which are solved through those. Only without
   * weights: else `unsupported`.
   */
  optimiseUsers(reduced: Float64Array, reducedGradient: Float64Array): number;
  /**
   * out = S·vector, both reduced: S = H_rr − H_ru A⁻¹ H_ur is the Schur complement of the users' blocks, with the full
   * curvature at the point and A⁻¹ the stored inverse user blocks.
   */
  schurProduct(vector: Float64Array, out: Float64Array): void;
  /** out (users' table) = H_ur·vector, `vector` reduced: what a move of items and mean does to the users' gradient. Full curvature. */
  userCoupling(vector: Float64Array, out: Float64Array): void;
  /** out (reduced) = H_ru·vector, `vector` a users' table. Full curvature. */
  itemCoupling(vector: Float64Array, out: Float64Array): void;
  /** Gives back the memory. The session must not be used afterwards. */
  close(): void;
}

/** A set of kernels; sessions are independent of each other, calls are synchronous. */
export interface FactorKernels {
  readonly name: string;
  /** Threads that share a call; results have the same bytes for any number. */
  readonly threads: number;
  /** Throws `bad-input` for weights, pulls and constants that cannot be, `unsupported` for a zeroWeight where it cannot be or no room. */
  open(problem: FactorProblem): FactorSession;
  /** Ends the threads; open sessions become unusable. */
  close(): Promise<void>;
}

/** Work is cut into this many fixed chunks of user (or item) rows, reduced in chunk order: same bytes for any number of threads. */
export const chunkCount = 8;

/** Number of doubles in a row of a table. */
export function strideOf(shape: FactorShape): number {
  return shape.factors + (shape.biases ? 1 : 0);
}

/** Length of the flat parameter vector. */
export function parameterCountOf(shape: FactorShape): number {
  return (shape.userCount + shape.itemCount) * strideOf(shape) + (shape.learnedMean ? 1 : 0);
}

/**
 * Borders of the fixed chunks: rows `borders[c] … borders[c+1]` belong to chunk c. Cut so that each holds about the same
 * number of ratings plus rows; depends on the problem alone.
 */
export function chunkBorders(start: Uint32Array): Uint32Array {
  const rows = start.length - 1;
  const total = start[rows] + rows;
  const borders = new Uint32Array(chunkCount + 1);
  let row = 0;
  for (let chunk = 1; chunk < chunkCount; chunk++) {
    const goal = (total * chunk) / chunkCount;
    while (row < rows && start[row] + row < goal) row++;
    borders[chunk] = row;
  }
  borders[chunkCount] = rows;
  return borders;
}
