/** Powers and geometric sums of many steps at once, by products alone. */

/** γⁿ, and 1 + γ + … + γⁿ⁻¹. */
export interface Series {
  readonly power: number;
  readonly sum: number;
}

/**
 * A function of γ and a whole number n from 0 on, by doubling, O(log n): products are the same in every engine, which Math.pow is not. The last
 * answer is kept, because the places of one row ask alike.
 */
export function geometricSeries(): (gamma: number, n: number) => Series {
  let last = { gamma: Number.NaN, n: 0, series: { power: 1, sum: 0 } };
  return (gamma, n) => {
    if (last.gamma !== gamma || last.n !== n) last = { gamma, n, series: seriesOf(gamma, n) };
    return last.series;
  };
}

function seriesOf(gamma: number, n: number): Series {
  if (n === 0) return { power: 1, sum: 0 };
  const half = seriesOf(gamma, Math.floor(n / 2));
  const power = half.power * half.power;
  const sum = half.sum * (1 + half.power);
  return n % 2 === 0 ? { power, sum } : { power: power * gamma, sum: 1 + gamma * sum };
}
