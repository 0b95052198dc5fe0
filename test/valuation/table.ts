/** A small model that is trained on every subset of its players, once: what laws of games hold against on trained models. */

import {
  measureOf,
  metric,
  type OpenTrainings,
  type Players,
  trainInTurn,
  userPlayers,
} from "../../src/method/index.ts";
import type { Measured } from "../../src/method/trainings.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { type TrainedModel, train } from "../../src/training/index.ts";
import { presentOf } from "../../src/valuation/games/sets.ts";
import { run } from "../support/run.ts";
import { interactionsFrom, kernels, objectiveOn, tastes, triplesOf } from "../support/small.ts";
import { modelFrom } from "../support/trained.ts";

/** The facts about the model. */
export interface Table {
  readonly model: TrainedModel;
  /** Users 0 … 5, of whom user 4 has no rows. */
  readonly players: Players;
  readonly measures: readonly ReturnType<typeof metric>[];
  /** Of the set with these bits, by measure. */
  worth(mask: number, measure: number): number;
  /** The worth of a set of players. */
  of(measure: number): (present: Uint8Array) => number;
  /** Trainings that look up the table. */
  readonly openTrainings: OpenTrainings;
  /** How often the table was asked. */
  asked(): number;
}

const count = 6;

let made: Promise<Table> | undefined;

/** The table, made once. */
export function table(): Promise<Table> {
  made ??= makeTable();
  return made;
}

async function makeTable(): Promise<Table> {
  const some = triplesOf(tastes()).filter(([user]) => user < 12 && user !== 4);
  const objective = objectiveOn(interactionsFrom(some, 12, 20), { factors: 2, l2: 3 });
  const model = modelFrom(await train(objective, { kernels, seed: 1, tolerance: 1e-10 }));
  const players = userPlayers(model.interactions, [0, 1, 2, 3, 4, 5]);
  const best = metric("the best score of user 7", "rating", async (scores) => {
    const items = Uint32Array.from({ length: 20 }, (_, i) => i);
    return Math.max(...(await scores({ users: new Uint32Array(20).fill(7), items })));
  });
  const measures = [measureOf(scoreTarget(8, 3), "rating"), measureOf(scoreTarget(2, 5), "rating"), best];
  const trainings = await trainInTurn(model, measures, run);
  const rowsOf = (mask: number) =>
    Uint32Array.from([...presentOf(mask, count)].flatMap((bit, k) => (bit === 1 ? [] : [...players.rows(k)]))).sort();
  const known = new Map<string, Measured>();
  const found: Measured[] = [];
  for (let mask = 0; mask < 2 ** count; mask++) {
    const rows = rowsOf(mask);
    found.push(known.get(rows.join()) ?? (await trainings.without(rows)));
    known.set(rows.join(), found[mask]);
  }
  await trainings.close();
  let asked = 0;
  const worth = (mask: number, m: number) => found[mask].values[m];
  return {
    ...{ model, players, measures, worth },
    of: (m) => (present) =>
      worth(
        present.reduce((mask, bit, k) => mask | (bit << k), 0),
        m,
      ),
    openTrainings: async () => ({
      width: 1,
      async without(rows) {
        asked++;
        const one = known.get(rows.join());
        if (one === undefined) throw new Error(`rows ${rows.join()} are no set of players`);
        return one;
      },
      trained: () => 0,
      close: async () => {},
    }),
    asked: () => asked,
  };
}
