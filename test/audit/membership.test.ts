/** Laws of what attacks share: rates against brute force, intervals that cover, and a verdict for every case. */

import { describe, expect, test } from "vitest";
import { resampled } from "../../src/audit/membership/bootstrap.ts";
import { pointsFactor, verdictOf } from "../../src/audit/membership/equivalence.ts";
import { type ByModel, findingOf } from "../../src/audit/membership/finding.ts";
import { membershipParts } from "../../src/audit/membership/parts.ts";
import { type AttackScores, rankingOf, ratesOf, rocOf } from "../../src/audit/membership/ranking.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { percentileInterval } from "../../src/numeric/statistics.ts";
import type { Interval } from "../../src/report/part.ts";
import { expectStops, run } from "../support/run.ts";
import { expectNear, normals, shuffle } from "../support/small.ts";

/** Scores of few values, so that many tie. */
function coarse(count: number, seed: number, shift = 0, values = 7): Float64Array {
  const random = randomOf(seed, "coarse");
  return Float64Array.from({ length: count }, () => random.integer(values) + shift);
}

/** The share of pairs in which the member is ahead, ties ½. */
function bruteAuc({ members, nonMembers }: AttackScores): number {
  let sum = 0;
  for (const a of members) for (const b of nonMembers) sum += a > b ? 1 : a === b ? 0.5 : 0;
  return sum / (members.length * nonMembers.length);
}

/** The rate of true positives of the curve at a rate of false ones: the chord of the tie that covers it, the upper end of a vertical piece. */
function bruteTpr({ members, nonMembers }: AttackScores, at: number): number {
  const levels = [...new Set([...members, ...nonMembers])].sort((a, b) => b - a);
  const share = (list: Float64Array, from: number) => list.filter((score) => score >= from).length / list.length;
  const corners = [[0, 0], ...levels.map((level) => [share(nonMembers, level), share(members, level)])];
  let best = 0;
  for (let k = 1; k < corners.length; k++) {
    const [[x0, y0], [x1, y1]] = [corners[k - 1], corners[k]];
    if (x0 <= at) best = x1 <= at ? y1 : y0 + ((at - x0) / (x1 - x0)) * (y1 - y0);
  }
  return best;
}

const cases: AttackScores[] = [
  { members: coarse(40, 1, 1), nonMembers: coarse(70, 2) },
  { members: coarse(150, 3, 0, 3), nonMembers: coarse(33, 4, 1, 3) },
  { members: normals(60, 1), nonMembers: normals(250, 2) },
  {
    members: Float64Array.of(5, 5, 5, 4),
    nonMembers: Float64Array.from({ length: 300 }, (_, k) => (k < 1 ? 9 : k < 11 ? 5 : 0)),
  },
  { members: Float64Array.of(1), nonMembers: Float64Array.of(1) },
  { members: Float64Array.of(2, 2), nonMembers: Float64Array.of(1) },
];

