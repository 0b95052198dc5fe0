/** Players drawn by seed and outside ids: samples of them, and the subsets that judge. */

import { LetheError } from "../errors.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { Players } from "../method/players.ts";
import { keyedUniform, randomOf } from "../numeric/random.ts";
import type { YieldToEventLoop } from "../run.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import { absentRows } from "../valuation/games/game.ts";
import { keysOfPlayers } from "../valuation/players/player-keys.ts";
import { rowsKey } from "./keys.ts";

/** Who is asked about. */
export interface Asked {
  readonly model: TrainedModel;
  readonly players: Players;
}

/** A subset: 1 where a player is there, and the rows of those who are not. */
export interface Subset {
  readonly present: Uint8Array;
  readonly absent: Uint32Array;
}

const playersPerBucket = 64;
const playersPerPiece = 1 << 13;

/** All players in an order that belongs to the seed, the purpose and their outside ids. Gives the event loop its turns: players may be a million. */
export async function drawnOrder(
  asked: Asked,
  seed: number,
  purpose: readonly (string | number)[],
  { yieldToEventLoop }: Pick<RunContext, "yieldToEventLoop">,
): Promise<Uint32Array> {
  const stream = randomOf(seed, "judging", ...purpose).integer(2 ** 53);
  const keyOf = keysOfPlayers(asked.model, asked.players);
  const numbers = new Float64Array(asked.players.count);
  for (let k = 0; k < numbers.length; k++) {
    if (k % playersPerPiece === 0) await yieldToEventLoop();
    numbers[k] = keyedUniform(stream, ...keyOf(k), 0);
  }
  return ordered(numbers, yieldToEventLoop);
}

/** Places of numbers in [0, 1), the smallest first, of equals the first: dealt to buckets, and each bucket sorted. */
async function ordered(numbers: Float64Array, yieldToEventLoop: YieldToEventLoop): Promise<Uint32Array> {
  const buckets = Math.max(1, Math.ceil(numbers.length / playersPerBucket));
  const start = new Uint32Array(buckets + 1);
  const bucketOf = (number: number) => Math.floor(number * buckets);
  for (const number of numbers) start[bucketOf(number) + 1]++;
  for (let b = 0; b < buckets; b++) start[b + 1] += start[b];
  const next = start.slice();
  const order = new Uint32Array(numbers.length);
  for (let k = 0; k < numbers.length; k++) order[next[bucketOf(numbers[k])]++] = k;
  for (let b = 0; b < buckets; b++) {
    order.subarray(start[b], start[b + 1]).sort((i, j) => numbers[i] - numbers[j] || i - j);
    if (b % playersPerBucket === 0) await yieldToEventLoop();
  }
  return order;
}

/** Some players, ascending; all of them where there are no more. */
export async function sampleOf(
  asked: Asked,
  size: number,
  seed: number,
  purpose: string,
  run: RunContext,
): Promise<Uint32Array> {
  return (await drawnOrder(asked, seed, [purpose], run)).slice(0, size).sort();
}

/** How many subsets, with which share of the players, by which seed. */
export interface SubsetSettings {
  readonly subsets: number;
  readonly share: number;
  readonly seed: number;
}

const attempts = 50;

/**
 * Different subsets of as many players each, none of which has a key in `taken`: such are drawn again. Throws `unsupported` where so many are not
 * found.
 */
export async function subsetsOf(
  asked: Asked,
  { subsets, share, seed }: SubsetSettings,
  taken: ReadonlySet<string>,
  run: Pick<RunContext, "yieldToEventLoop">,
): Promise<readonly Subset[]> {
  const { players } = asked;
  const size = Math.round(share * players.count);
  const seen = new Set(taken);
  const absentOf = absentRows(players);
  const drawn: Subset[] = [];
  for (let attempt = 0; drawn.length < subsets; attempt++) {
    // One that is there already is drawn again, by its own number.
    if (attempt === attempts) throw noSubsets(players.count, subsets, size);
    const present = new Uint8Array(players.count);
    const order = await drawnOrder(asked, seed, ["subset", drawn.length, attempt], run);
    for (const k of order.subarray(0, size)) present[k] = 1;
    const absent = absentOf(present);
    const key = rowsKey(absent);
    if (seen.has(key)) continue;
    seen.add(key);
    drawn.push({ present, absent });
    attempt = -1;
  }
  return drawn;
}

function noSubsets(players: number, subsets: number, size: number): LetheError {
  return new LetheError(
    "unsupported",
    `of ${players} players there are no ${subsets} subsets of ${size} that no estimator was fitted to`,
    "ask about more players, or for fewer subsets",
  );
}
