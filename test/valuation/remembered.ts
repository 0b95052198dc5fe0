/** Trainings that remember all scores of every model they trained: laws ask about the same sets again and again. */

import type { Rows } from "../../src/data/interactions.ts";
import { metric, type OpenTrainings, trainInTurn } from "../../src/method/index.ts";
import { measuredBy } from "../../src/method/measure.ts";
import type { Measured } from "../../src/method/trainings.ts";
import type { Pairs } from "../../src/model/model.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { run } from "../support/run.ts";

interface Known {
  readonly scores: Float64Array;
  readonly status: Measured["status"];
}

const memory = new WeakMap<TrainedModel, Map<string, Promise<Known>>>();

/** Opens such trainings, `width` of which may be in work at the same time; later ones end sooner. */
export function remembered(width: number): OpenTrainings {
  return async (model, measures, context, options = {}) => {
    const known = memory.get(model) ?? new Map<string, Promise<Known>>();
    memory.set(model, known);
    const { itemCount } = model.interactions;
    let asked = 0;
    return {
      width,
      async without(rows) {
        const turns = 7 - (asked++ % 7);
        const key = `${options.seed ?? model.seed}: ${rows.join()}`;
        const found = known.get(key) ?? trained(model, rows, options.seed);
        known.set(key, found);
        const { scores, status } = await found;
        for (let turn = 0; width > 1 && turn < turns; turn++) await undefined;
        const lookUp = ({ users, items }: Pairs) =>
          Float64Array.from(users, (u, n) => scores[u * itemCount + items[n]]);
        return { values: await measuredBy(measures, lookUp, context), status };
      },
      trained: () => known.size,
      close: async () => {},
    };
  };
}

/** Trained to its end, whatever becomes of who asked. */
async function trained(model: TrainedModel, rows: Rows, seed: number | undefined): Promise<Known> {
  const { userCount, itemCount } = model.interactions;
  const users = Uint32Array.from({ length: userCount * itemCount }, (_, n) => Math.floor(n / itemCount));
  const items = users.map((_, n) => n % itemCount);
  let all = new Float64Array();
  const everything = metric("all scores", model.unit, async (scores) => {
    all = Float64Array.from(await scores({ users, items }));
    return 0;
  });
  const trainings = await trainInTurn(model, [everything], run, { seed });
  const { status } = await trainings.without(rows);
  await trainings.close();
  return { scores: all, status };
}
