/** Fast Influence Analysis: influence through the user's and the item's own rows alone, by small dense blocks (Cheng et al. 2019). */

import type { SolveStatus } from "../../linear/solver.ts";
import { worseStatus } from "../../linear/status.ts";
import type { Players } from "../../method/players.ts";
import { scores as scoresOf } from "../../model/factor-model.ts";
import type { Factorization } from "../../objective/factorization.ts";
import { penaltyOf } from "../../objective/row-gradient.ts";
import type { Target } from "../../objective/target.ts";
import { modelOf } from "../../training/factors/trained.ts";
import { type Contribution, rowsOfAll } from "../by-target.ts";
import { gramsOf } from "./grams.ts";
import { addJointly, influenceTogether } from "./joint-block.ts";
import { type Form, perInteraction, type Question, questionOf } from "./question.ts";
import { addSeparately } from "./separate-blocks.ts";

/**
 * "leverage": the block without the row, by its leverage (right, the default). "block": the block with it, sum-scaled L2. "text": as the paper
 * prints it, no L2 and no biases, damping 1e-6. "code": as its published program computes it, L2 under-scaled by n′/n and added to
 * each row's gradient, the pair counted twice when it is in training, and the opposite sign.
 */
export type FastInfluenceMode = "leverage" | "block" | "text" | "code";

/** The right form: each row taken out of its block, sum-scaled L2. */
export const right: Form = {
  biases: true,
  pairWeight: 1,
  sign: 1,
  correct: true,
  penalty: (objective, f, scale) => scale * penaltyOf(objective, f),
  rowPenalty: (objective, f) => (perInteraction(objective) ? penaltyOf(objective, f) : 0),
};

/** λ of a mean-form weight decay, as it meets one row: only the embeddings decay. */
const decay = (objective: Factorization, f: number) =>
  f < objective.settings.factors ? objective.settings.l2 / Math.max(1, objective.interactions.size) : 0;

const forms: Readonly<Record<FastInfluenceMode, Form>> = {
  leverage: right,
  block: { ...right, correct: false },
  // The damping of 1e-6 stands beside a mean of squared errors: 1e-6·n′/2 beside a sum of halved ones.
  text: { ...right, biases: false, correct: false, penalty: (_o, _f, _s, rows) => 1e-6 * rows, rowPenalty: () => 0 },
  code: {
    biases: true,
    correct: false,
    sign: -1,
    pairWeight: 2,
    penalty: (objective, f, _scale, rows) => rows * (decay(objective, f) + 0.5e-6),
    rowPenalty: decay,
  },
};

/** Whether a form is one for explicit ratings alone. */
export function explicitOnly(mode: FastInfluenceMode): boolean {
  return mode === "text" || mode === "code";
}

/**
 * Influence of players on a target: of a row of R_t r_k·x_tᵀA⁻¹x_k/(1 − h) with A the user's (item's) block, h = x_kᵀA⁻¹x_k. Rows that touch neither
 * have influence zero here. If the pair is itself in training, one joint block with its cross term. A player of several rows is taken
 * out of the joint block as a whole, where the form takes rows out, else summed. Cost: O(n′·d² + d³), whatever the size of the set.
 */
export function closedContribution(
  closed: Factorization,
  params: Float64Array,
  mode: FastInfluenceMode,
): (target: Target, players: Players) => Promise<Contribution> {
  const form = forms[mode];
  const model = modelOf({ objective: closed, params });
  const grams = gramsOf(closed, params);
  return async (target, players) => {
    const { users, items } = target.pairs;
    const slopes = target.slopes(scoresOf(model, users, items));
    const scores = new Float64Array(players.count);
    let statuses: readonly SolveStatus[] | undefined;
    slopes.forEach((slope, n) => {
      const question = questionOf(closed, model, form, { user: users[n], item: items[n] }, grams);
      const found = onPair(question, players);
      for (let k = 0; k < players.count; k++) scores[k] += slope * form.sign * found.scores[k];
      statuses = statuses?.map((status, k) => worseStatus(status, found.statuses[k])) ?? found.statuses;
    });
    return { scores, statuses: statuses ?? new Array<SolveStatus>(players.count).fill("converged"), residual: 0 };
  };
}

/** Influence of players on the score of the question's pair. */
function onPair(question: Question, players: Players): Contribution {
  const all = players.single ?? rowsOfAll(players);
  const alone = new Float64Array(all.length);
  // A zero of the very pair joins its two rows, as an interaction does.
  const apart = question.near.pairRows.length === 0 && question.grams === undefined;
  const ended = new Array<SolveStatus>(all.length).fill("converged");
  (apart ? addSeparately : addJointly)(question, all, alone, ended);
  if (players.single) return { scores: alone, statuses: ended, residual: 0 };
  const placeOf = new Map(Array.from(all, (row, k) => [row, k]));
  const statuses = new Array<SolveStatus>(players.count).fill("converged");
  const scores = Float64Array.from({ length: players.count }, (_, k) => {
    const rows = players.rows(k);
    if (rows.length > 1 && question.form.correct) {
      const found = influenceTogether(question, rows);
      statuses[k] = found.status;
      return found.score;
    }
    let sum = 0;
    for (const row of rows) {
      const place = placeOf.get(row) as number;
      sum += alone[place];
      statuses[k] = worseStatus(statuses[k], ended[place]);
    }
    return sum;
  });
  return { scores, statuses, residual: 0 };
}
