/** What shares say of themselves: what they sum to, and what they leave out. */

/** How a target, its scores weighed by its slopes, is made up. */
export interface Parts {
  /** The shares of all rows. */
  readonly ofRows: number;
  /** Of pairs without an interaction, where all pairs count. */
  readonly pairs: number;
  /** What has no representer, and what that is. */
  readonly without: number;
  readonly lacking: string;
  /** What the gradient of a model that is not stationary leaves out. */
  readonly missing: number;
  /** The size of what is summed: less than a billionth of it is not told. */
  readonly size: number;
}

/** The parts in words; those that are nothing are not told. */
export function sharesNote({ ofRows, pairs, without, lacking, missing, size }: Parts): string {
  const least = 1e-9 * Math.max(size, Math.abs(without), Math.abs(ofRows));
  const parts: readonly (readonly [number, string])[] = [
    [pairs, `pairs without an interaction have ${told(pairs)}`],
    [without, `${told(without)} has no representer (${lacking})`],
    [missing, `${told(missing)} is missing, because the model is not stationary`],
  ];
  const there = parts.filter(([size]) => Math.abs(size) > least).map(([, words]) => words);
  return [`the shares of all rows sum to ${told(ofRows)}`, ...there].join("; ");
}

/** By how much a change of the parameters moved what is asked; nothing where it hardly did. */
export function movedNote(what: string, before: number, after: number): string[] {
  if (Math.abs(after - before) <= 1e-9 * Math.max(1, Math.abs(before))) return [];
  return [`${what}, which took what is asked from ${told(before)} to ${told(after)}`];
}

function told(x: number): string {
  return String(Number(x.toPrecision(6)));
}
