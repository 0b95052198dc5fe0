/** Tiles of 4 × 4 sums in registers, and the panels of four lines that they read. */

import { tileSize } from "./layout";

/** Interleaves up to four lines of `count` entries, and zeros in the place of missing ones. */
@inline
export function packPanel(source: usize, lineBytes: usize, stepBytes: usize, lines: i32, count: i32, to: usize): void {
  if (lines == tileSize) {
    if (lineBytes == 8) copyLines(source, stepBytes, count, to);
    else interleave(source, lineBytes, stepBytes, count, to);
    return;
  }
  memory.fill(to, 0, (<usize>count) * (tileSize * 8));
  for (let line = 0; line < lines; line++) {
    let from = source + lineBytes * (<usize>line);
    let into = to + ((<usize>line) << 3);
    for (let k = count; k > 0; k--) {
      store<f64>(into, load<f64>(from));
      from += stepBytes;
      into += tileSize * 8;
    }
  }
}

@inline
function copyLines(source: usize, stepBytes: usize, count: i32, to: usize): void {
  for (let k = count; k > 0; k--) {
    v128.store(to, v128.load(source));
    v128.store(to, v128.load(source, 16), 16);
    source += stepBytes;
    to += tileSize * 8;
  }
}

@inline
function interleave(source: usize, lineBytes: usize, stepBytes: usize, count: i32, to: usize): void {
  let p1 = source + lineBytes;
  let p2 = p1 + lineBytes;
  let p3 = p2 + lineBytes;
  for (let k = count; k > 0; k--) {
    store<f64>(to, load<f64>(source));
    store<f64>(to, load<f64>(p1), 8);
    store<f64>(to, load<f64>(p2), 16);
    store<f64>(to, load<f64>(p3), 24);
    source += stepBytes;
    p1 += stepBytes;
    p2 += stepBytes;
    p3 += stepBytes;
    to += tileSize * 8;
  }
}

/** The part of a tile that is inside the result. */
export function copyEdge(edge: usize, to: usize, outBytes: usize, high: i32, wide: i32, add: bool): void {
  for (let r = 0; r < high; r++)
    for (let c = 0; c < wide; c++) {
      const at = to + outBytes * (<usize>r) + ((<usize>c) << 3);
      const x = load<f64>(edge + ((<usize>(r * tileSize + c)) << 3));
      store<f64>(at, add ? load<f64>(at) + x : x);
    }
}

@inline
function put(to: usize, x: v128, y: v128, add: bool): void {
  if (add) {
    v128.store(to, v128.add<f64>(v128.load(to), x));
    v128.store(to, v128.add<f64>(v128.load(to, 16), y), 16);
  } else {
    v128.store(to, x);
    v128.store(to, y, 16);
  }
}

/** Four rows as they lie in memory; missing ones repeat the first, and are computed for nothing. */
export function rowsTile(p0: usize, rowBytes: usize, high: i32, panel: usize, count: i32, to: usize, toBytes: usize, add: bool): void {
  let p1 = high > 1 ? p0 + rowBytes : p0;
  let p2 = high > 2 ? p1 + rowBytes : p0;
  let p3 = high > 3 ? p2 + rowBytes : p0;
  let r00 = v128.splat<f64>(0);
  let r01 = r00;
  let r10 = r00;
  let r11 = r00;
  let r20 = r00;
  let r21 = r00;
  let r30 = r00;
  let r31 = r00;
  for (const end = p0 + ((<usize>count) << 3); p0 < end; p0 += 8) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    const a0 = v128.load64_splat(p0);
    r00 = v128.add<f64>(r00, v128.mul<f64>(a0, b0));
    r01 = v128.add<f64>(r01, v128.mul<f64>(a0, b1));
    const a1 = v128.load64_splat(p1);
    r10 = v128.add<f64>(r10, v128.mul<f64>(a1, b0));
    r11 = v128.add<f64>(r11, v128.mul<f64>(a1, b1));
    const a2 = v128.load64_splat(p2);
    r20 = v128.add<f64>(r20, v128.mul<f64>(a2, b0));
    r21 = v128.add<f64>(r21, v128.mul<f64>(a2, b1));
    const a3 = v128.load64_splat(p3);
    r30 = v128.add<f64>(r30, v128.mul<f64>(a3, b0));
    r31 = v128.add<f64>(r31, v128.mul<f64>(a3, b1));
    p1 += 8;
    p2 += 8;
    p3 += 8;
    panel += tileSize * 8;
  }
  put(to, r00, r01, add);
  to += toBytes;
  put(to, r10, r11, add);
  to += toBytes;
  put(to, r20, r21, add);
  to += toBytes;
  put(to, r30, r31, add);
}

/** Four lines side by side at a, times four at b; from step to step so many bytes. */
export function linesTile(a: usize, aStep: usize, b: usize, bStep: usize, count: i32, to: usize, toBytes: usize, add: bool): void {
  let r00 = v128.splat<f64>(0);
  let r01 = r00;
  let r10 = r00;
  let r11 = r00;
  let r20 = r00;
  let r21 = r00;
  let r30 = r00;
  let r31 = r00;
  for (const end = a + aStep * (<usize>count); a < end; a += aStep) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load64_splat(a);
    r00 = v128.add<f64>(r00, v128.mul<f64>(a0, b0));
    r01 = v128.add<f64>(r01, v128.mul<f64>(a0, b1));
    const a1 = v128.load64_splat(a, 8);
    r10 = v128.add<f64>(r10, v128.mul<f64>(a1, b0));
    r11 = v128.add<f64>(r11, v128.mul<f64>(a1, b1));
    const a2 = v128.load64_splat(a, 16);
    r20 = v128.add<f64>(r20, v128.mul<f64>(a2, b0));
    r21 = v128.add<f64>(r21, v128.mul<f64>(a2, b1));
    const a3 = v128.load64_splat(a, 24);
    r30 = v128.add<f64>(r30, v128.mul<f64>(a3, b0));
    r31 = v128.add<f64>(r31, v128.mul<f64>(a3, b1));
    b += bStep;
  }
  put(to, r00, r01, add);
  to += toBytes;
  put(to, r10, r11, add);
  to += toBytes;
  put(to, r20, r21, add);
  to += toBytes;
  put(to, r30, r31, add);
}
