/** Laws of losses: their slopes and curvatures by finite differences, what leaves them as they are, and numbers of any size. */

import { describe, expect, test } from "vitest";
import { dot } from "../../src/numeric/vector.ts";
import {
  bpr,
  type Examples,
  ials,
  type Loss,
  logistic,
  losses,
  multinomial,
  squared,
} from "../../src/objective/loss.ts";
import { expectNear, normals } from "../support/small.ts";

/** Examples of so many pairs each; whose pairs they are does not matter to a loss. */
function examplesWith(labels: readonly number[], sizes: readonly number[], penalised = false): Examples {
  const nobody = new Uint32Array(labels.length);
  const start = new Uint32Array(sizes.length + 1);
  sizes.forEach((size, g) => {
    start[g + 1] = start[g] + size;
  });
  expect(start[sizes.length]).toBe(labels.length);
  const owners = Uint32Array.from(sizes.keys());
  return { pairs: { users: nobody, items: nobody }, labels: Float64Array.from(labels), start, owners, penalised };
}

const none = Number.NaN;
const listed = [1, 0, 0.5, 2, 0, 0, 0, 3, 0.25, 0.25];
const cases: readonly (readonly [string, Loss, Examples])[] = [
  ["squared", squared, examplesWith([3, 1, 0, 5], [1, 1, 1, 1])],
  ["logistic", logistic, examplesWith([1, 0, 0.4, 1], [1, 1, 1, 1])],
  ["bpr", bpr, examplesWith([1, 0, 1, 0, 1, 0], [2, 2, 2])],
  ["multinomial", multinomial, examplesWith(listed, [4, 3, 3])],
  ["multinomial with an extra output", multinomial, examplesWith(listed, [4, 3, 3], true)],
  ["ials", ials({ base: 1, alpha: 7 }), examplesWith([1, none, 2, none, none, 3, none], [4, 3])],
  ["ials as `implicit` has it", ials({ base: 0, alpha: 1 }), examplesWith([1, none, 2, none, none, 3, none], [4, 3])],
];

function evaluated(loss: Loss, scores: Float64Array, examples: Examples) {
  // What is there before must not matter.
  const slopes = normals(scores.length, 9);
  return { value: loss.evaluate(scores, examples, slopes), slopes };
}

function bent(loss: Loss, scores: Float64Array, examples: Examples, tangent: Float64Array): Float64Array {
  const out = normals(scores.length, 9);
  loss.curvature(scores, examples, tangent, out);
  return out;
}

describe.each(cases)("%s", (_, loss, examples) => {
  const count = examples.labels.length;
  const scores = normals(count, 1);
  const [tangent, other] = [normals(count, 2), normals(count, 3)];
  const step = 1e-5;
  const along = (d: Float64Array, by: number) =>
    evaluated(
      loss,
      scores.map((s, n) => s + by * d[n]),
      examples,
    );

  test("slopes are those of the value", () => {
    const wanted = Array.from(scores, (_, n) => {
      const unit = new Float64Array(count).with(n, 1);
      return (along(unit, step).value - along(unit, -step).value) / (2 * step);
    });
    expectNear(evaluated(loss, scores, examples).slopes, wanted, 1e-9);
  });

  test("curvature is the slope of the slopes, symmetric, and not negative", () => {
    const [ahead, behind] = [along(tangent, step).slopes, along(tangent, -step).slopes];
    const found = bent(loss, scores, examples, tangent);
    expectNear(
      found,
      ahead.map((x, n) => (x - behind[n]) / (2 * step)),
      1e-9,
    );
    expectNear([dot(other, found)], [dot(tangent, bent(loss, scores, examples, other))], 1e-13);
    expect(dot(tangent, found)).toBeGreaterThan(0);
  });

  test("examples do not know each other", () => {
    const { start, labels, penalised } = examples;
    let sum = 0;
    for (let g = 0; g + 1 < start.length; g++) {
      const [from, to] = [start[g], start[g + 1]];
      const alone = examplesWith([...labels.subarray(from, to)], [to - from], penalised);
      const found = evaluated(loss, scores.slice(from, to), alone);
      sum += found.value;
      expect(found.slopes).toEqual(evaluated(loss, scores, examples).slopes.slice(from, to));
    }
    expectNear([sum], [evaluated(loss, scores, examples).value], 1e-14);
  });

  test("nothing costs nothing", () => {
    const nothing = examplesWith([], []);
    expect(loss.evaluate(new Float64Array(0), nothing, new Float64Array(0))).toBe(0);
    loss.curvature(new Float64Array(0), nothing, new Float64Array(0), new Float64Array(0));
  });

  test("scores of ±800 overflow nowhere", () => {
    for (const sign of [1, -1]) {
      const far = scores.map((_, n) => (n % 2 === 0 ? 800 * sign : -800 * sign));
      const { value, slopes } = evaluated(loss, far, examples);
      expect(Number.isFinite(value)).toBe(true);
      expect(slopes.every(Number.isFinite)).toBe(true);
      expect(bent(loss, far, examples, tangent).every(Number.isFinite)).toBe(true);
      for (const same of [800, -800])
        expect(Number.isFinite(evaluated(loss, new Float64Array(count).fill(same * sign), examples).value)).toBe(true);
    }
  });
});

