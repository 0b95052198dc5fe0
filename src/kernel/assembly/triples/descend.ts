/** Stochastic gradient descent along triples, one after the other. */

import { bytes, sumLanes } from "../vectors";
import { finish, marginsAt, scratchOf } from "./batches";
import { decay, sigmoidOfMinus, softplusOfMinus } from "./exponential";
import {
  countField, factorsField, l2Field, largestBatch, learningRateField, orderField, pointField,
  triplesField, userCountField,
} from "./layout";

/** Triples whose rows are looked up ahead of their use, since each lookup is likely to miss the caches. */
const ahead = largestBatch / 2;

/** Descends along the ordered triples; the sum of their losses, each as it was met, is the value. */
export function descend(s: usize): void {
  const d = load<i32>(s, factorsField);
  const rowBytes = bytes(d);
  const point = load<usize>(s, pointField);
  const table = point + rowBytes * (<usize>load<u32>(s, userCountField));
  const triples = load<usize>(s, triplesField);
  const places = scratchOf(s, 0);
  const margins = places + marginsAt;
  const rate = load<f64>(s, learningRateField);
  const keep = 1 - rate * load<f64>(s, l2Field);
  let order = load<usize>(s, orderField);
  let value: f64 = 0;
  for (let left = load<i32>(s, countField); left > 0; left -= ahead) {
    const count = min<i32>(ahead, left);
    lookUp(triples, order, count, places, point, table, rowBytes);
    if (d == 8) steps(true, places, count, rate, keep, margins, 8);
    else steps(false, places, count, rate, keep, margins, d);
    value += losses(margins, count);
    order += ahead * 4;
  }
  finish(s, 0, value);
}

/** Addresses of the three rows of every triple. */
@inline
function lookUp(triples: usize, order: usize, count: i32, to: usize, point: usize, table: usize, rowBytes: usize): void {
  for (; count > 0; count--) {
    const triple = triples + (<usize>load<u32>(order)) * 12;
    store<u32>(to, <u32>(point + rowBytes * (<usize>load<u32>(triple))));
    store<u32>(to, <u32>(table + rowBytes * (<usize>load<u32>(triple, 4))), 4);
    store<u32>(to, <u32>(table + rowBytes * (<usize>load<u32>(triple, 8))), 8);
    order += 4;
    to += 12;
  }
}

/** rate·sigmoid(−margin). */
@inline
function stepOf(margins: v128, rate: f64): v128 {
  return v128.mul<f64>(v128.splat<f64>(rate), sigmoidOfMinus(margins, decay(margins)));
}

/**
 * Two triples at a time where they share no row: then the second does not read what the first one moves, and the slow part, the
 * logistic function, is paid once for both.
 */
@inline
function steps(eight: bool, places: usize, count: i32, rate: f64, keep: f64, margins: usize, d: i32): void {
  const k = v128.splat<f64>(keep);
  while (count > 0) {
    const p = <usize>load<u32>(places);
    const q = <usize>load<u32>(places, 4);
    const r = <usize>load<u32>(places, 8);
    const first = marginOf(eight, p, q, r, d);
    if (count > 1 && apart(p, q, r, places + 12)) {
      const v = <usize>load<u32>(places, 12);
      const w = <usize>load<u32>(places, 16);
      const x = <usize>load<u32>(places, 20);
      const both = v128.replace_lane<f64>(v128.splat<f64>(first), 1, marginOf(eight, v, w, x, d));
      v128.store(margins, both);
      const step = stepOf(both, rate);
      move(eight, p, q, r, v128.extract_lane<f64>(step, 0), k, d);
      move(eight, v, w, x, v128.extract_lane<f64>(step, 1), k, d);
      places += 24;
      margins += 16;
      count -= 2;
    } else {
      store<f64>(margins, first);
      move(eight, p, q, r, v128.extract_lane<f64>(stepOf(v128.splat<f64>(first), rate), 0), k, d);
      places += 12;
      margins += 8;
      count--;
    }
  }
}

