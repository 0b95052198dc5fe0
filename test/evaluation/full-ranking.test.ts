/** Laws of full ranking: candidates are what the user was not trained on, and fast paths report what slow ones do. */

import { describe, expect, test } from "vitest";
import type { Interactions } from "../../src/data/interactions.ts";
import { splitPerUser } from "../../src/data/splitting.ts";
import { LetheError } from "../../src/errors.ts";
import { type FactorScores, factorBlocks, rankingOfFactors } from "../../src/evaluation/factor-scores.ts";
import { fullRanking, fullRankingInBlocks } from "../../src/evaluation/full-ranking.ts";
import { metricsOf } from "../../src/evaluation/report.ts";
import type { Scorer } from "../../src/evaluation/scorer.ts";
import { score } from "../../src/model/factor-model.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { interactionsFrom, normals, tastes } from "../support/small.ts";

/** Scores that are a function of user and item, with ties. */
const coarse = (user: number, itemCount: number): Float64Array => {
  const random = randomOf(5, user);
  return Float64Array.from({ length: itemCount }, () => random.integer(6));
};

const scorerOf =
  (itemCount: number): Scorer =>
  (user, items) => {
    const all = coarse(user, itemCount);
    return items === undefined ? all : Float64Array.from(items, (item) => all[item]);
  };

function parts(all: Interactions) {
  const split = splitPerUser(all, { fraction: 0.3 }, 1);
  return { train: all.select(split.train), test: all.select(split.test) };
}

describe("the candidates", () => {
  // User 0 was trained on item 0, user 1 on item 3; user 2 has nothing to test, user 3 knows all but what is tested.
  const train = interactionsFrom(
    [
      [0, 0, 1],
      [1, 3, 1],
      [2, 0, 1],
      [3, 0, 1],
      [3, 1, 1],
    ],
    4,
    4,
  );
  const test_ = interactionsFrom(
    [
      [0, 2, 1],
      [1, 0, 1],
      [1, 1, 1],
      [3, 2, 1],
      [3, 3, 1],
    ],
    4,
    4,
  );
  const descending: Scorer = () => Float64Array.of(4, 3, 2, 1);

  test("are all items but those of the user's train rows", () => {
    const report = fullRanking(descending, { train, test: test_, k: 1 });
    // User 0: 1, then the test item 2, then 3. User 1: the test items 0 and 1, then 2.
    expect([report.users, report.lists, report.k]).toEqual([2, 2, 1]);
    expect(report.metrics).toEqual({ hr: 0.5, ndcg: 0.5, precision: 0.5, recall: 0.25, mrr: 0.5, auc: 0.75 });
    expect(report.dropped).toEqual({ usersWithoutTest: 1, usersWithoutNegatives: 1, testInTrain: 0, repeatedTest: 0 });
  });

  test("are less the items of the validation rows", () => {
    const validation = interactionsFrom([[0, 1, 1]], 4, 4);
    const report = fullRanking(descending, { train, test: test_, validation, k: 1 });
    expect(report.metrics.hr).toBe(1);
  });

  test("lack what is in both parts, and count what is tested twice once", () => {
    const both = interactionsFrom(
      [
        [0, 0, 1],
        [0, 2, 1],
        [0, 2, 5],
        [2, 0, 1],
      ],
      4,
      4,
    );
    const report = fullRanking(descending, { train, test: both, k: 2 });
    expect([report.users, report.metrics.recall]).toEqual([1, 1]);
    expect(report.dropped).toEqual({ usersWithoutTest: 3, usersWithoutNegatives: 0, testInTrain: 2, repeatedTest: 1 });
  });

  test("of nobody give no means", () => {
    const report = fullRanking(descending, { train, test: interactionsFrom([], 4, 4) });
    expect([report.users, report.k, report.metrics.ndcg]).toEqual([0, 10, Number.NaN]);
  });
});

test("a full ranking is the mean of what a sort of each user's candidates says", () => {
  const { train, test: held } = parts(tastes());
  const report = fullRanking(scorerOf(held.itemCount), { train, test: held, k: 4 });
  const itemsOf = (set: Interactions, user: number) => [...set.items].filter((_, row) => set.users[row] === user);
  const found: number[] = [];
  for (let user = 0; user < held.userCount; user++) {
    const relevant = itemsOf(held, user);
    if (relevant.length === 0) continue;
    const scores = coarse(user, held.itemCount);
    const known = new Set(itemsOf(train, user));
    const candidates = [...scores.keys()].filter((item) => !known.has(item));
    const ties = [...new Set(relevant.map((item) => scores[item]))]
      .sort((a, b) => b - a)
      .map((level) => ({
        above: candidates.filter((item) => scores[item] > level).length,
        tied: candidates.filter((item) => scores[item] === level).length,
        relevant: relevant.filter((item) => scores[item] === level).length,
      }));
    found.push(metricsOf({ candidates: candidates.length, relevant: relevant.length, ties }, 4).ndcg);
  }
  expect(report.users).toBe(found.length);
  expect(report.metrics.ndcg).toBeCloseTo(found.reduce((sum, one) => sum + one, 0) / found.length, 14);
});

