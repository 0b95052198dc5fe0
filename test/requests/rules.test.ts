/** The laws of rules that choose requests: the same settings give the same rows, whoever else is there and in whatever order. */

import { describe, expect, test } from "vitest";
import type { Rows } from "../../src/data/interactions.ts";
import { type GivenSettings, methodNamed } from "../../src/method/index.ts";
import { keyedUniform } from "../../src/numeric/random.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import { drawn } from "../../src/requests/draw.ts";
import { type NamedTrained, requestRules } from "../../src/requests/index.ts";
import { sizeAsked } from "../../src/requests/size.ts";
import { alsNewton, sharded } from "../../src/training/index.ts";
import { run, runWith } from "../support/run.ts";
import { shuffle } from "../support/small.ts";
import { crowd, eventsOf, settings as modelSettings, moved, trainedBy, untrained } from "./subjects.ts";

const set = crowd();
const model = untrained(set);

const ruleOf = (name: string, settings: GivenSettings = {}) => methodNamed(requestRules, name).entry.make(settings);
const choose = (name: string, settings: GivenSettings = {}, of: NamedTrained = model) =>
  ruleOf(name, settings).choose(of, run);
const one = async (name: string, settings: GivenSettings = {}, of: NamedTrained = model): Promise<Rows> =>
  (await choose(name, settings, of))[0];

/** Whose rows they are. */
const usersOf = (rows: Rows, { trained }: NamedTrained = model) =>
  new Set(Array.from(rows, (row) => trained.interactions.users[row]));
const itemsOf = (rows: Rows) => new Set(Array.from(rows, (row) => set.items[row]));
const degree = (user: number) => set.byUser.start[user + 1] - set.byUser.start[user];
const rowsOf = (users: Iterable<number>) => {
  const chosen = new Set(users);
  return Uint32Array.from(set.users.keys()).filter((row) => chosen.has(set.users[row]));
};
const present = Array.from({ length: set.userCount }, (_, user) => user).filter((user) => degree(user) > 0);

/** Every rule with settings that make it do everything that it can. */
const asked: readonly (readonly [string, GivenSettings])[] = [
  ["random", { share: 0.1 }],
  ["random", { share: 0.1, of: "items" }],
  ["random", { share: 0.1, of: "interactions" }],
  ["random", { count: 7, of: "interactions", seed: 5 }],
  ["core", { share: 0.1 }],
  ["core", { share: 0.2, of: "items" }],
  ["core", { share: 0.2, match: "interactions" }],
  ["edge", { share: 0.3 }],
  ["edge", { share: 0.3, match: "interactions", seed: 2 }],
  ["edge", { count: 40, match: "interactions" }],
  ["raters", { share: 0.2 }],
  ["raters", { share: 0.2, whole: false }],
  ["raters", { item: "i3" }],
  ["one-shard", { count: 4 }],
  ["one-shard", { share: 0.1, of: "interactions", shard: 2 }],
  ["sequence", { count: 6 }],
  ["planted", {}],
];

test("every rule is asked", () => {
  expect([...new Set(asked.map(([name]) => name))]).toEqual(requestRules.methods.map(({ name }) => name));
});

describe.each(asked)("%s %j", (name, settings) => {
  test("gives rows that are there, ascending, each once, and not all of them", async () => {
    for (const rows of await choose(name, settings)) {
      expect(rows).toBeInstanceOf(Uint32Array);
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.length).toBeLessThan(set.size);
      rows.forEach((row, k) => {
        expect(row).toBeGreaterThan(k === 0 ? -1 : rows[k - 1]);
      });
      expect(rows[rows.length - 1]).toBeLessThan(set.size);
    }
  });

  test("gives the same rows each time", async () => {
    expect(await choose(name, settings)).toEqual(await choose(name, settings));
  });

  test("gives the same events under other indices and in another order", async () => {
    const places = [shuffle(set.userCount, 4), shuffle(set.itemCount, 5), shuffle(set.size, 6)] as const;
    const other = moved(set, ...places);
    const events = (await choose(name, settings)).map((rows) => eventsOf(model, rows));
    expect((await choose(name, settings, other)).map((rows) => eventsOf(other, rows))).toEqual(events);
  });

  test("gives whole users or items where it says so", async () => {
    const { of } = ruleOf(name, settings);
    if (of === "interactions") return;
    const side = of === "users" ? set.users : set.items;
    for (const rows of await choose(name, settings)) {
      const groups = new Set(Array.from(rows, (row) => side[row]));
      expect(rows).toEqual(Uint32Array.from(side.keys()).filter((row) => groups.has(side[row])));
    }
  });

  test("stops", async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(ruleOf(name, settings).choose(model, runWith({}, { signal: stop.signal }))).rejects.toMatchObject({
      code: "aborted",
    });
  });
});

