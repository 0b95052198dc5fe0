/** Loops over short vectors in memory, two lanes at a time: dots and updates. */

/** The element type of every table. */
export type Real = f64;

/** Bytes of n elements. */
@inline
export function bytes(n: i32): usize {
  return (<usize>n) * sizeof<Real>();
}

@inline
export function sumLanes(v: v128): Real {
  return v128.extract_lane<Real>(v, 0) + v128.extract_lane<Real>(v, 1);
}

/** a·b over n elements. */
@inline
export function dot(a: usize, b: usize, n: i32): Real {
  let s0 = v128.splat<Real>(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let k = n >> 3; k > 0; k--) {
    s0 = v128.add<Real>(s0, v128.mul<Real>(v128.load(a), v128.load(b)));
    s1 = v128.add<Real>(s1, v128.mul<Real>(v128.load(a, 16), v128.load(b, 16)));
    s2 = v128.add<Real>(s2, v128.mul<Real>(v128.load(a, 32), v128.load(b, 32)));
    s3 = v128.add<Real>(s3, v128.mul<Real>(v128.load(a, 48), v128.load(b, 48)));
    a += 64;
    b += 64;
  }
  for (let k = (n & 7) >> 1; k > 0; k--) {
    s0 = v128.add<Real>(s0, v128.mul<Real>(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  let sum = sumLanes(v128.add<Real>(v128.add<Real>(s0, s1), v128.add<Real>(s2, s3)));
  if (n & 1) sum += load<Real>(a) * load<Real>(b);
  return sum;
}

/** a·b + c·e over n elements. */
@inline
export function dotTwo(a: usize, b: usize, c: usize, e: usize, n: i32): Real {
  let s0 = v128.splat<Real>(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let k = n >> 2; k > 0; k--) {
    s0 = v128.add<Real>(s0, v128.mul<Real>(v128.load(a), v128.load(b)));
    s1 = v128.add<Real>(s1, v128.mul<Real>(v128.load(a, 16), v128.load(b, 16)));
    s2 = v128.add<Real>(s2, v128.mul<Real>(v128.load(c), v128.load(e)));
    s3 = v128.add<Real>(s3, v128.mul<Real>(v128.load(c, 16), v128.load(e, 16)));
    a += 32;
    b += 32;
    c += 32;
    e += 32;
  }
  if (n & 2) {
    s0 = v128.add<Real>(s0, v128.mul<Real>(v128.load(a), v128.load(b)));
    s2 = v128.add<Real>(s2, v128.mul<Real>(v128.load(c), v128.load(e)));
    a += 16;
    b += 16;
    c += 16;
    e += 16;
  }
  let sum = sumLanes(v128.add<Real>(v128.add<Real>(s0, s1), v128.add<Real>(s2, s3)));
  if (n & 1) sum += load<Real>(a) * load<Real>(b) + load<Real>(c) * load<Real>(e);
  return sum;
}

/** to += x·a over n elements. */
@inline
export function axpy(x: Real, a: usize, to: usize, n: i32): void {
  const xs = v128.splat<Real>(x);
  for (let k = n >> 2; k > 0; k--) {
    v128.store(to, v128.add<Real>(v128.load(to), v128.mul<Real>(xs, v128.load(a))));
    v128.store(to, v128.add<Real>(v128.load(to, 16), v128.mul<Real>(xs, v128.load(a, 16))), 16);
    a += 32;
    to += 32;
  }
  if (n & 2) {
    v128.store(to, v128.add<Real>(v128.load(to), v128.mul<Real>(xs, v128.load(a))));
    a += 16;
    to += 16;
  }
  if (n & 1) store<Real>(to, load<Real>(to) + x * load<Real>(a));
}
