/** TracInAD: how much the steps of others helped a player's own terms; whom they helped least is unlike them. */

import { LetheError } from "../../errors.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Estimate, Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { plainSteps } from "../../method/needs.ts";
import type { Players } from "../../method/players.ts";
import { keyedUniform } from "../../numeric/random.ts";
import { scaleInPlace } from "../../numeric/vector.ts";
import type { Objective } from "../../objective/objective.ts";
import { batchesOf } from "../../objective/units.ts";
import { unitsAlongInSteps } from "../../objective/units-along.ts";
import { finishYielding } from "../../run.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { type Checkpoint, checkpointSettings, checkpointsOf } from "./checkpoints.ts";
import { tracinProperties } from "./tracin.ts";
import { unitsOfPlayers } from "./whole-lists.ts";

/** About as many pairs are between two turns of the event loop. */
const pairsInTurn = 2 ** 13;
// Keeps these draws apart from others that are keyed by ids.
const purpose = 0x61646164;

/**
 * Mean over sampled users v of Σ_c w_c·∇L_v·∇L_k, L a player's own terms of the loss (of an autoencoder the negative ELBO), at checkpoints c with the weights of
 * tracin-cp (Thimonier et al. 2022). The *low* tail is anomalous: steps of the others did not help. A sampled user counts for themselves too. Cost: a training, then two
 * passes a checkpoint for all players.
 */
export const tracinAd = method({
  name: "tracin-ad",
  summary: "how much the steps of a sample of users helped a player's own rows; the low tail is anomalous",
  source: "Thimonier, Popineau, Rimmel, Doan and Daniel (2022)",
  needs: [plainSteps],
  settings: {
    sample: {
      summary: "users whose steps are averaged, drawn by their ids; 0: all",
      standard: 0,
      least: 0,
      whole: true,
    },
    seed: { summary: "of the sample", standard: 1, least: 0, whole: true },
    ...checkpointSettings,
  },
  cost: "a training",
  properties: {
    ...tracinProperties,
    ...{ full: "O(bpT + npC)", further: "O(npC)", storage: "O(pC)" },
  },
  make: ({ checkpoints, sample, seed }): Estimator => ({
    async prepare(model, run) {
      const places = await checkpointsOf(model, checkpoints, run);
      const users = sampledUsers(model, sample, seed);
      return {
        estimate: refused,
        own: (players) => helpedBy(places, users, players, run),
        close: () => {},
      };
    },
  }),
});

async function refused(): Promise<never> {
  throw new LetheError(
    "unsupported",
    "tracin-ad is about how much others help each player's own rows; there is no measure to ask about",
    "ask what players are to their own rows (own-fit), or ask tracin-cp about the measure",
  );
}

/** Users with rows, those with the smallest numbers that belong to their ids. */
function sampledUsers({ interactions, keys }: TrainedModel, sample: number, seed: number): Uint32Array {
  const { byUser, userCount } = interactions;
  const all = Uint32Array.from({ length: userCount }, (_, u) => u).filter((u) => byUser.start[u + 1] > byUser.start[u]);
  if (sample === 0 || sample >= all.length) return all;
  const number = (user: number) => keyedUniform(seed, keys.users[user], 0, purpose);
  return all
    .slice()
    .sort((a, b) => number(a) - number(b) || a - b)
    .slice(0, sample);
}

async function helpedBy(
  places: readonly Checkpoint[],
  users: Uint32Array,
  players: Players,
  run: RunContext,
): Promise<Estimate> {
  const units = unitsOfPlayers(places[0].objective, players);
  const all = Uint32Array.from(units.flatMap((own) => [...own]));
  const values = new Float64Array(units.length);
  for (const { objective, params, weight } of places) {
    await run.yieldToEventLoop();
    const mean = await meanGradient(objective, params, users, run);
    const along = await finishYielding(unitsAlongInSteps(objective, params, all, mean), run.yieldToEventLoop);
    let at = 0;
    for (const [k, { length }] of units.entries())
      for (const end = at + length; at < end; at++) values[k] += weight * along[at];
  }
  return { values, statuses: new Array(values.length).fill("converged"), residual: 0, evaluations: 1 };
}

/** The mean over users of the gradient of their terms. */
async function meanGradient(
  objective: Objective,
  params: Float64Array,
  users: Uint32Array,
  { yieldToEventLoop }: RunContext,
): Promise<Float64Array> {
  const { byUser } = objective.interactions;
  const rowsOf = (user: number) => [...byUser.rows.subarray(byUser.start[user], byUser.start[user + 1])];
  const lists = objective.settings.loss.form === "listwise";
  const units = lists ? users : Uint32Array.from([...users].flatMap(rowsOf));
  const gradient = new Float64Array(params.length);
  for (const some of batchesOf(objective, units, pairsInTurn)) {
    await yieldToEventLoop();
    objective.addLoss(params, some, gradient);
  }
  scaleInPlace(gradient, 1 / users.length);
  return gradient;
}