test("blocks of any size report what single users do", () => {
  const task = parts(tastes());
  const { itemCount } = task.test;
  const expected = fullRanking(scorerOf(itemCount), task);
  for (const usersAtOnce of [1, 2, 7, 100]) {
    const report = fullRankingInBlocks(
      {
        usersAtOnce,
        scoresOfUsers: (users) => {
          expect(users.length).toBeLessThanOrEqual(usersAtOnce);
          return Float64Array.from([...users].flatMap((user) => [...coarse(user, itemCount)]));
        },
      },
      task,
    );
    expect(report).toEqual(expected);
  }
});

describe.each([1, 3, 8])("a model of %i factors", (factors) => {
  const task = parts(tastes(factors));
  const { userCount, itemCount } = task.test;
  const tables = {
    factors,
    userFactors: normals(userCount * factors, 1),
    itemFactors: normals(itemCount * factors, 2),
    userBias: normals(userCount, 3),
    itemBias: normals(itemCount, 4),
    mean: 3.5,
  };

  test("has the scores of its definition to the bit, in blocks of any users", () => {
    const stride = factors + 1;
    const shape = { userCount, itemCount, factors, biases: true, learnedMean: false };
    const params = new Float64Array((userCount + itemCount) * stride);
    for (let r = 0; r < userCount + itemCount; r++) {
      const own = r < userCount;
      const at = own ? r : r - userCount;
      const table = own ? tables.userFactors : tables.itemFactors;
      params.set(table.subarray(at * factors, (at + 1) * factors), r * stride);
      params[r * stride + factors] = (own ? tables.userBias : tables.itemBias)[at];
    }
    const model = { shape, params, fixedMean: tables.mean };
    const blocks = factorBlocks(tables);
    for (const users of [[3], [0, 1, 2, 3], [9, 2, 5, 7, 1], Array.from({ length: userCount }, (_, u) => u)]) {
      const scores = blocks.scoresOfUsers(Uint32Array.from(users.slice(0, blocks.usersAtOnce)));
      const expected = users
        .slice(0, blocks.usersAtOnce)
        .flatMap((user) => Array.from({ length: itemCount }, (_, item) => score(model, user, item)));
      expect([...scores]).toEqual(expected);
    }
  });

  test("is ranked as its scores are", () => {
    for (const chosen of [tables, { ...tables, userBias: undefined, itemBias: undefined, mean: undefined }]) {
      expect(rankingOfFactors(chosen, task)).toEqual(fullRanking(naive(chosen), task));
    }
  });

  test("must fit the set", () => {
    const wrong = { ...tables, itemFactors: normals(itemCount * factors + factors, 2) };
    expect(() => rankingOfFactors(wrong, task)).toThrow(LetheError);
    expect(() => rankingOfFactors({ ...tables, userFactors: new Float64Array() }, task)).toThrow(LetheError);
  });
});

function naive({ factors, userFactors, itemFactors, userBias, itemBias, mean = 0 }: FactorScores): Scorer {
  return (user) =>
    Float64Array.from({ length: itemFactors.length / factors }, (_, item) => {
      let sum = mean + ((userBias?.[user] ?? 0) + (itemBias?.[item] ?? 0));
      for (let f = 0; f < factors; f++) sum += userFactors[user * factors + f] * itemFactors[item * factors + f];
      return sum;
    });
}

describe("misuse", () => {
  const task = parts(tastes());

  test("a score that is not a number names the user", () => {
    const tested = task.test.users[0];
    const broken: Scorer = (user) =>
      coarse(user, task.test.itemCount).map((x) => (user === tested && x === 1 ? NaN : x));
    expect(() => fullRanking(broken, task)).toThrow(
      new RegExp(`^user ${tested}: the score of item \\d+ is not a number$`),
    );
  });

  test("sets of other sizes, scores of another number and no cutoff are refused", () => {
    const other = interactionsFrom([[0, 0, 1]], 1, 1);
    expect(() => fullRanking(scorerOf(task.test.itemCount), { ...task, train: other })).toThrow(LetheError);
    expect(() => fullRanking(scorerOf(task.test.itemCount), { ...task, validation: other })).toThrow(LetheError);
    expect(() => fullRanking(scorerOf(3), task)).toThrow("3 scores where 20 are expected");
    expect(() => fullRanking(scorerOf(task.test.itemCount), { ...task, k: 0 })).toThrow(LetheError);
  });
});
