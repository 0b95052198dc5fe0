/** Walking down a function of one positive number in steps of equal ratio. */

/** Where a walk may go, and when it ends. */
export interface Walk {
  readonly least: number;
  readonly most: number;
  /** Between neighbours; above 1. */
  readonly ratio: number;
  /** A step has to lower the function by this share of it, or the walk ends: what is lower by less is no better. */
  readonly gain: number;
}

/**
 * Where a function ends that is walked down from `start`, towards 0 first, and from `most` where it is lower there than at the end of the first
 * walk. Between the last point and its neighbours the lowest point of the parabola through them is taken, in the logarithm.
 */
export async function walkDown(at: (x: number) => Promise<number>, start: number, walk: Walk): Promise<number> {
  const known = new Map<number, number>();
  const valueAt = async (x: number) => {
    const value = known.get(x) ?? (await at(x));
    known.set(x, value);
    return value;
  };
  const end = await endOf(valueAt, start, walk);
  if (!(await isLower(valueAt, walk.most, end, walk))) return end;
  return endOf(valueAt, walk.most, walk);
}

type Values = (x: number) => Promise<number>;

async function isLower(valueAt: Values, x: number, than: number, { gain }: Walk): Promise<boolean> {
  return (await valueAt(x)) < (1 - gain) * (await valueAt(than));
}

async function endOf(valueAt: Values, start: number, walk: Walk): Promise<number> {
  for (const factor of [1 / walk.ratio, walk.ratio]) {
    const end = await walked(valueAt, start, factor, walk);
    if (end !== start) return lowestAround(valueAt, end, walk);
  }
  return lowestAround(valueAt, start, walk);
}

async function walked(valueAt: Values, start: number, factor: number, walk: Walk): Promise<number> {
  let x = start;
  for (let next = within(x * factor, walk); next !== x; next = within(x * factor, walk)) {
    if (!(await isLower(valueAt, next, x, walk))) break;
    x = next;
  }
  return x;
}

function within(x: number, { least, most }: Walk): number {
  return Math.min(most, Math.max(least, x));
}

async function lowestAround(valueAt: Values, x: number, walk: Walk): Promise<number> {
  const [left, right] = [within(x / walk.ratio, walk), within(x * walk.ratio, walk)];
  if (left === x || right === x) return x;
  const [a, b] = [Math.log(left / x), Math.log(right / x)];
  const here = await valueAt(x);
  const [toLeft, toRight] = [(await valueAt(left)) - here, (await valueAt(right)) - here];
  if (Math.max(toLeft, toRight) < walk.gain * here) return x;
  // Value − here is s·t + ½c·t² at t = a and b.
  const curvature = (2 * (toRight / b - toLeft / a)) / (b - a);
  const slope = toLeft / a - (curvature * a) / 2;
  if (!(curvature > 0)) return x;
  return x * Math.exp(Math.min(b, Math.max(a, -slope / curvature)));
}
