/** What the weight of all pairs adds to a session in the shared memory: d × d matrices that multiply rows. */

import * as layout from "../../assembly/layout.ts";
import type { FactorShape, Side } from "../../kernels.ts";
import type { Buffers } from "../../runtime/buffers.ts";
import type { LoadedKernels } from "../../runtime/load.ts";

/** What the sums over rows are made from. */
export interface PairParts {
  readonly buffers: Buffers;
  readonly kernels: LoadedKernels;
  readonly shape: FactorShape;
  readonly zeroWeight: number;
}

/** Matrices by what they multiply: rows of the point or of the input ("moves"); an address, or none. */
export interface PairMatrices {
  readonly users?: number;
  readonly userMoves?: number;
  readonly items?: number;
  readonly itemMoves?: number;
}

/** The pairs' part of a session; matrices are addresses of padded ones in the shared memory. */
export interface Pairs {
  /** zeroWeight·TᵀT of a side's table at the point; kept until the side has moved. */
  own(side: Side): number;
  /** zeroWeight·(VᵀT + TᵀV), or without the second part unless `full`, for a table V at an address in the place of a side's T. */
  moving(side: Side, address: number, full: boolean): number;
  /** Tells the kernels what the next operation multiplies by. */
  use(matrices: PairMatrices): void;
  /** ½·zeroWeight·Σ(p_u·q_i)² at the point. */
  value(): number;
  /** A side's rows are no longer what they were. */
  moved(side: Side): void;
}

/** The pairs' part of a session whose point is already there. */
export function openPairs({ buffers, kernels, shape, zeroWeight }: PairParts): Pairs {
  const { userCount, itemCount, factors } = shape;
  const wide = (factors + 3) & ~3;
  const pitch = (factors + 4) & ~3;
  const size = wide * pitch;
  buffers.set(layout.gramsField, buffers.take(layout.gramTasks * size * 8, "sums over pairs"));
  const slots = buffers.take(4 * size * 8, "sums over pairs");
  const sums: Partial<Record<Side, Float64Array>> = {};

  function place(side: Side): { at: number; rows: number } {
    const point = buffers.get(layout.pointField);
    return side === "user" ? { at: point, rows: userCount } : { at: point + userCount * factors * 8, rows: itemCount };
  }

  /** LᵀR of two tables with the rows of a side, padded. */
  function gram(left: number, right: number, rows: number): Float64Array {
    buffers.set(layout.gramLeftField, left);
    buffers.set(layout.gramRightField, right);
    buffers.set(layout.gramRowsField, rows);
    kernels.run(layout.opGram, buffers.session, layout.gramTasks, 0.25 * rows * factors ** 2);
    const total = new Float64Array(size);
    const part = new Float64Array(size);
    for (let task = 0; task < layout.gramTasks; task++) {
      buffers.fetch(part, size, buffers.get(layout.gramsField) + task * size * 8);
      for (let k = 0; k < size; k++) total[k] += part[k];
    }
    return left === right ? mirrored(total) : total;
  }

  /** Fills what is below the diagonal from above it. */
  function mirrored(matrix: Float64Array): Float64Array {
    for (let f = 0; f < factors; f++) for (let g = 0; g < f; g++) matrix[f * pitch + g] = matrix[g * pitch + f];
    return matrix;
  }

  function sumOf(side: Side): Float64Array {
    const { at, rows } = place(side);
    sums[side] ??= keep(side, gram(at, at, rows));
    return sums[side];
  }

  function keep(side: Side, matrix: Float64Array): Float64Array {
    write(
      matrix.map((x) => zeroWeight * x),
      slotOf(side, false),
    );
    return matrix;
  }

  function slotOf(side: Side, moving: boolean): number {
    return slots + ((side === "user" ? 0 : 1) + (moving ? 2 : 0)) * size * 8;
  }

  function write(matrix: Float64Array, address: number): number {
    buffers.put(matrix, size, address);
    return address;
  }

  function moving(side: Side, address: number, full: boolean): number {
    const { at, rows } = place(side);
    const product = gram(address, at, rows);
    const scaled = new Float64Array(size);
    for (let f = 0; f < factors; f++)
      for (let g = 0; g < factors; g++) {
        const other = full ? product[g * pitch + f] : 0;
        scaled[f * pitch + g] = zeroWeight * (product[f * pitch + g] + other);
      }
    return write(scaled, slotOf(side, true));
  }

  return {
    own: (side) => {
      sumOf(side);
      return slotOf(side, false);
    },
    moving,
    use: ({ users = 0, userMoves = 0, items = 0, itemMoves = 0 }) => {
      buffers.set(layout.userMatrixField, users);
      buffers.set(layout.userMovesMatrixField, userMoves);
      buffers.set(layout.itemMatrixField, items);
      buffers.set(layout.itemMovesMatrixField, itemMoves);
    },
    value: () => {
      const [users, items] = [sumOf("user"), sumOf("item")];
      return (zeroWeight * users.reduce((sum, x, k) => sum + x * items[k], 0)) / 2;
    },
    moved: (side) => {
      sums[side] = undefined;
    },
  };
}
