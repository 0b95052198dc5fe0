/** Laws of judging by planted faults: what is planted, and that who finds it is told from who does not. */

import { describe, expect, test } from "vitest";
import { flipped } from "../../src/judging/flipped-ratings.ts";
import { type Candidate, flippedRatings, plantedAttack } from "../../src/judging/index.ts";
import { planted } from "../../src/judging/planted-attack.ts";
import type { Estimate, Estimator, Players } from "../../src/method/index.ts";
import { auc } from "../../src/numeric/statistics.ts";
import { run } from "../support/run.ts";
import { reordered, shuffle } from "../support/small.ts";
import { candidateOf, model, subjectOf, valued } from "./subjects.ts";

/** A candidate whose values of players are known by a formula, for their own fit and for anything else. */
function known(own: (players: Players, k: number) => number, other = own): Candidate {
  const found = (players: Players, of: typeof own): Estimate => ({
    values: Float64Array.from({ length: players.count }, (_, k) => of(players, k)),
    statuses: Array.from({ length: players.count }, () => "converged" as const),
    ...{ residual: 0, evaluations: 0 },
  });
  const estimator: Estimator = {
    prepare: async () => ({
      estimate: async (_, players) => found(players, other),
      own: async (players) => found(players, own),
      close: () => {},
    }),
  };
  return { ...valued([]), estimator };
}

const subject = subjectOf();
const all = { share: 0.1, heldOut: 0.1, rows: 1000 };

describe("turned ratings", () => {
  const { users, items, ratings, size } = model.interactions;
  const original = new Map(Array.from(ratings, (rating, row) => [`${users[row]} ${items[row]}`, rating]));
  const scale = { least: Math.min(...ratings), most: Math.max(...ratings) };

  test("are a tenth of all, each at the other end, and held-out rows are out of the training", async () => {
    const { model: spoilt, players, planted: isTurned, measure } = await flipped(subject, all, run);
    const { interactions } = spoilt;
    expect(interactions.size).toBe(size - 26);
    expect(isTurned.reduce((sum, one) => sum + one, 0)).toBe(26);
    expect(players.count).toBe(size - 26);
    for (let k = 0; k < players.count; k++) {
      const [row] = players.rows(k);
      const was = original.get(`${interactions.users[row]} ${interactions.items[row]}`) ?? Number.NaN;
      const mirrored = scale.least + scale.most - was;
      const expected = isTurned[k] === 0 ? was : mirrored === was ? scale.most : mirrored;
      expect(interactions.ratings[row]).toBeCloseTo(expected, 12);
    }
    const pairs = measure.target?.pairs ?? { users: [], items: [] };
    expect(pairs.users.length).toBe(26);
    const trained = new Set(Array.from(interactions.users, (user, row) => `${user} ${interactions.items[row]}`));
    for (const [k, user] of Array.from(pairs.users).entries())
      expect(trained.has(`${user} ${pairs.items[k]}`)).toBe(false);
  });

  test("are those of the same people, whatever the order of the rows", async () => {
    const turnedPairs = async (of: typeof model) => {
      const { model: spoilt, players, planted: isTurned } = await flipped({ ...subject, model: of }, all, run);
      return Array.from(isTurned, (turned, k) => {
        const [row] = players.rows(k);
        return turned === 1 ? `${spoilt.interactions.users[row]} ${spoilt.interactions.items[row]}` : "";
      })
        .filter((pair) => pair !== "")
        .sort();
    };
    const other = { ...model, interactions: reordered(model.interactions, shuffle(size, 3)) };
    expect(await turnedPairs(other)).toEqual(await turnedPairs(model));
  });

  test("are found by who knows them, missed by who says the contrary, and a half by who says nothing", async () => {
    const judge = await flippedRatings.make({}).prepare(subject, run);
    const { model: spoilt } = await flipped(subject, { ...all, rows: 200 }, run);
    const wasTurned = (players: Players, k: number) => {
      const [row] = players.rows(k);
      const pair = `${spoilt.interactions.users[row]} ${spoilt.interactions.items[row]}`;
      return original.get(pair) === spoilt.interactions.ratings[row] ? 0 : 1;
    };
    const oracle = await judge.of(
      known(wasTurned, () => 3),
      run,
    );
    expect(oracle).toMatchObject({ value: 1, figures: { own: 1, heldOut: 0.5 }, status: "converged" });
    const spoils = await judge.of(
      known(
        () => 0,
        (players, k) => -wasTurned(players, k),
      ),
      run,
    );
    expect(spoils.figures).toEqual({ own: 0.5, heldOut: 1 });
    expect(judge.figures).toEqual({ rows: 200, flipped: 26 });
  });

  test("are found by leave-one-out, whose own values are one by one what is by hand", async () => {
    const settings = { rows: 40 };
    const judge = await flippedRatings.make(settings).prepare(subject, run);
    const candidate = await candidateOf("leave-one-out", subject);
    const { value } = await judge.of(candidate, run);
    const { model: spoilt, players, planted: isTurned } = await flipped(subject, { ...all, ...settings }, run);
    const prepared = await candidate.estimator.prepare(spoilt, run);
    const { ratings: now, users: by, items: of } = spoilt.interactions;
    const scoreOf = (row: number, from: typeof spoilt) =>
      from.scores({ users: by.slice(row, row + 1), items: of.slice(row, row + 1) })[0];
    const without = async (row: number) =>
      spoilt.trainer.train(
        { interactions: spoilt.interactions.without(Uint32Array.of(row)), keys: spoilt.keys },
        spoilt.seed,
        run,
      );
    const own: number[] = [];
    for (let k = 0; k < players.count; k++) {
      const [row] = players.rows(k);
      const fit = (from: typeof spoilt) => -((scoreOf(row, from) - now[row]) ** 2) / 2;
      own.push(fit(spoilt) - fit(await without(row)));
    }
    prepared.close();
    const area = auc(
      own.filter((_, k) => isTurned[k] === 1),
      own.filter((_, k) => isTurned[k] === 0),
    );
    expect(value).toBeCloseTo(area, 12);
    expect(value).toBeGreaterThan(0.7);
  });

  test("of so few rows that nothing is left are refused", async () => {
    const settings = { share: 0.95, heldOut: 0.1 };
    await expect(flippedRatings.make(settings).prepare(subject, run)).rejects.toMatchObject({ code: "unsupported" });
  });
});

