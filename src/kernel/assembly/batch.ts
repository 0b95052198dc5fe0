/**
 * A few ratings of one row at a time: dots with the other side's rows, and sums into both sides. Eight columns of the
 * row's own values stay in registers over the whole batch.
 */

import { largestBatch } from "./layout";
import { bytes, dot, dotTwo, Real, sumLanes } from "./vectors";

/** Ratings of a batch: as many as let the rows that they touch stay in the first-level cache, at most `largestBatch`. */
@inline
export function batchOf(stride: i32): i32 {
  return max<i32>(8, min<i32>(largestBatch, 1024 / stride));
}

/** When `keeping` offsets = others × rowBytes; xs = row·table[other], plus the table's bias entry when `withBias`. */
@inline
export function dots(
  others: usize, count: i32, row: usize, table: usize, rowBytes: usize, d: i32, withBias: bool, offsets: usize, xs: usize,
  keeping: bool,
): void {
  const end = others + ((<usize>count) << 2);
  if (d == 8) {
    const p0 = v128.load(row);
    const p1 = v128.load(row, 16);
    const p2 = v128.load(row, 32);
    const p3 = v128.load(row, 48);
    for (; others < end; others += 4) {
      const offset = rowBytes * load<u32>(others);
      const q = table + offset;
      let sum = sumLanes(
        v128.add<Real>(
          v128.add<Real>(v128.mul<Real>(p0, v128.load(q)), v128.mul<Real>(p1, v128.load(q, 16))),
          v128.add<Real>(v128.mul<Real>(p2, v128.load(q, 32)), v128.mul<Real>(p3, v128.load(q, 48))),
        ),
      );
      if (withBias) sum += load<Real>(q, 64);
      if (keeping) store<u32>(offsets, <u32>offset);
      store<Real>(xs, sum);
      offsets += 4;
      xs += sizeof<Real>();
    }
  } else {
    const biasAt = bytes(d);
    for (; others < end; others += 4) {
      const offset = rowBytes * load<u32>(others);
      let sum = dot(row, table + offset, d);
      if (withBias) sum += load<Real>(table + offset + biasAt);
      if (keeping) store<u32>(offsets, <u32>offset);
      store<Real>(xs, sum);
      offsets += 4;
      xs += sizeof<Real>();
    }
  }
}

/** The same with two products: xs = row·towards[other] + direction·table[other], plus the bias entry of `towards`. */
@inline
export function dotsTwo(
  others: usize, count: i32, row: usize, towards: usize, direction: usize, table: usize, rowBytes: usize, d: i32,
  withBias: bool, offsets: usize, xs: usize,
): void {
  const end = others + ((<usize>count) << 2);
  const biasAt = bytes(d);
  for (; others < end; others += 4) {
    const offset = rowBytes * load<u32>(others);
    let sum = dotTwo(row, towards + offset, direction, table + offset, d);
    if (withBias) sum += load<Real>(towards + offset + biasAt);
    store<u32>(offsets, <u32>offset);
    store<Real>(xs, sum);
    offsets += 4;
    xs += sizeof<Real>();
  }
}

/**
 * With `gather` own += Σ x·from[other] (− y·towards[other] when `two`); with `scatter` into[other] += x·row (− y·direction).
 * Columns 0 … d; xs and ys have one entry a rating.
 */
@inline
export function update(
  two: bool, gather: bool, scatter: bool, count: i32, offsets: usize, xs: usize, ys: usize, row: usize, direction: usize,
  own: usize, from: usize, towards: usize, into: usize, d: i32,
): void {
  const end = offsets + ((<usize>count) << 2);
  for (let k = d >> 3; k > 0; k--) {
    eightColumns(two, gather, scatter, end, offsets, xs, ys, row, direction, own, from, towards, into);
    row += 64;
    direction += 64;
    own += 64;
    from += 64;
    towards += 64;
    into += 64;
  }
  for (let k = (d & 7) >> 1; k > 0; k--) {
    twoColumns(two, gather, scatter, end, offsets, xs, ys, row, direction, own, from, towards, into);
    row += 16;
    direction += 16;
    own += 16;
    from += 16;
    towards += 16;
    into += 16;
  }
  if (d & 1) oneColumn(two, gather, scatter, end, offsets, xs, ys, row, direction, own, from, towards, into);
}

/** into[other] += x for every rating of the batch. */
@inline
export function addToBiases(count: i32, offsets: usize, xs: usize, into: usize): void {
  for (const end = offsets + ((<usize>count) << 2); offsets < end; offsets += 4) {
    const to = into + load<u32>(offsets);
    store<Real>(to, load<Real>(to) + load<Real>(xs));
    xs += sizeof<Real>();
  }
}

