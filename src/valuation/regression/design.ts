/** Subsets and what they are worth as a regression: one row a subset, one column a player. */

import { LetheError } from "../../errors.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Game } from "../games/game.ts";
import type { Tally } from "../sampling/drawing.ts";
import type { Valued } from "../sampling/subset-draws.ts";

/** Subsets that were drawn, subset i by the chance `chances[i % chances.length]`. */
export interface Design extends Tally<Valued> {
  readonly players: number;
  readonly measures: number;
  /** E[1/(p(1 − p))]: the variance of a column. */
  readonly variance: number;
  /** Column k less its mean: 1/p where the player is in, −1/(1 − p) where not. */
  column(k: number): Float64Array;
  /** What the subsets are worth by measure m, less the mean. */
  worth(m: number): Float64Array;
}

/** A regression on more numbers than this does not fit into memory. */
const mostNumbers = 1e8;

/** An empty design. Throws `bad-input` where it could become too large. */
export function designOf({ players, measures }: Game, chances: readonly number[], trainings: number): Design {
  if (players * trainings > mostNumbers)
    throw new LetheError(
      "bad-input",
      `a regression on ${players} players with \`trainings\` ${trainings} has more than ${mostNumbers} numbers`,
      "name fewer players, lower `trainings`, or use banzhaf or downsampling",
    );
  const drawn: Valued[] = [];
  const unknown = new Float64Array(players * measures).fill(Number.NaN);
  return {
    ...{ players, measures },
    variance: chances.reduce((sum, p) => sum + 1 / (p * (1 - p)), 0) / chances.length,
    get units() {
      return drawn.length;
    },
    add: (unit) => void drawn.push(unit),
    values: () => unknown,
    standardErrors: () => unknown,
    column: (k) =>
      centred(
        drawn.map(({ present }, i) => {
          const p = chances[i % chances.length];
          return present[k] === 1 ? 1 / p : -1 / (1 - p);
        }),
      ),
    worth: (m) => centred(drawn.map(({ values }) => values[m])),
  };
}

/** All columns. */
export async function columnsOf({ players, column }: Design, run: RunContext): Promise<readonly Float64Array[]> {
  const columns: Float64Array[] = [];
  while (columns.length < players) {
    await run.yieldToEventLoop();
    columns.push(column(columns.length));
  }
  return columns;
}

function centred(numbers: readonly number[]): Float64Array {
  // From the first on, so that equal numbers become zeros.
  const mean = numbers.reduce((sum, x) => sum + (x - numbers[0]), 0) / numbers.length;
  return Float64Array.from(numbers, (x) => x - numbers[0] - mean);
}