describe("rates", () => {
  test.each(cases)("are those of brute force, ties counting half", (scores) => {
    const { auc, tprAt1 } = ratesOf(rankingOf(scores));
    expectNear([auc, tprAt1], [bruteAuc(scores), bruteTpr(scores, 0.01)]);
  });

  test("of weighted points are those of points that are there so often", () => {
    const scores = cases[0];
    const counts = Uint16Array.from({ length: 110 }, (_, k) => (k < 40 ? [0, 2, 1][k % 3] : [2, 0, 1][k % 3]));
    counts[0] += 40 - counts.subarray(0, 40).reduce((a, b) => a + b, 0);
    counts[40] += 70 - counts.subarray(40).reduce((a, b) => a + b, 0);
    const often = (list: Float64Array, from: number) =>
      Float64Array.from([...list].flatMap((score, k) => new Array<number>(counts[from + k]).fill(score)));
    const repeated = { members: often(scores.members, 0), nonMembers: often(scores.nonMembers, 40) };
    const [found, wanted] = [ratesOf(rankingOf(scores), counts), ratesOf(rankingOf(repeated))];
    expectNear(Object.values(found), Object.values(wanted));
    for (const threshold of [2, 3.5, 5, 99, -99]) {
      const with0 = ratesOf(rankingOf({ ...scores, threshold }), counts).accuracy;
      const right = (list: Float64Array, member: boolean) =>
        list.filter((score) => score >= threshold === member).length / list.length;
      expectNear([with0], [(right(repeated.members, true) + right(repeated.nonMembers, false)) / 2]);
    }
  });

  test("without a threshold accuracy is that where both classes err alike", () => {
    for (const scores of cases) {
      const { accuracy } = ratesOf(rankingOf(scores));
      // On the curve, at false = 1 − true: the largest such rate, the curve being monotone.
      expectNear([bruteTpr(scores, 1 - accuracy + 1e-12)], [accuracy], 0.05);
    }
    const apart = { members: Float64Array.of(3, 4), nonMembers: Float64Array.of(1, 2) };
    expect(ratesOf(rankingOf(apart))).toEqual({ auc: 1, accuracy: 1, tprAt1: 1 });
    const turned = { members: apart.nonMembers, nonMembers: apart.members };
    expect(ratesOf(rankingOf(turned))).toEqual({ auc: 0, accuracy: 0, tprAt1: 0 });
    const alike = { members: Float64Array.of(1, 1, 1), nonMembers: Float64Array.of(1, 1) };
    expect(ratesOf(rankingOf(alike))).toEqual({ auc: 0.5, accuracy: 0.5, tprAt1: 0.01 });
  });

  test("of normal scores a deviation apart are Φ(1/√2) and Φ(½)", () => {
    const n = 20_000;
    const { auc, accuracy } = ratesOf(
      rankingOf({ members: normals(n, 5).map((x) => x + 1), nonMembers: normals(n, 6) }),
    );
    // Φ(1/√2) = .76025, Φ(1/2) = .69146; four standard errors.
    expect(Math.abs(auc - 0.76025)).toBeLessThan(4 * 0.0025);
    expect(Math.abs(accuracy - 0.691462)).toBeLessThan(4 * 0.0035);
  });

  test("of labels that mean nothing are those of chance", async () => {
    const scores = normals(600, 7);
    const order = shuffle(600, 8);
    const pick = (from: number, to: number) => Float64Array.from(order.subarray(from, to), (k) => scores[k]);
    const ranking = rankingOf({ members: pick(0, 300), nonMembers: pick(300, 600) });
    const { rates } = await resampled([ranking], { resamples: 400, seed: 1 }, run.yieldToEventLoop);
    const [low, high] = percentileInterval(rates[0].map(({ auc }) => auc));
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.5);
  });

  test("refuse what has no rank, and a class without points", () => {
    const some = Float64Array.of(1, 2);
    for (const scores of [
      { members: Float64Array.of(1, Number.NaN), nonMembers: some },
      { members: some, nonMembers: new Float64Array(0) },
    ])
      expect(() => rankingOf(scores)).toThrow(expect.objectContaining({ code: "bad-input" }));
  });
});

describe("the curve", () => {
  test("runs from corner to corner, thinned, and has the area under it", () => {
    const scores = { members: normals(900, 1).map((x) => x + 0.7), nonMembers: normals(1100, 2) };
    const ranking = rankingOf(scores);
    const whole = rocOf(ranking, 5000);
    const thin = rocOf(ranking);
    expect(whole).toHaveLength(2001);
    for (const curve of [whole, thin]) {
      expect([curve[0], curve.at(-1)]).toEqual([
        [0, 0],
        [1, 1],
      ]);
      let area = 0;
      for (let k = 1; k < curve.length; k++) {
        const [[x0, y0], [x1, y1]] = [curve[k - 1], curve[k]];
        expect(x1 >= x0 && y1 >= y0).toBe(true);
        area += ((x1 - x0) * (y0 + y1)) / 2;
      }
      expectNear([area], [ratesOf(ranking).auc], curve === whole ? 1e-12 : 2e-3);
    }
    expect(thin.length).toBeLessThanOrEqual(200);
    expect(thin.length).toBeGreaterThan(150);
  });
});