describe("by hand", () => {
  const costOf = (loss: Loss, scores: readonly number[], examples: Examples) =>
    evaluated(loss, Float64Array.from(scores), examples).value;

  test("squared", () => {
    const found = evaluated(squared, Float64Array.of(2, -1), examplesWith([5, 1], [1, 1]));
    expect(found).toEqual({ value: 6.5, slopes: Float64Array.of(-3, -2) });
  });

  test("logistic: log 2 where nothing is known, the score where it is wrong", () => {
    expect(costOf(logistic, [0, 0], examplesWith([1, 0], [1, 1]))).toBeCloseTo(2 * Math.LN2, 15);
    expect(costOf(logistic, [-800], examplesWith([1], [1]))).toBe(800);
    expect(costOf(logistic, [800], examplesWith([0], [1]))).toBe(800);
    expect(costOf(logistic, [800, -800], examplesWith([1, 0], [1, 1]))).toBe(0);
    expect(costOf(logistic, [Math.log(3)], examplesWith([1], [1]))).toBeCloseTo(Math.log(4 / 3), 15);
  });

  test("bpr: log 2 at no margin, minus the margin where it is wrong", () => {
    const one = examplesWith([1, 0], [2]);
    expect(costOf(bpr, [3, 3], one)).toBeCloseTo(Math.LN2, 15);
    expect(costOf(bpr, [-800, 800], one)).toBe(1600);
    expect(costOf(bpr, [800, -800], one)).toBe(0);
  });

  test("multinomial: the number of choices times the log of how many items there are, where all are alike", () => {
    const one = examplesWith([2, 0, 1, 0], [4]);
    for (const score of [0, 800, -800])
      expect(costOf(multinomial, [score, score, score, score], one)).toBeCloseTo(3 * Math.log(4), 12);
    expect(costOf(multinomial, [0, 800, 0, 0], one)).toBe(2400);
    const extra = examplesWith([2, 0, 1, 0.5], [4], true);
    expect(costOf(multinomial, [0, 0, 0, 7], extra)).toBeCloseTo(3 * Math.log(3) + 3.5, 12);
  });
});

test("ials by hand: what was chosen is a 1 with its confidence, everything else a 0", () => {
  const loss = ials({ base: 0.5, alpha: 2 });
  const examples = examplesWith([3, none, 0, -2], [4]);
  const scores = Float64Array.of(2, -3, 2, 1);
  // Confidences 6.5, 1, 0.5 and 4.5: a number of 0 says with the base's confidence that its pair is not liked, one below 0 with more.
  expect(evaluated(loss, scores, examples)).toEqual({
    value: 0.5 * (6.5 + 9 + 0.5 * 4 + 4.5),
    slopes: Float64Array.of(6.5, -3, 1, 4.5),
  });
  expect(bent(loss, scores, examples, Float64Array.of(1, 2, 3, 4))).toEqual(Float64Array.of(6.5, 2, 1.5, 18));
  expect([loss.absent, loss.confidence]).toEqual([none, { base: 0.5, alpha: 2 }]);
});

describe("what leaves a loss as it is", () => {
  const [, , , [, , lists], [, , extra]] = cases;
  const scores = normals(10, 4);

  test("bpr: slopes of the two items are opposite, and a common shift of both scores does not matter", () => {
    const triples = cases[2][2];
    const six = scores.subarray(0, 6);
    const { value, slopes } = evaluated(bpr, six, triples);
    for (let n = 0; n < 6; n += 2) expect(slopes[n]).toBe(-slopes[n + 1]);
    expectNear(
      [
        evaluated(
          bpr,
          six.map((s) => s + 5),
          triples,
        ).value,
      ],
      [value],
      1e-14,
    );
    expect(bent(bpr, six, triples, new Float64Array(6).fill(3)).every((x) => x === 0)).toBe(true);
    const turned = six.map((_, n) => six[n ^ 1]);
    const margins = [0, 2, 4].reduce((sum, n) => sum + six[n] - six[n + 1], 0);
    expectNear([evaluated(bpr, turned, triples).value - value], [margins], 1e-14);
  });

  test("multinomial: slopes of a list sum to 0, and a common shift of its scores does not matter", () => {
    const { slopes, value } = evaluated(multinomial, scores, lists);
    for (const [from, to] of [
      [0, 4],
      [4, 7],
      [7, 10],
    ]) {
      expectNear([slopes.subarray(from, to).reduce((sum, x) => sum + x, 0)], [0], 1e-14);
      const tangent = new Float64Array(10).fill(2, from, to);
      expectNear(bent(multinomial, scores, lists, tangent), new Float64Array(10), 1e-14);
      const moved = scores.map((s, n) => (n >= from && n < to ? s - 11 : s));
      expectNear([evaluated(multinomial, moved, lists).value], [value], 1e-13);
    }
  });

  test("multinomial: a list without choices costs nothing", () => {
    const { slopes } = evaluated(multinomial, scores, lists);
    expect([...slopes.subarray(4, 7)].every((x) => x === 0)).toBe(true);
    expect(evaluated(multinomial, scores.slice(4, 7), examplesWith([0, 0, 0], [3])).value).toBe(0);
  });

  test("multinomial: the extra output counts by its weight, and bends nothing", () => {
    const { slopes } = evaluated(multinomial, scores, extra);
    const tangent = new Float64Array(10);
    for (const n of [3, 6, 9]) {
      expect(slopes[n]).toBe(listed[n]);
      tangent[n] = 1;
    }
    expect(bent(multinomial, scores, extra, tangent)).toEqual(new Float64Array(10));
  });
});

test("losses are found by their names", () => {
  expect(Object.values(losses).slice(0, 4)).toEqual([squared, logistic, bpr, multinomial]);
  expect(Object.values(losses).slice(4)).toMatchObject([{ name: "ials", confidence: { base: 1, alpha: 1 } }]);
  for (const [name, loss] of Object.entries(losses)) {
    expect(loss.name).toBe(name);
    expect(loss.summary).not.toBe("");
  }
});