@inline
function eightColumns(
  two: bool, gather: bool, scatter: bool, end: usize, offsets: usize, xs: usize, ys: usize, row: usize, direction: usize,
  own: usize, from: usize, towards: usize, into: usize,
): void {
  const zero = v128.splat<Real>(0);
  const p0 = scatter ? v128.load(row) : zero;
  const p1 = scatter ? v128.load(row, 16) : zero;
  const p2 = scatter ? v128.load(row, 32) : zero;
  const p3 = scatter ? v128.load(row, 48) : zero;
  const v0 = two && scatter ? v128.load(direction) : zero;
  const v1 = two && scatter ? v128.load(direction, 16) : zero;
  const v2 = two && scatter ? v128.load(direction, 32) : zero;
  const v3 = two && scatter ? v128.load(direction, 48) : zero;
  let o0 = gather ? v128.load(own) : zero;
  let o1 = gather ? v128.load(own, 16) : zero;
  let o2 = gather ? v128.load(own, 32) : zero;
  let o3 = gather ? v128.load(own, 48) : zero;
  for (; offsets < end; offsets += 4) {
    const offset = <usize>load<u32>(offsets);
    const x = v128.load_splat<Real>(xs);
    const y = two ? v128.load_splat<Real>(ys) : zero;
    if (gather) {
      const q = from + offset;
      o0 = v128.add<Real>(o0, v128.mul<Real>(x, v128.load(q)));
      o1 = v128.add<Real>(o1, v128.mul<Real>(x, v128.load(q, 16)));
      o2 = v128.add<Real>(o2, v128.mul<Real>(x, v128.load(q, 32)));
      o3 = v128.add<Real>(o3, v128.mul<Real>(x, v128.load(q, 48)));
      if (two) {
        const t = towards + offset;
        o0 = v128.sub<Real>(o0, v128.mul<Real>(y, v128.load(t)));
        o1 = v128.sub<Real>(o1, v128.mul<Real>(y, v128.load(t, 16)));
        o2 = v128.sub<Real>(o2, v128.mul<Real>(y, v128.load(t, 32)));
        o3 = v128.sub<Real>(o3, v128.mul<Real>(y, v128.load(t, 48)));
      }
    }
    if (scatter) {
      const to = into + offset;
      if (two) {
        v128.store(to, v128.add<Real>(v128.load(to), v128.sub<Real>(v128.mul<Real>(x, p0), v128.mul<Real>(y, v0))));
        v128.store(to, v128.add<Real>(v128.load(to, 16), v128.sub<Real>(v128.mul<Real>(x, p1), v128.mul<Real>(y, v1))), 16);
        v128.store(to, v128.add<Real>(v128.load(to, 32), v128.sub<Real>(v128.mul<Real>(x, p2), v128.mul<Real>(y, v2))), 32);
        v128.store(to, v128.add<Real>(v128.load(to, 48), v128.sub<Real>(v128.mul<Real>(x, p3), v128.mul<Real>(y, v3))), 48);
      } else {
        v128.store(to, v128.add<Real>(v128.load(to), v128.mul<Real>(x, p0)));
        v128.store(to, v128.add<Real>(v128.load(to, 16), v128.mul<Real>(x, p1)), 16);
        v128.store(to, v128.add<Real>(v128.load(to, 32), v128.mul<Real>(x, p2)), 32);
        v128.store(to, v128.add<Real>(v128.load(to, 48), v128.mul<Real>(x, p3)), 48);
      }
    }
    xs += sizeof<Real>();
    if (two) ys += sizeof<Real>();
  }
  if (gather) {
    v128.store(own, o0);
    v128.store(own, o1, 16);
    v128.store(own, o2, 32);
    v128.store(own, o3, 48);
  }
}

@inline
function twoColumns(
  two: bool, gather: bool, scatter: bool, end: usize, offsets: usize, xs: usize, ys: usize, row: usize, direction: usize,
  own: usize, from: usize, towards: usize, into: usize,
): void {
  const zero = v128.splat<Real>(0);
  const p = scatter ? v128.load(row) : zero;
  const v = two && scatter ? v128.load(direction) : zero;
  let o = gather ? v128.load(own) : zero;
  for (; offsets < end; offsets += 4) {
    const offset = <usize>load<u32>(offsets);
    const x = v128.load_splat<Real>(xs);
    const y = two ? v128.load_splat<Real>(ys) : zero;
    if (gather) {
      o = v128.add<Real>(o, v128.mul<Real>(x, v128.load(from + offset)));
      if (two) o = v128.sub<Real>(o, v128.mul<Real>(y, v128.load(towards + offset)));
    }
    if (scatter) {
      const to = into + offset;
      const product = v128.mul<Real>(x, p);
      v128.store(to, v128.add<Real>(v128.load(to), two ? v128.sub<Real>(product, v128.mul<Real>(y, v)) : product));
    }
    xs += sizeof<Real>();
    if (two) ys += sizeof<Real>();
  }
  if (gather) v128.store(own, o);
}

@inline
function oneColumn(
  two: bool, gather: bool, scatter: bool, end: usize, offsets: usize, xs: usize, ys: usize, row: usize, direction: usize,
  own: usize, from: usize, towards: usize, into: usize,
): void {
  const p: Real = scatter ? load<Real>(row) : 0;
  const v: Real = two && scatter ? load<Real>(direction) : 0;
  let o: Real = gather ? load<Real>(own) : 0;
  for (; offsets < end; offsets += 4) {
    const offset = <usize>load<u32>(offsets);
    const x = load<Real>(xs);
    const y: Real = two ? load<Real>(ys) : 0;
    if (gather) {
      o += x * load<Real>(from + offset);
      if (two) o -= y * load<Real>(towards + offset);
    }
    if (scatter) {
      const to = into + offset;
      store<Real>(to, load<Real>(to) + (two ? x * p - y * v : x * p));
    }
    xs += sizeof<Real>();
    if (two) ys += sizeof<Real>();
  }
  if (gather) store<Real>(own, o);
}
