/** Cook's distance: how far a model moves when a player is deleted, whatever is measured. */

import type { Rows } from "../data/interactions.ts";
import type { SolveStatus } from "../linear/solver.ts";
import type { Estimate, EstimateRun, Estimator } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { smoothParameters } from "../method/needs.ts";
import type { Players } from "../method/players.ts";
import { difference, norm } from "../numeric/vector.ts";
import type { Objective } from "../objective/objective.ts";
import { gradientAt } from "../objective/session.ts";
import { canonical } from "../training/canonical.ts";
import { removalFrom } from "../training/removal.ts";
import { solverAt } from "../training/solve.ts";
import type { Smooth, TrainedModel } from "../training/trained-model.ts";
import { requirePlayers } from "./games/game.ts";

const settings = {
  of: {
    summary: "the scores of all rows, or the parameters in the canonical gauge",
    standard: "predictions",
    choices: ["predictions", "parameters"],
  },
  by: {
    summary: "minimising again without the player, or one solve with the Hessian",
    standard: "leave-one-out",
    choices: ["leave-one-out", "first-order"],
  },
  tolerance: { summary: "relative residual of a solve", standard: 1e-8, above: 0 },
} as const;

/** Parameters without a player, and how the numerics ended. */
interface Moved {
  readonly objective: Objective;
  readonly params: Float64Array;
  readonly status: SolveStatus;
  readonly residual: number;
}

/**
 * ‖θ − θ₋‖ (Cook 1977; survey, Eq. 5, of players Eq. 6), or √Σ(score − score₋)² over all rows of training: the numerator of Cook's own distance. First order: θ₋ = θ + H⁺(∇J − ∇J₋).
 * The measures that are asked about do not matter. Cost: a minimisation, or a solve, a player.
 */
export const cooksDistance = method({
  name: "cooks-distance",
  summary: "how far a model moves without the player: its scores, or its parameters in the canonical gauge",
  source: "Cook (1977); survey, Eq. 5 and 6",
  needs: [smoothParameters],
  settings,
  cost: "a training a player",
  properties: {
    ...{ family: "retraining", kin: "leave-one-out" },
    ...{ full: "O(nT)", further: "O(1)", space: "O(n + p)", storage: "O(1) a player" },
    traits: ["assumes differentiable", "assumes stationarity", "group influence", "high upfront cost", "amortizable"],
  },
  make: ({ of, by, tolerance }): Estimator => ({
    async prepare(model, run) {
      const mover = by === "first-order" ? await firstOrder(model, run, tolerance) : await exactly(model, run);
      const own = (players: Players) => distances(model, players, of === "parameters", mover.without, run);
      return {
        own,
        async estimate(measures, players) {
          const found = await own(players);
          const values = Float64Array.from(measures.flatMap(() => [...found.values]));
          return { ...found, values, statuses: measures.flatMap(() => [...found.statuses]) };
        },
        close: mover.close,
      };
    },
  }),
});

async function distances(
  model: TrainedModel,
  players: Players,
  ofParameters: boolean,
  without: (rows: Rows) => Promise<Moved>,
  run: EstimateRun,
): Promise<Estimate> {
  requirePlayers(players);
  const { objective, params } = model.smooth as Smooth;
  const pairs = { users: model.interactions.users, items: model.interactions.items };
  const before = ofParameters ? canonical(objective, params, params) : model.scores(pairs);
  const values = new Float64Array(players.count);
  const statuses = new Array<SolveStatus>(players.count).fill("converged");
  let residual = 0;
  for (let k = 0; k < players.count; k++) {
    const rows = players.rows(k);
    if (rows.length === 0) continue;
    const moved = await without(rows);
    const after = ofParameters
      ? canonical(moved.objective, moved.params, params)
      : moved.objective.serving.at(moved.params, pairs).scores;
    values[k] = norm(difference(before, after));
    statuses[k] = moved.status;
    residual = Math.max(residual, moved.residual);
    run.onProgress?.({ phase: "players", step: k + 1, fraction: (k + 1) / players.count });
    await run.yieldToEventLoop();
  }
  return { values, statuses, residual, evaluations: players.count };
}

async function exactly(model: TrainedModel, run: EstimateRun) {
  const removal = await removalFrom(model, run);
  return {
    async without(rows: Rows): Promise<Moved> {
      const { model: left, status, residual } = await removal.without(rows);
      const { objective, params } = left.smooth as Smooth;
      return { objective, params, status, residual };
    },
    close: () => removal.close(),
  };
}

async function firstOrder({ smooth }: TrainedModel, run: EstimateRun, tolerance: number) {
  const { objective, params } = smooth as Smooth;
  const solver = await solverAt(objective, params, run, { tolerance });
  const whole = await gradientAt(objective, params, run);
  return {
    async without(rows: Rows): Promise<Moved> {
      const retain = objective.without(rows);
      const lost = difference(whole, await gradientAt(retain, params, run));
      const { value, status, residual } = await solver.solve(lost);
      return { objective: retain, params: params.map((x, k) => x + value[k]), status, residual };
    },
    close: () => solver.close(),
  };
}
