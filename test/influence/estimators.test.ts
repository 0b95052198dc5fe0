/** The laws of influence, for every estimator of the catalogue on every subject that it admits. */

import { afterAll, describe, expect, test } from "vitest";
import { checkerboard } from "../../src/data/synthetic.ts";
import { estimators } from "../../src/influence/index.ts";
import { referenceMatrices } from "../../src/kernel/matrices/reference.ts";
import { wasmMatrices } from "../../src/kernel/matrices/wasm.ts";
import { wasmTriples } from "../../src/kernel/triples/wasm.ts";
import { wasmKernels } from "../../src/kernel/wasm.ts";
import {
  type Cost,
  dataInside,
  groupPlayers,
  interactionPlayers,
  itemPlayers,
  makeNamed,
  measureOf,
  methodNamed,
  metric,
  type Need,
  namesOf,
  sharedWeights,
  unmetNeed,
  userPlayers,
} from "../../src/method/index.ts";
import { median, pearson } from "../../src/numeric/statistics.ts";
import { closedFormsOf } from "../../src/objective/closed-forms.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { squared } from "../../src/objective/loss.ts";
import type { ObjectiveSettings } from "../../src/objective/objective.ts";
import {
  fitTarget,
  marginTarget,
  meanFitTarget,
  rankTarget,
  scoreTarget,
  type Target,
} from "../../src/objective/target.ts";
import {
  alsNewton,
  certify,
  itemScoresOf,
  sharded,
  type TrainedModel,
  usualSharding,
} from "../../src/training/index.ts";
import { expectStops, run, runWith } from "../support/run.ts";
import {
  expectNear,
  interactionsFrom,
  relabelled,
  reordered,
  rowsWhere,
  shuffle,
  triplesOf,
} from "../support/small.ts";
import {
  closedOptimumOf,
  mild,
  movedRows,
  objectiveOf,
  optimum,
  type Subject,
  type SubjectName,
  subjectNames,
  subjects,
  trainedAt,
  trainedOn,
  turned,
} from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";
import { ask, estimateBy, prepared, rowsBy } from "./asking.ts";

/** What differs between estimators. */
interface Traits {
  /** −1 where the published program has the sign the other way round. */
  readonly sign: 1 | -1;
  /** Whether rows that share neither user nor item with the target count for nothing. */
  readonly near: boolean;
  /** Whether the influence on f(scores) is f′ times that on the scores; such an estimator refuses what has no slopes. */
  readonly linear: boolean;
  /** Whether a player counts as much as its rows do together. */
  readonly sums: boolean;
  /** Whether H⁻¹ is drawn: then a residual is no tolerance. */
  readonly drawn?: true;
  /** False: not exact where J is quadratic, though it is no first order. */
  readonly quadratic?: false;
  /** Accuracy of its solves, relative to the largest influence: where there are closed forms, and elsewhere. */
  readonly accuracy: readonly [number, number];
  /** What may pass, relative to the largest influence, between blocks that share no row. */
  readonly leak: number;
  /** Largest median relative error against leave-one-out on the well-regularised `tastes`; none for what estimates something else. */
  readonly error: number | undefined;
  /** Least correlation with leave-one-out on other well-regularised problems. */
  readonly likeness?: number;
  /** Whether it holds a graph or an input made of the interactions as it is: there it estimates something else. */
  readonly fixedData?: boolean;
  /** Whether its blocks lack the L2, and need not be positive definite. */
  readonly unregularised?: boolean;
  /** Whether it goes through the weights that users and items share. */
  readonly throughShared?: boolean;
  /** Whether it values a vote on one pair's label, not a measure: other targets are refused, and what agrees is a proponent. */
  readonly votes?: boolean;
  /** Whether through what all share a liked row can count against its own pair, by its negatives. */
  readonly negativesCount?: boolean;
  /** Whether a target counts by the direction of its gradient alone. */
  readonly unitTargets?: boolean;
  /** Whether it goes through few directions, which Lanczos finds from a drawn start: another rotation is another start. */
  readonly truncated?: boolean;
  /** Where its laws are, if no subject here has what it needs: ends of steps, trees. */
  readonly lawsIn?: "traced" | "trees";
  /** What its settings need beyond what the method needs. */
  readonly also?: Need;
}

