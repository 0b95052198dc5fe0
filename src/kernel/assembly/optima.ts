/** A user's row at its optimum, the items fixed: through its ratings where it has no more of them than factors, else through its block. */

import { addPenalties, backSubstitute, gather, paddedRow } from "./blocks";
import { addTo, startOf } from "./chunks";
import { addSquares, factor, invertFactor } from "./dense";
import {
  batchSize, biasesField, biasPenaltyField, factorPenaltyField, factorsField, meanField, ratingsField, strideField,
  userOthersField,
} from "./layout";
import { axpy, bytes, dot, Real } from "./vectors";

/** Moves user u, whose row is at `row`, to the optimum at `items`; a row that nothing determines goes to zero. `scratch` is that of a block. */
export function optimise(s: usize, u: i32, row: usize, scale: Real, items: usize, scratch: usize): void {
  const first = startOf(s, u);
  const count = startOf(s, u + 1) - first;
  memory.fill(row, 0, bytes(load<i32>(s, strideField)));
  if (count == 0) return;
  if (count <= load<i32>(s, factorsField) && throughRatings(s, first, count, row, scale, items, scratch)) return;
  throughBlock(s, first, count, row, scale, items, scratch);
}

/**
 * (Q·Qᵀ/λ + 1/λ_b + 1)·errors = ratings less mean and biases, Q the items of the ratings; the row is Qᵀ·errors/λ, its bias Σ errors/λ_b. Returns
 * false, and leaves the row, where that has no solution: without a penalty.
 */
function throughRatings(
  s: usize, first: i32, count: i32, row: usize, scale: Real, items: usize, matrix: usize,
): bool {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const rowBytes = bytes(load<i32>(s, strideField));
  const mean = load<Real>(s, meanField);
  const spread: Real = 1 / (scale * load<Real>(s, factorPenaltyField));
  const shared: Real = biases ? 1 / (scale * load<Real>(s, biasPenaltyField)) : 0;
  const others = load<usize>(s, userOthersField) + ((<usize>first) << 2);
  const ratings = load<usize>(s, ratingsField) + bytes(first);
  const gap = bytes(count);
  const errors = matrix + gap * (<usize>count);
  for (let a = 0; a < count; a++) {
    const item = items + rowBytes * load<u32>(others + ((<usize>a) << 2));
    const line = matrix + gap * (<usize>a);
    let left = load<Real>(ratings + bytes(a)) - mean;
    if (biases) left -= load<Real>(item + bytes(d));
    for (let b = 0; b <= a; b++) {
      const other = items + rowBytes * load<u32>(others + ((<usize>b) << 2));
      let entry = dot(item, other, d) * spread + shared;
      if (b == a) entry += 1;
      for (let k = 0; k < b; k++) entry -= load<Real>(line + bytes(k)) * load<Real>(matrix + gap * (<usize>b) + bytes(k));
      if (b < a) entry *= load<Real>(matrix + (gap + sizeof<Real>()) * (<usize>b));
      else if (!(entry > 0 && entry != Infinity)) return false;
      // Reciprocals on the diagonal: everything is divided by it.
      else entry = 1 / sqrt<Real>(entry);
      store<Real>(line + bytes(b), entry);
    }
    for (let k = 0; k < a; k++) left -= load<Real>(line + bytes(k)) * load<Real>(errors + bytes(k));
    store<Real>(errors + bytes(a), left * load<Real>(line + bytes(a)));
  }
  for (let a = count - 1; a >= 0; a--) {
    let error = load<Real>(errors + bytes(a));
    for (let k = a + 1; k < count; k++) error -= load<Real>(matrix + gap * (<usize>k) + bytes(a)) * load<Real>(errors + bytes(k));
    error *= load<Real>(matrix + (gap + sizeof<Real>()) * (<usize>a));
    store<Real>(errors + bytes(a), error);
    axpy(error * spread, items + rowBytes * load<u32>(others + ((<usize>a) << 2)), row, d);
    if (biases) addTo(row + bytes(d), error * shared);
  }
  return true;
}

/** (Σ x·xᵀ + penalties)·row = Σ x·(rating less mean and bias), x = [item's embedding, 1]. */
function throughBlock(s: usize, first: i32, count: i32, row: usize, scale: Real, items: usize, gathered: usize): void {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const stride = load<i32>(s, strideField);
  const rowBytes = bytes(stride);
  const padded = bytes(paddedRow(stride));
  const panels = <usize>((stride + 3) & ~3);
  const normal = gathered + padded * batchSize;
  const inverse = normal + padded * panels;
  const reciprocals = inverse + padded * panels;
  const names = load<usize>(s, userOthersField) + ((<usize>first) << 2);
  const values = load<usize>(s, ratingsField) + bytes(first);
  // A pass leaves other things in its scratch.
  memory.fill(gathered, 0, padded * (<usize>batchSize + panels));
  for (let k = 0; k < count; k += batchSize) {
    const batch = min<i32>(batchSize, count - k);
    gather(items, names + ((<usize>k) << 2), values + bytes(k), batch, gathered, padded, rowBytes, d, load<Real>(s, meanField), biases);
    addSquares(gathered, batch, normal, stride, padded);
  }
  addPenalties(normal, scale, s, d, biases, padded);
  if (!factor(normal, stride, reciprocals, padded)) return;
  invertFactor(normal, stride, reciprocals, inverse, padded);
  backSubstitute(normal, inverse, row, stride, padded);
}
