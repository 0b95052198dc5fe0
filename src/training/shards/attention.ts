/** RecEraser's attention: members' embeddings in one space, weighted user by user and item by item. */

import type { FactorForm } from "../../model/model.ts";
import { lengthOf, placed } from "../../model/tensors.ts";
import { randomOf } from "../../numeric/random.ts";
import { type Attended, type AttendedSide, backward, forward } from "./attention-side.ts";
import type { Mixture } from "./mixture.ts";

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
  return {
    tensors,
    parameterCount: lengthOf(tensors),
    // Some milliseconds of products.
    batch: Math.min(8192, Math.max(64, Math.floor(2 ** 22 / (forms.length * factors ** 2)))),
    start: (seed) => startOf(forms.length, factors, seed),
    at(params, pairs) {
      const [users, items] = [seatsOf(pairs.users, user.count), seatsOf(pairs.items, item.count)];
      const [made, other] = [forward(user, params, users.rows), forward(item, params, items.rows)];
      return {
        scores: scoresOf(made, users.seats, other, items.seats),
        addVjp(slopes, out) {
          backward(user, params, users.rows, made, pulls(slopes, users, other, items), out);
          backward(item, params, items.rows, other, pulls(slopes, items, made, users), out);
        },
      };
    },
    scorer(params) {
      const [users, items] = [remembering(user, params), remembering(item, params)];
      return (pairs) => scoresOf(users(pairs.users), pairs.users, items(pairs.items), pairs.items);
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
    ...{ members, factors, width, count: forms[0][`${side}Factors`].length / factors },
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

/** The rows that some pairs name, each once, and for every pair which of them it names. */
interface Seats {
  readonly rows: Uint32Array;
  readonly seats: Uint32Array;
}

function seatsOf(named: Uint32Array, count: number): Seats {
  const seat = new Int32Array(count).fill(-1);
  const rows: number[] = [];
  const seats = named.map((row) => {
    if (seat[row] < 0) seat[row] = rows.push(row) - 1;
    return seat[row];
  });
  return { rows: Uint32Array.from(rows), seats };
}

/** Rows as served, each made when it is first asked for. */
function remembering(side: AttendedSide, params: Float64Array): (named: Uint32Array) => Vectors {
  const { count, factors } = side;
  const held = { out: new Float64Array(count * factors), bias: new Float64Array(count) };
  const known = new Uint8Array(count);
  return (named) => {
    const { rows } = seatsOf(
      named.filter((row) => known[row] === 0),
      count,
    );
    const { out, bias } = forward(side, params, rows);
    rows.forEach((row, n) => {
      held.out.set(out.subarray(n * factors, (n + 1) * factors), row * factors);
      held.bias[row] = bias[n];
      known[row] = 1;
    });
    return held;
  };
}

type Vectors = Pick<Attended, "out" | "bias">;

function scoresOf(users: Vectors, userAt: Uint32Array, items: Vectors, itemAt: Uint32Array): Float64Array {
  const factors = users.out.length / Math.max(1, users.bias.length);
  const out = new Float64Array(userAt.length);
  for (let n = 0; n < out.length; n++) {
    const [p, q] = [userAt[n], itemAt[n]];
    out[n] = users.bias[p] + items.bias[q];
    for (let g = 0; g < factors; g++) out[n] += users.out[p * factors + g] * items.out[q * factors + g];
  }
  return out;
}

/** For every row: Σ slope·(the other side's vector), and Σ slope, which its bias feels. */
function pulls(slopes: Float64Array, own: Seats, other: Vectors, { seats }: Seats): Vectors {
  const factors = other.out.length / Math.max(1, other.bias.length);
  const out = new Float64Array(own.rows.length * factors);
  const bias = new Float64Array(own.rows.length);
  for (let n = 0; n < slopes.length; n++) {
    const [to, from] = [own.seats[n] * factors, seats[n] * factors];
    for (let g = 0; g < factors; g++) out[to + g] += slopes[n] * other.out[from + g];
    bias[own.seats[n]] += slopes[n];
  }
  return { out, bias };
}