const explicitRatings: Need = {
  name: "closed forms on ratings",
  unmet: ({ smooth }) => {
    const closed = smooth && closedFormsOf(smooth.objective);
    return closed && closed.zeroWeight === 0 ? undefined : "there are none";
  },
};

const block: Traits = {
  ...{ sign: 1, near: true, linear: true, sums: true },
  ...{ accuracy: [1e-10, 1e-9], leak: 0, error: 0.25, likeness: 0.94 },
};
const full: Traits = {
  ...{ sign: 1, near: false, linear: true, sums: true },
  ...{ accuracy: [1e-7, 1e-6], leak: 1e-6, error: 0.25, likeness: 0.95, throughShared: true },
};
/** Contributions and published forms estimate something else. */
const other: Traits = { ...block, error: undefined };
const retraced: Traits = { ...other, lawsIn: "traced" };
const ofTrees: Traits = { ...other, lawsIn: "trees" };
const relative: Traits = { ...full, error: undefined, sums: false };
const published: Traits = { ...other, unregularised: true, also: explicitRatings };

const traitsOf: Readonly<Record<string, Traits>> = {
  "fast-influence": { ...block, sums: false, error: 0.15 },
  "fast-influence-block": block,
  "fast-influence-text": published,
  "fast-influence-code": { ...published, sign: -1 },
  "fast-influence-network": { ...full, sums: false, also: sharedWeights },
  "influence-function": full,
  "influence-function-fixed-data": { ...full, fixedData: true },
  "fast-if": { ...full, drawn: true, error: undefined },
  arnoldi: { ...full, accuracy: [1e-6, 1e-5], error: undefined, truncated: true },
  trak: full,
  "data-inf": other,
  "newton-step": { ...full, linear: false, sums: false, error: 0.01 },
  "second-order-group": { ...full, linear: false, sums: false, quadratic: false, error: 0.15 },
  "second-order-group-third": { ...full, linear: false, sums: false, quadratic: false, error: 0.15 },
  "proximal-bregman": {
    ...full,
    linear: false,
    sums: false,
    quadratic: false,
    accuracy: [1e-6, 1e-6],
    error: undefined,
  },
  "influence-interval": { ...full, linear: false, sums: false, error: 0.001 },
  "leave-one-out": { ...full, linear: false, sums: false, accuracy: [1e-7, 1e-7], error: 1e-7 },
  "leave-one-out-fixed-items": { ...other, linear: false, sums: false },
  contributions: other,
  "knn-leave-one-out": { ...other, sums: false, votes: true },
  "knn-shapley": { ...other, votes: true },
  "representer-point": { ...other, throughShared: true, negativesCount: true },
  "high-dimensional-representer": other,
  "relative-influence": relative,
  "relative-influence-block": { ...other, sums: false },
  "renormalised-influence": relative,
  "renormalised-influence-unit": { ...relative, unitTargets: true },
  tracin: retraced,
  "in-run-shapley": retraced,
  "vae-tracin": retraced,
  "tracin-ad": retraced,
  "tracin-ideal": retraced,
  "tracin-cp": retraced,
  "leaf-refit": ofTrees,
  "leaf-influence": ofTrees,
  boostin: ofTrees,
  "tracin-rp": retraced,
  "tracin-last": retraced,
  "tracin-we": retraced,
  hydra: retraced,
  "hydra-fast": retraced,
  "hydra-fixed-data": retraced,
  "sgd-influence": retraced,
  "sgd-influence-fixed-data": retraced,
  trex: ofTrees,
  gas: { ...retraced, sums: false },
  "renormalised-tracin": retraced,
  "rps-lje": { ...other, throughShared: true, negativesCount: true },
};

const costs: readonly Cost[] = [
  "closed form",
  "a solve a target",
  "a series a target",
  "a solve a player",
  "a training a player",
  "a solve",
  "a training",
  "a pool",
];

const names = namesOf(estimators);
const models = new Map<SubjectName, TrainedModel>();
for (const name of subjectNames) models.set(name, await optimum(name));

