/** Dense loops in square scratch matrices whose rows are padded: rank-k updates, Cholesky (A = UᵀU) and inverse in panels of four rows. */

import { Real } from "./vectors";
import { tileAt } from "./packed";

/** c ±= Σ_k a[k][0..3] ⊗ b[k][0..3], a 4×4 block of c. */
export function updateBlock(a: usize, b: usize, count: i32, c: usize, rowBytes: usize, subtract: bool): void {
  let c00 = v128.splat<Real>(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<Real>(a);
    c00 = v128.add<Real>(c00, v128.mul<Real>(x, b0));
    c01 = v128.add<Real>(c01, v128.mul<Real>(x, b1));
    x = v128.load_splat<Real>(a, 8);
    c10 = v128.add<Real>(c10, v128.mul<Real>(x, b0));
    c11 = v128.add<Real>(c11, v128.mul<Real>(x, b1));
    x = v128.load_splat<Real>(a, 16);
    c20 = v128.add<Real>(c20, v128.mul<Real>(x, b0));
    c21 = v128.add<Real>(c21, v128.mul<Real>(x, b1));
    x = v128.load_splat<Real>(a, 24);
    c30 = v128.add<Real>(c30, v128.mul<Real>(x, b0));
    c31 = v128.add<Real>(c31, v128.mul<Real>(x, b1));
    a += rowBytes;
    b += rowBytes;
  }
  addRow(c, c00, c01, subtract);
  addRow(c + rowBytes, c10, c11, subtract);
  addRow(c + 2 * rowBytes, c20, c21, subtract);
  addRow(c + 3 * rowBytes, c30, c31, subtract);
}

@inline
function addRow(c: usize, low: v128, high: v128, subtract: bool): void {
  if (subtract) {
    v128.store(c, v128.sub<Real>(v128.load(c), low));
    v128.store(c, v128.sub<Real>(v128.load(c, 16), high), 16);
  } else {
    v128.store(c, v128.add<Real>(v128.load(c), low));
    v128.store(c, v128.add<Real>(v128.load(c, 16), high), 16);
  }
}

/** The same for a 4×2 block. */
export function updateNarrow(a: usize, b: usize, count: i32, c: usize, rowBytes: usize, subtract: bool): void {
  let c0 = v128.splat<Real>(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    c0 = v128.add<Real>(c0, v128.mul<Real>(v128.load_splat<Real>(a), b0));
    c1 = v128.add<Real>(c1, v128.mul<Real>(v128.load_splat<Real>(a, 8), b0));
    c2 = v128.add<Real>(c2, v128.mul<Real>(v128.load_splat<Real>(a, 16), b0));
    c3 = v128.add<Real>(c3, v128.mul<Real>(v128.load_splat<Real>(a, 24), b0));
    a += rowBytes;
    b += rowBytes;
  }
  if (subtract) {
    v128.store(c, v128.sub<Real>(v128.load(c), c0));
    c += rowBytes;
    v128.store(c, v128.sub<Real>(v128.load(c), c1));
    c += rowBytes;
    v128.store(c, v128.sub<Real>(v128.load(c), c2));
    c += rowBytes;
    v128.store(c, v128.sub<Real>(v128.load(c), c3));
  } else {
    v128.store(c, v128.add<Real>(v128.load(c), c0));
    c += rowBytes;
    v128.store(c, v128.add<Real>(v128.load(c), c1));
    c += rowBytes;
    v128.store(c, v128.add<Real>(v128.load(c), c2));
    c += rowBytes;
    v128.store(c, v128.add<Real>(v128.load(c), c3));
  }
}

/**
 * c ±= aᵀ·b for four rows of c: `a` and `b` point to `count` rows, `c` to the first of four rows; `columns` columns from
 * there, in groups of four and at the end perhaps two.
 */
@inline
function updateRows(a: usize, b: usize, count: i32, c: usize, columns: i32, rowBytes: usize, subtract: bool): void {
  for (; columns > 2; columns -= 4) {
    updateBlock(a, b, count, c, rowBytes, subtract);
    b += 32;
    c += 32;
  }
  if (columns > 0) updateNarrow(a, b, count, c, rowBytes, subtract);
}

