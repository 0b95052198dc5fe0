/** What of curves and points has a place in a plane: series of finite numbers, axes with ends, and how many points have none. */

import type { Curves, Points } from "./part.ts";
import { clean, howMany } from "./values.ts";

/** A point with a place. */
export interface PlacedPoint {
  readonly x: number;
  readonly y: number;
  readonly label?: string | undefined;
}

/** Points of one name. */
export interface Series {
  readonly label: string;
  readonly points: readonly PlacedPoint[];
  readonly reference: boolean;
}

/** An axis from its lower to its higher end; these are never the same. */
export interface Axis {
  readonly name: string;
  readonly log: boolean;
  readonly low: number;
  readonly high: number;
}

/** Series over two axes; of a plane with a diagonal its two ends. */
export interface Plane {
  readonly joined: boolean;
  readonly series: readonly Series[];
  readonly x: Axis;
  readonly y: Axis;
  readonly diagonal: readonly PlacedPoint[];
  /** What is not drawn, in words, where there is any. */
  readonly note: string | undefined;
}

/** Beyond this, differences of two numbers are not finite. */
const largest = 1e150;

/** Curves and points as a plane. */
export function planeOf(part: Curves | Points): Plane {
  const log = (part.kind === "curves" && part.log) || undefined;
  const [logX, logY] = [log === "x" || log === "both", log === "y" || log === "both"];
  const hasPlace = ({ x, y }: PlacedPoint) => fits(x, logX) && fits(y, logY);
  const all = seriesOf(part);
  const series = all.map((one) => ({ ...one, label: clean(one.label), points: one.points.filter(hasPlace) }));
  const lost = sizeOf(all) - sizeOf(series);
  const points = series.flatMap((one) => one.points);
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [x, y] = [axisOf(part.x, logX, xs), axisOf(part.y, logY, ys)];
  return {
    joined: part.kind === "curves",
    ...{ series, x, y },
    diagonal: part.kind === "points" && part.diagonal === true ? diagonalOf(x, y) : [],
    note: lost === 0 ? undefined : lostText(lost, logX || logY),
  };
}

/** Where a value is on its axis, from 0 to 1. */
export function placeOn({ log, low, high }: Axis, value: number): number {
  const at = (v: number) => (log ? Math.log10(v) : v);
  return (at(value) - at(low)) / (at(high) - at(low));
}

/** The lower and higher end of values, as ends that differ. */
export function endsOf(values: readonly number[], log = false): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (low > high) return log ? [0.1, 1] : [0, 1];
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low > 1e-12 * size && high - low > 1 / largest) return [low, high];
  if (log) return [low / 2, high * 2];
  return size < 1 / largest ? [0, 1] : [low - size / 2, high + size / 2];
}

/** Whether a number has a place on an axis. */
export function fits(value: number, log = false): boolean {
  return Math.abs(value) < largest && (!log || value > 1 / largest);
}

/** The ends of y = x within two axes; none where they share no value. */
function diagonalOf(x: Axis, y: Axis): PlacedPoint[] {
  const [low, high] = [Math.max(x.low, y.low), Math.min(x.high, y.high)];
  return low < high ? [low, high].map((value) => ({ x: value, y: value })) : [];
}

function seriesOf(part: Curves | Points): Series[] {
  if (part.kind === "points") return part.groups.map((group) => ({ ...group, reference: false }));
  return part.lines.map(({ label, points, reference = false }) => ({
    label,
    points: points.map(([x, y]) => ({ x, y })),
    reference,
  }));
}

function sizeOf(series: readonly Series[]): number {
  return series.reduce((sum, { points }) => sum + points.length, 0);
}

function axisOf(name: string, log: boolean, values: readonly number[]): Axis {
  const [low, high] = endsOf(values, log);
  return { name: clean(name), log, low, high };
}

function lostText(lost: number, log: boolean): string {
  const why = log ? "no finite numbers above 0" : "no finite numbers";
  return `${howMany(lost, "point")} not drawn: ${why}`;
}
