/** Users, or items, as attention makes them of the members' embeddings: forward and backward, many rows together. */

import { softmax, softmaxVjp } from "../../numeric/softmax.ts";

/** What members hold for one side, and where its parameters lie. */
export interface AttendedSide {
  readonly members: number;
  readonly factors: number;
  /** Columns of V. */
  readonly width: number;
  /** Rows of the side. */
  readonly count: number;
  /** Of each member, row-major. */
  readonly embeddings: readonly Float64Array[];
  readonly biases: readonly (Float64Array | undefined)[];
  /** Of T (members × factors × factors) and t (members × factors). */
  readonly moveAt: number;
  readonly shiftAt: number;
  /** Of V (factors × width), then c (width), then h (width). */
  readonly weightsAt: number;
}

/** Rows with what the way back needs; all row-major. */
export interface Attended {
  /** Rows × members × factors: the moved embeddings z. */
  readonly moved: Float64Array;
  /** Rows × members × width: z·V + c. */
  readonly hidden: Float64Array;
  /** Rows × members. */
  readonly shares: Float64Array;
  /** Rows × factors. */
  readonly out: Float64Array;
  /** Rows. */
  readonly bias: Float64Array;
}

/** The rows at parameters. */
export function forward(side: AttendedSide, params: Float64Array, rows: Uint32Array): Attended {
  const { members, factors, width } = side;
  const made = {
    moved: new Float64Array(rows.length * members * factors),
    hidden: new Float64Array(rows.length * members * width),
    shares: new Float64Array(rows.length * members),
    out: new Float64Array(rows.length * factors),
    bias: new Float64Array(rows.length),
  };
  for (let n = 0; n < rows.length; n++) {
    const shares = made.shares.subarray(n * members, (n + 1) * members);
    for (let k = 0; k < members; k++) {
      move(side, params, rows[n], k, made.moved, (n * members + k) * factors);
      shares[k] = logitOf(side, params, made, n * members + k);
    }
    shares.set(softmax(shares));
    for (let k = 0; k < members; k++) {
      const z = (n * members + k) * factors;
      for (let g = 0; g < factors; g++) made.out[n * factors + g] += shares[k] * made.moved[z + g];
      made.bias[n] += shares[k] * (side.biases[k]?.[rows[n]] ?? 0);
    }
  }
  return made;
}

/** Writes z = x·T_k + t_k. */
function move(
  { factors, embeddings, moveAt, shiftAt }: AttendedSide,
  params: Float64Array,
  row: number,
  k: number,
  moved: Float64Array,
  to: number,
): void {
  for (let g = 0; g < factors; g++) moved[to + g] = params[shiftAt + k * factors + g];
  for (let f = 0; f < factors; f++) {
    const x = embeddings[k][row * factors + f];
    const at = moveAt + (k * factors + f) * factors;
    for (let g = 0; g < factors; g++) moved[to + g] += x * params[at + g];
  }
}

/** hᵀReLU(z·V + c) of one member's row, whose z·V + c are kept. */
function logitOf(
  { factors, width, weightsAt }: AttendedSide,
  params: Float64Array,
  { moved, hidden }: Attended,
  place: number,
): number {
  const biasAt = weightsAt + factors * width;
  let logit = 0;
  for (let m = 0; m < width; m++) {
    let sum = params[biasAt + m];
    for (let g = 0; g < factors; g++) sum += moved[place * factors + g] * params[weightsAt + g * width + m];
    hidden[place * width + m] = sum;
    if (sum > 0) logit += params[biasAt + width + m] * sum;
  }
  return logit;
}

/** Adds to the gradient what follows from pulls on `out` (rows × factors) and on `bias` (rows). */
export function backward(
  side: AttendedSide,
  params: Float64Array,
  rows: Uint32Array,
  made: Attended,
  pull: Pick<Attended, "out" | "bias">,
  gradient: Float64Array,
): void {
  const { members, factors } = side;
  const along = new Float64Array(members);
  const slope = new Float64Array(factors);
  for (let n = 0; n < rows.length; n++) {
    const own = pull.out.subarray(n * factors, (n + 1) * factors);
    for (let k = 0; k < members; k++) {
      const z = (n * members + k) * factors;
      along[k] = pull.bias[n] * (side.biases[k]?.[rows[n]] ?? 0);
      for (let g = 0; g < factors; g++) along[k] += own[g] * made.moved[z + g];
    }
    const shares = made.shares.subarray(n * members, (n + 1) * members);
    const logits = softmaxVjp(shares, along);
    for (let k = 0; k < members; k++) {
      for (let g = 0; g < factors; g++) slope[g] = shares[k] * own[g];
      addLogitSlope(side, params, made, n * members + k, logits[k], slope, gradient);
      addMoveSlope(side, rows[n], k, slope, gradient);
    }
  }
}

/** What a pull on one logit makes of V, c and h, and, in `slope`, of z. */
function addLogitSlope(
  { factors, width, weightsAt }: AttendedSide,
  params: Float64Array,
  { moved, hidden }: Attended,
  place: number,
  pull: number,
  slope: Float64Array,
  gradient: Float64Array,
): void {
  const biasAt = weightsAt + factors * width;
  for (let m = 0; m < width; m++) {
    const active = hidden[place * width + m];
    if (active <= 0) continue;
    gradient[biasAt + width + m] += pull * active;
    const inner = pull * params[biasAt + width + m];
    gradient[biasAt + m] += inner;
    for (let g = 0; g < factors; g++) {
      gradient[weightsAt + g * width + m] += inner * moved[place * factors + g];
      slope[g] += inner * params[weightsAt + g * width + m];
    }
  }
}

function addMoveSlope(
  { factors, embeddings, moveAt, shiftAt }: AttendedSide,
  row: number,
  k: number,
  slope: Float64Array,
  gradient: Float64Array,
): void {
  for (let g = 0; g < factors; g++) gradient[shiftAt + k * factors + g] += slope[g];
  for (let f = 0; f < factors; f++) {
    const x = embeddings[k][row * factors + f];
    const at = moveAt + (k * factors + f) * factors;
    for (let g = 0; g < factors; g++) gradient[at + g] += x * slope[g];
  }
}
