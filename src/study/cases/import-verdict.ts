/** One line on an imported model: good, usual for where its training stopped, or suspicious, with the reason. */

import type { FactorizationSettings } from "../../objective/factorization.ts";
import { type OwnOptima, type Suboptimality, solvedExactly } from "../../training/suboptimality.ts";

/** What is to be thought of a model under the declared loss and L2. */
export interface Verdict {
  readonly kind: "good" | "usual" | "suspicious";
  /** Why, in words. */
  readonly reason: string;
}

/** Scores that would move by less than this part of their spread are those of the optimum, for people. */
const goodShift = 0.01;
const usualShift = 0.1;
/** Alternating least squares by conjugate gradients leaves one side this much nearer to its optimum than the other. */
const muchNearer = 0.1;

/** Judges what was measured; `sweeps` is how many the file states. */
export function verdictOf(
  { scoreShift, scoreSpread, ownOptima }: Suboptimality,
  settings: FactorizationSettings,
  sweeps: number | undefined,
): Verdict {
  const part = scoreShift === null ? Number.POSITIVE_INFINITY : scoreShift / Math.max(scoreSpread, Number.MIN_VALUE);
  const near = Math.min(ownOptima.users, ownOptima.items);
  const far = Math.max(ownOptima.users, ownOptima.items);
  const side = ownOptima.users < ownOptima.items ? "user" : "item";
  if (ownOptima.fits !== null && part > goodShift) return { kind: "suspicious", reason: fitText(ownOptima, settings) };
  if (part <= goodShift) return { kind: "good", reason: `scores would move by ${percent(part)} of their spread` };
  const stopped =
    sweeps === undefined
      ? "alternating least squares that stopped early"
      : `${sweeps} sweeps of alternating least squares`;
  if (near <= solvedExactly || near <= muchNearer * far)
    return {
      kind: "usual",
      reason: `for ${stopped}: the ${side} rows are at their own optimum to ${near.toExponential(0)}, the others to ${far.toExponential(0)}`,
    };
  if (part <= usualShift)
    return {
      kind: "usual",
      reason: `for training by small steps: scores would move by ${percent(part)} of their spread`,
    };
  return {
    kind: "suspicious",
    reason: `wrong loss or λ? Neither user rows (off by ${percent(ownOptima.users)}) nor item rows (${percent(ownOptima.items)}) are at their own optimum, and alternating least squares leaves one side there`,
  };
}

function fitText({ fits }: OwnOptima, { l2, regularizer, confidence }: FactorizationSettings): string {
  if (fits === null) return "";
  const figure = (x: number) => String(Number(x.toPrecision(4)));
  const instead = [
    ...(Math.abs(fits.l2 / l2 - 1) > 1e-3 ? [`\`l2\` ${figure(fits.l2)}`] : []),
    ...(fits.regularizer === regularizer ? [] : [`\`regularizer\` ${fits.regularizer}`]),
    ...(fits.alpha === null || Math.abs(fits.alpha / (confidence?.alpha ?? 1) - 1) < 1e-3
      ? []
      : [`\`alpha\` ${figure(fits.alpha)}`]),
  ];
  return `wrong loss or λ? The ${fits.side} rows are at their own optimum under ${instead.join(" and ")}: import with that`;
}

function percent(part: number): string {
  return Number.isFinite(part) ? `${Number((100 * part).toPrecision(2))} %` : "more";
}
