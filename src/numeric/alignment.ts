/** How alike two tables are whose rows stand for the same things: centred kernel alignment. */

/**
 * Linear CKA of two tables of the same number of rows, row-major, of `widthX` and `widthY` columns (Kornblith et al. 2019, Eq. 3 with linear
 * kernels): ‖YᵀX‖² / (‖XᵀX‖·‖YᵀY‖) of the centred columns, Frobenius norms. Between 0 and 1; 1 for tables that differ by a rotation and a
 * factor; NaN where one of them does not vary.
 */
export function linearCka(x: Float64Array, widthX: number, y: Float64Array, widthY: number): number {
  const [a, b] = [centred(x, widthX), centred(y, widthY)];
  const cross = squaredCross(a, widthX, b, widthY);
  return cross / Math.sqrt(squaredCross(a, widthX, a, widthX) * squaredCross(b, widthY, b, widthY));
}

/** The table less the mean of every column. */
export function centred(table: Float64Array, width: number): Float64Array {
  const rows = width > 0 ? table.length / width : 0;
  const out = table.slice();
  for (let f = 0; f < width; f++) {
    let sum = 0;
    // From the first value, so that a column of equal values is zero to the bit.
    for (let r = 0; r < rows; r++) sum += table[r * width + f] - table[f];
    const mean = rows > 0 ? table[f] + sum / rows : 0;
    for (let r = 0; r < rows; r++) out[r * width + f] -= mean;
  }
  return out;
}

/** ‖YᵀX‖² of Frobenius. */
function squaredCross(x: Float64Array, widthX: number, y: Float64Array, widthY: number): number {
  const product = new Float64Array(widthX * widthY);
  const rows = widthX > 0 ? x.length / widthX : 0;
  for (let r = 0; r < rows; r++)
    for (let f = 0; f < widthX; f++) {
      const value = x[r * widthX + f];
      for (let g = 0; g < widthY; g++) product[f * widthY + g] += value * y[r * widthY + g];
    }
  let sum = 0;
  for (const entry of product) sum += entry * entry;
  return sum;
}