/** The dot of column i of a with column j of b over `count` rows. */
@inline
function columnDot(a: usize, b: usize, count: i32, rowBytes: usize): Real {
  let s0: Real = 0;
  let s1: Real = 0;
  for (let k = count >> 1; k > 0; k--) {
    s0 += load<Real>(a) * load<Real>(b);
    s1 += load<Real>(a + rowBytes) * load<Real>(b + rowBytes);
    a += 2 * rowBytes;
    b += 2 * rowBytes;
  }
  if (count & 1) s0 += load<Real>(a) * load<Real>(b);
  return s0 + s1;
}

/** c += XᵀX in the upper triangle of order `order` and the column behind it; x has `count` rows. */
export function addSquares(x: usize, count: i32, c: usize, order: i32, rowBytes: usize): void {
  const panels = order & ~3;
  for (let i = 0; i < panels; i += 4) {
    const at = (<usize>i) << 3;
    updateRows(x + at, x + at, count, c + rowBytes * (<usize>i) + at, order + 1 - i, rowBytes, false);
  }
  for (let i = panels; i < order; i++)
    for (let j = i; j <= order; j++) {
      const at = c + rowBytes * (<usize>i) + ((<usize>j) << 3);
      store<Real>(
        at,
        load<Real>(at) + columnDot(x + ((<usize>i) << 3), x + ((<usize>j) << 3), count, rowBytes),
      );
    }
}

@inline
function isPivot(x: Real): bool {
  return x > 0 && x != Infinity;
}

/** Factors the 4×4 block at c (upper triangle) in place; leaves the reciprocals of its diagonal. */
function factorBlock(c: usize, rowBytes: usize, reciprocals: usize): bool {
  const row1 = c + rowBytes;
  const row2 = row1 + rowBytes;
  const row3 = row2 + rowBytes;
  const a00 = load<Real>(c);
  if (!isPivot(a00)) return false;
  const r0: Real = 1 / sqrt<Real>(a00);
  const u01 = load<Real>(c, 8) * r0;
  const u02 = load<Real>(c, 16) * r0;
  const u03 = load<Real>(c, 24) * r0;
  const a11 = load<Real>(row1, 8) - u01 * u01;
  if (!isPivot(a11)) return false;
  const r1: Real = 1 / sqrt<Real>(a11);
  const u12 = (load<Real>(row1, 16) - u01 * u02) * r1;
  const u13 = (load<Real>(row1, 24) - u01 * u03) * r1;
  const a22 = load<Real>(row2, 16) - u02 * u02 - u12 * u12;
  if (!isPivot(a22)) return false;
  const r2: Real = 1 / sqrt<Real>(a22);
  const u23 = (load<Real>(row2, 24) - u02 * u03 - u12 * u13) * r2;
  const a33 = load<Real>(row3, 24) - u03 * u03 - u13 * u13 - u23 * u23;
  if (!isPivot(a33)) return false;
  const r3: Real = 1 / sqrt<Real>(a33);
  store<Real>(reciprocals, r0);
  store<Real>(reciprocals, r1, 8);
  store<Real>(reciprocals, r2, 16);
  store<Real>(reciprocals, r3, 24);
  store<Real>(c, u01, 8);
  store<Real>(c, u02, 16);
  store<Real>(c, u03, 24);
  store<Real>(row1, u12, 16);
  store<Real>(row1, u13, 24);
  store<Real>(row2, u23, 24);
  return true;
}