/** Kernels on one thread and on two. */
const threaded = [1, 2].map((threads) => ({
  factors: wasmKernels({ threads }),
  matrices: wasmMatrices({ threads, serialBelow: 0 }),
  triples: wasmTriples({ threads }),
}));
while (!threaded[1].matrices.ready()) await new Promise((resolve) => setTimeout(resolve, 2));
afterAll(async () => {
  for (const kernels of threaded.flatMap((by) => Object.values(by))) await kernels.close();
});

/** The model of a subject at its optimum. */
function modelOf(name: SubjectName): TrainedModel {
  const model = models.get(name);
  if (model === undefined) throw new Error(name);
  return model;
}

/** Whether the needs of a method, and of its settings, are met. */
function admits(name: string, model: TrainedModel): boolean {
  return (
    unmetNeed(methodNamed(estimators, name).entry, model) === undefined &&
    traitsOf[name]?.also?.unmet(model) === undefined
  );
}

function isClosed(model: TrainedModel): boolean {
  return closedFormsOf(smoothOf(model).objective) !== undefined;
}

/** Rows of the user and of the item, and a few others. */
function some({ interactions }: TrainedModel, user: number, item: number): Uint32Array {
  const every = interactions.size > 100 ? 40 : 9;
  return rowsWhere(interactions, ([u, i], row) => u === user || i === item || row % every === 0);
}

/** Rows of which no example reads the user's or the item's tables. */
function far(model: TrainedModel, user: number, item: number): Uint32Array {
  const { negatives, settings } = smoothOf(model).objective;
  const perRow = settings.sampling?.perRow ?? 0;
  const every = model.interactions.size > 100 ? 20 : 1;
  return rowsWhere(
    model.interactions,
    ([u, i], row) =>
      u !== user &&
      i !== item &&
      row % every === 0 &&
      !negatives.subarray(row * perRow, (row + 1) * perRow).includes(item),
  );
}

/** The largest size of all. */
function most(values: ArrayLike<number>): number {
  return Math.max(0, ...Array.from(values, Math.abs));
}

/** Two sets of users and items without a common row, and no negative that joins them; a pair of one of them. */
const apart: (readonly [string, TrainedModel, readonly [number, number]])[] = [
  ["mf", await inTwo("mf", { model: { factors: 3, biases: true, mean: 3.4 }, l2: 1.5 }), [2, 3]],
  ["mf-squared", await inTwo("mf-squared", { l2: 0.4 }), [3, 1]],
  ["mf-items", await inTwo("mf-items", { l2: 0.4 }), [3, 1]],
  ["gmf", await inTwo("gmf", { loss: squared, sampling: undefined, l2: 0.4 }, "mf-squared"), [3, 1]],
];

/** The optimum of a subject on those rows of its set, or another's, that stay on one side. */
function inTwo(name: SubjectName, over: Partial<ObjectiveSettings>, data = name): Promise<TrainedModel> {
  const set = subjects[data].interactions();
  const { userCount, itemCount } = set;
  const kept = triplesOf(set).filter(([u, i]) => u < userCount / 2 === i < itemCount / 2);
  return trainedOn(name, objectiveOf(name, over, interactionsFrom(kept, userCount, itemCount)));
}

/** A well-regularised model, and what leaving rows of some pairs' users and items out does to the pairs' scores. */
interface MildProblem {
  readonly model: TrainedModel;
  readonly exact: readonly Exact[];
  /** Where one optimum is proved, that of training from another seed; else that of the estimator, which `re-optimised` holds to account. */
  readonly truth: "training again" | "leave-one-out";
}

interface Exact {
  readonly target: Target;
  readonly rows: Uint32Array;
  readonly scores: Float64Array;
}

const problems = new Map<SubjectName, Promise<MildProblem>>();

function mildProblem(name: SubjectName): Promise<MildProblem> {
  const known = problems.get(name) ?? makeMildProblem(name);
  problems.set(name, known);
  return known;
}

