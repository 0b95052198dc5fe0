/** What fast influence is asked: one target at one model, in one of its forms, with the ratings near it. */

import type { Interactions } from "../../data/interactions.ts";
import type { Side } from "../../kernel/kernels.ts";
import type { FactorModel } from "../../model/factor-model.ts";
import type { Factorization } from "../../objective/factorization.ts";
import { type Grams, gramsOf } from "./grams.ts";

/** How blocks and gradients are formed; the right form and the published ones differ only here. */
export interface Form {
  /** Whether the biases are part of the block. */
  readonly biases: boolean;
  /** How often a rating of the very pair counts in the block. */
  readonly pairWeight: number;
  /** Divides by 1 − leverage: takes the row out of the block. */
  readonly correct: boolean;
  readonly sign: 1 | -1;
  /** What stands on the diagonal at entry f of a row with `scale` (1, or its ratings under interaction L2), R_t having `rows`. */
  penalty(objective: Factorization, f: number, scale: number, rows: number): number;
  /** What a row's gradient carries of the L2, at entry f. */
  rowPenalty(objective: Factorization, f: number): number;
}

/** Rows of a user and of an item, and which of them are the very pair. */
export interface Neighbourhood {
  readonly userRows: Uint32Array;
  readonly itemRows: Uint32Array;
  /** Rows that are both. */
  readonly pairRows: readonly number[];
}

/** R_t: the training rows of the user and of the item. */
export function neighbourhood({ byUser, byItem, items }: Interactions, user: number, item: number): Neighbourhood {
  const userRows = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
  const itemRows = byItem.rows.subarray(byItem.start[item], byItem.start[item + 1]);
  const pairRows: number[] = [];
  for (const row of userRows) if (items[row] === item) pairRows.push(row);
  return { userRows, itemRows, pairRows };
}

/** One question. */
export interface Question {
  readonly objective: Factorization;
  readonly model: FactorModel;
  readonly form: Form;
  readonly user: number;
  readonly item: number;
  /** What every pair's zero adds to blocks; undefined for explicit ratings. */
  readonly grams: Grams | undefined;
  readonly near: Neighbourhood;
  /** Order of one side's block. */
  readonly order: number;
  /** Whether that has a bias at its end. */
  readonly biases: boolean;
  /** Rows in R_t. */
  readonly neighbours: number;
}

/** Puts a question together. */
export function questionOf(
  objective: Factorization,
  model: FactorModel,
  form: Form,
  pair: { readonly user: number; readonly item: number },
  grams: Grams | undefined = gramsOf(objective, model.params),
): Question {
  const near = neighbourhood(objective.interactions, pair.user, pair.item);
  const biases = form.biases && objective.shape.biases;
  const twice = form.pairWeight === 2 ? 0 : near.pairRows.length;
  return {
    objective,
    model,
    form,
    ...pair,
    grams,
    near,
    biases,
    order: objective.shape.factors + (biases ? 1 : 0),
    neighbours: near.userRows.length + near.itemRows.length - twice,
  };
}

/** Both sides, in the order of the joint block. */
export const sides: readonly Side[] = ["user", "item"];

/** One side of a question: its own index, the other side's, its rows, and the columns that hold both. */
export function sideOf({ objective, user, item, near }: Question, side: Side) {
  const { users, items } = objective.interactions;
  return side === "user"
    ? { own: user, other: item, rows: near.userRows, keys: users, others: items }
    : { own: item, other: user, rows: near.itemRows, keys: items, others: users };
}

/** Whether every row carries its own share of the L2. */
export function perInteraction(objective: Factorization): boolean {
  return objective.settings.regularizer === "interaction";
}

/** Of what 1 − leverage loses digits below this, blocks are built anew without the row. */
export const leastLeft = 1e-4;

/**
 * Whether a side that loses its last row is in no term any more: then it goes to zero, by convention. Under table L2 its L2 keeps it, and under
 * implicit feedback the zeros of all pairs do.
 */
export function losesItsL2({ objective, form, grams }: Question): boolean {
  return form.correct && perInteraction(objective) && grams === undefined;
}
