/** Symmetric matrices as the 2×2 tiles of their lower triangle, row of tiles after row of tiles; odd orders end in a row and column of zeros. */

import { bytes, Real, sumLanes } from "./vectors";

/** Bytes of a packed matrix. */
@inline
export function packedBytes(order: i32): usize {
  const tiles = (order + 1) >> 1;
  return bytes(2 * tiles * (tiles + 1));
}

/** Address of the tile in tile row m and tile column c ≤ m. */
@inline
export function tileAt(block: usize, m: i32, c: i32): usize {
  return block + bytes(4 * (((m * (m + 1)) >> 1) + c));
}

/** y = block·x; both are padded to whole pairs, and the padding of x is zero. */
export function multiplyPacked(block: usize, x: usize, y: usize, order: i32): void {
  const tiles = (order + 1) >> 1;
  let xm = x;
  let ym = y;
  for (let m = 0; m < tiles; m++) {
    const pair = v128.load(xm);
    const x0 = v128.load_splat<Real>(xm);
    const x1 = v128.load_splat<Real>(xm, 8);
    let sum0 = v128.splat<Real>(0);
    let sum1 = sum0;
    let xc = x;
    for (let yc = y; yc < ym; yc += 16) {
      const t0 = v128.load(block);
      const t1 = v128.load(block, 16);
      const other = v128.load(xc);
      sum0 = v128.add<Real>(sum0, v128.mul<Real>(t0, other));
      sum1 = v128.add<Real>(sum1, v128.mul<Real>(t1, other));
      v128.store(
        yc,
        v128.add<Real>(v128.load(yc), v128.add<Real>(v128.mul<Real>(t0, x0), v128.mul<Real>(t1, x1))),
      );
      xc += 16;
      block += 32;
    }
    sum0 = v128.add<Real>(sum0, v128.mul<Real>(v128.load(block), pair));
    sum1 = v128.add<Real>(sum1, v128.mul<Real>(v128.load(block, 16), pair));
    store<Real>(ym, sumLanes(sum0));
    store<Real>(ym, sumLanes(sum1), 8);
    block += 32;
    xm += 16;
    ym += 16;
  }
}
