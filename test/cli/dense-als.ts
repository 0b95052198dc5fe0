/** Alternating least squares of implicit feedback in its plainest form: normal equations over every pair, solved by elimination. */

/**
 * Confidences by [user][item], of pairs that are not liked below 0; 0 where there is no interaction, which counts with confidence 1 as a zero. It is
 * implicit's way to write them.
 */
export type Confidences = readonly (readonly number[])[];

/** Rows of factors. */
export type Rows = readonly (readonly number[])[];

/** A_u = λI + Σ over all items of c·y yᵀ, and b_u = Σ over liked items of c·y (Hu, Koren and Volinsky 2008, §4). `perLiked` is λ times their number, as in Spark. */
export function normalEquations(confidences: readonly number[], others: Rows, l2: number, perLiked = false) {
  const d = others[0].length;
  const own = perLiked ? l2 * confidences.filter((c) => c > 0).length : l2;
  const matrix = Array.from({ length: d }, (_, f) => Array.from({ length: d }, (_, g) => (f === g ? own : 0)));
  const right = new Array<number>(d).fill(0);
  others.forEach((y, k) => {
    const liked = confidences[k] > 0;
    const c = confidences[k] === 0 ? 1 : Math.abs(confidences[k]);
    for (let f = 0; f < d; f++) {
      for (let g = 0; g < d; g++) matrix[f][g] += c * y[f] * y[g];
      if (liked) right[f] += c * y[f];
    }
  });
  return { matrix, right };
}

/** x with matrix·x = right, by elimination with pivots. */
export function solveDense(matrix: Rows, right: readonly number[]): number[] {
  const rows = matrix.map((row, k) => [...row, right[k]]);
  const d = right.length;
  for (let p = 0; p < d; p++) {
    const best = rows.slice(p).reduce((at, row, k) => (Math.abs(row[p]) > Math.abs(rows[at][p]) ? p + k : at), p);
    [rows[p], rows[best]] = [rows[best], rows[p]];
    for (let k = p + 1; k < d; k++) {
      const by = rows[k][p] / rows[p][p];
      for (let g = p; g <= d; g++) rows[k][g] -= by * rows[p][g];
    }
  }
  const out = new Array<number>(d).fill(0);
  for (let p = d - 1; p >= 0; p--) {
    let sum = rows[p][d];
    for (let g = p + 1; g < d; g++) sum -= rows[p][g] * out[g];
    out[p] = sum / rows[p][p];
  }
  return out;
}

/** What the loop takes; without `from`, items start near zero, by sines. */
export interface AlsSettings {
  readonly factors: number;
  readonly l2: number;
  readonly sweeps: number;
  readonly from?: Rows;
  readonly perLiked?: boolean;
}

/** Users' and items' factors after so many sweeps, or once no entry moves by more than 1e-14. */
export function denseAls(confidences: Confidences, { factors, l2, sweeps, from, perLiked }: AlsSettings) {
  const byItem = confidences[0].map((_, i) => confidences.map((row) => row[i]));
  const start = (rows: number, seed: number): Rows =>
    Array.from({ length: rows }, (_, k) =>
      Array.from({ length: factors }, (_, f) => Math.sin(seed + 3.7 * k + 1.3 * f) / 2),
    );
  let users = start(confidences.length, 1);
  let items = from ?? start(byItem.length, 2);
  const solveAll = (rows: Confidences, others: Rows): Rows =>
    rows.map((row) => {
      const { matrix, right } = normalEquations(row, others, l2, perLiked);
      return solveDense(matrix, right);
    });
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const before = users;
    users = solveAll(confidences, items);
    items = solveAll(byItem, users);
    const moved = users.flatMap((row, u) => row.map((x, f) => Math.abs(x - before[u][f])));
    if (Math.max(...moved) < 1e-14) break;
  }
  return { users, items };
}

/** Σ x·y. */
export function dotOf(x: readonly number[], y: readonly number[]): number {
  return x.reduce((sum, value, f) => sum + value * y[f], 0);
}
