/** Laws of explanations: distributions by hand, several pairs together, intervals, and what is refused. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { distributionOf, distributionSection, isExplained } from "../../src/study/cases/explain-distribution.ts";
import { folderStore, type Verb, verbs } from "../../src/study/verbs/index.ts";
import { folders } from "../support/folders.ts";
import { run } from "../support/run.ts";
import { tinyCsv, tinyItemIds, tinyUserIds } from "../support/sandbox.ts";
import { expectNear } from "../support/small.ts";

const newFolder = folders();
let place = "";

interface Told {
  readonly score: number;
  readonly joint?: { readonly pairs: number };
  readonly note: string;
  readonly byItem: readonly Row[];
  readonly byUser: readonly Row[];
  readonly distribution?: {
    readonly magnitudes: number[];
    readonly explainable: { readonly pairs: number; readonly explained: number };
  };
}

interface Row {
  readonly user: string;
  readonly item: string;
  readonly influence: number;
  readonly interval?: [number, number] | null;
}

async function ask(name: string, request: object): Promise<Told> {
  const verb = verbs.find((one) => one.name === name) as Verb<unknown, unknown>;
  return (await verb.run(verb.parse(request), run, folderStore)) as Told;
}

const explain = (request: object) => ask("explain", { folder: join(place, "mf"), count: 1000, ...request });

beforeAll(async () => {
  place = await newFolder();
  await writeFile(join(place, "ratings.csv"), tinyCsv);
  await ask("train", { files: [join(place, "ratings.csv")], out: join(place, "mf"), factors: 2, l2: 3, l2Bias: 1 });
});

describe("a distribution", () => {
  test("of four sizes, by hand", () => {
    const { magnitudes, half, gini } = distributionOf([1, -4, 2, -3]);
    expect(magnitudes).toEqual([4, 3, 2, 1]);
    // 4 < 5 ≤ 4 + 3; Σ|x_i − x_j| over all pairs is 20, over 2·n²·mean = 80.
    expect(half).toBe(2);
    expect(gini).toBeCloseTo(0.25, 15);
  });

  test("is even where all are alike, and (n − 1)/n where one row has it all", () => {
    expect(distributionOf([2, -2, 2, 2])).toEqual({ magnitudes: [2, 2, 2, 2], half: 2, gini: 0 });
    expect(distributionOf([0, 0, 5, 0, 0])).toEqual({ magnitudes: [5, 0, 0, 0, 0], half: 1, gini: 0.8 });
  });

  test("of nothing, or of zeros, has no coefficient", () => {
    expect(distributionOf([])).toEqual({ magnitudes: [], half: 0, gini: null });
    expect(distributionOf([0, 0])).toEqual({ magnitudes: [0, 0], half: 0, gini: null });
  });

  test("puts every row in one bin of its histogram, the largest in the last", () => {
    const found = { ...distributionOf([10, 1, 9.5, 0, 0.99]), explainable: { pairs: 1, explained: 1 } };
    const bars = distributionSection(found, "rating").parts[1];
    expect(bars.kind === "bars" && bars.bars.map(({ value }) => value)).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
  });

  test("a pair is explained if it has rows, and all ended well", () => {
    expect(isExplained([1, 2], ["converged", "converged"])).toBe(true);
    expect(isExplained([1, 2], ["converged", "breakdown"])).toBe(false);
    expect(isExplained([1, Number.NaN], ["converged", "converged"])).toBe(false);
    expect(isExplained([], [])).toBe(false);
  });

  test("is that of all rows, however few are listed", async () => {
    const pair = { user: tinyUserIds[4], item: tinyItemIds[0] };
    const all = await explain(pair);
    const { distribution, byItem } = await explain({ ...pair, count: 1, positive: true, distribution: true });
    expect(byItem.length).toBeLessThanOrEqual(1);
    const sizes = [...all.byItem, ...all.byUser].map(({ influence }) => Math.abs(influence)).sort((a, b) => b - a);
    expect(distribution?.magnitudes).toEqual(sizes);
    expect(distribution?.explainable.explained).toBe(distribution?.explainable.pairs);
  });
});

describe("several pairs together", () => {
  const first = { user: tinyUserIds[4], item: tinyItemIds[0] };
  const further = { users: [tinyUserIds[1], tinyUserIds[4]], items: [tinyItemIds[2], tinyItemIds[3]] };
  const byRow = ({ byItem, byUser }: Told) =>
    new Map([...byItem, ...byUser].map(({ user, item, influence }) => [`${user} ${item}`, influence]));

  test.each(["fast-influence-block", "influence-function"])(
    "by %s: the influence on the sum is the sum of the influences, on the mean their mean",
    async (method) => {
      const alone = [
        await explain({ ...first, method }),
        await explain({ user: further.users[0], item: further.items[0], method }),
        await explain({ user: further.users[1], item: further.items[1], method }),
      ];
      const sum = await explain({ ...first, pairs: further, method });
      const mean = await explain({ ...first, pairs: further, together: "mean", method });
      expect(sum.joint).toEqual({ pairs: 3, together: "sum" });
      expect(sum.score).toBeCloseTo(alone[0].score + alone[1].score + alone[2].score, 12);
      expect(mean.score).toBeCloseTo(sum.score / 3, 12);
      const [sums, means] = [byRow(sum), byRow(mean)];
      // Rows that are near one pair alone are asked about for that pair alone; those near all have all three.
      const near = [...sums.keys()].filter((key) => alone.every((one) => byRow(one).has(key)));
      const wanted = near.map((key) => alone.reduce((total, one) => total + (byRow(one).get(key) ?? 0), 0));
      expectNear(
        near.map((key) => sums.get(key) ?? Number.NaN),
        wanted,
        1e-7,
      );
      expectNear([...means.values()].sort(), [...sums.values()].map((x) => x / 3).sort(), 1e-10);
      for (const one of alone) for (const key of byRow(one).keys()) expect(sums.has(key)).toBe(true);
    },
  );

  test("one pair in the list twice counts twice", async () => {
    const twice = await explain({ ...first, pairs: { users: [first.user], items: [first.item] } });
    const once = await explain(first);
    expect(twice.score).toBeCloseTo(2 * once.score, 12);
    for (const [key, influence] of byRow(twice)) expect(influence).toBeCloseTo(2 * (byRow(once).get(key) ?? 0), 10);
  });

  test("unknown ids, and what is about one pair alone, are refused", async () => {
    const pairs = { users: ["nobody"], items: [tinyItemIds[0]] };
    await expect(explain({ ...first, pairs })).rejects.toMatchObject({ code: "unknown-id" });
    await expect(explain({ ...first, pairs: further, staleWithin: 0.1 })).rejects.toMatchObject({ code: "bad-input" });
    for (const over of [{ distribution: true }, { html: join(place, "x.html") }])
      await expect(explain({ ...first, players: "users", ...over })).rejects.toMatchObject({ code: "bad-input" });
  });
});

test("a page has the rows, the numbers of the distribution, and its histogram as a drawing", async () => {
  const html = join(place, "page.html");
  await explain({ user: tinyUserIds[4], item: tinyItemIds[0], html });
  const page = await readFile(html, "utf8");
  expect(page).toMatch(/<svg/);
  expect(page).toContain("Gini coefficient");
});

test("intervals of an explanation hold the exact influence of each row", async () => {
  const pair = { user: tinyUserIds[4], item: tinyItemIds[0] };
  const found = await explain({ ...pair, method: "influence-interval" });
  const exact = await explain({ ...pair, method: "leave-one-out", settings: { tolerance: 1e-10 } });
  const rows = [...exact.byItem, ...exact.byUser];
  let told = 0;
  for (const { user, item, interval } of [...found.byItem, ...found.byUser]) {
    expect(interval).toBeDefined();
    if (!interval) continue;
    told++;
    const truths = rows.filter((row) => row.user === user && row.item === item).map(({ influence }) => influence);
    expect(truths.some((truth) => interval[0] - 1e-9 <= truth && truth <= interval[1] + 1e-9)).toBe(true);
  }
  expect(told).toBeGreaterThan(0);
  if (told < rows.length) expect(found.note).toContain("not determined");
});
