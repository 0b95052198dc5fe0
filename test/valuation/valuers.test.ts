/** The laws of valuers, for every one of the catalogue on small models that it admits. */

import { describe, expect, test } from "vitest";
import { leaveOneOut } from "../../src/influence/index.ts";
import type { Estimate, EstimateRun } from "../../src/method/estimator.ts";
import {
  type GivenSettings,
  groupPlayers,
  type Measure,
  makeNamed,
  measureOf,
  methodNamed,
  namesOf,
  type Players,
  unitPlayers,
  unmetNeed,
} from "../../src/method/index.ts";
import { measuredBy } from "../../src/method/measure.ts";
import { marginTarget, scoreTarget } from "../../src/objective/target.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { unitNames, valuers } from "../../src/valuation/index.ts";
import { expectStops, run } from "../support/run.ts";
import { expectNear } from "../support/small.ts";
import { valuesBy } from "./asking.ts";
import { remembered } from "./remembered.ts";
import { type Small, smallNames, smalls } from "./smalls.ts";

/** What differs between valuers. */
interface Traits {
  /** Settings with which all subsets, or enough of them, are asked of a few players. */
  readonly settings?: GivenSettings;
  /** Settings with which samples are drawn; none where nothing is. */
  readonly drawn?: GivenSettings;
  /** What it values beside sets of rows: the units of the model. */
  readonly units?: true;
  /** False where only the fit of a player's own rows is asked about. */
  readonly measured?: false;
  /** Whether values are about the player alone: the same for every measure. */
  readonly anyMeasure?: true;
  /** Whether its values sum to what all are worth beyond nobody; the other values sum to something else. */
  readonly sums?: true;
  /** False where players that say the same are worth the same by chance alone. */
  readonly twins?: false;
  /** Whether a lone player is worth leaving it out. */
  readonly alone?: true;
  /** Whether what one measure leaves out pays for samples of another: then drawn values depend on what is asked along. */
  readonly truncates?: true;
  /** False where no game is played that is trained again. */
  readonly trains?: false;
}

const traitsOf: Readonly<Record<string, Traits>> = {
  shapley: { drawn: { sampler: "permutations", trainings: 40 }, sums: true, alone: true },
  "tmc-shapley": {
    settings: { tolerance: 0, trainings: 60 },
    drawn: { trainings: 40 },
    truncates: true,
    sums: true,
    twins: false,
    alone: true,
  },
  "g-shapley": {
    settings: { trainings: 60 },
    drawn: { trainings: 20 },
    twins: false,
    trains: false,
  },
  "beta-shapley": { drawn: { sampler: "plain", trainings: 60 }, alone: true },
  banzhaf: { drawn: { sampler: "reuse", trainings: 30 }, alone: true },
  ame: { drawn: { sampler: "drawn", trainings: 30 }, alone: true },
  downsampling: { settings: { share: 0.5 }, drawn: { sampler: "drawn", share: 0.5, trainings: 30 } },
  "expected-influence": { settings: { seeds: 2 } },
  "leave-m-out": { settings: { m: 1 }, drawn: { m: 2, groups: 2 }, alone: true },
  "shapley-interaction": { drawn: { sampler: "plain", trainings: 100 }, alone: true },
  "shapley-taylor": { drawn: { sampler: "plain", trainings: 100 }, sums: true, alone: true },
  "history-shap": { sums: true, trains: false },
  "neuron-shapley": { units: true, sums: true, trains: false },
  "tree-shap": { units: true, sums: true, trains: false },
  consistency: { drawn: { sampler: "drawn", trainings: 30 }, measured: false },
  "generative-downsampling": { settings: { folds: 2, repeats: 2, draws: 4 }, twins: false },
  "influence-sketching": { settings: { size: 20 }, anyMeasure: true, trains: false },
  "cooks-distance": { anyMeasure: true, trains: false },
};

const names = namesOf(valuers);
const counts = "trainings groups m order seeds folds repeats draws samples top evaluations size seed".split(" ");