/** Solves with the 4×4 factor at `u`: four rows of x, `pairs` pairs of columns. */
function substitute(u: usize, reciprocals: usize, x: usize, pairs: i32, rowBytes: usize): void {
  const r0 = v128.load_splat<Real>(reciprocals);
  const r1 = v128.load_splat<Real>(reciprocals, 8);
  const r2 = v128.load_splat<Real>(reciprocals, 16);
  const r3 = v128.load_splat<Real>(reciprocals, 24);
  const u01 = v128.load_splat<Real>(u, 8);
  const u02 = v128.load_splat<Real>(u, 16);
  const u03 = v128.load_splat<Real>(u, 24);
  const u12 = v128.load_splat<Real>(u + rowBytes, 16);
  const u13 = v128.load_splat<Real>(u + rowBytes, 24);
  const u23 = v128.load_splat<Real>(u + 2 * rowBytes, 24);
  let row1 = x + rowBytes;
  let row2 = row1 + rowBytes;
  let row3 = row2 + rowBytes;
  for (; pairs > 0; pairs--) {
    const x0 = v128.mul<Real>(v128.load(x), r0);
    const x1 = v128.mul<Real>(v128.sub<Real>(v128.load(row1), v128.mul<Real>(u01, x0)), r1);
    const x2 = v128.mul<Real>(
      v128.sub<Real>(v128.sub<Real>(v128.load(row2), v128.mul<Real>(u02, x0)), v128.mul<Real>(u12, x1)),
      r2,
    );
    const x3 = v128.mul<Real>(
      v128.sub<Real>(
        v128.sub<Real>(v128.sub<Real>(v128.load(row3), v128.mul<Real>(u03, x0)), v128.mul<Real>(u13, x1)),
        v128.mul<Real>(u23, x2),
      ),
      r3,
    );
    v128.store(x, x0);
    v128.store(row1, x1);
    v128.store(row2, x2);
    v128.store(row3, x3);
    x += 16;
    row1 += 16;
    row2 += 16;
    row3 += 16;
  }
}

/**
 * Overwrites the upper triangle of c with U (A = UᵀU), the column behind it with U⁻ᵀ of itself, and `reciprocals` with
 * 1/diagonal (the diagonal of c itself is left as it was). Returns false when A is not positive definite.
 */
export function factor(c: usize, order: i32, reciprocals: usize, rowBytes: usize): bool {
  const panels = order & ~3;
  for (let i = 0; i < panels; i += 4) {
    const at = (<usize>i) << 3;
    const panel = c + rowBytes * (<usize>i) + at;
    if (i > 0) updateRows(c + at, c + at, i, panel, order + 1 - i, rowBytes, true);
    if (!factorBlock(panel, rowBytes, reciprocals + at)) return false;
    substitute(panel, reciprocals + at, panel + 32, (order - 2 - i) >> 1, rowBytes);
  }
  for (let i = panels; i < order; i++) {
    const at = (<usize>i) << 3;
    const row = c + rowBytes * (<usize>i);
    const pivot = load<Real>(row + at) - columnDot(c + at, c + at, i, rowBytes);
    if (!isPivot(pivot)) return false;
    const reciprocal: Real = 1 / sqrt<Real>(pivot);
    store<Real>(reciprocals + at, reciprocal);
    for (let j = i + 1; j <= order; j++) {
      const to = (<usize>j) << 3;
      store<Real>(row + to, (load<Real>(row + to) - columnDot(c + at, c + to, i, rowBytes)) * reciprocal);
    }
  }
  return true;
}

