/** The whole objective's value, gradient and Hessian products: by kernels of its own where it has some, else in turns. */

import { defaultTriples } from "../../kernel/default.ts";
import type { Curvature } from "../../kernel/kernels.ts";
import type { TripleSession } from "../../kernel/triples/triples.ts";
import { noItem } from "../../objective/negatives.ts";
import { addPenalty } from "../../objective/penalty.ts";
import type { ScoredObjective } from "../../objective/scored.ts";
import type { Breathe } from "../../run.ts";
import { evaluateInTurns, productInTurns } from "./in-turns.ts";

/** An objective ready for many evaluations; parameters that were passed must not change while it is open. */
export interface Whole {
  /** J; overwrites `gradient` with ∇J. */
  evaluate(params: Float64Array, gradient: Float64Array): Promise<number>;
  /** out = H·direction. */
  product(params: Float64Array, direction: Float64Array, out: Float64Array, curvature: Curvature): Promise<void>;
  close(): void;
}

/** Opens an objective: matrix factorization without biases under BPR goes to the kernels of triples. */
export function openWhole(objective: ScoredObjective, breathe: Breathe): Whole {
  const { kind, loss, model } = objective.settings;
  if (kind.name === "mf" && loss.name === "bpr" && model.biases === false) return byTriples(objective, breathe);
  return {
    evaluate: (params, gradient) => evaluateInTurns(objective, params, gradient, breathe),
    product: (params, direction, out, curvature) =>
      productInTurns(objective, params, direction, out, curvature, breathe),
    close: () => {},
  };
}

function byTriples(objective: ScoredObjective, breathe: Breathe): Whole {
  const session = openTriples(objective);
  let held: Float64Array | undefined;
  const moveTo = (params: Float64Array) => {
    if (held !== params) session.setPoint(params);
    held = params;
  };
  return {
    async evaluate(params, gradient) {
      await breathe();
      moveTo(params);
      const value = session.evaluate(gradient);
      addPenalty(objective.penalty, params, gradient);
      return value + objective.penalty.value(params);
    },
    async product(params, direction, out, curvature) {
      await breathe();
      moveTo(params);
      session.hessianProduct(direction, out, curvature);
      addPenalty(objective.penalty, direction, out);
    },
    close: () => session.close(),
  };
}

/** The triples of an objective, by user and then by liked item. */
function openTriples({ interactions, negatives, settings, model }: ScoredObjective): TripleSession {
  const { byUser, userCount, itemCount, items } = interactions;
  const perRow = settings.sampling?.perRow ?? 0;
  const users = new Uint32Array(negatives.length);
  const liked = new Uint32Array(negatives.length);
  const others = new Uint32Array(negatives.length);
  let count = 0;
  for (let user = 0; user < userCount; user++) {
    const own = byUser.rows.slice(byUser.start[user], byUser.start[user + 1]);
    own.sort((a, b) => items[a] - items[b] || a - b);
    for (const row of own)
      for (let n = row * perRow; n < (row + 1) * perRow; n++) {
        if (negatives[n] === noItem) continue;
        users[count] = user;
        liked[count] = items[row];
        others[count++] = negatives[n];
      }
  }
  const [table] = model.tensors;
  return defaultTriples().open({
    userCount,
    itemCount,
    factors: table.shape[1],
    users: users.subarray(0, count),
    liked: liked.subarray(0, count),
    others: others.subarray(0, count),
  });
}