/** Whether a triple shares no row with another. */
@inline
function apart(p: usize, q: usize, r: usize, other: usize): bool {
  const w = <usize>load<u32>(other, 4);
  const x = <usize>load<u32>(other, 8);
  return (p != <usize>load<u32>(other)) & (q != w) & (q != x) & (r != w) & (r != x);
}

/** Two factors of the three rows. */
@inline
function movePair(p: usize, q: usize, r: usize, by: v128, keep: v128): void {
  const x = v128.load(p);
  const y = v128.load(q);
  const z = v128.load(r);
  const moved = v128.mul<f64>(by, x);
  v128.store(p, v128.add<f64>(v128.mul<f64>(keep, x), v128.mul<f64>(by, v128.sub<f64>(y, z))));
  v128.store(q, v128.add<f64>(v128.mul<f64>(keep, y), moved));
  v128.store(r, v128.sub<f64>(v128.mul<f64>(keep, z), moved));
}

@inline
function difference(q: usize, r: usize): v128 {
  return v128.sub<f64>(v128.load(q), v128.load(r));
}

/** p·(q − r). */
@inline
function marginOf(eight: bool, p: usize, q: usize, r: usize, d: i32): f64 {
  let s0 = v128.splat<f64>(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let k = eight ? 1 : d >> 3; k > 0; k--) {
    s0 = v128.add<f64>(s0, v128.mul<f64>(v128.load(p), difference(q, r)));
    s1 = v128.add<f64>(s1, v128.mul<f64>(v128.load(p, 16), difference(q + 16, r + 16)));
    s2 = v128.add<f64>(s2, v128.mul<f64>(v128.load(p, 32), difference(q + 32, r + 32)));
    s3 = v128.add<f64>(s3, v128.mul<f64>(v128.load(p, 48), difference(q + 48, r + 48)));
    p += 64;
    q += 64;
    r += 64;
  }
  if (!eight)
    for (let k = (d & 7) >> 1; k > 0; k--) {
      s0 = v128.add<f64>(s0, v128.mul<f64>(v128.load(p), difference(q, r)));
      p += 16;
      q += 16;
      r += 16;
    }
  let sum = sumLanes(v128.add<f64>(v128.add<f64>(s0, s1), v128.add<f64>(s2, s3)));
  if (!eight && d & 1) sum += load<f64>(p) * (load<f64>(q) - load<f64>(r));
  return sum;
}

@inline
function move(eight: bool, p: usize, q: usize, r: usize, step: f64, keep: v128, d: i32): void {
  const by = v128.splat<f64>(step);
  if (eight) {
    movePair(p, q, r, by, keep);
    movePair(p + 16, q + 16, r + 16, by, keep);
    movePair(p + 32, q + 32, r + 32, by, keep);
    movePair(p + 48, q + 48, r + 48, by, keep);
    return;
  }
  for (let k = d >> 1; k > 0; k--) {
    movePair(p, q, r, by, keep);
    p += 16;
    q += 16;
    r += 16;
  }
  if (!(d & 1)) return;
  const x = load<f64>(p);
  const y = load<f64>(q);
  const z = load<f64>(r);
  const k = v128.extract_lane<f64>(keep, 0);
  store<f64>(p, k * x + step * (y - z));
  store<f64>(q, k * y + step * x);
  store<f64>(r, k * z - step * x);
}

/** Σ softplus(−margin). */
@inline
function losses(margins: usize, count: i32): f64 {
  let sums = v128.splat<f64>(0);
  for (let k = count >> 1; k > 0; k--) {
    const x = v128.load(margins);
    sums = v128.add<f64>(sums, softplusOfMinus(x, decay(x)));
    margins += 16;
  }
  let sum = sumLanes(sums);
  if (count & 1) {
    const x = v128.load64_splat(margins);
    sum += v128.extract_lane<f64>(softplusOfMinus(x, decay(x)), 0);
  }
  return sum;
}