/** Who is valued: the small model's groups, or its units. */
function playersOf(traits: Traits, small: Small): Players {
  return traits.units ? unitPlayers(unitNames(small.model).length) : small.players;
}

/** Two scores of one user, and their difference. */
function measuresOf({ model, asked: [user, item, other] }: Small): Measure[] {
  const targets = [scoreTarget(user, item), scoreTarget(user, other), marginTarget(user, item, other)];
  return targets.map((target) => measureOf(target, model.unit));
}

interface Asking {
  readonly settings?: GivenSettings | undefined;
  readonly context?: EstimateRun;
  readonly measures?: readonly Measure[];
  readonly players?: Players;
}

/** What a valuer says: of measures, or of own rows where it is asked about nothing else. */
async function ask(name: string, small: Small, asking: Asking = {}): Promise<Estimate> {
  const traits = traitsOf[name];
  const {
    settings = traits.settings,
    context = { ...run, openTrainings: remembered(1) },
    measures = measuresOf(small),
    players = playersOf(traits, small),
  } = asking;
  if (traits.measured !== false) return valuesBy(name, small.model, measures, players, settings, context);
  const prepared = await makeNamed(valuers, name, small.model, settings).prepare(small.model, context);
  return (await prepared.own?.(players)) as Estimate;
}

function admits(name: string, model: TrainedModel): boolean {
  return unmetNeed(methodNamed(valuers, name).entry, model) === undefined;
}

const known = new Map<string, Promise<Small>>();

function smallOf(name: string): Promise<Small> {
  const small = known.get(name) ?? smalls[name]();
  known.set(name, small);
  return small;
}

const models = new Map(await Promise.all(smallNames.map(async (name) => [name, (await smallOf(name)).model] as const)));
const modelOf = (name: string) => models.get(name) as TrainedModel;

test("every name of the catalogue has its traits, and no other has", () => {
  expect(Object.keys(traitsOf).sort()).toEqual([...names].sort());
});

describe.each(valuers.methods.map((entry) => [entry.name, entry] as const))("the method %s", (name, entry) => {
  test("says what it does, and refuses a setting that it has not, by name", () => {
    expect(entry.summary).toMatch(/^(Shapley|[a-z]\S*)( \S+){4,}[^.\s]$/);
    expect(entry.source).toMatch(/^definition|\(\d{4}\)/);
    expect(() => entry.make({ unknownSetting: 1 })).toThrow(
      expect.objectContaining({
        code: "bad-input",
        message: expect.stringContaining(`${name} has no setting "unknownSetting"`),
      }),
    );
  });

  test.each(Object.entries(entry.settings))(
    "has a setting %s with a standard that it takes, and wrong values",
    (key, spec) => {
      expect(spec.summary.length).toBeGreaterThan(5);
      expect(() => entry.make({ [key]: spec.standard })).not.toThrow();
      const wrong = typeof spec.standard === "number" ? [Number.NaN, -1, "one", true] : ["none of these", 1];
      for (const value of counts.includes(key) ? [...wrong, 2.5] : wrong)
        expect(() => entry.make({ [key]: value }), String(value)).toThrow(
          expect.objectContaining({ code: "bad-input" }),
        );
    },
  );
});

