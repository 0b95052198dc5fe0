/** Laws of centred kernel alignment: the definition by kernels, rotations and factors, and what has nothing in common. */

import { describe, expect, test } from "vitest";
import { centred, linearCka } from "../../src/numeric/alignment.ts";
import { expectNear, normals, randomRotation } from "../support/small.ts";

const rows = 14;
const x = normals(rows * 3, 1);
const y = normals(rows * 4, 2).map((value, k) => value + x[3 * Math.floor(k / 4)]);

/** HSIC of two linear kernels: tr(KHLH) / (n − 1)², by n × n matrices. */
function hsic(a: Float64Array, widthA: number, b: Float64Array, widthB: number): number {
  const kernel = (table: Float64Array, width: number) => (r: number, s: number) => {
    let sum = 0;
    for (let f = 0; f < width; f++) sum += table[r * width + f] * table[s * width + f];
    return sum;
  };
  const of = (table: Float64Array, width: number) => {
    const plain = kernel(table, width);
    const centre = (r: number, s: number) => (r === s ? 1 : 0) - 1 / rows;
    const out: number[][] = [];
    for (let r = 0; r < rows; r++) {
      out.push([]);
      for (let s = 0; s < rows; s++) {
        let sum = 0;
        for (let k = 0; k < rows; k++) sum += plain(r, k) * centre(k, s);
        out[r].push(sum);
      }
    }
    return out;
  };
  const [kh, lh] = [of(a, widthA), of(b, widthB)];
  let trace = 0;
  for (let r = 0; r < rows; r++) for (let s = 0; s < rows; s++) trace += kh[r][s] * lh[s][r];
  return trace / (rows - 1) ** 2;
}

function times(table: Float64Array, width: number, turn: Float64Array, factor = 1, shift = 0): Float64Array {
  return Float64Array.from(table, (_, k) => {
    let sum = shift;
    const r = Math.floor(k / width);
    for (let f = 0; f < width; f++) sum += factor * table[r * width + f] * turn[f * width + (k % width)];
    return sum;
  });
}

describe("linear CKA", () => {
  test("is HSIC over the root of both with themselves, by kernels of n × n", () => {
    const wanted = hsic(x, 3, y, 4) / Math.sqrt(hsic(x, 3, x, 3) * hsic(y, 4, y, 4));
    expectNear([linearCka(x, 3, y, 4), linearCka(y, 4, x, 3)], [wanted, wanted]);
    expect(wanted).toBeGreaterThan(0.1);
    expect(wanted).toBeLessThan(0.9);
  });

  test("of a table with what a rotation, a factor and a shift make of it is 1", () => {
    for (let seed = 1; seed < 5; seed++)
      expectNear([linearCka(x, 3, times(x, 3, randomRotation(3, seed), -2.5, 7), 3)], [1]);
    expect(linearCka(x, 3, y, 4)).toBeLessThan(0.9);
  });

  test("is 0 where the centred columns of one are orthogonal to those of the other, and no number where one does not vary", () => {
    const a = Float64Array.of(1, 1, -1, -1);
    const b = Float64Array.of(1, -1, 1, -1);
    expect(linearCka(a, 1, b, 1)).toBe(0);
    expect(linearCka(a, 1, Float64Array.of(0.1, 0.1, 0.1, 0.1), 1)).toBeNaN();
    expect(linearCka(Float64Array.of(3, 4), 2, Float64Array.of(1, 2), 2)).toBeNaN();
    expect(linearCka(new Float64Array(0), 2, new Float64Array(0), 2)).toBeNaN();
  });
});

test("a centred table has columns of mean 0, and equal values are 0 to the bit", () => {
  const table = centred(Float64Array.of(0.1, 1, 0.1, 2, 0.1, 6), 2);
  expect([table[0], table[2], table[4]]).toEqual([0, 0, 0]);
  expectNear([table[1], table[3], table[5]], [-2, -1, 3]);
});
