/** exp and log(1 + x), two lanes at a time, for what the logistic function needs of them. */

// 1.5·2⁵²: what is added to it is rounded to an integer, which is then in the low bits.
const shifter: f64 = 6755399441055744;

@inline
function splat(x: f64): v128 {
  return v128.splat<f64>(x);
}

/** a + b·x. */
@inline
function line(a: f64, b: f64, x: v128): v128 {
  return v128.add<f64>(splat(a), v128.mul<f64>(splat(b), x));
}

/** a + b·x */
@inline
function join(a: v128, b: v128, x: v128): v128 {
  return v128.add<f64>(a, v128.mul<f64>(b, x));
}

/**
 * eˣ for x ≤ 0, within 1 unit in the last place; below −708 it is e⁻⁷⁰⁸. x = n·log 2 + r, and eʳ = 1 + r + r²·q(r) with q the polynomial
 * of degree 9 through Chebyshev's points of |r| ≤ ½ log 2 (relative error 2·10⁻¹⁷).
 */
@inline
export function exponential(x: v128): v128 {
  // A NaN has to stay one, which this order of arguments sees to.
  const y = f64x2.pmax(x, splat(-708));
  const shifted = v128.add<f64>(v128.mul<f64>(y, splat(1.4426950408889634)), splat(shifter));
  const n = v128.sub<f64>(shifted, splat(shifter));
  const high = v128.sub<f64>(y, v128.mul<f64>(n, splat(0.6931471805592082)));
  const r = v128.sub<f64>(high, v128.mul<f64>(n, splat(7.371002565167799e-13)));
  const r2 = v128.mul<f64>(r, r);
  const r4 = v128.mul<f64>(r2, r2);
  const q01 = line(0.5000000000000001, 0.16666666666666669, r);
  const q23 = line(0.041666666666623824, 0.008333333333330039, r);
  const q45 = line(0.0013888888917367081, 0.00019841269863171557, r);
  const q67 = line(2.4801521057868204e-5, 2.7557268276905696e-6, r);
  const q89 = line(2.7620201591031547e-7, 2.5100472505694996e-8, r);
  const q47 = join(q45, q67, r2);
  const q = join(join(q01, q23, r2), join(q47, q89, r4), r4);
  const e = v128.add<f64>(splat(1), v128.add<f64>(r, v128.mul<f64>(r2, q)));
  return i64x2.add(e, i64x2.shl(shifted, 52));
}

/**
 * log(1 + x) for 0 ≤ x ≤ 1, within 2 units in the last place: 2 artanh s with s = x/(2 + x), of half of 1 + x where that exceeds √2, and
 * artanh by a polynomial of degree 6 through Chebyshev's points of s² (relative error 5·10⁻¹⁸).
 */
@inline
export function logarithm(x: v128): v128 {
  const large = v128.gt<f64>(x, splat(0.41421356237309503));
  const above = v128.bitselect(v128.sub<f64>(x, splat(1)), x, large);
  const below = v128.add<f64>(x, v128.bitselect(splat(3), splat(2), large));
  const s = v128.div<f64>(above, below);
  const z = v128.mul<f64>(s, s);
  const z2 = v128.mul<f64>(z, z);
  const l01 = line(0.666666666666667, 0.3999999999989889, z);
  const l23 = line(0.28571428626253836, 0.22222211089379496, z);
  const l45 = line(0.1818289243253687, 0.15331611722055008, z);
  const l46 = join(l45, splat(0.14617807153417325), z2);
  const l = join(l01, join(l23, l46, z2), z2);
  const twice = v128.add<f64>(s, s);
  const artanh = v128.add<f64>(twice, v128.mul<f64>(v128.mul<f64>(s, z), l));
  return v128.add<f64>(artanh, v128.and(large, splat(0.6931471805599453)));
}

/** e^−|x|. */
@inline
export function decay(x: v128): v128 {
  return exponential(v128.neg<f64>(v128.abs<f64>(x)));
}

/** sigmoid(−x), where e is `decay(x)`. */
@inline
export function sigmoidOfMinus(x: v128, e: v128): v128 {
  const above = v128.bitselect(e, splat(1), v128.gt<f64>(x, splat(0)));
  return v128.div<f64>(above, v128.add<f64>(splat(1), e));
}

/** softplus(−x), where e is `decay(x)`. */
@inline
export function softplusOfMinus(x: v128, e: v128): v128 {
  return v128.add<f64>(f64x2.pmax(v128.neg<f64>(x), splat(0)), logarithm(e));
}
