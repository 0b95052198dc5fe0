/** Plain loops over vectors; every sum runs in index order, so results do not depend on how work was shared. */

/** Σ aᵢbᵢ. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** ‖a‖₂, without overflow for the sizes that occur here. */
export function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

/** The largest |aᵢ|; 0 for an empty vector. */
export function largest(a: Float64Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]));
  return most;
}

/** y += scale·x. */
export function addScaled(y: Float64Array, scale: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i] += scale * x[i];
}

/**
 * y += scale·x; returns Σ yᵢzᵢ of the new y. One way through memory instead of two, and in four sums, so that no addition waits for the one
 * before it.
 */
export function addScaledAndDot(y: Float64Array, scale: number, x: Float64Array, z: Float64Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = y.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    y[i] += scale * x[i];
    y[i + 1] += scale * x[i + 1];
    y[i + 2] += scale * x[i + 2];
    y[i + 3] += scale * x[i + 3];
    a += y[i] * z[i];
    b += y[i + 1] * z[i + 1];
    c += y[i + 2] * z[i + 2];
    d += y[i + 3] * z[i + 3];
  }
  for (let i = whole; i < y.length; i++) {
    y[i] += scale * x[i];
    a += y[i] * z[i];
  }
  return a + b + (c + d);
}

/** y ← x + scale·y. */
export function scaleAndAdd(y: Float64Array, scale: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i] = x[i] + scale * y[i];
}

/** a ← scale·a. */
export function scaleInPlace(a: Float64Array, scale: number): void {
  for (let i = 0; i < a.length; i++) a[i] *= scale;
}

/** a − b, a new vector. */
export function difference(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = a[i] - b[i];
  return out;
}

/** y += Σ weights[a]·columns[a], four columns at a time so that y is read and written seldom. */
export function addCombination(y: Float64Array, weights: ArrayLike<number>, columns: readonly Float64Array[]): void {
  let a = 0;
  for (; a + 4 <= columns.length; a += 4) {
    const [c0, c1, c2, c3] = [columns[a], columns[a + 1], columns[a + 2], columns[a + 3]];
    const [w0, w1, w2, w3] = [weights[a], weights[a + 1], weights[a + 2], weights[a + 3]];
    for (let i = 0; i < y.length; i++) y[i] += w0 * c0[i] + w1 * c1[i] + w2 * c2[i] + w3 * c3[i];
  }
  for (; a < columns.length; a++) addScaled(y, weights[a], columns[a]);
}
