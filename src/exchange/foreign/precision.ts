/** Tables on their way into a file: rounded to its precision, as bytes, and without biases where it has no place for them. */

import { checkedFactors } from "./check.ts";
import type { ForeignFactors, ForeignWriteOptions, Precision } from "./factors.ts";
import { refused } from "./refusal.ts";

/** The bytes of numbers in a precision, little-endian. */
export function bytesOf(values: Float64Array, precision: Precision): Uint8Array {
  // A copy, because the values may lie in the memory that worker threads share.
  const stored = precision === "float32" ? Float32Array.from(values) : Float64Array.from(values);
  return new Uint8Array(stored.buffer);
}

/** The model with every number rounded to a precision; throws `bad-input` where one becomes infinite. */
export function roundedTo(model: ForeignFactors, precision: Precision, place: string): ForeignFactors {
  if (precision === "float64") return checkedFactors({ ...model, precision }, place);
  const rounded = <Values extends Float64Array | undefined>(values: Values) => values?.map(Math.fround) as Values;
  try {
    return checkedFactors(
      {
        ...model,
        userFactors: rounded(checkedFactors(model, place).userFactors),
        itemFactors: rounded(model.itemFactors),
        userBias: rounded(model.userBias),
        itemBias: rounded(model.itemBias),
        mean: model.mean === undefined ? undefined : Math.fround(model.mean),
        precision,
      },
      place,
    );
  } catch (error) {
    checkedFactors(model, place);
    throw refused(place, `in float32, ${(error as Error).message.slice(place.length + 2)}`, "write it as float64");
  }
}

/**
 * The same scores without biases and mean: users get the factors (…, userBias + mean, 1), items (…, 1, itemBias). A model
 * without them comes back as it is.
 */
export function withoutBiases(model: ForeignFactors): ForeignFactors {
  const { factors, userBias, itemBias, mean = 0 } = model;
  if (!hasBiases(model)) return { ...model, userBias: undefined, itemBias: undefined, mean: undefined };
  return {
    ...model,
    factors: factors + 2,
    userFactors: widened(model.userFactors, factors, (row) => [(userBias?.[row] ?? 0) + mean, 1]),
    itemFactors: widened(model.itemFactors, factors, (row) => [1, itemBias?.[row] ?? 0]),
    userBias: undefined,
    itemBias: undefined,
    mean: undefined,
  };
}

/** For formats of factors alone: the model without biases, as the options want it; throws `bad-input` where they refuse. */
export function factorsAlone(model: ForeignFactors, options: ForeignWriteOptions, place: string): ForeignFactors {
  if (hasBiases(model) && options.biases !== "columns")
    throw refused(
      place,
      "this format has no place for biases and a mean: without them the scores would be others",
      "have them appended as two more factors, or write another format",
    );
  return withoutBiases(model);
}

function hasBiases({ userBias, itemBias, mean = 0 }: ForeignFactors): boolean {
  return userBias !== undefined || itemBias !== undefined || mean !== 0;
}

function widened(values: Float64Array, factors: number, more: (row: number) => readonly [number, number]) {
  const rows = values.length / factors;
  const wide = new Float64Array(rows * (factors + 2));
  for (let row = 0; row < rows; row++) {
    wide.set(values.subarray(row * factors, (row + 1) * factors), row * (factors + 2));
    wide.set(more(row), row * (factors + 2) + factors);
  }
  return wide;
}