async function makeMildProblem(name: SubjectName): Promise<MildProblem> {
  const model = await trainedOn(name, objectiveOf(name, mild(name)));
  const provable = (await certify(model, run)).kind === "global";
  const again = new Map<number, TrainedModel>();
  const without = async (row: number) => {
    const known = again.get(row) ?? (await closedOptimumOf(smoothOf(model).objective.without(Uint32Array.of(row)), 23));
    again.set(row, known);
    return known;
  };
  const exact: Exact[] = [];
  for (const [user, item] of subjects[name].pairs) {
    const target = scoreTarget(user, item);
    const rows = rowsWhere(model.interactions, ([u, i]) => u === user || i === item);
    let scores = new Float64Array(rows.length);
    if (provable)
      for (let k = 0; k < rows.length; k++)
        scores[k] = model.scores(target.pairs)[0] - (await without(rows[k])).scores(target.pairs)[0];
    else scores = Float64Array.from((await ask("leave-one-out", model, target, rows)).scores);
    exact.push({ target, rows, scores });
  }
  return { model, exact, truth: provable ? "training again" : "leave-one-out" };
}

/** Relative errors of those that count, and the correlation of all. */
async function errorsOf(name: string, model: TrainedModel, exact: readonly Exact[]) {
  const relative: number[] = [];
  const found: number[] = [];
  for (const { target, rows, scores: truth } of exact) {
    const { scores } = await ask(name, model, target, rows);
    // Rows that hardly count have no relative error.
    const least = 0.05 * most(truth);
    truth.forEach((x, k) => {
      if (Math.abs(x) > least) relative.push(Math.abs(scores[k] / x - 1));
    });
    found.push(...scores);
  }
  const all = exact.flatMap(({ scores }) => [...scores]);
  return { relative, likeness: pearson(found, all) };
}

test("every name of the catalogue has its traits, and no other has", () => {
  expect(Object.keys(traitsOf).sort()).toEqual([...names].sort());
});

describe.each(estimators.methods.map((entry) => [entry.name, entry] as const))("the method %s", (name, entry) => {
  test("says what it does, where it comes from and what it costs", () => {
    expect(entry.summary).toMatch(/^[a-z]\S*( \S+){4,}[^.\s]$/);
    expect(entry.source).toMatch(/^definition$|\(\d{4}\)/);
    expect(costs).toContain(entry.cost);
  });

  test("refuses a setting that it has not, by name", () => {
    const refused = expect.objectContaining({
      code: "bad-input",
      message: expect.stringContaining(`${name} has no setting "unknownSetting"`),
    });
    expect(() => entry.make({ unknownSetting: 1 })).toThrow(refused);
  });

  test.each(Object.entries(entry.settings))(
    "has a setting %s with a standard that it takes, and wrong values",
    (key, spec) => {
      expect(spec.summary.length).toBeGreaterThan(5);
      expect(() => entry.make({ [key]: spec.standard })).not.toThrow();
      const wrong = typeof spec.standard === "number" ? [Number.NaN, -1, "one", true] : ["none of these", 1];
      for (const value of wrong)
        expect(() => entry.make({ [key]: value })).toThrow(expect.objectContaining({ code: "bad-input" }));
    },
  );
});

test("a model in shards, which has no objective, is one for leave-one-out alone", async () => {
  const { settings, interactions, keys } = smoothOf(modelOf("mf")).objective;
  const model = await sharded(alsNewton(settings), usualSharding).train({ interactions, keys }, 1, run);
  expect(names.filter((name) => admits(name, model))).toEqual(["leave-one-out"]);
  expect(() => makeNamed(estimators, "influence-function", model)).toThrow(
    expect.objectContaining({ code: "unsupported", advice: "for this model: leave-one-out" }),
  );
});

