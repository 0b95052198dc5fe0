/** The laws of planted attacks: what is there stays as it is, profiles are as they were asked for, and influence moves what it foretells. */

import { describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { type GivenSettings, methodNamed } from "../../src/method/index.ts";
import { dot } from "../../src/numeric/vector.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import { itemTerms } from "../../src/requests/attacks/item-terms.ts";
import { emptyProfile, type ItemTerms } from "../../src/requests/attacks/profile.ts";
import { scaleOf, spreadOf } from "../../src/requests/attacks/scale.ts";
import { attacks, type NamedTrained, type Poisoned, plantedRequest } from "../../src/requests/index.ts";
import { alsNewton } from "../../src/training/index.ts";
import { solverAt } from "../../src/training/solve.ts";
import { run } from "../support/run.ts";
import { interactionsFrom, normals, settingsOf, shuffle, type Triple, triplesOf } from "../support/small.ts";
import { smoothOf } from "../support/trained.ts";
import { crowd, eventsOf, settings as modelSettings, moved, namesOf, trainedBy, untrained } from "./subjects.ts";

const trainer = alsNewton(objectiveSettings(modelSettings));
const set = crowd();
const model = await trainedBy(trainer, set);
const names = attacks.methods.map(({ name }) => name);
const drawing = names.filter((name) => name !== "influence-push");

const plant = (name: string, settings: GivenSettings = {}, victim: NamedTrained = model): Promise<Poisoned> =>
  methodNamed(attacks, name).entry.make(settings).plant(victim, run);

/** The planted rows of every profile, as [item, rating]. */
function profilesOf({ dataset, rows, users }: Poisoned): (readonly [number, number])[][] {
  const { interactions } = dataset;
  return users.map((id) =>
    Array.from(rows.filter((row) => dataset.userIds.list[interactions.users[row]] === id)).map(
      (row) => [interactions.items[row], interactions.ratings[row]] as const,
    ),
  );
}

/** Events of planted rows by outside ids. */
const plantedEvents = ({ dataset, rows }: Poisoned) =>
  eventsOf({ dataset, trained: { ...model.trained, interactions: dataset.interactions } }, rows);

describe.each(names)("%s", (name) => {
  test("leaves all rows as they are, and adds its own at the end", async () => {
    const poisoned = await plant(name, { count: 3, item: "i5" });
    const { interactions, userIds, itemIds } = poisoned.dataset;
    expect(triplesOf(interactions).slice(0, set.size)).toEqual(triplesOf(set));
    expect(Array.from(poisoned.rows)).toEqual(
      Array.from({ length: interactions.size - set.size }, (_, k) => set.size + k),
    );
    expect(userIds.list.slice(0, set.userCount)).toEqual(namesOf(set).users);
    expect(itemIds.list).toEqual(namesOf(set).items);
    expect([interactions.userCount, interactions.itemCount]).toEqual([set.userCount + 3, set.itemCount]);
  });

  test("makes profiles of the length that was asked for: the item once, other items once, ratings that there are", async () => {
    for (const [aim, rating] of [["push", 5] as const, ["nuke", 1] as const])
      for (const fillers of [0.1, 0.5, 0.99]) {
        const poisoned = await plant(name, { count: 4, item: "i5", aim, fillers });
        const profiles = profilesOf(poisoned);
        expect(profiles).toHaveLength(4);
        for (const profile of profiles) {
          // Twenty items have ratings; the last one of the set has none, and is never rated.
          expect(profile.length).toBe(1 + Math.min(19, Math.ceil(fillers * 20)));
          const items = profile.map(([item]) => item);
          expect(new Set(items).size).toBe(items.length);
          expect(items).not.toContain(20);
          expect(profile.filter(([item]) => item === 5)).toEqual([[5, rating]]);
          for (const [, given] of profile) expect(set.ratings).toContain(given);
        }
        expect([poisoned.item, poisoned.rating, poisoned.status]).toEqual([5, rating, "converged"]);
      }
  });

  test("makes a share of the users by default, each as long as the median user's", async () => {
    expect((await plant(name)).users).toHaveLength(1);
    expect((await plant(name, { profiles: 0.2 })).users).toHaveLength(Math.ceil(0.2 * 39));
    const degrees = Array.from({ length: 39 }, (_, u) => set.byUser.start[u + 1] - set.byUser.start[u]).sort(
      (a, b) => a - b,
    );
    for (const profile of profilesOf(await plant(name, { count: 2 }))) expect(profile).toHaveLength(degrees[19]);
    const counts = Array.from({ length: 20 }, (_, i) => set.byItem.start[i + 1] - set.byItem.start[i]);
    const { item } = await plant(name);
    expect(counts[item]).toBe(counts.toSorted((a, b) => a - b)[10]);
  });

  test("names them as nobody is named, so that they are found again", async () => {
    const poisoned = await plant(name, { count: 3 });
    // planted-1 and planted-2 are there.
    expect(poisoned.users).toEqual(["planted2-1", "planted2-2", "planted2-3"]);
    const found = await plantedRequest
      .make({ prefix: poisoned.prefix })
      .choose(
        { dataset: poisoned.dataset, trained: { ...model.trained, interactions: poisoned.dataset.interactions } },
        run,
      );
    expect(found).toEqual([poisoned.rows]);
    const fresh = { users: namesOf(set).users.map((id) => `x${id}`), items: namesOf(set).items };
    expect((await plant(name, { count: 2 }, { ...model, ...untrainedAs(fresh) })).users).toEqual([
      "planted-1",
      "planted-2",
    ]);
    fresh.users[3] = "Planted-X";
    expect((await plant(name, { count: 1 }, { ...model, ...untrainedAs(fresh) })).users).toEqual(["planted2-1"]);
  });

  test("gives the same profiles each time", async () => {
    expect(plantedEvents(await plant(name, { count: 3 }))).toEqual(plantedEvents(await plant(name, { count: 3 })));
  });

  test("refuses what cannot be, with advice", async () => {
    for (const settings of [{ profiles: 1 }, { fillers: 1 }, { count: 1.5 }] as GivenSettings[])
      await expect(plant(name, settings)).rejects.toMatchObject({ code: "bad-input", advice: expect.any(String) });
    await expect(plant(name, { item: "i99" })).rejects.toMatchObject({ code: "unknown-id" });
    const likes = await trainedBy(
      trainer,
      interactionsFrom(
        triplesOf(set).map(([u, i]) => [u, i, 1]),
        40,
        21,
      ),
    );
    await expect(plant(name, { aim: "nuke" }, likes)).rejects.toMatchObject({
      message: expect.stringMatching(/none sinks/),
    });
    expect((await plant(name, { aim: "push" }, likes)).rating).toBe(1);
  });
});

/** The data under other names. */
function untrainedAs(fresh: ReturnType<typeof namesOf>) {
  return { dataset: untrained(set, fresh).dataset };
}

describe.each(drawing)("%s", (name) => {
  test("gives the same profiles under other indices and in another order, and others with another seed", async () => {
    const other = moved(set, shuffle(set.userCount, 4), shuffle(set.itemCount, 5), shuffle(set.size, 6));
    const events = plantedEvents(await plant(name, { count: 3 }, untrained(set)));
    expect(plantedEvents(await plant(name, { count: 3 }, other))).toEqual(events);
    expect(plantedEvents(await plant(name, { count: 3, seed: 2 }, untrained(set)))).not.toEqual(events);
  });

  test("needs no model, and does not give one profile for another", async () => {
    const poisoned = await methodNamed(attacks, name)
      .entry.make({ count: 2, fillers: 0.4 })
      .plant({ dataset: model.dataset }, run);
    const [one, two] = profilesOf(poisoned);
    expect(one).not.toEqual(two);
    const [more] = profilesOf(await plant(name, { count: 1, fillers: 0.4 }));
    expect(more).toEqual(one);
  });
});

describe("ratings", () => {
  /** Forty users rate thirty items from 0 to 100, item i around 2 + 3·i with a deviation of at most 2. */
  const wide = untrained(
    interactionsFrom(
      Array.from({ length: 1200 }, (_, k): Triple => {
        const [user, item] = [k % 40, Math.floor(k / 40)];
        return [user, item, Math.round(10 * (5 + 3 * item + normals(1200, 3)[k] / 2)) / 10];
      }),
      40,
      30,
    ),
  );
  const { interactions } = wide.trained;
  const many = { count: 300, fillers: 0.5, item: "i15" };
  const ratingsOf = async (name: string) =>
    profilesOf(await plant(name, many, wide)).flatMap((profile) => profile.slice(1));

  test("of random attacks have the mean and deviation of all, whichever the item; of average attacks those of the item", async () => {
    const all = spreadOf(interactions);
    const random = await ratingsOf("random-attack");
    for (const item of [0, 29]) {
      const own = random.filter(([i]) => i === item).map(([, rating]) => rating);
      const mean = own.reduce((a, b) => a + b, 0) / own.length;
      // What is beyond the scale is cut off on both sides alike.
      expect(Math.abs(mean - all.mean)).toBeLessThan((4 * all.deviation) / Math.sqrt(own.length));
    }
    const spread = Math.sqrt(random.reduce((sum, [, r]) => sum + (r - all.mean) ** 2, 0) / random.length);
    expect(spread / all.deviation).toBeGreaterThan(0.85);
    expect(spread / all.deviation).toBeLessThan(1);
    const average = await ratingsOf("average-attack");
    for (const item of [0, 7, 29]) {
      const wanted = spreadOf(interactions, interactions.byItem.rows.subarray(40 * item, 40 * item + 40));
      const own = average.filter(([i]) => i === item).map(([, rating]) => rating);
      const mean = own.reduce((a, b) => a + b, 0) / own.length;
      expect(Math.abs(mean - wanted.mean)).toBeLessThan((4 * wanted.deviation) / Math.sqrt(own.length) + 0.3);
    }
  });

  test("of a bandwagon are highest for the most popular items, which every profile has", async () => {
    const counts = Array.from({ length: set.itemCount }, (_, i) => set.byItem.start[i + 1] - set.byItem.start[i]);
    const popular = [...counts.keys()]
      .filter((i) => i !== 5)
      .sort((a, b) => counts[b] - counts[a])
      .slice(0, 4);
    const least = counts[popular[3]];
    for (const profile of profilesOf(
      await plant("bandwagon-attack", { count: 5, item: "i5", fillers: 0.4, popular: 0.5 }),
    )) {
      const first = profile.slice(1, 5);
      expect(first.every(([item, rating]) => counts[item] >= least && rating === 5)).toBe(true);
      expect(profile).toHaveLength(9);
    }
    const [whole] = profilesOf(await plant("bandwagon-attack", { count: 1, fillers: 0.4, popular: 1 }));
    expect(whole.every(([, rating]) => rating === 5)).toBe(true);
    await expect(plant("bandwagon-attack", { popular: 1.1 })).rejects.toMatchObject({ code: "bad-input" });
  });

  test("are the nearest of the data", async () => {
    const { nearest, least, most } = await scaleOf(
      interactionsFrom(
        [
          [0, 0, 2],
          [0, 1, 3],
          [0, 2, 5],
        ],
        1,
        3,
      ),
      run.yieldToEventLoop,
    );
    expect([-9, 2.4, 2.5, 2.6, 4, 4.1, 77].map(nearest)).toEqual([2, 2, 2, 3, 3, 5, 5]);
    expect([least, most]).toEqual([2, 5]);
    const spread = spreadOf(
      interactionsFrom(
        [1, 2, 3, 5, 6, 99].map((rating, item): Triple => [0, item, rating]),
        1,
        6,
      ),
      Uint32Array.of(1, 2, 3, 4),
    );
    expect(spread).toEqual({ mean: 4, deviation: Math.sqrt(2.5) });
  });
});

describe("influence-push", () => {
  const width = 4;
  const l2 = Float64Array.of(2, 2, 2, 1);
  const termsOf = (item: number): ItemTerms => ({
    inputs: Float64Array.of(...normals(3, 10 + item), 1),
    base: 3 + 0.1 * item,
    inputsAlong: Float64Array.of(...normals(3, 30 + item), 0),
    baseAlong: normals(1, 50 + item)[0],
  });
  const rated: readonly (readonly [number, number])[] = [
    [0, 5],
    [1, 1],
    [2, 5],
    [3, 5],
    [4, 1],
  ];

  /** V at the items moved by h along the direction, by solving for the profile's own parameters by gradient steps that end at the optimum. */
  function valueAlong(h: number): number {
    const w = new Float64Array(width);
    const items = rated.map(([item, rating]) => {
      const { inputs, base, inputsAlong, baseAlong } = termsOf(item);
      return { x: inputs.map((q, k) => q + h * inputsAlong[k]), y: rating - base - h * baseAlong };
    });
    for (let sweep = 0; sweep < 400; sweep++)
      for (let k = 0; k < width; k++) {
        const slope = items.reduce((sum, { x, y }) => sum + (y - dot(x, w)) * x[k], 0) - l2[k] * w[k];
        w[k] += slope / (items.reduce((sum, { x }) => sum + x[k] ** 2, 0) + l2[k]);
      }
    return (
      items.reduce((sum, { x, y }) => sum + (y - dot(x, w)) ** 2 / 2, 0) +
      w.reduce((sum, c, k) => sum + (l2[k] * c * c) / 2, 0)
    );
  }

  test("foretells the slope of what a profile adds to J, along the solution", () => {
    const profile = emptyProfile(l2);
    for (const [item, rating] of rated) profile.add(termsOf(item), rating);
    const h = 1e-4;
    const slope = -(valueAlong(h) - valueAlong(-h)) / (2 * h);
    expect(Math.abs(profile.lift() - slope)).toBeLessThan(1e-6 * Math.abs(slope));
  });

  test("knows what one more rating would make", () => {
    const profile = emptyProfile(l2);
    for (const [item, rating] of rated) {
      const [high, low] = profile.liftsWith(termsOf(item), [rating, -rating]);
      profile.add(termsOf(item), rating);
      expect(Math.abs(profile.lift() - high)).toBeLessThan(1e-12 * (1 + Math.abs(high)));
      expect(low).not.toBe(high);
    }
  });

  test("knows how the score that anybody gives an item changes along the solution of the whole Hessian with the mean score's gradient", async () => {
    const { objective, params } = smoothOf(model.trained);
    const { of, status } = await itemTerms(model.trained, 5, 8, run);
    expect(status).toBe("converged");
    const users = Uint32Array.from({ length: 39 }, (_, k) => k);
    const meanAt = (at: Float64Array) =>
      objective.serving.at(at, { users, items: new Uint32Array(39).fill(5) }).scores.reduce((a, b) => a + b, 0) / 39;
    const gradient = params.map((_, k) => {
      const at = (h: number) => meanAt(params.map((x, j) => (j === k ? x + h : x)));
      return (at(1e-5) - at(-1e-5)) / 2e-5;
    });
    const solver = await solverAt(objective, params, run, { tolerance: 1e-12 });
    const { value } = await solver.solve(gradient);
    solver.close();
    const h = 1e-5;
    // Somebody with any embedding and bias who scores an item: how that score changes along the solution.
    const own = Float64Array.of(0.3, -0.7, 0.2);
    const { factors: width, learnedMean } = { factors: 2, learnedMean: true };
    for (const item of [5, 0, 11]) {
      const { inputs, base, inputsAlong, baseAlong } = of(item);
      const stride = width + 1;
      const start = (set.userCount + item) * stride;
      const scoreAt = (step: number) => {
        const at = params.map((x, k) => x + step * value[k]);
        return (
          at[start] * own[0] + at[start + 1] * own[1] + at[start + 2] + own[2] + (learnedMean ? at[at.length - 1] : 0)
        );
      };
      expect(base + dot(inputs, own)).toBeCloseTo(scoreAt(0), 12);
      const slope = (scoreAt(h) - scoreAt(-h)) / (2 * h);
      expect(Math.abs(baseAlong + dot(inputsAlong, own) - slope)).toBeLessThan(1e-6);
    }
  });

  test("needs a model, with ratings and dot products", async () => {
    const { entry } = methodNamed(attacks, "influence-push");
    await expect(entry.make({}).plant({ dataset: model.dataset }, run)).rejects.toMatchObject({ code: "bad-input" });
    expect(entry.needs.map((need) => need.unmet(model.trained))).toEqual([undefined, undefined, undefined]);
    expect(entry.needs.map((need) => need.unmet(untrained(set).trained)).filter(Boolean)).toHaveLength(3);
  });

  test("lifts the item more than the others do with as many profiles as long, trained again to the end", async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { interactions } = plantedFactors({ users: 30, items: 20, ratings: 260, factors: 2, seed });
      const plan = alsNewton(objectiveSettings(settingsOf({ factors: 2 })));
      const before = await trainedBy(plan, interactions);
      const lifts: Record<string, number> = {};
      for (const name of names) {
        const { dataset, item } = await plant(
          name,
          { count: 3, ...(name === "influence-push" ? {} : { seed }) },
          before,
        );
        const after = await trainedBy(plan, dataset.interactions, {
          users: [...dataset.userIds.list],
          items: [...dataset.itemIds.list],
        });
        const users = Uint32Array.from({ length: 30 }, (_, k) => k);
        const mean = ({ trained }: NamedTrained) =>
          trained.scores({ users, items: new Uint32Array(30).fill(item) }).reduce((a, b) => a + b, 0) / 30;
        lifts[name] = mean(after) - mean(before);
      }
      for (const name of drawing) {
        expect(lifts[name], `${name}, seed ${seed}`).toBeGreaterThan(0);
        expect(lifts["influence-push"], `${name}, seed ${seed}`).toBeGreaterThan(lifts[name]);
      }
    }
  });
});
