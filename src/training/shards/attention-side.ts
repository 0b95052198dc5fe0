/** One user, or one item, as attention makes it of the members' embeddings: forward and backward. */

import { softmax, softmaxVjp } from "../../numeric/softmax.ts";

/** What members hold for one side, and where its parameters lie. */
export interface AttendedSide {
  readonly members: number;
  readonly factors: number;
  /** Columns of V. */
  readonly width: number;
  /** Of each member, row-major. */
  readonly embeddings: readonly Float64Array[];
  readonly biases: readonly (Float64Array | undefined)[];
  /** Of T (members × factors × factors) and t (members × factors). */
  readonly moveAt: number;
  readonly shiftAt: number;
  /** Of V (factors × width), then c (width), then h (width). */
  readonly weightsAt: number;
}

/** A row with what the way back needs. */
export interface Attended {
  /** Members × factors: the moved embeddings z. */
  readonly moved: Float64Array;
  /** Members × width: z·V + c. */
  readonly hidden: Float64Array;
  /** A member's share. */
  readonly shares: Float64Array;
  readonly out: Float64Array;
  readonly bias: number;
}

/** The row at parameters. */
export function forward(side: AttendedSide, params: Float64Array, row: number): Attended {
  const { members, factors, width, weightsAt } = side;
  const headAt = weightsAt + factors * width + width;
  const moved = new Float64Array(members * factors);
  const hidden = new Float64Array(members * width);
  const logits = new Float64Array(members);
  for (let k = 0; k < members; k++) {
    move(side, params, row, k, moved);
    for (let m = 0; m < width; m++) {
      let sum = params[weightsAt + factors * width + m];
      for (let g = 0; g < factors; g++) sum += moved[k * factors + g] * params[weightsAt + g * width + m];
      hidden[k * width + m] = sum;
      if (sum > 0) logits[k] += params[headAt + m] * sum;
    }
  }
  const shares = softmax(logits);
  const out = new Float64Array(factors);
  let bias = 0;
  for (let k = 0; k < members; k++) {
    for (let g = 0; g < factors; g++) out[g] += shares[k] * moved[k * factors + g];
    bias += shares[k] * (side.biases[k]?.[row] ?? 0);
  }
  return { moved, hidden, shares, out, bias };
}

/** z_k = x·T_k + t_k. */
function move(side: AttendedSide, params: Float64Array, row: number, k: number, moved: Float64Array): void {
  const { factors, embeddings, moveAt, shiftAt } = side;
  for (let g = 0; g < factors; g++) {
    let sum = params[shiftAt + k * factors + g];
    for (let f = 0; f < factors; f++)
      sum += embeddings[k][row * factors + f] * params[moveAt + (k * factors + f) * factors + g];
    moved[k * factors + g] = sum;
  }
}

/** Adds to the gradient what follows from a pull on `out` (factors values) and on the bias (one more). */
export function backward(
  side: AttendedSide,
  params: Float64Array,
  row: number,
  { moved, hidden, shares }: Attended,
  pull: Float64Array,
  gradient: Float64Array,
): void {
  const { members, factors, width, weightsAt } = side;
  const biasAt = weightsAt + factors * width;
  const headAt = biasAt + width;
  const along = new Float64Array(members);
  for (let k = 0; k < members; k++) {
    along[k] = pull[factors] * (side.biases[k]?.[row] ?? 0);
    for (let g = 0; g < factors; g++) along[k] += pull[g] * moved[k * factors + g];
  }
  const logits = softmaxVjp(shares, along);
  const slope = new Float64Array(factors);
  for (let k = 0; k < members; k++) {
    for (let g = 0; g < factors; g++) slope[g] = shares[k] * pull[g];
    for (let m = 0; m < width; m++) {
      const active = hidden[k * width + m];
      if (active <= 0) continue;
      gradient[headAt + m] += logits[k] * active;
      const inner = logits[k] * params[headAt + m];
      gradient[biasAt + m] += inner;
      for (let g = 0; g < factors; g++) {
        gradient[weightsAt + g * width + m] += inner * moved[k * factors + g];
        slope[g] += inner * params[weightsAt + g * width + m];
      }
    }
    addMoveSlope(side, row, k, slope, gradient);
  }
}

function addMoveSlope(side: AttendedSide, row: number, k: number, slope: Float64Array, gradient: Float64Array): void {
  const { factors, embeddings, moveAt, shiftAt } = side;
  for (let g = 0; g < factors; g++) gradient[shiftAt + k * factors + g] += slope[g];
  for (let f = 0; f < factors; f++) {
    const x = embeddings[k][row * factors + f];
    const at = moveAt + (k * factors + f) * factors;
    for (let g = 0; g < factors; g++) gradient[at + g] += x * slope[g];
  }
}