describe.each(names.map((name) => [name, traitsOf[name]] as const))("%s", (name, traits) => {
  const { sign, linear, sums, leak } = traits;
  // What all share is near to everything.
  const isNear = (model: TrainedModel) =>
    traits.near && !(traits.throughShared && sharedWeights.unmet(model) === undefined);
  const admitted = subjectNames.filter((subject) => admits(name, modelOf(subject)));
  const accuracyOn = (model: TrainedModel) => traits.accuracy[isClosed(model) ? 0 : 1];
  // Those that pay by the row get fewer.
  const slow = methodNamed(estimators, name).entry.cost.endsWith("a player");
  const asked = (model: TrainedModel, user: number, item: number) =>
    slow ? some(model, user, item).filter((_, k) => k % 3 === 0) : some(model, user, item);

  test("has subjects", () => {
    expect(admitted.length > 0).toBe(traits.lawsIn === undefined);
  });

  test.each(subjectNames.filter((subject) => !admitted.includes(subject)))("refuses %s", async (subject) => {
    const model = modelOf(subject);
    const others = estimators.methods.filter((entry) => unmetNeed(entry, model) === undefined);
    const made = async () => makeNamed(estimators, name, model).prepare(model, run);
    await expect(made()).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringContaining(name),
      advice: traits.also?.unmet(model) ? expect.any(String) : expect.stringContaining(others[0].name),
    });
  });

  describe.each(admitted)("on %s", (subject) => {
    const { pairs, comparison, twins, itemsInOrder }: Subject = subjects[subject];
    const model = modelOf(subject);
    const near = isNear(model);
    const accuracy = accuracyOn(model);
    const { objective, params } = smoothOf(model);
    const [user, item] = pairs[1];
    const onScores = (of: TrainedModel, target: Target, rows: Uint32Array) =>
      ask(name, of, target, rows).then(({ scores }) => scores);

    test("says how it ended, leaves the model alone, and answers alone what it answers in company", async () => {
      const before = params.slice();
      for (const pair of slow ? pairs.slice(0, 2) : pairs) {
        const target = scoreTarget(...pair);
        const rows = asked(model, ...pair);
        await prepared(name, model, async (estimator) => {
          const together = await rowsBy(estimator, model, target, rows);
          if (pair === pairs[1] || !traits.unregularised) expect(together.status).toBe("converged");
          else expect(["converged", "negative-curvature"]).toContain(together.status);
          expect(together.residual).toBeLessThanOrEqual(traits.drawn ? 1 : 1e-8);
          expect(together.scores.length).toBe(rows.length);
          expect(together.scores.every(Number.isFinite)).toBe(true);
          // A vote that all neighbours cast alike is not changed by any.
          if (!traits.votes) expect(together.scores.some((x) => x !== 0)).toBe(true);
          expect((await rowsBy(estimator, model, target, rows)).scores).toEqual(together.scores);
          for (const k of [0, rows.length >> 1, rows.length - 1]) {
            const alone = await rowsBy(estimator, model, target, rows.subarray(k, k + 1));
            expectNear(alone.scores, together.scores.subarray(k, k + 1), isClosed(model) ? 0 : 1e-13);
          }
          expect((await rowsBy(estimator, model, target, new Uint32Array())).scores.length).toBe(0);
        });
      }
      expect(params).toEqual(before);
    });

    if (twins.length > 0)
      test("rows that say the same count the same, beside the target and on it", async () => {
        const { users, items } = model.interactions;
        const [[first], [last]] = [twins[0], twins[twins.length - 1]];
        const beside = twins.length > 1 ? items[last] : item;
        for (const target of [scoreTarget(users[first], items[first]), scoreTarget(users[first], beside)]) {
          const scores = await onScores(model, target, Uint32Array.from(twins.flat()).sort());
          const [ones, others] = [scores.subarray(0, twins.length), scores.subarray(twins.length)];
          expectNear(others, ones, accuracy, { floor: 1e-5 });
          if (!traits.votes) expect(most(ones)).toBeGreaterThan(1e-5);
        }
      });

    test("is stopped at every turn", async () => {
      const measures = [measureOf(scoreTarget(user, item), model.unit)];
      await expectStops((context) =>
        estimateBy(name, model, measures, interactionPlayers(Uint32Array.of(0, 4)), { context }),
      );
    });

    test("measures asked together are those asked one by one, and a margin is the difference of its scores", async () => {
      const [who, what, [other, another]] = comparison;
      const rows = asked(model, who, what);
      const on = [what, other, another].map((one) => scoreTarget(who, one));
      const bent = [
        fitTarget(who, what, 1.5),
        meanFitTarget([who, who], [what, other], [1, 2]),
        rankTarget(who, what, [other, another], 0.7),
      ];
      if (traits.votes) {
        const margin = ask(name, model, marginTarget(who, what, other), rows);
        await expect(margin).rejects.toMatchObject({
          code: "unsupported",
          message: expect.stringContaining("2 pairs"),
        });
        expect(await onScores(model, bent[0], rows)).toEqual(await onScores(model, on[0], rows));
        return;
      }
      const targets = [...on, marginTarget(who, what, other), ...bent];
      const found = await estimateBy(
        name,
        model,
        targets.map((target) => measureOf(target, model.unit)),
        interactionPlayers(rows),
      );
      expect(found.values.length).toBe(targets.length * rows.length);
      expect(found.statuses.length).toBe(found.values.length);
      const values = targets.map((_, m) => found.values.subarray(m * rows.length, (m + 1) * rows.length));
      const floor = Math.max(...values.slice(0, 3).map(most));
      const residuals: number[] = [];
      for (const [m, target] of targets.entries()) {
        const { scores, residual } = await ask(name, model, target, rows);
        expectNear(values[m], scores, accuracy, { floor: 1e-3 * floor });
        residuals.push(residual);
      }
      expect(found.residual).toBe(Math.max(...residuals));
      if (traits.unitTargets) return;
      expectNear(
        values[3],
        values[0].map((x, k) => x - values[1][k]),
        accuracy,
        { floor },
      );
      if (!linear) return;
      for (const [m, target] of bent.entries()) {
        const slopes = target.slopes(model.scores(target.pairs));
        const wanted = values[0].map((_, k) => slopes.reduce((sum, slope, n) => sum + slope * values[n][k], 0));
        expectNear(values[4 + m], wanted, accuracy, { floor, what: target.label });
      }
    });

    test("names and the order of rows do not matter", async () => {
      const { interactions, keys } = model;
      const { userCount, itemCount, size } = interactions;
      const [users, items, order] = [shuffle(userCount, 1), shuffle(itemCount, 2), shuffle(size, 3)];
      if (itemsInOrder) items.sort();
      const moved = {
        users: keys.users.map((_, u) => keys.users[users.indexOf(u)]),
        items: keys.items.map((_, i) => keys.items[items.indexOf(i)]),
      };
      const there = differentiable(objective.settings, reordered(relabelled(interactions, users, items), order), moved);
      const named = trainedAt(there, movedRows(objective, params, users, items), model);
      for (const [u, i] of [pairs[0], pairs[2]]) {
        const rows = asked(model, u, i);
        const wanted = await onScores(model, scoreTarget(u, i), rows);
        const same = Uint32Array.from(rows, (row) => order.indexOf(row));
        // Players are asked in their order; rows of the set have none.
        const found = await onScores(named, scoreTarget(users[u], items[i]), same);
        expectNear(found, wanted, accuracy, { floor: isClosed(model) ? 1e-6 : 1 });
      }
    });

    if (objective.model.rotations?.length && !traits.truncated)
      test("turning what no score sees does not matter", async () => {
        const other = trainedAt(objective, turned(objective, params), model);
        expectNear(other.scores(scoreTarget(user, item).pairs), model.scores(scoreTarget(user, item).pairs), 1e-12);
        for (const pair of pairs.slice(0, 2)) {
          const rows = asked(model, ...pair);
          const wanted = await onScores(model, scoreTarget(...pair), rows);
          expectNear(await onScores(other, scoreTarget(...pair), rows), wanted, accuracy, { floor: 1e-6 });
        }
      });

    test(`rows that share nothing with the target count ${near ? "for nothing" : "too"}`, async () => {
      const rows = far(model, user, item);
      expect(rows.length).toBeGreaterThan(5);
      const found = await onScores(model, scoreTarget(user, item), rows);
      if (near) expect(found.every((x) => x === 0)).toBe(true);
      else expect(most(found)).toBeGreaterThan(1e-5);
    });

    test("other kernels say the same, and on two threads the same to the bit", async () => {
      const rows = asked(model, user, item);
      const wanted = await onScores(model, scoreTarget(user, item), rows);
      const results: Float64Array[] = [];
      for (const by of threaded) {
        const { settings, interactions, keys, negatives } = objective;
        const same = differentiable(settings, interactions, keys, { negatives, matrices: by.matrices });
        const asking = { context: runWith(by) };
        const { scores } = await ask(name, trainedAt(same, params, model), scoreTarget(user, item), rows, asking);
        results.push(scores);
      }
      expectNear(results[0], wanted, accuracy, { floor: 1e-6 });
      expect(results[1]).toEqual(results[0]);
      const { settings, interactions, keys, negatives } = objective;
      const plain = differentiable(settings, interactions, keys, { negatives, matrices: referenceMatrices() });
      expectNear(await onScores(trainedAt(plain, params, model), scoreTarget(user, item), rows), wanted, accuracy, {
        floor: 1e-6,
      });
    });

    test(`a player of one row is that row, one of none is nothing, and others are ${sums ? "" : "not "}the sum of their rows`, async () => {
      const { interactions } = model;
      const measure = measureOf(scoreTarget(user, item), model.unit);
      const rows = asked(model, user, item);
      const single = await estimateBy(name, model, [measure], interactionPlayers(rows));
      const alone = await estimateBy(
        name,
        model,
        [measure],
        groupPlayers([...rows.keys()].map((k) => rows.subarray(k, k + 1))),
      );
      expect(alone).toEqual(single);
      const whole = [
        userPlayers(interactions, [user, pairs[0][0]]),
        itemPlayers(interactions, [item, pairs[0][1]]),
        groupPlayers([new Uint32Array(), rows, rows.filter((row) => interactions.users[row] === user).subarray(1)]),
      ];
      let apart = 0;
      for (const players of whole) {
        const found = await estimateBy(name, model, [measure], players);
        for (let k = 0; k < players.count; k++) {
          const parts = await onScores(model, scoreTarget(user, item), players.rows(k));
          const sum = parts.reduce((total, x) => total + x, 0);
          if (sums || players.rows(k).length === 0) {
            expectNear([found.values[k]], [sum], 1e-12, { floor: 1e-3 });
            if (!traits.unregularised) expect(found.statuses[k]).toBe("converged");
          } else if (found.statuses[k] === "converged" && (sum !== 0 || found.values[k] !== 0))
            apart = Math.max(apart, Math.abs(found.values[k] / sum - 1));
        }
      }
      if (!sums && !traits.votes) expect(apart).toBeGreaterThan(1e-3);
    });

    test(`what has no slopes is ${linear ? "refused" : "answered from the scores without the player"}`, async () => {
      const best = metric("the best score", model.unit, async (scores) =>
        Math.max(
          ...(await scores({
            users: new Uint32Array(model.interactions.itemCount).fill(user),
            items: Uint32Array.from({ length: model.interactions.itemCount }, (_, i) => i),
          })),
        ),
      );
      const rows = asked(model, user, item).filter((_, k) => k % 4 === 0);
      const players = interactionPlayers(rows);
      if (linear) {
        await expect(estimateBy(name, model, [best], players)).rejects.toMatchObject({
          code: "unsupported",
          message: expect.stringContaining("the best score"),
        });
        return;
      }
      const before = itemScoresOf(model, user);
      const scores = Array.from(before.keys(), (i) => measureOf(scoreTarget(user, i), model.unit));
      const { values, statuses } = await estimateBy(name, model, [best, ...scores], players);
      expect(statuses.every((status) => status === "converged")).toBe(true);
      for (let k = 0; k < rows.length; k++) {
        const after = before.map((s, i) => s - values[(i + 1) * rows.length + k]);
        expectNear([values[k]], [Math.max(...before) - Math.max(...after)], 1e-12);
      }
      expect(most(values.subarray(0, rows.length))).toBeGreaterThan(1e-4);
    });
  });

  const estimates = admitted.filter(
    (subject) => traits.error !== undefined && !(traits.fixedData && dataInside.unmet(modelOf(subject)) === undefined),
  );
  test.each(estimates)("on a mild problem of %s it comes near to leave-one-out", async (subject) => {
    const { model, exact, truth } = await mildProblem(subject);
    if (name === "leave-one-out" && truth === "leave-one-out") return;
    const { relative, likeness } = await errorsOf(name, model, exact);
    if (subject === "mf" || subject === "mf-interaction") {
      expect(relative.length).toBeGreaterThan(40);
      expect(median(relative)).toBeLessThanOrEqual(traits.error as number);
      expect(likeness).toBeGreaterThan(0.9);
    } else expect(likeness).toBeGreaterThan(traits.likeness as number);
    if (name === "leave-one-out") expect(median(relative)).toBeLessThanOrEqual(traits.error as number);
    if (name !== "newton-step") return;
    // Second order is worth its price.
    const first = await errorsOf("influence-function", model, exact);
    expect(median(relative)).toBeLessThan(0.5 * median(first.relative));
  });

  const liking = admitted.filter(
    (subject) =>
      ["mf-logistic", "gmf", "mf-bpr"].includes(subject) &&
      !(traits.negativesCount && sharedWeights.unmet(modelOf(subject)) === undefined),
  );
  if (liking.length > 0)
    test.each(liking)("one liked item more makes a user of %s like it more", async (subject) => {
      const model = modelOf(subject);
      const { users, items, size } = model.interactions;
      for (let row = 0; row < size; row += 4) {
        const found = await ask(name, model, scoreTarget(users[row], items[row]), Uint32Array.of(row));
        expect(sign * found.scores[0]).toBeGreaterThan(1e-3);
      }
    });

  if (admitted.includes("mf") && !traits.votes)
    test("supporting rows are proponents, contradicting rows opponents", async () => {
      const board = checkerboard({ users: 12, items: 10, missing: 0.2 }).interactions;
      // User 0 likes even items; one even item (the last) they are said to detest.
      const triples = triplesOf(board).map(([u, i, r]) => [u, i, u === 0 && i === 8 ? 1 : r] as const);
      const odd = triples.some(([u, i]) => u === 0 && i === 8) ? triples : [...triples, [0, 8, 1] as const];
      const set = interactionsFrom(odd, 12, 10);
      const over = { model: { factors: 1, biases: true, mean: "learned" }, l2: 1.5, l2Bias: 2 };
      const model = await closedOptimumOf(objectiveOf("mf", over, set));
      const kinds = {
        support: rowsWhere(set, ([u, i]) => u === 0 && i % 2 === 0 && i !== 2 && i !== 8),
        contradiction: rowsWhere(set, ([u, i]) => u === 0 && i === 8),
      };
      expect(kinds.support.length).toBeGreaterThan(1);
      expect(kinds.contradiction.length).toBe(1);
      const influence = async (rows: Uint32Array) => (await ask(name, model, scoreTarget(0, 2), rows)).scores;
      for (const x of await influence(kinds.support)) expect(sign * x).toBeGreaterThan(0);
      for (const x of await influence(kinds.contradiction)) expect(sign * x).toBeLessThan(0);
    });

  test.each(apart.filter(([, model]) => admits(name, model)))(
    "blocks of %s without a common row do not influence each other, but through weights that they share",
    async (_, model, pair) => {
      const { userCount, size } = model.interactions;
      const every = size > 100 ? 7 : 1;
      const side = (left: boolean) =>
        rowsWhere(model.interactions, ([u], row) => u < userCount / 2 === left && row % every === 0);
      const here = most((await ask(name, model, scoreTarget(...pair), side(true))).scores);
      expect(here).toBeGreaterThan(1e-3);
      const there = await ask(name, model, scoreTarget(...pair), side(false));
      if (!isNear(model)) expect(there.status).toBe("converged");
      if (traits.throughShared && sharedWeights.unmet(model) === undefined)
        expect(most(there.scores)).toBeGreaterThan(1e-6 * here);
      else expect(most(there.scores)).toBeLessThanOrEqual(leak * here);
    },
  );

  if (admitted.includes("additive"))
    test("a squared loss on a linear model is quadratic: what goes beyond first order is exact there", async () => {
      const model = modelOf("additive");
      const rows = some(model, 3, 1);
      const found = await ask(name, model, scoreTarget(3, 1), rows);
      const exact = await ask("leave-one-out", model, scoreTarget(3, 1), rows);
      if (!linear && traits.quadratic !== false) expectNear(found.scores, exact.scores, 1e-6);
      else expect(found.scores).not.toEqual(exact.scores);
    });
});