describe("sizes", () => {
  test("are the share rounded up, whatever a product is rounded to, or the count", () => {
    expect(0.07 * 100).toBeGreaterThan(7);
    expect(sizeAsked({ share: 0.07, count: 0 }, 100)).toBe(7);
    expect(sizeAsked({ share: 0.025, count: 0 }, 6040)).toBe(151);
    expect(sizeAsked({ share: 1e-9, count: 0 }, 100)).toBe(1);
    expect(sizeAsked({ share: 0.5, count: 3 }, 100)).toBe(3);
  });

  test("are those that were asked for", async () => {
    for (const share of [0.01, 0.1, 0.35, 0.9]) {
      const wanted = Math.ceil(share * present.length);
      for (const name of ["random", "core", "edge"]) expect(usersOf(await one(name, { share })).size).toBe(wanted);
      expect((await one("random", { share, of: "interactions" })).length).toBe(Math.ceil(share * set.size));
    }
    expect(itemsOf(await one("random", { count: 4, of: "items" })).size).toBe(4);
    expect(itemsOf(await one("core", { count: 4, of: "items" })).size).toBe(4);
    expect((await one("random", { count: 9, of: "interactions" })).length).toBe(9);
    expect(usersOf(await one("one-shard", { count: 3 })).size).toBe(3);
    expect(usersOf(await one("one-shard", { share: 0.06 })).size).toBe(Math.ceil(0.06 * present.length));
    expect((await one("one-shard", { count: 11, of: "interactions" })).length).toBe(11);
  });
});

describe("drawing", () => {
  const key = (k: number) => keyedUniform(3, k, 0, 0);
  const never = () => 0;

  test.each([0, 1, 5, 999, 1000])("%i of 1000 takes the smallest keys", async (wanted) => {
    const sorted = Array.from({ length: 1000 }, (_, k) => k).sort((a, b) => key(a) - key(b));
    const found = await drawn(1000, wanted, key, never, run.yieldToEventLoop);
    expect(Array.from(found)).toEqual(sorted.slice(0, wanted).sort((a, b) => a - b));
  });

  test.each([1, 12_345, 39_999])("%i of 40000, many of them near the last one that is taken", async (wanted) => {
    const keys = Float64Array.from({ length: 40_000 }, (_, k) => key(k));
    const found = await drawn(40_000, wanted, (k) => keys[k], never, run.yieldToEventLoop);
    const last = keys.toSorted()[wanted - 1];
    expect(Array.from(found)).toEqual([...keys.keys()].filter((k) => keys[k] <= last));
  });

  test("takes rows of one pair by rating, whatever their order", async () => {
    const other = moved(
      set,
      ...([shuffle(set.userCount, 4), shuffle(set.itemCount, 5), shuffle(set.size, 6)] as const),
    );
    for (let count = 1; count < set.size; count++) {
      const events = eventsOf(model, await one("random", { of: "interactions", count }));
      expect(eventsOf(other, await one("random", { of: "interactions", count }, other))).toEqual(events);
    }
  });

  test.each(["random", "core", "sequence", "raters"])(
    "%s goes by outside ids where two have the same key",
    async (name) => {
      const keyless = ({ trained, dataset }: NamedTrained): NamedTrained => {
        const keys = { users: new Uint32Array(set.userCount), items: new Uint32Array(set.itemCount) };
        return { dataset, trained: { ...trained, keys } };
      };
      const other = keyless(moved(set, shuffle(set.userCount, 7), shuffle(set.itemCount, 8), shuffle(set.size, 9)));
      for (const count of [1, 4, 11]) {
        const events = (await choose(name, { count }, keyless(model))).map((rows) => eventsOf(model, rows));
        expect((await choose(name, { count }, other)).map((rows) => eventsOf(other, rows))).toEqual(events);
      }
    },
  );

  test("leaves equal keys to the order that is given", async () => {
    const found = await drawn(
      10,
      3,
      () => 0.25,
      (a, b) => b - a,
      run.yieldToEventLoop,
    );
    expect(Array.from(found)).toEqual([7, 8, 9]);
  });

  test("of another seed is another, and draws nobody more than others", async () => {
    const times = new Uint32Array(set.userCount);
    for (let seed = 1; seed <= 400; seed++)
      for (const user of usersOf(await one("random", { share: 0.25, seed }))) times[user]++;
    // Ten of 39 a draw: 103 times of 400 each, with a deviation of 8.7.
    for (const user of present) expect(Math.abs(times[user] - (400 * 10) / 39)).toBeLessThan(4.5 * 8.8);
  });

  test("of a user does not depend on others: who is drawn without somebody is drawn with them, but for as many as they displace", async () => {
    const drawnNow = usersOf(await one("random", { count: 9 }));
    const [gone] = drawnNow;
    const less = untrained(set.without(rowsOf([gone])));
    const after = usersOf(await one("random", { count: 8 }, less), less);
    expect(after).toEqual(new Set([...drawnNow].filter((user) => user !== gone)));
  });
});

