/** Where training begins: a row of a table is drawn by the key of its user or item, so that no row depends on which others are there. */

import type { Random } from "../numeric/random.ts";
import type { NameKeys } from "./model.ts";
import { rowAt, type TensorPlace } from "./tensors.ts";

/** Draws a whole tensor into `params`: each row of a table from a stream of its own, what is shared from one stream. */
export function drawTensor(
  tensor: TensorPlace,
  random: Random,
  keys: NameKeys,
  params: Float64Array,
  draw: (stream: Random) => number,
): void {
  const whole = random.fork(tensor.name);
  const own = tensor.rowsOf && keys[`${tensor.rowsOf}s`];
  for (let r = 0; r < tensor.rows; r++) {
    const stream = own ? whole.fork(own[r]) : whole;
    const at = rowAt(tensor, r);
    for (let f = 0; f < tensor.width; f++) params[at + f] = draw(stream);
  }
}
