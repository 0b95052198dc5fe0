/** A preconditioner for any local model: the blocks of the Gauss-Newton Hessian that belong to one row of a user or an item. */

import { backSubstitute, choleskyInPlace, forwardSubstitute } from "../../numeric/dense.ts";
import { chunks } from "../../objective/chunked.ts";
import { isPlainTriples } from "../../objective/full-batch.ts";
import type { Objective } from "../../objective/objective.ts";
import { type Columns, columnsOf } from "./columns.ts";
import { addTripleBlocks } from "./triple-blocks.ts";
import type { SolveRun } from "./truncated.ts";

/** The blocks of one side, row by row: `order`² doubles each. */
interface Side {
  readonly columns: Columns;
  readonly of: "users" | "items";
  readonly blocks: Float64Array;
}

/** Inverts the blocks of rows in place in a vector; places outside the rows stay as they are. */
export type RowSolver = (vector: Float64Array) => void;

const pairsInTurn = 2 ** 13;

/** Blocks of more doubles than this are not built. */
const mostDoubles = 2 ** 24;

/**
 * For every row of the tables, the block of the Gauss-Newton Hessian and of the penalty that couples this row with itself, factorised.
 * The columns of a block are forward derivatives along one column of the table in all rows at once, which by locality is each score's
 * derivative by its own row. Of a list's curvature, which couples items, the items' blocks take only what every second item leaves.
 * Undefined for models that are not local, and where blocks would fill too much memory.
 */
export async function rowBlocks(
  objective: Objective,
  params: Float64Array,
  damping: number,
  run: SolveRun,
): Promise<RowSolver | undefined> {
  if (!objective.model.local) return undefined;
  const sides: Side[] = [];
  for (const of of ["users", "items"] as const) {
    const columns = columnsOf(objective.model, of === "users" ? "user" : "item");
    const size = columns.rows * columns.order ** 2;
    if (size > mostDoubles) return undefined;
    sides.push({ columns, of, blocks: new Float64Array(size) });
  }
  await fill(objective, params, sides, run);
  for (const side of sides) factorise(objective, side, damping);
  return (vector) => {
    for (const side of sides) solve(side, vector);
  };
}

async function fill(objective: Objective, params: Float64Array, sides: readonly Side[], run: SolveRun): Promise<void> {
  const [users, items] = sides;
  if (isPlainTriples(objective)) {
    await addTripleBlocks(objective, params, users.blocks, items.blocks, run.yieldToEventLoop);
    run.onRows?.(objective.interactions.size);
    return;
  }
  for (const units of chunks(objective, pairsInTurn)) {
    for (const side of sides) addBlocks(objective, params, units, side);
    run.onRows?.((objective.interactions.size * units.length) / objective.units.length);
    await run.yieldToEventLoop();
  }
}

function addBlocks(
  objective: Objective,
  params: Float64Array,
  units: Uint32Array,
  { columns, of, blocks }: Side,
): void {
  const examples = objective.examplesOf(units);
  const point = objective.model.at(params, examples.pairs);
  const { loss } = objective.settings;
  const rows = examples.pairs[of];
  const tangents = columns.directions.map((direction) => point.jvp(direction()));
  columns.clear();
  const curved = new Float64Array(rows.length);
  // All pairs of an example have one user, and several items.
  const own = of === "items" ? ownCurvature(objective, point.scores, examples) : undefined;
  tangents.forEach((tangent, c) => {
    if (own === undefined) loss.curvature(point.scores, examples, tangent, curved);
    else for (let n = 0; n < curved.length; n++) curved[n] = own[n] * tangent[n];
    for (let d = 0; d <= c; d++) addProducts(blocks, columns.order, c * columns.order + d, rows, curved, tangents[d]);
  });
}

/** The diagonal of the loss's curvature, by what it makes of every second pair: exact for single pairs and for triples. */
function ownCurvature(
  { settings }: Objective,
  scores: Float64Array,
  examples: ReturnType<Objective["examplesOf"]>,
): Float64Array {
  const own = new Float64Array(scores.length);
  const out = new Float64Array(scores.length);
  for (const parity of [0, 1]) {
    const every = new Float64Array(scores.length);
    for (let n = parity; n < every.length; n += 2) every[n] = 1;
    settings.loss.curvature(scores, examples, every, out);
    for (let n = parity; n < every.length; n += 2) own[n] = out[n];
  }
  return own;
}

function addProducts(
  blocks: Float64Array,
  order: number,
  entry: number,
  rows: Uint32Array,
  x: Float64Array,
  y: Float64Array,
): void {
  const size = order * order;
  // Extra outputs have items that no table knows; what would land outside is dropped by the array.
  for (let n = 0; n < x.length; n++) blocks[rows[n] * size + entry] += x[n] * y[n];
}

function factorise({ penalty }: Objective, { columns, blocks }: Side, damping: number): void {
  const { order, rows } = columns;
  const weights = columns.weights(penalty);
  for (let row = 0; row < rows; row++) {
    const at = row * order * order;
    let trace = 0;
    for (let c = 0; c < order; c++) trace += blocks[at + c * (order + 1)];
    // Rounding must not make a block indefinite; a row without data has only its penalty, and perhaps not even that.
    const ridge = damping + 1e-10 * trace;
    for (let c = 0; c < order; c++) blocks[at + c * (order + 1)] += weights[row * order + c] + ridge || 1;
    if (choleskyInPlace(blocks, order, at)) continue;
    blocks.fill(0, at, at + order * order);
    for (let c = 0; c < order; c++) blocks[at + c * (order + 1)] = Math.sqrt(Math.max(trace / order, 1e-300));
  }
}

function solve({ columns, blocks }: Side, vector: Float64Array): void {
  const { order, rows } = columns;
  const row = new Float64Array(order);
  for (let r = 0; r < rows; r++) {
    const block = blocks.subarray(r * order * order, (r + 1) * order * order);
    columns.gather(vector, r, row);
    forwardSubstitute(block, order, row);
    backSubstitute(block, order, row);
    columns.scatter(row, r, vector);
  }
}