describe("made-up users", () => {
  const settings = { profiles: 0.1, users: 100 };

  test("are added to all others, push the item, and all are asked about", async () => {
    const spoilt = await planted(subject, { ...settings, item: "7" }, run);
    expect(spoilt.model.interactions.userCount).toBe(33);
    expect(Array.from(spoilt.planted)).toEqual([...new Array(30).fill(0), 1, 1, 1]);
    const of = spoilt.measure.target;
    expect(Array.from(of?.pairs.items ?? [])).toEqual(new Array(33).fill(7));
    const before =
      of?.of(
        model.scores({ users: Uint32Array.from({ length: 30 }, (_, u) => u), items: new Uint32Array(30).fill(7) }),
      ) ?? 0;
    const after = of?.of(spoilt.model.scores(of.pairs)) ?? 0;
    expect(after).toBeGreaterThan((before * 30) / 33);
  });

  test("are found by who knows them, and by leave-one-out better than by chance", async () => {
    const judge = await plantedAttack.make(settings).prepare(subject, run);
    expect(judge.figures).toEqual({ users: 33, planted: 3 });
    const made = (_: Players, k: number) => (k >= 30 ? 1 : 0);
    expect(
      await judge.of(
        known(() => 0, made),
        run,
      ),
    ).toMatchObject({ value: 1, figures: { onItem: 1, own: 0.5 } });
    const found = await judge.of(await candidateOf("leave-one-out", subject), run);
    expect(found.value).toBeGreaterThan(0.7);
  });

  test("of an estimator that this model lacks something for are refused", async () => {
    const judge = await plantedAttack.make(settings).prepare(subject, run);
    const other = { ...known(() => 0), unmet: () => "needs what is not there" };
    await expect(judge.of(other, run)).rejects.toMatchObject({ code: "unsupported" });
  });
});