describe.each(names.map((name) => [name, traitsOf[name]] as const))("%s", (name, traits) => {
  const admitted = smallNames.filter((small) => admits(name, modelOf(small)));
  const ways = [traits.settings ?? {}, ...(traits.drawn ? [traits.drawn] : [])];

  const alike = traits.truncates ? ways.slice(0, 1) : ways;

  test("has models", () => {
    expect(admitted.length).toBeGreaterThan(0);
  });

  test.each(smallNames.filter((small) => !admitted.includes(small)))(
    "refuses %s, and names what needs less",
    (small) => {
      const others = names.filter((other) => admits(other, modelOf(small)));
      expect(() => makeNamed(valuers, name, modelOf(small))).toThrow(
        expect.objectContaining({
          code: "unsupported",
          message: expect.stringContaining(`${name} needs`),
          advice: `for this model: ${others.join(", ")}`,
        }),
      );
    },
  );

  describe.each(admitted)("on %s", (which) => {
    test("has a value and a status for every measure and player, and leaves the model alone", async () => {
      const small = await smallOf(which);
      const before = small.model.smooth?.params.slice();
      for (const settings of ways) {
        const found = await ask(name, small, { settings });
        const count = found.sets?.length ?? playersOf(traits, small).count;
        expect(found.values.length).toBe((traits.measured === false ? 1 : 3) * count);
        expect(found.statuses.length).toBe(found.values.length);
        if (found.standardErrors) expect(found.standardErrors.length).toBe(found.values.length);
        found.values.forEach((value, n) => {
          expect(Number.isNaN(value)).toBe(!["converged", "not-certain"].includes(found.statuses[n]));
        });
        expect(found.values.some((x) => x !== 0)).toBe(true);
      }
      expect(small.model.smooth?.params).toEqual(before);
    });

    test("says the same twice, and however many sets are asked about at the same time", async () => {
      const small = await smallOf(which);
      for (const settings of ways) {
        const wanted = await ask(name, small, { settings });
        for (const width of [1, 3])
          expect(await ask(name, small, { settings, context: { ...run, openTrainings: remembered(width) } })).toEqual(
            wanted,
          );
      }
    });

    test("is stopped at every turn", async () => {
      const small = await smallOf(which);
      for (const settings of ways)
        await expectStops((context) =>
          ask(name, small, { settings, context: { ...context, openTrainings: remembered(2) } }),
        );
    });

    if (!traits.units)
      test("a player without rows is worth nothing, and changes nothing for the others", async () => {
        const small = await smallOf(which);
        const { players } = small;
        const nobody = players.count - 1;
        const others = groupPlayers(Array.from({ length: nobody }, (_, k) => players.rows(k)));
        for (const settings of ways) {
          const [all, some] = [
            await ask(name, small, { settings }),
            await ask(name, small, { settings, players: others }),
          ];
          const sets = (all.sets ?? Array.from({ length: players.count }, (_, k) => [k])).map((set) =>
            set.includes(nobody),
          );
          const kept = all.values.filter((_, n) => !sets[n % sets.length]);
          expect(kept).toEqual(some.values);
          all.values.forEach((x, n) => {
            if (sets[n % sets.length]) expect(x).toBe(traits.measured === false ? Number.NaN : 0);
          });
        }
        const none = await ask(name, small, { players: groupPlayers([new Uint32Array(0)]) });
        expect(none.values.every((x) => (traits.measured === false ? Number.isNaN(x) : x === 0))).toBe(true);
      });

    test("inner indices of users, items, rows and players do not matter", async () => {
      const [small, moved] = [await smallOf(which), await smallOf(`${which}, moved`)];
      for (const settings of ways) {
        const [wanted, found] = [await ask(name, small, { settings }), await ask(name, moved, { settings })];
        const places = moved.placesOf(wanted.sets, playersOf(traits, small));
        wanted.statuses.forEach((status, n) => {
          const at = n % places.length;
          expect(found.statuses[n - at + places[at]]).toBe(status);
        });
        const [values, others] = [wanted.values, found.values].map((all) =>
          [...all].map((x) => (Number.isNaN(x) ? 0 : x)),
        );
        expectNear(
          values.map((_, n) => others[Math.floor(n / places.length) * places.length + places[n % places.length]]),
          values,
          1e-5,
          { floor: 1e-3 },
        );
      }
    });

    if (traits.measured !== false)
      test("measures asked together are those asked one by one", async () => {
        const small = await smallOf(which);
        for (const settings of alike) {
          const { values } = await ask(name, small, { settings });
          const apart: number[] = [];
          for (const measure of measuresOf(small))
            apart.push(...(await ask(name, small, { settings, measures: [measure] })).values);
          expectNear(values, apart, 1e-12);
        }
      });

    if (traits.measured !== false)
      test(
        traits.anyMeasure ? "is the same for every measure" : "of a difference is the difference of the values",
        async () => {
          const small = await smallOf(which);
          for (const settings of alike) {
            const { values } = await ask(name, small, { settings });
            const [a, b, c] = [0, 1, 2].map((m) =>
              values.subarray((m * values.length) / 3, ((m + 1) * values.length) / 3),
            );
            if (traits.anyMeasure) {
              expect(b).toEqual(a);
              expect(c).toEqual(a);
            } else
              expectNear(
                c.filter((x) => !Number.isNaN(x)),
                a.map((x, k) => x - b[k]).filter((x) => !Number.isNaN(x)),
                1e-10,
              );
          }
        },
      );

    if (traits.twins !== false && !traits.units)
      test("players that say the same are worth the same", async () => {
        const small = await smallOf(which);
        if (!small.twins) return;
        const { values, sets } = await ask(name, small);
        const count = sets?.length ?? small.players.count;
        for (let m = 0; m < values.length / count; m++) {
          expectNear([values[m * count]], [values[m * count + 1]], 1e-5, { floor: 1e-3 });
          expect(values[m * count]).not.toBe(0);
        }
      });

    if (traits.measured !== false && !traits.anyMeasure && !traits.units)
      test(`the values ${traits.sums ? "" : "do not "}sum to what all are worth beyond nobody`, async () => {
        const small = await smallOf(which);
        const { values, sets } = await ask(name, small);
        const count = sets?.length ?? playersOf(traits, small).count;
        const sums = [0, 1].map((m) =>
          values.subarray(m * count, (m + 1) * count).reduce((sum, x) => sum + (Number.isNaN(x) ? 0 : x), 0),
        );
        const wanted = await worthOfAll(name, small);
        if (traits.sums) expectNear(sums, wanted, 1e-9);
        else expect(Math.max(...sums.map((sum, m) => Math.abs(sum - wanted[m])))).toBeGreaterThan(1e-9);
      });

    test("one player has a value or a reason", async () => {
      const small = await smallOf(which);
      if (traits.units) return;
      const players = groupPlayers([small.players.rows(2)]);
      const found = await ask(name, small, { players });
      found.values.forEach((value, k) => {
        expect(Number.isNaN(value)).toBe(found.statuses[k] === "breakdown");
      });
      if (found.statuses.includes("breakdown")) expect(found.notes?.length).toBeGreaterThan(0);
      if (!traits.alone || which === "shards") return;
      const truth = await leaveOneOut.make({}).prepare(small.model, run);
      const { values } = await truth.estimate(measuresOf(small), players);
      truth.close();
      expectNear(found.values, values, 1e-6, { floor: 1e-3 });
    });

    test("nobody is refused, with a remedy", async () => {
      const small = await smallOf(which);
      const players = traits.units ? unitPlayers(0) : groupPlayers([]);
      await expect(ask(name, small, { players })).rejects.toMatchObject({
        code: "bad-input",
        advice: expect.stringMatching(/\w{3,}/),
      });
    });
  });
});

/** ν(all) − ν(nobody) of the game that a valuer plays, by two measures: from other trainings, or from other scores. */
async function worthOfAll(name: string, small: Small): Promise<number[]> {
  const measures = measuresOf(small).slice(0, 2);
  if (traitsOf[name].trains !== false) {
    const trainings = await remembered(1)(small.model, measures, run);
    const rows = Array.from({ length: small.players.count }, (_, k) => [...small.players.rows(k)]).flat();
    const { values } = await trainings.without(Uint32Array.from(rows).sort());
    const whole = await measuredBy(measures, (pairs) => small.model.scores(pairs), run);
    return Array.from(values, (value, m) => whole[m] - value);
  }
  // One player with all rows.
  const { players } = small;
  const rows = Array.from({ length: players.count }, (_, k) => [...players.rows(k)]).flat();
  return [...(await ask(name, small, { measures, players: groupPlayers([Uint32Array.from(rows).sort()]) })).values];
}
