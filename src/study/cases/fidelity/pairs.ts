/** Which pairs fidelity is measured on, and which rows of each. */

import type { Rows } from "../../../data/interactions.ts";
import { drawnOrder } from "../../../judging/draws.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import { interactionPlayers } from "../../../method/players.ts";
import type { TrainedModel } from "../../../training/trained-model.ts";
import type { HeldRows, MeasureData } from "../../choosing/measures.ts";
import type { NamedModel } from "../../store/model.ts";
import { drawnScores, type NamedMeasure, scoreOf } from "../judge/subject.ts";

/** A pair whose score is asked about, with the rows of its user and of its item. */
export interface AskedPair extends NamedMeasure {
  readonly data: Extract<MeasureData, { kind: "score" }>;
  readonly rows: Rows;
}

/** So many pairs, drawn by seed and outside ids: of held-out rows where there are any, else of a user and an item that they have not touched. */
export async function drawnPairs(
  named: NamedModel,
  held: HeldRows | undefined,
  choice: { readonly pairs: number; readonly seed: number },
  run: RunContext,
): Promise<AskedPair[]> {
  const drawn = held === undefined ? await strangers(named, choice, run) : await drawnScores(named, held, choice, run);
  const once = new Map(drawn.map((one) => [one.name, one]));
  return [...once.values()].map((one) => {
    const data = one.data as AskedPair["data"];
    return { ...one, data, rows: rowsOf(named.trained, data) };
  });
}

const mostTries = 1_000_000;
const triesPerTurn = 1024;

/** The user of one row and the item of another: who has many rows comes often, as in held-out rows. */
async function strangers(
  named: NamedModel,
  { pairs, seed }: { readonly pairs: number; readonly seed: number },
  run: RunContext,
): Promise<NamedMeasure[]> {
  const { trained: model } = named;
  const { users, items, byUser, size } = model.interactions;
  const players = interactionPlayers(Uint32Array.from({ length: size }, (_, row) => row));
  const [ofUsers, ofItems] = [
    await drawnOrder({ model, players }, seed, ["fidelity", "users"], run),
    await drawnOrder({ model, players }, seed, ["fidelity", "items"], run),
  ];
  const found = new Map<string, NamedMeasure>();
  // Every user row with every item row, where these are so few; else a pass over the rows finds enough.
  const tries = Math.min(size * size, Math.max(size, mostTries));
  for (let n = 0; n < tries && found.size < pairs; n++) {
    if (n % triesPerTurn === 0) await run.yieldToEventLoop();
    const [k, shift] = [n % size, Math.floor(n / size)];
    const [user, item] = [users[ofUsers[k]], items[ofItems[(k + shift) % size]]];
    const own = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
    if (!own.some((row) => items[row] === item)) found.set(`${user} ${item}`, scoreOf(named, user, item));
  }
  return [...found.values()];
}

/** R_t: the training rows of the user and of the item. */
function rowsOf({ interactions }: TrainedModel, { user, item }: AskedPair["data"]): Rows {
  const { byUser, byItem } = interactions;
  const own = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
  const others = byItem.rows.subarray(byItem.start[item], byItem.start[item + 1]);
  return Uint32Array.from(new Set([...own, ...others])).sort();
}