/** w = U⁻ᵀ, lower triangular; rows are zero behind the diagonal up to the next multiple of four. */
export function invertFactor(c: usize, order: i32, reciprocals: usize, w: usize, rowBytes: usize): void {
  const panels = order & ~3;
  for (let i = 0; i < panels; i += 4) {
    const at = (<usize>i) << 3;
    const panel = w + rowBytes * (<usize>i);
    for (let r: usize = 0; r < 4; r++) {
      memory.fill(panel + rowBytes * r, 0, at + 32);
      store<Real>(panel + (rowBytes + 8) * r + at, 1);
    }
    for (let j = 0; j < i; j += 4) {
      const to = (<usize>j) << 3;
      const from = rowBytes * (<usize>j);
      updateBlock(c + from + at, w + from + to, i - j, panel + to, rowBytes, true);
    }
    substitute(c + rowBytes * (<usize>i) + at, reciprocals + at, panel, (i + 4) >> 1, rowBytes);
  }
  for (let i = panels; i < order; i++) {
    const at = (<usize>i) << 3;
    const row = w + rowBytes * (<usize>i);
    const reciprocal = v128.load_splat<Real>(reciprocals + at);
    memory.fill(row, 0, (<usize>(order + 3) & ~3) << 3);
    for (let j = 0; j < i; j += 2) {
      let from = w + rowBytes * (<usize>j) + ((<usize>j) << 3);
      let u = c + rowBytes * (<usize>j) + at;
      let sum = v128.splat<Real>(0);
      for (let k = j; k < i; k++) {
        sum = v128.sub<Real>(sum, v128.mul<Real>(v128.load_splat<Real>(u), v128.load(from)));
        u += rowBytes;
        from += rowBytes;
      }
      v128.store(row + ((<usize>j) << 3), v128.mul<Real>(sum, reciprocal));
    }
    store<Real>(row + at, load<Real>(reciprocals + at));
  }
}

/** Stores WᵀW packed. */
export function packInverse(w: usize, order: i32, block: usize, rowBytes: usize): void {
  const panels = order & ~3;
  for (let i = 0; i < panels; i += 4) {
    const from = w + rowBytes * (<usize>i);
    for (let j = 0; j <= i; j += 4)
      packBlock(from + ((<usize>i) << 3), from + ((<usize>j) << 3), order - i, block, i >> 1, j >> 1, rowBytes);
  }
  for (let i = panels; i < order; i += 2) {
    const from = w + rowBytes * (<usize>i);
    const second = i + 1 < order;
    for (let j = 0; j <= i; j += 2) {
      let t0 = v128.splat<Real>(0);
      let t1 = t0;
      let a = from + ((<usize>i) << 3);
      let b = from + ((<usize>j) << 3);
      for (let k = i; k < order; k++) {
        const x = v128.load(b);
        t0 = v128.add<Real>(t0, v128.mul<Real>(v128.load_splat<Real>(a), x));
        if (second) t1 = v128.add<Real>(t1, v128.mul<Real>(v128.load_splat<Real>(a, 8), x));
        a += rowBytes;
        b += rowBytes;
      }
      const tile = tileAt(block, i >> 1, j >> 1);
      v128.store(tile, t0);
      v128.store(tile, t1, 16);
    }
  }
}

/** Four tiles of the packed inverse: Σ_k a[k][0..3] ⊗ b[k][0..3]. */
function packBlock(a: usize, b: usize, count: i32, block: usize, m: i32, c: i32, rowBytes: usize): void {
  let c00 = v128.splat<Real>(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<Real>(a);
    c00 = v128.add<Real>(c00, v128.mul<Real>(x, b0));
    c01 = v128.add<Real>(c01, v128.mul<Real>(x, b1));
    x = v128.load_splat<Real>(a, 8);
    c10 = v128.add<Real>(c10, v128.mul<Real>(x, b0));
    c11 = v128.add<Real>(c11, v128.mul<Real>(x, b1));
    x = v128.load_splat<Real>(a, 16);
    c20 = v128.add<Real>(c20, v128.mul<Real>(x, b0));
    c21 = v128.add<Real>(c21, v128.mul<Real>(x, b1));
    x = v128.load_splat<Real>(a, 24);
    c30 = v128.add<Real>(c30, v128.mul<Real>(x, b0));
    c31 = v128.add<Real>(c31, v128.mul<Real>(x, b1));
    a += rowBytes;
    b += rowBytes;
  }
  const upper = tileAt(block, m, c);
  v128.store(upper, c00);
  v128.store(upper, c10, 16);
  if (c < m) {
    v128.store(upper, c01, 32);
    v128.store(upper, c11, 48);
  }
  const lower = tileAt(block, m + 1, c);
  v128.store(lower, c20);
  v128.store(lower, c30, 16);
  v128.store(lower, c21, 32);
  v128.store(lower, c31, 48);
}
