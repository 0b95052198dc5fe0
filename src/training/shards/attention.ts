/** RecEraser's attention: members' embeddings in one space, weighted user by user and item by item. */

import type { FactorForm, Pairs } from "../../model/model.ts";
import { lengthOf, placed } from "../../model/tensors.ts";
import { randomOf } from "../../numeric/random.ts";
import { type Attended, type AttendedSide, backward, forward } from "./attention-side.ts";
import type { Mixture } from "./mixture.ts";

/** What the score of a pair needs of its user, or of its item. */
type Rows = (row: number) => Attended;

/**
 * Member k's embedding x is moved to z_k = x·T_k + t_k; its logit is hᵀReLU(z_k·V + c); a user is p = Σ_k softmax_k·z_k and the bias
 * Σ_k softmax_k·b_k, an item likewise with V, c and h of its own; the score is p·q and the two biases (Chen et al. 2022, §3.4; biases are this
 * project's). V has half as many columns as there are factors, as in the published code. At the start T_k = 1 and h = 0: the means of embeddings.
 */
export function attention(forms: readonly FactorForm[]): Mixture {
  const [{ factors }] = forms;
  const tensors = placed(shapesOf(forms.length, factors));
  const user = sideOf(forms, "user");
  const item = sideOf(forms, "item");
  const rowsOf = (params: Float64Array): readonly [Rows, Rows] => [
    remembering((row) => forward(user, params, row)),
    remembering((row) => forward(item, params, row)),
  ];
  return {
    tensors,
    parameterCount: lengthOf(tensors),
    // Some milliseconds of products.
    batch: Math.min(8192, Math.max(64, Math.floor(2 ** 22 / (forms.length * factors ** 2)))),
    start: (seed) => startOf(forms.length, factors, seed),
    at(params, pairs) {
      const [users, items] = rowsOf(params);
      return {
        scores: scoresOf(users, items, pairs),
        addVjp: (slopes, out) => addVjp(slopes, pairs, [user, item], [users, items], params, out),
      };
    },
    scorer(params) {
      const [users, items] = rowsOf(params);
      return (pairs) => scoresOf(users, items, pairs);
    },
  };
}

/** The tensors in their order: what both sides share, then each side's own. */
function shapesOf(members: number, factors: number) {
  const width = widthOf(factors);
  const own = (side: string) => [
    { name: `attention.${side}_weights`, shape: [factors, width] },
    { name: `attention.${side}_bias`, shape: [width] },
    { name: `attention.${side}_head`, shape: [width] },
  ];
  return [
    { name: "attention.transfer", shape: [members, factors, factors] },
    { name: "attention.transfer_bias", shape: [members, factors] },
    ...own("user"),
    ...own("item"),
  ];
}

function widthOf(factors: number): number {
  return Math.max(1, factors >> 1);
}

function sideOf(forms: readonly FactorForm[], side: "user" | "item"): AttendedSide {
  const [members, { factors }] = [forms.length, forms[0]];
  const width = widthOf(factors);
  const shared = members * factors * (factors + 1);
  const own = factors * width + 2 * width;
  return {
    ...{ members, factors, width },
    embeddings: forms.map((form) => form[`${side}Factors`]),
    biases: forms.map((form) => form[`${side}Bias`]),
    moveAt: 0,
    shiftAt: members * factors * factors,
    weightsAt: side === "user" ? shared : shared + own,
  };
}

function startOf(members: number, factors: number, seed: number): Float64Array {
  const tensors = placed(shapesOf(members, factors));
  const params = new Float64Array(lengthOf(tensors));
  for (let k = 0; k < members; k++) for (let f = 0; f < factors; f++) params[(k * factors + f) * factors + f] = 1;
  for (const { name, at, shape } of tensors) {
    if (!name.endsWith("_weights")) continue;
    const random = randomOf(seed, name);
    const deviation = Math.sqrt(2 / (shape[0] + shape[1]));
    for (let n = 0; n < shape[0] * shape[1]; n++) params[at + n] = deviation * random.normal();
  }
  return params;
}

function remembering(make: (row: number) => Attended): Rows {
  const made = new Map<number, Attended>();
  return (row) => {
    const known = made.get(row) ?? make(row);
    made.set(row, known);
    return known;
  };
}

function scoresOf(users: Rows, items: Rows, pairs: Pairs): Float64Array {
  const out = new Float64Array(pairs.users.length);
  for (let n = 0; n < out.length; n++) {
    const [p, q] = [users(pairs.users[n]), items(pairs.items[n])];
    let sum = p.bias + q.bias;
    for (let g = 0; g < p.out.length; g++) sum += p.out[g] * q.out[g];
    out[n] = sum;
  }
  return out;
}

function addVjp(
  slopes: Float64Array,
  pairs: Pairs,
  [user, item]: readonly [AttendedSide, AttendedSide],
  [users, items]: readonly [Rows, Rows],
  params: Float64Array,
  gradient: Float64Array,
): void {
  const ofUsers = pulls(slopes, pairs.users, (n) => items(pairs.items[n]).out);
  const ofItems = pulls(slopes, pairs.items, (n) => users(pairs.users[n]).out);
  for (const [row, pull] of ofUsers) backward(user, params, row, users(row), pull, gradient);
  for (const [row, pull] of ofItems) backward(item, params, row, items(row), pull, gradient);
}

/** For every row: Σ slope·(the other side's vector), and Σ slope after it, which its bias feels. */
function pulls(
  slopes: Float64Array,
  rows: Uint32Array,
  otherOf: (n: number) => Float64Array,
): Map<number, Float64Array> {
  const out = new Map<number, Float64Array>();
  for (let n = 0; n < slopes.length; n++) {
    const other = otherOf(n);
    const pull = out.get(rows[n]) ?? new Float64Array(other.length + 1);
    for (let g = 0; g < other.length; g++) pull[g] += slopes[n] * other[g];
    pull[other.length] += slopes[n];
    out.set(rows[n], pull);
  }
  return out;
}