describe("core and edge", () => {
  test("take those with the most and with the fewest interactions", async () => {
    const [core, edge] = [usersOf(await one("core", { count: 8 })), usersOf(await one("edge", { count: 8 }))];
    const rest = (some: Set<number>) => present.filter((user) => !some.has(user)).map(degree);
    expect(Math.min(...[...core].map(degree))).toBeGreaterThanOrEqual(Math.max(...rest(core)));
    expect(Math.max(...[...edge].map(degree))).toBeLessThanOrEqual(Math.min(...rest(edge)));
    const popular = itemsOf(await one("core", { count: 3, of: "items" }));
    const counts = Array.from({ length: set.itemCount }, (_, i) => set.byItem.start[i + 1] - set.byItem.start[i]);
    expect(Math.min(...[...popular].map((i) => counts[i]))).toBe(counts.toSorted((a, b) => b - a)[2]);
  });

  test("grow by adding: fewer are among more", async () => {
    for (const name of ["core", "edge"]) {
      let before = new Set<number>();
      for (let count = 1; count < present.length; count++) {
        const now = usersOf(await one(name, { count }));
        expect(now.size).toBe(count);
        expect([...before].every((user) => now.has(user))).toBe(true);
        before = now;
      }
    }
  });

  test.each(["core", "edge"])(
    "%s of the same number of interactions is the nearest beginning of the same order",
    async (name) => {
      for (const wanted of [1, 5, 17, 60, 150, 299]) {
        const found = (await one(name, { count: wanted, match: "interactions" })).length;
        const sizes = await Promise.all(
          Array.from({ length: present.length - 1 }, async (_, k) => (await one(name, { count: k + 1 })).length),
        );
        const nearest = Math.min(...sizes.map((size) => Math.abs(size - wanted)));
        expect(found).toBe(sizes.find((size) => Math.abs(size - wanted) === nearest));
      }
    },
  );

  test("match the random request of the same share and seed", async () => {
    for (const seed of [1, 2, 3])
      for (const name of ["core", "edge"]) {
        const random = (await one("random", { share: 0.2, seed })).length;
        const matched = await one(name, { share: 0.2, seed, match: "interactions" });
        expect(matched).toEqual(await one(name, { count: random, match: "interactions" }));
      }
  });
});

describe("raters", () => {
  const raters = (item: number) => new Set(Array.from(set.users).filter((_, row) => set.items[row] === item));

  test("of an item are all who rated it, with everything or with that rating alone", async () => {
    const wanted = raters(3);
    expect(usersOf(await one("raters", { item: "i3" }))).toEqual(wanted);
    expect(await one("raters", { item: "i3" })).toEqual(rowsOf(wanted));
    const only = await one("raters", { item: "i3", whole: false });
    expect([itemsOf(only), usersOf(only)]).toEqual([new Set([3]), wanted]);
  });

  test("of no named item are those of the item whose number is nearest, a person who rated twice counted once", async () => {
    const counts = Array.from({ length: set.itemCount }, (_, item) => raters(item).size).filter((n) => n > 0);
    for (const count of [1, 5, 9, 14, 39]) {
      const found = usersOf(await one("raters", { count, whole: false })).size;
      expect(Math.abs(found - count)).toBe(Math.min(...counts.map((n) => Math.abs(n - count))));
    }
    expect(await one("raters", { share: 0.2 })).toEqual(
      await one("raters", { count: Math.ceil(0.2 * present.length) }),
    );
  });
});

