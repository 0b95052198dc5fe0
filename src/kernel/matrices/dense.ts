/** Products of dense matrices in WebAssembly: what is copied in and out, and in which blocks. */

import { LetheError } from "../../errors.ts";
import * as layout from "../assembly/matrices/layout.ts";
import type { LoadedKernels } from "../runtime/load.ts";
import type { Areas } from "./areas.ts";
import type { ProductShape } from "./matrices.ts";

/** What a product runs on. */
export interface MatrixHost {
  readonly kernels: LoadedKernels;
  readonly areas: Areas;
  /** Writes fields of the description. */
  describe(fields: readonly (readonly [field: number, value: number])[]): void;
  readonly description: number;
}

// Entries of op(a) and the result that are copied and worked on before the next ones: few enough for the second-level cache.
const blockEntries = 2 ** 18;
const rowGrain = 64;

/**
 * The product of `MatrixKernels.multiply`: rows of `a` come in blocks when they are whole rows of op(a); when they are its
 * columns, and those of op(b) come the same way, the sum is cut instead. Neither changes a bit of the result.
 */
export function multiplyDense(
  host: MatrixHost,
  shape: ProductShape,
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
): void {
  const { m, k, n } = shape;
  checkLength("the first factor", a, m * k);
  checkLength("the second factor", b, k * n);
  checkLength("the result", out, m * n);
  if (m === 0 || n === 0) return;
  try {
    if (!shape.transposeA) rowBlocks(host, shape, a, b, out);
    else depthBlocks(host, shape, a, b, out);
  } finally {
    host.areas.trim();
  }
}

function checkLength(what: string, values: Float64Array, entries: number): void {
  if (values.length < entries)
    throw new LetheError("internal", `${what} of a product has ${values.length} entries; its shape has ${entries}`);
}

function rowBlocks(host: MatrixHost, shape: ProductShape, a: Float64Array, b: Float64Array, out: Float64Array): void {
  const { m, k, n, add = false } = shape;
  const rows = Math.min(m, blockOf(k + n, rowGrain));
  pack(host, shape, k, b.subarray(0, k * n));
  for (let from = 0; from < m; from += rows) {
    const count = Math.min(rows, m - from);
    putLeft(host, a.subarray(from * k, (from + count) * k), k, 1);
    const address = putResult(host, out.subarray(from * n, (from + count) * n), add);
    product(host, count, k, n, add);
    fetch(host, address, out.subarray(from * n, (from + count) * n));
  }
}

function depthBlocks(host: MatrixHost, shape: ProductShape, a: Float64Array, b: Float64Array, out: Float64Array): void {
  const { m, k, n, transposeB = false, add = false } = shape;
  // Blocks are whole blocks of the kernel's own sum, so that its order stays the same.
  const depth = transposeB ? k : Math.min(k, blockOf(m + n, layout.blockDepth));
  const address = putResult(host, out.subarray(0, m * n), add);
  for (let from = 0; from < k || from === 0; from += depth) {
    const count = Math.min(depth, k - from);
    pack(host, shape, count, transposeB ? b.subarray(0, k * n) : b.subarray(from * n, (from + count) * n));
    putLeft(host, a.subarray(from * m, (from + count) * m), 1, m);
    product(host, m, count, n, add || from > 0);
    if (depth === 0) break;
  }
  fetch(host, address, out.subarray(0, m * n));
}

/** Lines of so many entries that fit in a block: a multiple of `grain`, and at least that. */
function blockOf(lineEntries: number, grain: number): number {
  return Math.max(1, Math.floor(blockEntries / lineEntries / grain)) * grain;
}

function putLeft({ kernels, areas, describe }: MatrixHost, a: Float64Array, rowEntries: number, column: number): void {
  const address = areas.take("rows of a matrix product", a.byteLength);
  kernels.memory.floats().set(a, address / 8);
  describe([
    [layout.aField, address],
    [layout.aRowField, rowEntries * 8],
    [layout.aColumnField, column * 8],
  ]);
}

function putResult({ kernels, areas, describe }: MatrixHost, out: Float64Array, add: boolean): number {
  const address = areas.take("the result of a matrix product", out.byteLength);
  if (add) kernels.memory.floats().set(out, address / 8);
  describe([[layout.outField, address]]);
  return address;
}

function fetch({ kernels }: MatrixHost, address: number, out: Float64Array): void {
  out.set(kernels.memory.floats().subarray(address / 8, address / 8 + out.length));
}

/** Packs `depth` rows of op(b). */
function pack(host: MatrixHost, { n, transposeB = false }: ProductShape, depth: number, b: Float64Array): void {
  const { kernels, areas, describe, description } = host;
  const panels = Math.ceil(n / layout.tileSize);
  const packed = areas.take("a packed matrix", panels * layout.tileSize * depth * 8);
  const address = areas.take("the second factor of a matrix product", b.byteLength);
  kernels.memory.floats().set(b, address / 8);
  const nanoseconds = depth * n;
  const grain = kernels.shared(nanoseconds) ? Math.ceil(panels / 16) : panels;
  describe([
    [layout.bField, address],
    [layout.bRowField, transposeB ? 8 : n * 8],
    [layout.bColumnField, transposeB ? depth * 8 : 8],
    [layout.packedField, packed],
    [layout.depthField, depth],
    [layout.columnsField, n],
    [layout.grainField, grain],
  ]);
  kernels.run(layout.opPack, description, Math.ceil(panels / grain), nanoseconds);
}

function product(host: MatrixHost, rows: number, depth: number, columns: number, add: boolean): void {
  const { kernels, areas, describe, description } = host;
  const nanoseconds = rows * (depth + 4) * columns * 0.2;
  const grain = kernels.shared(nanoseconds) ? Math.max(16, Math.ceil(rows / 64) * 4) : rows;
  describe([
    [layout.scratchField, areas.take("scratch", layout.scratchBytes * kernels.threads)],
    [layout.rowsField, rows],
    [layout.depthField, depth],
    [layout.columnsField, columns],
    [layout.addField, add ? 1 : 0],
    [layout.grainField, grain],
  ]);
  kernels.run(layout.opMultiply, description, Math.ceil(rows / grain), nanoseconds);
}
