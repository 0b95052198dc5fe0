/** How fast are matrix products? Reference, WebAssembly on one and on two threads, side by side, in the shapes that models have. */

import type { Interactions } from "../src/data/index.ts";
import type { MatrixKernels, ProductShape, SparseMatrix } from "../src/kernel/matrices/matrices.ts";
import { referenceMatrices } from "../src/kernel/matrices/reference.ts";
import { wasmMatrices } from "../src/kernel/matrices/wasm.ts";
import { randomOf } from "../src/numeric/random.ts";
import { pause, timesMeant, type Versions, versionCells, versionHeader, versionsOf } from "./alternating.ts";
import { movielens } from "./movielens.ts";
import type { Report, Table } from "./report.ts";

interface Case {
  readonly what: string;
  readonly size: string;
  /** Multiplications and additions. */
  readonly flops: number;
  prepare(matrices: MatrixKernels): () => void;
}

interface Measured extends Versions {
  readonly what: string;
  readonly size: string;
}

const random = randomOf(1, "matrices");
const vector = (length: number) => Float64Array.from({ length }, () => random.uniform() - 0.5);

/** Measures everything; the graph of LightGCN is that of MovieLens-1M. */
export async function run(): Promise<Report> {
  const graph = graphOf((await movielens()).interactions);
  const one = wasmMatrices();
  const two = wasmMatrices({ threads: 2 });
  two.ready();
  await pause();
  const cases = [
    dense("a tower layer, forward", { m: 8192, k: 128, n: 64, transposeB: true }),
    dense("a tower layer, forward, small batch", { m: 256, k: 32, n: 16, transposeB: true }),
    dense("a tower layer, backward", { m: 8192, k: 64, n: 128 }),
    dense("gradient of a layer's weights", { m: 64, k: 8192, n: 128, transposeA: true }),
    dense("a wide layer", { m: 1024, k: 256, n: 256 }),
    dense("all scores of 512 users", { m: 512, k: 64, n: 3706, transposeB: true }),
    dense("all scores of one user", { m: 1, k: 64, n: 3706, transposeB: true }),
    dense("a last layer", { m: 8192, k: 16, n: 1 }),
    ...[8, 64].map((width) => sparse(graph, width)),
  ];
  const measured = cases.map((product) => measure(product, [referenceMatrices(), one, two]));
  await two.close();
  return { tables: [tableOf(measured)], figures: { entries: graph.columns.length, measured } };
}

function dense(what: string, shape: ProductShape): Case {
  const { m, k, n, transposeA, transposeB } = shape;
  const [a, b, out] = [vector(m * k), vector(k * n), vector(m * n)];
  return {
    what,
    size: `${m} × ${k}${transposeA ? " (T)" : ""} · ${k} × ${n}${transposeB ? " (T)" : ""}`,
    flops: 2 * m * k * n,
    prepare: (matrices) => () => matrices.multiply(shape, a, b, out),
  };
}

function sparse(graph: SparseMatrix, width: number): Case {
  const [x, out] = [vector(graph.rows * width), vector(graph.rows * width)];
  return {
    what: "a step of LightGCN",
    size: `${graph.rows} × ${graph.rows} with ${graph.columns.length} entries · ${width}`,
    flops: 2 * graph.columns.length * width,
    prepare: (matrices) => () => matrices.sparseMultiply(graph, x, width, out),
  };
}

function measure({ what, size, flops, prepare }: Case, sets: MatrixKernels[]): Measured {
  return { what, size, ...versionsOf(sets.map(prepare), flops, 4000) };
}

/** The graph of users and items, both ways, every entry 1/√(degree · degree). */
function graphOf({ byUser, byItem, users, items, userCount, itemCount, size }: Interactions): SparseMatrix {
  const rows = userCount + itemCount;
  const start = new Uint32Array(rows + 1);
  const columns = new Uint32Array(2 * size);
  const values = new Float64Array(2 * size);
  const degrees = [byUser.start, byItem.start].map((from) => (row: number) => from[row + 1] - from[row]);
  let entry = 0;
  for (let row = 0; row < rows; row++) {
    const [own, other, at] = row < userCount ? [byUser, items, row] : [byItem, users, row - userCount];
    for (let k = own.start[at]; k < own.start[at + 1]; k++) {
      const interaction = own.rows[k];
      columns[entry] = other[interaction] + (row < userCount ? userCount : 0);
      values[entry++] = 1 / Math.sqrt(degrees[0](users[interaction]) * degrees[1](items[interaction]));
    }
    start[row + 1] = entry;
  }
  return { rows, start, columns, values };
}

function tableOf(measured: Measured[]): Table {
  return {
    id: "matrices",
    caption: `Matrix products on ordinary arrays, copies included: one call, ${timesMeant}; (T) is stored transposed, the graph is that of MovieLens-1M`,
    header: ["product", "size", ...versionHeader],
    rows: measured.map((one) => [one.what, one.size, ...versionCells(one)]),
  };
}
