/** Gradients of single rows' terms, sparse: for models that embed users and items some d numbers a row instead of all parameters. */

import type { Rows } from "../data/interactions.ts";
import type { YieldToEventLoop } from "../run.ts";
import { closedFormsOf } from "./closed-forms.ts";
import { carriesL2, type Factorization, placesOf } from "./factorization.ts";
import type { Objective } from "./objective.ts";
import { penaltyOf, residualOf } from "./row-gradient.ts";
import { rowPlaces, type VisitPlaces } from "./row-places.ts";
import { addRowGradients } from "./weight-gradients.ts";

/** One sparse vector a row asked for: entries `start[k]` to `start[k + 1]` are those of the k-th. A place comes once in a vector; others are 0. */
export interface RowGradients {
  readonly start: Float64Array;
  readonly places: Uint32Array;
  readonly values: Float64Array;
}

/** Rows between two looks at the clock. */
const together = 64;

/**
 * ∇ℓ of every row's own term with the interaction L2 that it carries, the model's graph or input held: the inner product with a direction is
 * `rowsAlong` with `fixedData`. Cost: a forward and a reverse pass a row; memory: all parameters a row where a row reads all.
 */
export async function rowGradients(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  yieldToEventLoop: YieldToEventLoop,
): Promise<RowGradients> {
  const visit = rowPlaces(objective) ?? everyPlace(params.length);
  const scratch = new Float64Array(params.length);
  const list = growing(rows.length);
  for (let k = 0; k < rows.length; k++) {
    if (k % together === 0) await yieldToEventLoop();
    addRowGradients(objective, params, rows.subarray(k, k + 1), scratch);
    visit(rows[k], (place) => {
      if (scratch[place] !== 0) list.push(place, scratch[place]);
      scratch[place] = 0;
    });
    list.close();
  }
  return list.finish();
}

function everyPlace(length: number): VisitPlaces {
  return (_, visit) => {
    for (let place = 0; place < length; place++) visit(place);
  };
}

/** The same where there are closed forms: the rows of the user and of the item, and a learned mean. */
export function factorRowGradients(objective: Factorization, params: Float64Array, rows: Rows): RowGradients {
  const { shape, interactions, settings } = objective;
  const { stride, itemsAt, meanAt } = placesOf(shape);
  const model = { shape, params, fixedMean: settings.mean.kind === "fixed" ? settings.mean.value : 0 };
  const list = growing(rows.length, 2 * stride + 1);
  for (const row of rows) {
    const slope = -residualOf(objective, model, row);
    const p = interactions.users[row] * stride;
    const q = itemsAt + interactions.items[row] * stride;
    for (const [own, other] of [
      [p, q],
      [q, p],
    ])
      for (let f = 0; f < stride; f++) {
        const carried = carriesL2(objective, row) ? penaltyOf(objective, f) * params[own + f] : 0;
        list.push(own + f, slope * (f < shape.factors ? params[other + f] : 1) + carried);
      }
    if (meanAt >= 0) list.push(meanAt, slope);
    list.close();
  }
  return list.finish();
}

/** By closed forms where there are some, else by the model. */
export async function gradientsOfRows(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  yieldToEventLoop: YieldToEventLoop,
): Promise<RowGradients> {
  const closed = closedFormsOf(objective);
  return closed ? factorRowGradients(closed, params, rows) : rowGradients(objective, params, rows, yieldToEventLoop);
}

/** Sparse vectors as they come, in arrays that double. */
function growing(rows: number, each = 16) {
  const start = new Float64Array(rows + 1);
  let places = new Uint32Array(rows * each);
  let values = new Float64Array(rows * each);
  let length = 0;
  let row = 0;
  return {
    push(place: number, value: number): void {
      if (length === values.length) {
        const more = 2 * length + 16;
        places = resized(places, new Uint32Array(more));
        values = resized(values, new Float64Array(more));
      }
      places[length] = place;
      values[length++] = value;
    },
    close(): void {
      start[++row] = length;
    },
    finish: (): RowGradients => ({ start, places: places.slice(0, length), values: values.slice(0, length) }),
  };
}

function resized<Numbers extends Uint32Array | Float64Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