describe("the bootstrap", () => {
  test("covers the truth about as often as it says", async () => {
    const truth = 0.76025;
    let covered = 0;
    const repetitions = 300;
    for (let k = 0; k < repetitions; k++) {
      const ranking = rankingOf({ members: normals(60, 100 + k).map((x) => x + 1), nonMembers: normals(60, 900 + k) });
      const { rates } = await resampled([ranking], { resamples: 200, seed: k }, run.yieldToEventLoop);
      const [low, high] = percentileInterval(rates[0].map(({ auc }) => auc));
      if (low <= truth && truth <= high) covered++;
    }
    // 95 %, some percents less at 60 points; four standard errors of 300 repetitions are 5 %.
    expect(covered / repetitions).toBeGreaterThan(0.88);
    expect(covered / repetitions).toBeLessThan(0.995);
  });

  test("draws the same points for all rankings, the same for the same seed", async () => {
    const scores = { members: normals(50, 1), nonMembers: normals(40, 2) };
    const again = {
      members: scores.members.map((x) => 2 * x + 1),
      nonMembers: scores.nonMembers.map((x) => 2 * x + 1),
    };
    const of = (seed: number) =>
      resampled([rankingOf(scores), rankingOf(again)], { resamples: 30, seed }, run.yieldToEventLoop);
    const { rates } = await of(1);
    expect(rates[1]).toEqual(rates[0]);
    expect(new Set(rates[0].map(({ auc }) => auc)).size).toBeGreaterThan(10);
    expect(await of(1)).toEqual({ rates });
    expect(await of(2)).not.toEqual({ rates });
  });

  test("draws every point equally often, each draw by itself", async () => {
    // One member stands above all others: its AUC is how often it is drawn, of all draws of members.
    const size = 7;
    for (let which = 0; which < size; which++) {
      const members = Float64Array.from({ length: size }, (_, k) => (k === which ? 1 : -1));
      const ranking = rankingOf({ members, nonMembers: Float64Array.of(0) });
      const { rates } = await resampled([ranking], { resamples: 4000, seed: 3 }, run.yieldToEventLoop);
      const counts = rates[0].map(({ auc }) => auc * size);
      const mean = counts.reduce((sum, count) => sum + count, 0) / 4000;
      const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / 4000;
      // Binomial: mean 1, variance 1 − 1/7; five standard errors.
      expect(Math.abs(mean - 1)).toBeLessThan(0.075);
      expect(Math.abs(variance - (1 - 1 / size))).toBeLessThan(0.15);
    }
  });
});

