/** Summaries of samples. */

/** The median; NaN for nothing. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Root of the mean square of the differences; 0 for nothing. */
export function rmsDifference(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += (y[k] - x[k]) ** 2;
  return Math.sqrt(sum / Math.max(1, x.length));
}

/** The standard deviation of all there is, not of a sample; 0 for nothing. */
export function spreadOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k];
  return rmsDifference(values, new Float64Array(values.length).fill(sum / Math.max(1, values.length)));
}

/** The median of |value − truth| / |truth|; values whose truth is 0 have none. */
export function medianRelativeError(values: ArrayLike<number>, truth: ArrayLike<number>): number {
  const errors = Array.from(values, (value, k) => Math.abs(value - truth[k]) / Math.abs(truth[k]));
  return median(errors.filter((_, k) => truth[k] !== 0));
}

/** Pearson's correlation; NaN when one side does not vary. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length;
  const mx = mean(x);
  const my = mean(y);
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let k = 0; k < n; k++) {
    xx += (x[k] - mx) ** 2;
    yy += (y[k] - my) ** 2;
    xy += (x[k] - mx) * (y[k] - my);
  }
  return xy / Math.sqrt(xx * yy);
}

/** Taken from the first value, so that the mean of equal values is that value to the bit. */
function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] - values[0];
  return values[0] + sum / values.length;
}

/** Ranks from 1; ties share the mean of their places. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, k) => k).sort((a, b) => values[a] - values[b]);
  const out = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]] === values[order[from]]) to++;
    for (let k = from; k <= to; k++) out[order[k]] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return out;
}

/** Spearman's rank correlation. */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return pearson(ranks(x), ranks(y));
}

/**
 * Kendall's τ_b, corrected for ties: (concordant − discordant pairs)/√((pairs that differ in x)·(pairs that differ in y)), by sorting in O(n log n)
 * (Kendall 1945; Knight 1966). NaN when one side does not vary.
 */
export function kendall(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length;
  const order = Array.from({ length: n }, (_, k) => k).sort((a, b) => x[a] - x[b] || y[a] - y[b]);
  const inX = Float64Array.from(order, (k) => x[k]);
  const inY = Float64Array.from(order, (k) => y[k]);
  const pairs = (n * (n - 1)) / 2;
  const both = tiedPairs(n, (k) => inX[k] === inX[k - 1] && inY[k] === inY[k - 1]);
  const tiedX = tiedPairs(n, (k) => inX[k] === inX[k - 1]);
  // Sorting by y swaps the pairs that x and y order differently, and leaves y in order.
  const discordant = sortCounting(inY, new Float64Array(n), 0, n);
  const tiedY = tiedPairs(n, (k) => inY[k] === inY[k - 1]);
  return (pairs - tiedX - tiedY + both - 2 * discordant) / Math.sqrt((pairs - tiedX) * (pairs - tiedY));
}

/** Pairs inside runs of equal neighbours. */
function tiedPairs(n: number, sameAsLast: (k: number) => boolean): number {
  let [run, pairs] = [1, 0];
  for (let k = 1; k < n; k++) {
    run = sameAsLast(k) ? run + 1 : 1;
    pairs += run - 1;
  }
  return pairs;
}

/** Sorts the values from `from` to `to` by merging, and returns how many pairs were in the wrong order. */
function sortCounting(values: Float64Array, scratch: Float64Array, from: number, to: number): number {
  if (to - from < 2) return 0;
  const middle = (from + to) >> 1;
  let wrong = sortCounting(values, scratch, from, middle) + sortCounting(values, scratch, middle, to);
  for (let left = from, right = middle, at = from; at < to; at++) {
    const takesRight = left === middle || (right < to && values[right] < values[left]);
    if (takesRight) wrong += middle - left;
    scratch[at] = takesRight ? values[right++] : values[left++];
  }
  values.set(scratch.subarray(from, to), from);
  return wrong;
}

/** Slope of the least-squares line y = slope·x through the origin. */
export function slopeThroughOrigin(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let xx = 0;
  let xy = 0;
  for (let k = 0; k < x.length; k++) {
    xx += x[k] * x[k];
    xy += x[k] * y[k];
  }
  return xy / xx;
}

/** A mean with its interval of confidence. */
export interface MeanInterval {
  /** Null of nothing. */
  readonly mean: number | null;
  /** Two standard errors (1.96) to either side; null of fewer than two values. */
  readonly interval: readonly [number, number] | null;
}

/** The mean, and the interval that holds the true one with 95 % by the normal approximation. */
export function meanInterval(values: ArrayLike<number>): MeanInterval {
  const n = values.length;
  if (n === 0) return { mean: null, interval: null };
  const middle = mean(values);
  if (n === 1) return { mean: middle, interval: null };
  let squares = 0;
  for (let k = 0; k < n; k++) squares += (values[k] - middle) ** 2;
  const reach = 1.96 * Math.sqrt(squares / (n - 1) / n);
  return { mean: middle, interval: [middle - reach, middle + reach] };
}

/** The quantile of ascending values, between two of them by their distance; NaN for nothing. */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/** The middle 95 % of values: the percentile interval; NaN at both ends for nothing. */
export function percentileInterval(values: Iterable<number>): readonly [number, number] {
  const sorted = Float64Array.from(values).sort();
  return [quantileOfSorted(sorted, 0.025), quantileOfSorted(sorted, 0.975)];
}

/**
 * The share of pairs of a positive and a negative in which the positive has the greater score, ties counting half (Hanley and McNeil 1982); NaN
 * where there are none of one kind.
 */
export function auc(positives: ArrayLike<number>, negatives: ArrayLike<number>): number {
  const [n, m] = [positives.length, negatives.length];
  const all = new Float64Array(n + m);
  all.set(positives);
  all.set(negatives, n);
  const sum = ranks(all)
    .subarray(0, n)
    .reduce((total, rank) => total + rank, 0);
  return (sum - (n * (n + 1)) / 2) / (n * m);
}
