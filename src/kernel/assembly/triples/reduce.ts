/** Adds up the chunks' private item tables, in their order. */

import {
  accumulatorGapField, accumulatorsField, chunksField, factorsField, itemCountField, outputField, rangesField,
  userCountField,
} from "./layout";

/** One range of the items' entries of the output. */
export function reduce(s: usize, range: i32): void {
  const d = <usize>load<u32>(s, factorsField);
  const entries = d * (<usize>load<u32>(s, itemCountField));
  const ranges = <usize>load<u32>(s, rangesField);
  const first = (entries * (<usize>range)) / ranges;
  const last = (entries * (<usize>(range + 1))) / ranges;
  const chunks = load<i32>(s, chunksField);
  const gap = load<usize>(s, accumulatorGapField);
  let from = load<usize>(s, accumulatorsField) + (first << 3);
  let to = load<usize>(s, outputField) + ((d * (<usize>load<u32>(s, userCountField)) + first) << 3);
  let left = last - first;
  for (; left >= 2; left -= 2) {
    let sum = v128.load(from);
    let table = from + gap;
    for (let chunk = chunks - 1; chunk > 0; chunk--) {
      sum = v128.add<f64>(sum, v128.load(table));
      table += gap;
    }
    v128.store(to, sum);
    from += 16;
    to += 16;
  }
  if (left == 0) return;
  let sum = load<f64>(from);
  let table = from + gap;
  for (let chunk = chunks - 1; chunk > 0; chunk--) {
    sum += load<f64>(table);
    table += gap;
  }
  store<f64>(to, sum);
}