describe("the verdict", () => {
  const of = (difference: Interval, power: Interval) =>
    verdictOf({ value: 0, interval: difference }, { value: 0, interval: power }, 0.01);
  test.each<[Interval, Interval, string]>([
    [[-0.009, 0.009], [0.011, 0.05], "equivalent"],
    [[-0.01, 0.01], [-0.09, -0.011], "equivalent"],
    [[-0.009, 0.009], [0.009, 0.05], "no power"],
    [[-0.009, 0.009], [-0.05, 0.05], "no power"],
    [[0.011, 0.02], [0.2, 0.3], "different"],
    [[-0.03, -0.011], [0.2, 0.3], "different"],
    [[0.011, 0.02], [0, 0], "different"],
    [[-0.009, 0.011], [0.2, 0.3], "undecided"],
    [[-0.02, 0.02], [0.2, 0.3], "undecided"],
  ])("of %j with power %j is %s", (difference, power, wanted) => {
    expect(of(difference, power)).toBe(wanted);
  });

  test("without a retrained model is that there is no floor", () => {
    expect(verdictOf(undefined, undefined, 0.01)).toBe("no floor");
  });

  test("says by how much more points an interval would become decisive", () => {
    // Half a width of .02 has to become .008: (.02/.008)² = 6.25 times the points.
    expectNear([pointsFactor({ value: 0.002, interval: [-0.018, 0.022] }, 0.01)], [6.25]);
    expectNear([pointsFactor({ value: -0.014, interval: [-0.034, 0.006] }, 0.01)], [25]);
    expect(pointsFactor({ value: 0.01, interval: [0, 0.02] }, 0.01)).toBe(Number.POSITIVE_INFINITY);
  });

  const settings = { margin: 0.01, points: 1, resamples: 100, seed: 1 };
  const n = 3000;
  const noise = [normals(n, 1), normals(n, 2)];
  /** Members ahead by `lead` deviations; `jitter` is noise of the model's own. */
  const scored = (lead: number, jitter = 0, seed = 3): AttackScores => {
    const [a, b] = [normals(n, seed), normals(n, seed + 1)];
    return {
      members: noise[0].map((x, k) => x + lead + jitter * a[k]),
      nonMembers: noise[1].map((x, k) => x + jitter * b[k]),
    };
  };
  const judged = (scores: ByModel<AttackScores>) =>
    findingOf(scores, { gone: 0, leftOut: 0 }, settings, { reads: "outputs" }, run);

  test.each<[string, ByModel<AttackScores>, string]>([
    ["equivalent", { original: scored(0.5), unlearned: scored(0, 0.05), retrained: scored(0) }, "good"],
    ["different", { original: scored(0.5), unlearned: scored(0.3), retrained: scored(0) }, "bad"],
    ["no power", { original: scored(0.01), unlearned: scored(0), retrained: scored(0) }, "open"],
    ["undecided", { original: scored(0.5), unlearned: scored(0, 3), retrained: scored(0) }, "open"],
    ["no floor", { original: scored(0.5), unlearned: scored(0) }, "open"],
  ])("of whole findings: %s", async (wanted, scores, outcome) => {
    const found = await judged(scores);
    expect(found.verdict).toBe(wanted);
    expect(found.pointsNeeded === undefined).toBe(wanted !== "undecided");
    if (found.pointsNeeded !== undefined) expect(found.pointsNeeded).toBeGreaterThan(n);
    expect(found.retrained === undefined).toBe(wanted === "no floor");
    const [verdict, , curves] = membershipParts(found);
    expect(verdict).toMatchObject({ kind: "verdict", title: wanted, outcome });
    expect(curves).toMatchObject({ kind: "curves" });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  test("names no number of points where the difference is as large as the margin", async () => {
    const scores = { original: scored(0.5), unlearned: scored(0.1, 1), retrained: scored(0) };
    const { difference } = await judged(scores);
    const margin = Math.abs(difference?.value ?? 0) + 1e-6;
    const found = await findingOf(scores, { gone: 0, leftOut: 0 }, { ...settings, margin }, { reads: "outputs" }, run);
    expect(found).toMatchObject({ verdict: "undecided" });
    expect(found.pointsNeeded).toBeUndefined();
    expect(membershipParts(found)[0]).toMatchObject({ text: expect.stringMatching(/hardly decide/) });
  });

  test("of differences from pairs is sharper than from intervals side by side", async () => {
    const { difference, unlearned, retrained } = await judged({
      ...{ original: scored(0.5), unlearned: scored(0, 0.05), retrained: scored(0) },
    });
    const width = ([low, high]: Interval) => high - low;
    expectNear([difference?.value ?? 0], [unlearned.auc - (retrained?.auc ?? 0)]);
    expect(width(difference?.interval ?? [0, 9])).toBeLessThan(width(unlearned.interval) / 3);
  });

  test("is stopped between resamples", async () => {
    const scores = { original: scored(0.5), unlearned: scored(0) };
    await expectStops((context) => findingOf(scores, { gone: 0, leftOut: 0 }, settings, { reads: "outputs" }, context));
  });
});
