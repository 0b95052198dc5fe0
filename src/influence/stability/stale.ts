/** How far the rows of a user and an item may move before the influences that fast influence told of their ratings are stale. */

import type { Rows } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Need } from "../../method/method.ts";
import { dot, norm } from "../../numeric/vector.ts";
import type { Smooth } from "../../training/trained-model.ts";
import { type Block, residualsOf, solveBlock } from "../fast/blocks.ts";
import { right } from "../fast/closed.ts";
import { jointBlock, pairGradient, rowOnBlock, statusOf } from "../fast/joint-block.ts";
import { type Question, questionOf } from "../fast/question.ts";
import { errorChange } from "./bounds.ts";
import { factorModelOf, factorRatings } from "./need.ts";
import { exchanged } from "./pair-block.ts";
import { type Sensitivity, type Validity, validityOf } from "./validity.ts";

/** What can be told how long it is right: dot products under squared loss on ratings, the L2 that of the tables. */
export const tableFactorRatings: Need = {
  name: factorRatings.name,
  unmet: (model) =>
    factorRatings.unmet(model) ??
    (model.smooth?.objective.settings.regularizer === "interaction"
      ? "under interaction L2 a rating takes a share of the rows' own L2 along"
      : undefined),
};

/**
 * For each row, how far the embeddings and biases of the user and the item may move, everything else held, before `fast-influence` (form leverage) of the row
 * on their score has changed by more than `limit`; null where its block was not positive definite. For a model that meets `tableFactorRatings`. Cost: O(n′·d² + d³) a row.
 */
export async function staleBeyond(
  smooth: Smooth,
  pair: { readonly user: number; readonly item: number },
  rows: Rows,
  limit: number,
  run: RunContext,
): Promise<(Validity | null)[]> {
  const { closed, model } = factorModelOf(smooth);
  const question = questionOf(closed, model, right, pair);
  const found: (Validity | null)[] = [];
  for (const row of rows) {
    await run.yieldToEventLoop();
    const at = sensitivityOf(question, row);
    found.push(at === undefined ? null : validityOf(at, limit));
  }
  return found;
}

/** What the bound reads of one row of the user or the item; undefined where the block is not positive definite. */
export function sensitivityOf(question: Question, row: number): Sensitivity | undefined {
  const { objective, model, near, user, item } = question;
  const whole = jointBlock(question, new Set([row]));
  if (statusOf(whole) !== "converged") return undefined;
  const { block } = whole;
  const { users, items } = objective.interactions;
  const touched = { user: users[row] === user, item: items[row] === item };
  const [residual] = residualsOf(objective, model, [row]);
  const { x, gradient } = rowOnBlock(question, row, residual, touched);
  const tau = pairGradient(question);
  const [s, w] = [solveBlock(block, tau), solveBlock(block, gradient)];
  const slope = exchanged(halvesOf(question), w);
  const along = dot(s, x);
  slope.forEach((_, k) => {
    slope[k] += along * x[k];
  });
  const shared = {
    ...{ jacobian: norm(tau), s: norm(s), w: norm(w), inverse: norm(block.inverse), slope },
    pairRatings: near.pairRows.filter((one) => one !== row).length,
  };
  return touched.user && touched.item
    ? ofThePair(question, shared, s, along, -residual)
    : { ...shared, ...ofOneSide(block, x) };
}

/** A rating of one side: Δg = (x·δ)·x, linear in the side's own row. */
function ofOneSide(block: Block, x: Float64Array): Pick<Sensitivity, "gradient" | "rest"> {
  const size = norm(solveBlock(block, x)) * norm(x);
  return { gradient: (distance) => size * distance, rest: () => 0 };
}

/** A rating of the very pair: g = e·τ, Δg = Δe·τ + (e + Δe)·Δτ, whose linear part has e·Δτ more. */
function ofThePair(
  question: Question,
  shared: Omit<Sensitivity, "gradient" | "rest">,
  s: Float64Array,
  along: number,
  error: number,
): Sensitivity {
  const crossed = exchanged(halvesOf(question), s);
  const changed = (distance: number) => errorChange(shared.jacobian, distance);
  return {
    ...shared,
    slope: shared.slope.map((x, k) => x + error * crossed[k]),
    gradient: (distance) =>
      changed(distance) * shared.s + (Math.abs(error) + changed(distance)) * distance * shared.inverse,
    rest: (distance) => (Math.abs(along) * distance * distance) / 2 + shared.s * changed(distance) * distance,
  };
}

/** Where the two embeddings are on the block. */
function halvesOf({ order, objective }: Question) {
  return { factors: objective.shape.factors, stride: order };
}
