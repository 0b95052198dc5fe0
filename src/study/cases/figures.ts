/** Stored figures beside those that were found: how far apart the arithmetic allows them to be, and which are farther. */

import type { StationaryCertificate } from "../../training/certificate.ts";

/** A figure by its place in the manifest, what is stored, and what was found instead. */
export interface Difference {
  readonly figure: string;
  readonly stored: Value;
  readonly found: Value;
}

/** What a figure may be; null for none. */
export type Value = number | string | boolean | null;

/** A figure with how far from what was found it may be stored. */
interface Expected {
  readonly found: Value;
  readonly allowed?: number;
}

/** Figures by name. */
export type ExpectedFigures = Readonly<Record<string, Expected>>;

/** J to nine digits: a sum of as many terms as there are rows. */
const objectiveShare = 1e-9;
/** Everything else that does not cancel. */
const usualShare = 1e-6;
/** The gap is a difference of numbers of the size of J; a certificate takes it for no smaller than this, either. */
const gapShare = 1e-12;
/** Lanczos on inexact solves: three digits of the curvature are those of another run. */
const curvatureShare = 1e-3;

/** What numbers of a certificate may be stored as; `rounding` is that of the gradient. */
export function expectedFigures(found: StationaryCertificate, rounding: number): ExpectedFigures {
  const { gradientNorm, largestRow, tolerance, objective, dualityGap, sigmaRatio, rmsBound } = found;
  const { curvature, localDistance } = found;
  // A millionth of the tolerance changes nothing that is said of a gradient.
  const ofGradient = (norm: number) => usualShare * (norm + tolerance) + rounding;
  const gapAllowed = usualShare * Math.abs(dualityGap ?? 0) + gapShare * Math.abs(objective);
  return {
    gradientNorm: { found: gradientNorm, allowed: ofGradient(gradientNorm) },
    largestRow: { found: largestRow, allowed: ofGradient(largestRow) },
    tolerance: { found: tolerance },
    objective: { found: objective, allowed: objectiveShare * Math.abs(objective) },
    dualityGap: { found: dualityGap, allowed: gapAllowed },
    sigmaRatio: { found: sigmaRatio, allowed: usualShare * (sigmaRatio ?? 0) },
    rmsBound: { found: rmsBound, allowed: boundAllowed(found, gapAllowed) },
    curvature: { found: curvature, allowed: curvatureShare * (curvature ?? 0) },
    localDistance: {
      found: localDistance,
      allowed: curvatureShare * (localDistance ?? 0) + ofGradient(gradientNorm) / (curvature ?? 1),
    },
  };
}

/** The bound is the root of the gap, where that is not below what can be told from nothing. */
function boundAllowed({ rmsBound, dualityGap, objective }: StationaryCertificate, gapAllowed: number): number {
  const least = gapShare * Math.abs(objective);
  const gap = Math.max(dualityGap ?? 0, least);
  const bound = rmsBound ?? 0;
  if (gap === 0) return 0;
  const at = (other: number) => bound * Math.sqrt(Math.max(other, least) / gap);
  return Math.max(at(gap + gapAllowed) - bound, bound - at(gap - gapAllowed)) + usualShare * bound;
}

/** Figures that must be stored as they were found. */
export function exactly(found: Readonly<Record<string, Value>>): ExpectedFigures {
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, { found: value }]));
}

/** Figures whose stored value is not near enough to what was found, those that are missing, and those that no manifest has. */
export function differencesOf(
  stored: Readonly<Record<string, unknown>>,
  expected: ExpectedFigures,
  place: string,
): Difference[] {
  const names = [...Object.keys(expected), ...Object.keys(stored).filter((name) => !Object.hasOwn(expected, name))];
  return names.flatMap((name) => {
    const { found, allowed = 0 } = expected[name] ?? { found: null };
    const told = Object.hasOwn(stored, name) ? (stored[name] as Value) : undefined;
    if (told !== undefined && Object.hasOwn(expected, name) && isNear(told, found, allowed)) return [];
    return [{ figure: `${place}.${name}`, stored: told ?? null, found }];
  });
}

function isNear(stored: Value, found: Value, allowed: number): boolean {
  if (typeof stored !== "number" || typeof found !== "number") return stored === found;
  return Math.abs(stored - found) <= allowed;
}
