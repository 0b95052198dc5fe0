/** Relative influence through the rows of one user and one item alone, the rest held. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { worseStatus } from "../../linear/status.ts";
import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { localScores } from "../../method/needs.ts";
import type { Players } from "../../method/players.ts";
import { supportOf } from "../../model/model.ts";
import { dot } from "../../numeric/vector.ts";
import type { Objective } from "../../objective/objective.ts";
import { type ObjectiveSession, openObjective } from "../../objective/session.ts";
import type { Target } from "../../objective/target.ts";
import { denseHessian } from "../../training/solve.ts";
import type { Smooth } from "../../training/trained-model.ts";
import { byTarget, type Contribution } from "../by-target.ts";
import { blockOf, solveBlock } from "../fast/blocks.ts";
import { rowsTouching, type SupportBlock, supportBlock } from "../fast/support-block.ts";
import { influenceFunctionProperties } from "../influence-function.ts";
import { addPlayerGradient } from "./player-gradients.ts";
import { normSetting, over, type RelativeNorm, sizeOf } from "./relative-influence.ts";

/**
 * −τᵀB⁻¹g/‖B⁻¹g‖, or over √(gᵀB⁻¹g), with B the block of the Hessian over the rows of the target's user and item, τ and g the gradients of the score and of
 * the player's rows on it: relative influence (Barshan, Brunet & Dziugaite 2020) by the blocks of Cheng et al. (2019). Of several pairs each by its own block, weighed by slopes. Cost: the
 * block, O(n′·d²), and O(d²) a player.
 */
export const relativeInfluenceBlock = method({
  name: "relative-influence-block",
  summary: "influence through the user's and the item's own rows, over the size of what the player does to them",
  source: "Barshan, Brunet and Dziugaite (2020), by the blocks of Cheng, Shen, Zhu and Huang (2019)",
  needs: [localScores],
  settings: { norm: normSetting },
  cost: "closed form",
  value: "relative",
  // m rows of the user and of the item, blocks of d factors.
  properties: {
    ...influenceFunctionProperties,
    full: "O(md² + d³ + n)",
    further: "O(md² + d³ + n)",
    traits: influenceFunctionProperties.traits.filter(
      (trait) => !["estimates leave-one-out", "high instance cost"].includes(trait),
    ),
  },
  make: ({ norm: by }): Estimator => ({
    async prepare({ smooth }, run) {
      const { objective, params } = smooth as Smooth;
      const session = openObjective(objective, params, run);
      return byTarget(run, throughBlocks(smooth as Smooth, session, by as RelativeNorm, run), session.close);
    },
  }),
});

function throughBlocks(
  { objective, params }: Smooth,
  session: ObjectiveSession,
  by: RelativeNorm,
  run: RunContext,
): (target: Target, players: Players) => Promise<Contribution> {
  return async (target, players) => {
    const { users, items } = target.pairs;
    const slopes = target.slopes(await session.scores(target.pairs));
    const scores = new Float64Array(players.count);
    const statuses = new Array<SolveStatus>(players.count).fill("converged");
    for (const [n, slope] of slopes.entries()) {
      const block = await blockAt(objective, params, users[n], items[n], run);
      const pair = { users: users.subarray(n, n + 1), items: items.subarray(n, n + 1) };
      const asked = new Float64Array(params.length);
      objective.serving.at(params, pair).addVjp(Float64Array.of(slope), asked);
      for (let k = 0; k < players.count; k++) {
        const found = await onPlayer(session, block, asked, players, k, by);
        scores[k] += found.score;
        statuses[k] = worseStatus(statuses[k], found.status);
      }
    }
    return { scores, statuses, residual: 0 };
  };
}

/** The block of the true Hessian, with the terms of no row where all pairs count. */
async function blockAt(
  objective: Objective,
  params: Float64Array,
  user: number,
  item: number,
  run: RunContext,
): Promise<SupportBlock> {
  await run.yieldToEventLoop();
  if (objective.settings.loss.confidence === undefined)
    return supportBlock(objective, params, user, item, rowsTouching(objective, user, item));
  const support = supportOf(objective.model, user, item);
  const { values: matrix, order } = await denseHessian(objective, params, run, "full", support);
  const block = blockOf(matrix.slice(), order);
  return { block, matrix, support, status: block.definite ? "converged" : "breakdown" };
}

async function onPlayer(
  session: ObjectiveSession,
  { block, support, status }: SupportBlock,
  asked: Float64Array,
  players: Players,
  k: number,
  by: RelativeNorm,
): Promise<{ readonly score: number; readonly status: SolveStatus }> {
  if (!block.definite) return { score: 0, status };
  const gradient = new Float64Array(asked.length);
  await addPlayerGradient(session, players, k, gradient);
  const [own, tau] = [gradient, asked].map((vector) => Float64Array.from(support, (place) => vector[place]));
  const x = solveBlock(block, own);
  // The block is positive definite: its size has a root.
  return { score: over(-dot(tau, x), sizeOf(own, x, by) ?? 0), status };
}