describe("one-shard", () => {
  const inner = alsNewton(objectiveSettings(modelSettings));
  const inShards = (partition: "users" | "interactions") =>
    trainedBy(
      sharded(inner, { shards: 3, partition, aggregate: partition === "users" ? "own" : "mean", seed: 4 }),
      set,
    );

  test("is one shard's alone, of a model that has them", async () => {
    for (const partition of ["users", "interactions"] as const) {
      const found = await inShards(partition);
      for (const shard of [0, 1, 2]) {
        const rows = await one("one-shard", { shard, count: 5, of: "interactions" }, found);
        const held = new Set(found.trained.shards?.[shard].rows);
        expect([rows.length, [...rows].filter((row) => !held.has(row))]).toEqual([5, []]);
      }
    }
    const found = await inShards("users");
    const rows = await one("one-shard", { shard: 1, count: 3 }, found);
    expect(usersOf(rows).size).toBe(3);
    expect([...rows].filter((row) => !found.trained.shards?.[1].rows.includes(row))).toEqual([]);
  });

  test("of a model without shards is what shards of the same seed would hold", async () => {
    const found = await inShards("users");
    for (const [of, count] of [["users", 4] as const, ["interactions", 9] as const])
      for (const shard of [0, 2])
        expect(await one("one-shard", { of, count, shard, shards: 3, seed: 4 })).toEqual(
          await one("one-shard", { of, count, shard, seed: 4 }, found),
        );
  });

  test("refuses a shard that is not there, and more than it has", async () => {
    await expect(one("one-shard", { shard: 4 })).rejects.toMatchObject({
      message: expect.stringMatching(/there are 4, from 0/),
    });
    await expect(one("one-shard", { share: 0.5 })).rejects.toMatchObject({
      advice: expect.stringMatching(/lower `share`.*`of` interactions/),
    });
    const byPair = await inShards("interactions");
    await expect(one("one-shard", { count: 5 }, byPair)).rejects.toMatchObject({
      message: expect.stringMatching(/with all of their/),
    });
  });
});

describe("sequence", () => {
  test("has one user a request, nobody twice, and begins as a shorter one does", async () => {
    const all = await choose("sequence", { count: present.length - 1 });
    const users = all.map((rows) => [...usersOf(rows)]);
    expect(users.every((some) => some.length === 1)).toBe(true);
    expect(new Set(users.flat()).size).toBe(present.length - 1);
    for (const count of [1, 2, 7]) expect(await choose("sequence", { count })).toEqual(all.slice(0, count));
    expect(users.flat()).not.toEqual(users.flat().toSorted((a, b) => a - b));
    expect(await choose("sequence", { count: 7, seed: 2 })).not.toEqual(all.slice(0, 7));
  });
});

describe("planted", () => {
  test("is everybody whose id begins so", async () => {
    expect(usersOf(await one("planted"))).toEqual(new Set([31, 32]));
    expect(usersOf(await one("planted", { prefix: "u1" }))).toEqual(
      new Set([1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]),
    );
  });
});

describe("refusals", () => {
  test.each([
    ["random", { share: 1 }, "bad-input", /`share` is 1/],
    ["core", { share: 1.5 }, "bad-input", /`share` is 1.5/],
    ["raters", { share: 1 }, "bad-input", /`share` is 1/],
    ["one-shard", { share: 1 }, "bad-input", /`share` is 1/],
    ["random", { share: 0.99 }, "bad-input", /39 of the 39 users/],
    ["edge", { count: 40 }, "bad-input", /40 of the 39 users/],
    ["core", { count: 39, of: "users" }, "bad-input", /nothing would remain/],
    ["edge", { count: 303, match: "interactions" }, "bad-input", /303 of the 303 interactions/],
    ["random", { count: 2.5 }, "bad-input", /`count` is 2.5/],
    ["random", { count: 303, of: "interactions" }, "bad-input", /nothing would remain/],
    ["sequence", { count: 39 }, "bad-input", /39 of the 39 users/],
    ["raters", { item: "i99" }, "unknown-id", /no item "i99"/],
    ["planted", { prefix: "fake" }, "unknown-id", /begins with "fake"/],
    ["planted", { prefix: "" }, "bad-input", /begin with ""/],
  ] as const)("%s %j", async (name, settings, code, message) => {
    const refused = await one(name, settings).then(
      () => expect.unreachable(),
      (error) => error,
    );
    expect(refused).toMatchObject({ code, message: expect.stringMatching(message) });
    if (code === "bad-input") expect(refused.advice).toBeTruthy();
  });

  test("of an item that everybody rated, where nothing would remain", async () => {
    const popular = set.select(rowsOf(raters3()));
    await expect(one("raters", { item: "i3" }, untrained(popular))).rejects.toMatchObject({
      message: expect.stringMatching(/everybody rated the item "i3": nothing would remain/),
    });
    expect((await one("raters", { item: "i3", whole: false }, untrained(popular))).length).toBeLessThan(popular.size);
  });
});

function raters3(): Set<number> {
  return new Set(Array.from(set.users).filter((_, row) => set.items[row] === 3));
}
