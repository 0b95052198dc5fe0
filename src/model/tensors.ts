/** The address book of a parameter vector: which tensor lies where, and how its rows are found. */

/** Which λ a tensor has: that of embeddings, of biases, of what users and items share, or none. */
export type Penalised = "table" | "bias" | "shared" | "none";

/** A tensor inside the flat parameter vector, as `rows` × `width`; row r begins at `at + r·rowStride`. */
export interface TensorPlace {
  readonly name: string;
  /** As it is stored, row-major. */
  readonly shape: readonly number[];
  readonly rows: number;
  readonly width: number;
  readonly at: number;
  readonly rowStride: number;
  /** Whose rows these are; absent for what users and items share. */
  readonly rowsOf?: "user" | "item";
  readonly penalised: Penalised;
}

/** A tensor that still has no place. */
export interface TensorShape {
  readonly name: string;
  readonly shape: readonly number[];
  readonly rowsOf?: "user" | "item";
  /** Default: "table" for rows of users and items, "shared" for the rest. */
  readonly penalised?: Penalised;
}

/** The number of values of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** The tensors' total length, which is where the next one begins. */
export function lengthOf(tensors: readonly TensorShape[]): number {
  return tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** A tensor at a place; without `rowStride` its rows follow each other. */
export function tensorAt(tensor: TensorShape, at: number, rowStride?: number): TensorPlace {
  const rows = tensor.shape[0];
  const width = rows === 0 ? sizeOf(tensor.shape.slice(1)) : sizeOf(tensor.shape) / rows;
  const penalised = tensor.penalised ?? (tensor.rowsOf === undefined ? "shared" : "table");
  return { ...tensor, rows, width, at, rowStride: rowStride ?? width, penalised };
}

/** Places tensors one after the other. */
export function placed(list: readonly TensorShape[]): readonly TensorPlace[] {
  let at = 0;
  return list.map((tensor) => {
    const here = tensorAt(tensor, at);
    at += sizeOf(tensor.shape);
    return here;
  });
}

/** Where a row begins. */
export function rowAt({ at, rowStride }: TensorPlace, row: number): number {
  return at + row * rowStride;
}

/** Visits every place of a tensor, row by row. */
export function forEachPlace({ rows, width, at, rowStride }: TensorPlace, visit: (place: number) => void): void {
  for (let r = 0; r < rows; r++) for (let f = 0; f < width; f++) visit(at + r * rowStride + f);
}

/** The values of a tensor, row-major, in an array of their own. */
export function valuesOf({ rows, width, at, rowStride }: TensorPlace, params: Float64Array): Float64Array {
  if (rowStride === width) return params.slice(at, at + rows * width);
  const out = new Float64Array(rows * width);
  for (let r = 0; r < rows; r++) for (let f = 0; f < width; f++) out[r * width + f] = params[at + r * rowStride + f];
  return out;
}

/** Writes the values of a tensor, row-major, into a parameter vector. */
export function putValues({ rows, width, at, rowStride }: TensorPlace, values: Float64Array, params: Float64Array) {
  for (let r = 0; r < rows; r++) for (let f = 0; f < width; f++) params[at + r * rowStride + f] = values[r * width + f];
}

/** The places of some rows of all tensors of one side, ascending. */
export function placesOfRows(
  tensors: readonly TensorPlace[],
  side: "user" | "item",
  rows: Iterable<number>,
): Uint32Array {
  const places: number[] = [];
  const chosen = [...rows];
  for (const tensor of tensors) {
    if (tensor.rowsOf !== side) continue;
    for (const row of chosen) for (let f = 0; f < tensor.width; f++) places.push(rowAt(tensor, row) + f);
  }
  return Uint32Array.from(places).sort();
}

/** The places of what users and items share, ascending. */
export function sharedPlaces(tensors: readonly TensorPlace[]): Uint32Array {
  return Uint32Array.from(
    tensors
      .filter(({ rowsOf }) => rowsOf === undefined)
      .flatMap(({ at, shape }) => Array.from({ length: sizeOf(shape) }, (_, k) => at + k)),
  ).sort();
}
