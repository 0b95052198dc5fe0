/** What an optimizer does to a stretch of parameters, and what all optimizers share. */

/** Parameters that are moved in place, and the sum of gradients that has gathered for them. */
export interface Ground {
  readonly params: Float64Array;
  /** Overwritten with 0 where it has been used. */
  readonly gradient: Float64Array;
}

/** One step of a stretch: its gradient is scale·(gathered gradient + pull·parameters). */
export interface Move {
  scale: number;
  pull: number;
  learningRate: number;
  /** How many steps this stretch has made, this one included. */
  step: number;
}

/** A rule that moves parameters against their gradient. */
export interface Optimizer {
  /** Moves parameters `from` … `to` − 1. */
  move(from: number, to: number, move: Readonly<Move>): void;
  /** What the rule remembers, parameter by parameter. */
  readonly moments: readonly Float64Array[];
}

/** What was remembered, copied, or zeros. */
export function rememberedOr(moments: readonly Float64Array[] | undefined, n: number, length: number): Float64Array {
  return moments?.[n]?.slice() ?? new Float64Array(length);
}
