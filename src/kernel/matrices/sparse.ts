/** Products of a sparse and a dense matrix in WebAssembly; the sparse ones stay there between calls. */

import { LetheError } from "../../errors.ts";
import * as layout from "../assembly/matrices/layout.ts";
import type { MatrixHost } from "./dense.ts";
import type { SparseMatrix } from "./matrices.ts";

interface Kept {
  readonly addresses: readonly number[];
  readonly fields: readonly (readonly [number, number])[];
  readonly bytes: number;
  /** Columns that the entries need. */
  readonly columns: number;
  readonly entries: number;
}

// A thread's part of the work is one of so many.
const tasks = 16;
// Matrices that are kept, and their bytes together, before the one that was used least recently is given back.
const keptMatrices = 16;
const keptBytes = 2 ** 30;

/** The product of `MatrixKernels.sparseMultiply`, for one host. */
export function openSparse(host: MatrixHost) {
  const { kernels, areas, describe, description } = host;
  // In order of use; a matrix is known by identity.
  const kept = new Map<number, Kept>();
  const names = new WeakMap<SparseMatrix, number>();
  let next = 0;

  function keptOf(matrix: SparseMatrix): Kept {
    const name = names.get(matrix) ?? next++;
    const known = kept.get(name);
    if (known !== undefined) kept.delete(name);
    else makeRoom(matrix.columns.length * 12 + matrix.start.length * 4);
    const found = known ?? upload(matrix);
    names.set(matrix, name);
    kept.set(name, found);
    return found;
  }

  function makeRoom(bytes: number): void {
    let total = bytes;
    for (const one of kept.values()) total += one.bytes;
    for (const [name, one] of kept) {
      if (kept.size < keptMatrices && total <= keptBytes) return;
      total -= one.bytes;
      kept.delete(name);
      for (const address of one.addresses) kernels.memory.free(address);
    }
  }

  function upload(matrix: SparseMatrix): Kept {
    const { start, columns, values } = matrix;
    const entries = checked(matrix);
    const addresses: number[] = [];
    const place = (source: Uint32Array | Float64Array): number => {
      const address = kernels.memory.allocate(source.byteLength, "a sparse matrix");
      addresses.push(address);
      if (source instanceof Float64Array) kernels.memory.floats().set(source, address / 8);
      else kernels.memory.words().set(source, address / 4);
      return address;
    };
    try {
      const fields = [
        [layout.sparseStartField, place(start)],
        [layout.sparseColumnsField, place(columns)],
        [layout.sparseValuesField, place(values)],
        [layout.bordersField, place(bordersOf(matrix))],
      ] as const;
      let most = -1;
      for (let e = 0; e < entries; e++) if (columns[e] > most) most = columns[e];
      return { addresses, fields, bytes: entries * 12 + start.length * 4, columns: most + 1, entries };
    } catch (error) {
      for (const address of addresses) kernels.memory.free(address);
      throw error;
    }
  }

  /** Copies the dense factor in, in panels of columns. */
  function putRight(x: Float64Array, width: number): void {
    const rows = Math.floor(x.length / width);
    const from = areas.take("the second factor of a matrix product", x.byteLength);
    kernels.memory.floats().set(x, from / 8);
    const panels = Math.ceil(width / layout.panelWidth);
    const address = panels > 1 ? areas.take("a packed matrix", x.byteLength) : from;
    describe([
      [layout.bField, from],
      [layout.aField, address],
      [layout.depthField, rows],
    ]);
    if (panels > 1) kernels.run(layout.opSplit, description, panels, x.length * 0.5);
  }

  return (matrix: SparseMatrix, x: Float64Array, width: number, out: Float64Array): void => {
    const size = matrix.rows * width;
    if (out.length < size)
      throw new LetheError("internal", `a sparse product has ${size} entries, its result ${out.length}`);
    const { fields, columns, entries } = keptOf(matrix);
    if (size === 0) return;
    if (x.length < columns * width)
      throw new LetheError("internal", `a sparse matrix of ${columns} columns needs more than ${x.length} entries`);
    try {
      const to = areas.take("the result of a matrix product", size * 8);
      describe([...fields, [layout.outField, to], [layout.columnsField, width]]);
      putRight(x, width);
      kernels.run(layout.opSparse, description, tasks, entries * (width * 0.3 + 2));
      out.set(kernels.memory.floats().subarray(to / 8, to / 8 + size));
    } finally {
      areas.trim();
    }
  };
}

/** The number of entries; throws when the arrays do not fit each other. */
function checked({ rows, start, columns, values }: SparseMatrix): number {
  const entries = start[rows];
  if (start.length !== rows + 1 || columns.length < entries || values.length < entries)
    throw new LetheError("internal", `the arrays of a sparse matrix of ${rows} rows do not fit each other`);
  for (let r = 0; r < rows; r++)
    if (start[r] > start[r + 1]) throw new LetheError("internal", `row ${r} of a sparse matrix ends before it starts`);
  return entries;
}

/** Borders of the tasks' rows: about as many entries each. */
function bordersOf({ rows, start }: SparseMatrix): Uint32Array {
  const borders = new Uint32Array(tasks + 1).fill(rows);
  let task = 0;
  for (let r = 0; r < rows; r++)
    for (; task < tasks && start[r] * tasks >= task * start[rows]; task++) borders[task] = r;
  borders[0] = 0;
  return borders;
}
