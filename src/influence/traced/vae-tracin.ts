/** VAE-TracIn: TracIn of an autoencoder's users, each with their whole ELBO. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { Estimate, Estimator, PreparedEstimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { historyDensity, plainSteps } from "../../method/needs.ts";
import type { Players } from "../../method/players.ts";
import { dot } from "../../numeric/vector.ts";
import { targetGradient } from "../../objective/derivatives.ts";
import { differentiable } from "../../objective/differentiable.ts";
import type { Objective } from "../../objective/objective.ts";
import { unitsAlongInSteps } from "../../objective/units-along.ts";
import { finishYielding } from "../../run.ts";
import { byTarget } from "../by-target.ts";
import { type Checkpoint, checkpointSettings, checkpointsOf } from "./checkpoints.ts";
import { tracinProperties } from "./tracin.ts";
import { unitsOfPlayers } from "./whole-lists.ts";

/** A checkpoint with the noises that gradients are averaged over. */
interface Noisy extends Checkpoint {
  readonly objectives: readonly Objective[];
}

/**
 * −Σ_c w_c·∇target·∇(−ELBO of user k) over checkpoints c (Kong and Chaudhuri 2021; w as in tracin-cp): the user's list with the divergence that belongs to it. The
 * noise ε of a user's code is the one that training had, or gradients are averaged over several. `own` is the user's on their own ELBO: Σ w_c·‖∇ELBO‖², large
 * for users who are unlike the others. Cost: as tracin-cp; of `own` a gradient a user and checkpoint.
 */
export const vaeTracin = method({
  name: "vae-tracin",
  summary: "what the ELBO of each user did to the target, by gradients at checkpoints of the training",
  source: "Kong and Chaudhuri (2021); survey, §5.2",
  needs: [historyDensity, plainSteps],
  settings: {
    draws: {
      summary: "noises that gradients are averaged over; 1: the one that training had",
      standard: 1,
      least: 1,
      whole: true,
    },
    ...checkpointSettings,
  },
  cost: "a training",
  properties: {
    ...tracinProperties,
    ...{ full: "O(bpT + npC)", further: "O(npC)", storage: "O(pC)" },
  },
  make: ({ checkpoints, draws }): Estimator => ({
    async prepare(model, run) {
      const places = (await checkpointsOf(model, checkpoints, run)).map((place) => ({
        ...place,
        objectives: noisesOf(place.objective, draws),
      }));
      return prepared(places, run);
    },
  }),
});

/** The objective with the noise of training, and with others. */
function noisesOf(objective: Objective, draws: number): Objective[] {
  const { settings, interactions, keys, matrices } = objective;
  const seed = Number(settings.model.seed);
  return Array.from({ length: draws }, (_, n) =>
    n === 0
      ? objective
      : differentiable({ ...settings, model: { ...settings.model, seed: seed + n } }, interactions, keys, { matrices }),
  );
}

function prepared(places: readonly Noisy[], run: RunContext): PreparedEstimator {
  return {
    ...byTarget(run, async (target, players) => {
      const units = unitsOfPlayers(places[0].objective, players);
      const scores = new Float64Array(units.length);
      for (const { objective, objectives, params, weight } of places) {
        const { gradient } = targetGradient(objective, params, target);
        for (const noisy of objectives) {
          const along = await alongOf(noisy, params, units, gradient, run);
          along.forEach((x, k) => {
            scores[k] -= (weight * x) / objectives.length;
          });
        }
      }
      return { scores, statuses: new Array(scores.length).fill("converged"), residual: 0 };
    }),
    own: (players) => selfInfluence(places, players, run),
  };
}

/** ⟨∇ of the players' terms, direction⟩. */
async function alongOf(
  objective: Objective,
  params: Float64Array,
  players: readonly Uint32Array[],
  direction: Float64Array,
  run: RunContext,
): Promise<Float64Array> {
  const all = Uint32Array.from(players.flatMap((units) => [...units]));
  const steps = unitsAlongInSteps(objective, params, all, direction);
  const values = await finishYielding(steps, run.yieldToEventLoop);
  let at = 0;
  return Float64Array.from(players, ({ length }) => {
    at += length;
    return values.subarray(at - length, at).reduce((sum, x) => sum + x, 0);
  });
}

async function selfInfluence(places: readonly Noisy[], players: Players, run: RunContext): Promise<Estimate> {
  const units = unitsOfPlayers(places[0].objective, players);
  const values = new Float64Array(units.length);
  const gradient = new Float64Array(places[0].params.length);
  for (const [c, { objectives, params, weight }] of places.entries())
    for (const [k, own] of units.entries()) {
      await run.yieldToEventLoop();
      gradient.fill(0);
      for (const noisy of objectives) noisy.addLoss(params, own, gradient);
      values[k] += (weight * dot(gradient, gradient)) / objectives.length ** 2;
      run.onProgress?.({ phase: "users", step: k + 1, fraction: (c + (k + 1) / units.length) / places.length });
    }
  return {
    ...{ values, statuses: new Array(values.length).fill("converged"), residual: 0, evaluations: 1 },
    notes: ["the fit of a user is their ELBO"],
  };
}
