/** Ways of choosing the next item to ask a person about. */

import type { Newcomers } from "../../src/influence/newcomer/newcomer.ts";
import type { RunContext } from "../../src/kernel/run-context.ts";
import { randomOf } from "../../src/numeric/random.ts";

/** The next item, from the items that were answered and those that were asked about. */
export type NewcomersAsked = (answered: readonly number[], asked: ReadonlySet<number>) => Promise<number>;

/** Popularity first: the others are compared with it. */
export function strategiesOf(newcomers: Newcomers, run: RunContext): Readonly<Record<string, NewcomersAsked>> {
  const { known } = newcomers;
  const random = randomOf(8, "strategies");
  const chance = known.map((share) => (share > 0 ? random.uniform() : 0));
  const gains = gainsOf(newcomers, run);
  return {
    "the most popular": async (_, asked) => largest(known, asked),
    "at random": async (_, asked) => largest(chance, asked),
    "gain alone (--known all)": async (answered, asked) => largest(await gains(answered), asked),
    "gain by popularity (default)": async (answered, asked) =>
      largest(
        (await gains(answered)).map((gain, i) => gain * known[i]),
        asked,
      ),
  };
}

/** Gains depend on what was answered, and not on how: people who answered the same share them. */
function gainsOf(newcomers: Newcomers, run: RunContext) {
  const made = new Map<string, Float64Array>();
  return async (answered: readonly number[]): Promise<Float64Array> => {
    const key = answered.toSorted((a, b) => a - b).join(",");
    const before = newcomers.expected(answered);
    const found =
      made.get(key) ??
      (await newcomers.withOneMore(answered, run)).map((error, i) => (newcomers.known[i] > 0 ? before - error : 0));
    made.set(key, found);
    return found;
  };
}

function largest(values: Float64Array, asked: ReadonlySet<number>): number {
  let best = -1;
  for (let i = 0; i < values.length; i++) if (!asked.has(i) && (best < 0 || values[i] > values[best])) best = i;
  return best;
}
