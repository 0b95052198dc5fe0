/** What layers apply to their sums, with its derivatives, on blocks of rows: ReLU and squareplus, two entries at a time. */

@inline
function zero(): v128 {
  return v128.splat<f64>(0);
}

@inline
function one(): v128 {
  return v128.splat<f64>(1);
}

/** f(z). */
@inline
function valueOf(z: v128, smooth: bool): v128 {
  if (!smooth) return v128.pmax<f64>(z, zero());
  const roots = v128.sqrt<f64>(v128.add<f64>(v128.mul<f64>(z, z), v128.splat<f64>(4)));
  const far = v128.mul<f64>(v128.splat<f64>(0.5), v128.add<f64>(v128.abs<f64>(z), roots));
  // Of the two roots of y² − zy − 1 the one that does not cancel is 1 over the other.
  return v128.bitselect(far, v128.div<f64>(one(), far), v128.gt<f64>(z, zero()));
}

/** f′(z), of y = f(z). */
@inline
function steepnessOf(y: v128, smooth: bool): v128 {
  if (!smooth) return v128.and(one(), v128.gt<f64>(y, zero()));
  const square = v128.mul<f64>(y, y);
  return v128.div<f64>(square, v128.add<f64>(square, one()));
}

/** f″(z)/f′(z), of y = f(z). */
@inline
function bendOf(y: v128, smooth: bool): v128 {
  if (!smooth) return zero();
  const past = v128.div<f64>(one(), v128.add<f64>(v128.mul<f64>(y, y), one()));
  return v128.mul<f64>(v128.add<f64>(y, y), v128.mul<f64>(past, past));
}

/** Overwrites sums without their bias by the activations. */
export function activate(sums: usize, rowBytes: usize, bias: usize, columns: i32, rows: i32, smooth: bool): void {
  if (smooth) activateRows(sums, rowBytes, bias, columns, rows, true);
  else activateRows(sums, rowBytes, bias, columns, rows, false);
}

@inline
function activateRows(sums: usize, rowBytes: usize, bias: usize, columns: i32, rows: i32, smooth: bool): void {
  const wide = (<usize>columns) << 3;
  for (; rows > 0; rows--) {
    for (let k: usize = 0; k < wide; k += 16)
      v128.store(sums + k, valueOf(v128.add<f64>(v128.load(sums + k), v128.load(bias + k)), smooth));
    sums += rowBytes;
  }
}

/** Overwrites the tangents of sums without their bias by those of the activations. */
export function move(
  tangents: usize, activations: usize, rowBytes: usize, biasTangent: usize, columns: i32, rows: i32, smooth: bool,
): void {
  if (smooth) moveRows(tangents, activations, rowBytes, biasTangent, columns, rows, true);
  else moveRows(tangents, activations, rowBytes, biasTangent, columns, rows, false);
}

@inline
function moveRows(
  tangents: usize, activations: usize, rowBytes: usize, biasTangent: usize, columns: i32, rows: i32, smooth: bool,
): void {
  const wide = (<usize>columns) << 3;
  for (; rows > 0; rows--) {
    for (let k: usize = 0; k < wide; k += 16) {
      const sum = v128.add<f64>(v128.load(tangents + k), v128.load(biasTangent + k));
      v128.store(tangents + k, v128.mul<f64>(sum, steepnessOf(v128.load(activations + k), smooth)));
    }
    tangents += rowBytes;
    activations += rowBytes;
  }
}

/** Overwrites slopes of activations by those of the sums, and adds each column to `biasSums`. */
export function back(
  slopes: usize, slopeBytes: usize, activations: usize, rowBytes: usize, biasSums: usize, columns: i32, rows: i32,
  smooth: bool,
): void {
  if (smooth) backRows(slopes, slopeBytes, activations, rowBytes, biasSums, columns, rows, true);
  else backRows(slopes, slopeBytes, activations, rowBytes, biasSums, columns, rows, false);
}

@inline
function backRows(
  slopes: usize, slopeBytes: usize, activations: usize, rowBytes: usize, biasSums: usize, columns: i32, rows: i32,
  smooth: bool,
): void {
  const wide = (<usize>columns) << 3;
  for (; rows > 0; rows--) {
    for (let k: usize = 0; k < wide; k += 16) {
      const slope = v128.mul<f64>(v128.load(slopes + k), steepnessOf(v128.load(activations + k), smooth));
      v128.store(slopes + k, slope);
      v128.store(biasSums + k, v128.add<f64>(v128.load(biasSums + k), slope));
    }
    slopes += slopeBytes;
    activations += rowBytes;
  }
}

/** The same for slopes and their tangents, of which the latter are summed; `tangents` are those of the activations. */
export function backMoving(
  slopes: usize, slopeTangents: usize, slopeBytes: usize, activations: usize, tangents: usize, rowBytes: usize,
  biasSums: usize, columns: i32, rows: i32, smooth: bool,
): void {
  if (smooth) backMovingRows(slopes, slopeTangents, slopeBytes, activations, tangents, rowBytes, biasSums, columns, rows, true);
  else backMovingRows(slopes, slopeTangents, slopeBytes, activations, tangents, rowBytes, biasSums, columns, rows, false);
}

@inline
function backMovingRows(
  slopes: usize, slopeTangents: usize, slopeBytes: usize, activations: usize, tangents: usize, rowBytes: usize,
  biasSums: usize, columns: i32, rows: i32, smooth: bool,
): void {
  const wide = (<usize>columns) << 3;
  for (; rows > 0; rows--) {
    for (let k: usize = 0; k < wide; k += 16) {
      const y = v128.load(activations + k);
      const steepness = steepnessOf(y, smooth);
      const slope = v128.load(slopes + k);
      let moved = v128.mul<f64>(v128.load(slopeTangents + k), steepness);
      // (slope·f′)′ = slope′·f′ + slope·f″·ż, and f′·ż is the tangent.
      if (smooth) moved = v128.add<f64>(moved, v128.mul<f64>(v128.mul<f64>(slope, bendOf(y, smooth)), v128.load(tangents + k)));
      v128.store(slopes + k, v128.mul<f64>(slope, steepness));
      v128.store(slopeTangents + k, moved);
      v128.store(biasSums + k, v128.add<f64>(v128.load(biasSums + k), moved));
    }
    slopes += slopeBytes;
    slopeTangents += slopeBytes;
    activations += rowBytes;
    tangents += rowBytes;
  }
}
