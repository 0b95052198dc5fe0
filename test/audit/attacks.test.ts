/** Laws of membership attacks: a planted leak is found as closed forms say, exact forgetting is retraining, and what is learned is learned rightly. */

import { beforeAll, describe, expect, test } from "vitest";
import {
  type Audit,
  type AuditedModel,
  lossThreshold,
  type MembershipFinding,
  membershipOracle,
  missingPairs,
  type NamedPairs,
  scoreAttack,
  selfInfluence,
  shadowModels,
} from "../../src/audit/index.ts";
import { inputsOf, missingEmbeddings, standardise } from "../../src/audit/membership/embeddings.ts";
import { pointGradient } from "../../src/audit/membership/gradients.ts";
import { fitLogistic, logisticDerivatives, logisticValue } from "../../src/audit/membership/logistic.ts";
import { lossesAt, withOwnNegatives } from "../../src/audit/membership/losses.ts";
import { addLossGradient, startOf, trainNetwork } from "../../src/audit/membership/network.ts";
import { membershipPoints } from "../../src/audit/membership/points.ts";
import { featuresOf, shadowsOf, unseenLosses } from "../../src/audit/membership/shadows.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { pseudoInverse } from "../../src/linear/pseudo-inverse.ts";
import type { DenseMatrix } from "../../src/linear/solver.ts";
import type { GivenSettings, Method } from "../../src/method/index.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { dot, norm } from "../../src/numeric/vector.ts";
import { compacted } from "../../src/study/store/compaction.ts";
import { alsNewton, sharded, type TrainedModel, usualSharding } from "../../src/training/index.ts";
import { denseHessian } from "../../src/training/solve.ts";
import { exact, retrain } from "../../src/unlearning/index.ts";
import { expectStops, run } from "../support/run.ts";
import { expectNear, interactionsFrom, normals, rowsWhere, triplesOf } from "../support/small.ts";
import { forgetBy, smoothOf } from "../support/trained.ts";
import { modelAt, objectiveOf, optimum, optimumOf, subjectNamed } from "../unlearning/subjects.ts";
import { named, subjectOf } from "./subjects.ts";

const attacks: Method<Audit<MembershipFinding>>[] = [
  lossThreshold,
  scoreAttack,
  membershipOracle,
  selfInfluence,
  shadowModels,
];
const quick = { resamples: 50 };

function ask<Finding>(
  audit: Method<Audit<Finding>>,
  subject: ReturnType<typeof subjectOf>,
  settings: GivenSettings = {},
) {
  return audit.make({ ...quick, ...settings }).run(subject, run);
}

/** Pairs that a set does not have, with ratings. */
function unseenPairs({ interactions }: TrainedModel, count: number, ratingOf: (k: number) => number): NamedPairs {
  const seen = new Set(triplesOf(interactions).map(([u, i]) => `${u} ${i}`));
  const random = randomOf(4, "unseen");
  const users: string[] = [];
  const items: string[] = [];
  while (users.length < count) {
    const [u, i] = [random.integer(interactions.userCount), random.integer(interactions.itemCount)];
    if (seen.has(`${u} ${i}`)) continue;
    seen.add(`${u} ${i}`);
    users.push(`u${u}`);
    items.push(`i${i}`);
  }
  return { users, items, ratings: Float64Array.from({ length: count }, (_, k) => ratingOf(k)) };
}

/** Scores pairs by a function of outside ids; nothing else is known of it. */
function scoring(trained: TrainedModel, scoreOf: (user: number, item: number) => number): AuditedModel {
  const { smooth: _, ...rest } = trained;
  return named({
    ...rest,
    factors: undefined,
    scores: ({ users, items }) => Float64Array.from(users, (u, k) => scoreOf(u, items[k])),
  });
}

describe("a planted leak", () => {
  const { interactions } = plantedFactors({ users: 120, items: 100, ratings: 6000, factors: 2, seed: 1 });
  let base: TrainedModel;
  beforeAll(async () => {
    base = { ...(await optimum(subjectNamed("mf, table L2"))), interactions };
  });

  test("of one deviation is found with AUC Φ(1/√2), and is not there after it was taken out", async () => {
    const noise = normals(120 * 100, 5);
    const inSet = new Set(triplesOf(interactions).map(([u, i]) => u * 100 + i));
    const leaky = scoring(base, (u, i) => noise[u * 100 + i] + (inSet.has(u * 100 + i) ? 1 : 0));
    const clean = scoring(
      { ...base, interactions: interactions.select(Uint32Array.of(0)) },
      (u, i) => noise[u * 100 + i],
    );
    const subject = subjectOf(leaky, clean, {
      ...{ retrained: clean, forgotten: missingPairs(leaky, clean), test: unseenPairs(base, 5000, () => 0) },
    });
    const found = await ask(scoreAttack, subject, { resamples: 200, margin: 0.05 });
    // Φ(1/√2) = .76025; the interval holds it, and has the size that 6,000 and 5,000 points give.
    expect(Math.abs(found.original.auc - 0.76025)).toBeLessThan(4 * 0.0045);
    expect(found.original.interval[1] - found.original.interval[0]).toBeLessThan(0.025);
    expect(Math.abs(found.unlearned.auc - 0.5)).toBeLessThan(4 * 0.0055);
    expect(found).toMatchObject({ verdict: "equivalent", points: { members: 5999, nonMembers: 5000 } });
    expect(
      (
        await ask(scoreAttack, {
          ...subject,
          unlearned: { ...clean, trained: { ...clean.trained, scores: leaky.trained.scores } },
        })
      ).verdict,
    ).toBe("different");
  });
});

describe("with exact forgetting", () => {
  const subject = subjectNamed("mf, table L2");
  let original: AuditedModel;
  let unlearned: AuditedModel;
  let retrained: AuditedModel;
  let forgotten: NamedPairs;
  let test0: NamedPairs;
  beforeAll(async () => {
    const model = await optimum(subject);
    const rows = rowsWhere(model.interactions, ([user], row) => user === 6 || row % 7 === 0);
    original = named(model);
    unlearned = named((await forgetBy(exact, model, rows)).model);
    retrained = named((await forgetBy(retrain, model, rows)).model);
    forgotten = missingPairs(original, unlearned);
    const noise = normals(60, 8);
    test0 = unseenPairs(model, 60, (k) => 3 + noise[k]);
  });
  const whole = () => subjectOf(original, unlearned, { retrained, forgotten, test: test0 });

  test.each(attacks.map((attack) => [attack.name, attack] as const))(
    "%s finds what it finds of the retrained model",
    async (_, attack) => {
      const found = await ask(attack, whole(), attack === membershipOracle ? { epochs: 3 } : {});
      if (attack === membershipOracle) return;
      const numbers = ({ auc, accuracy, tprAt1 }: MembershipFinding["original"]) => [auc, accuracy, tprAt1];
      expectNear(numbers(found.unlearned), numbers(found.retrained ?? found.original), 1e-9);
      expect(found.difference?.value).toBeCloseTo(0, 9);
      expect(["equivalent", "no power"]).toContain(found.verdict);
      expect(Object.keys(found)).toEqual(
        expect.arrayContaining([
          "verdict",
          "margin",
          "points",
          "original",
          "unlearned",
          "retrained",
          "difference",
          "power",
        ]),
      );
    },
  );

  test.each(attacks.map((attack) => [attack.name, attack] as const))(
    "%s does the same twice, and stops when it is told to",
    async (_, attack) => {
      const small = {
        points: 20,
        resamples: 20,
        ...(attack === membershipOracle ? { epochs: 2 } : {}),
        ...(attack === shadowModels ? { shadows: 2 } : {}),
      };
      const found = await ask(attack, whole(), small);
      expect(await ask(attack, whole(), small)).toEqual(found);
      expect(found.points).toMatchObject({ members: 20, nonMembers: 20, leftOut: 0 });
      expect(JSON.parse(JSON.stringify(found))).toEqual(found);
      expect(
        attack
          .make({})
          .parts?.(found)
          .map(({ kind }) => kind),
      ).toEqual(expect.arrayContaining(["verdict", "numbers", "curves"]));
      await expectStops((context) => attack.make({ ...small }).run(whole(), context));
    },
  );

  test.each(attacks.map((attack) => [attack.name, attack] as const))(
    "%s takes a person who is gone as an empty row, stored or not",
    async (_, attack) => {
      const small = {
        ...quick,
        ...(attack === membershipOracle ? { epochs: 2 } : {}),
        ...(attack === shadowModels ? { shadows: 2 } : {}),
      };
      const stored = { ...whole(), unlearned: compacted(unlearned), retrained: compacted(retrained) };
      expect(stored.unlearned.dataset.userIds.find("u6")).toBeUndefined();
      const [inside, outside] = [await ask(attack, whole(), small), await ask(attack, stored, small)];
      const ofU6 = forgotten.users.filter((user) => user === "u6").length;
      expect(outside.points.gone).toBeGreaterThanOrEqual(ofU6);
      expect(outside.points).toEqual(inside.points);
      if (attack === membershipOracle || attack === shadowModels) return;
      expectNear([outside.unlearned.auc], [inside.unlearned.auc], 1e-9);
    },
  );

  test("what is missing is said: nothing forgotten, nothing held out, no ratings, no embeddings", async () => {
    const nothing: NamedPairs = { users: [], items: [], ratings: undefined };
    for (const attack of attacks) {
      const missing = (over: Partial<ReturnType<typeof whole>>) => attack.make({}).missing?.({ ...whole(), ...over });
      expect(missing({})).toBeUndefined();
      expect(missing({ forgotten: nothing })).toBe("needs forgotten interactions");
      expect(missing({ test: undefined })).toBe("needs held-out ratings");
      expect(missing({ test: nothing })).toBe("needs held-out ratings");
    }
    const bare = { ...whole(), test: { ...test0, ratings: undefined } };
    expect(lossThreshold.make({}).missing?.(bare)).toBe("needs held-out ratings");
    expect(scoreAttack.make({}).missing?.(bare)).toBeUndefined();
    const inShards = named(
      await sharded(alsNewton(subject.settings), usualSharding).train(
        { interactions: subject.interactions(), keys: original.trained.keys },
        1,
        run,
      ),
    );
    expect(membershipOracle.make({}).missing?.({ ...whole(), unlearned: inShards })).toMatch(/embeddings/);
    expect(lossThreshold.make({}).missing?.({ ...whole(), unlearned: inShards })).toBeUndefined();
  });

  test("held-out pairs that were trained on are left out and counted; where none is left that is an error", async () => {
    const trainedOn = {
      users: ["u0"],
      items: [`i${original.trained.interactions.items[0]}`],
      ratings: Float64Array.of(3),
    };
    expect(original.trained.interactions.users[0]).toBe(0);
    const mixed: NamedPairs = {
      users: [...test0.users, ...trainedOn.users, "u0", "stranger"],
      items: [...test0.items, ...trainedOn.items, "unknown", "i0"],
      ratings: Float64Array.of(...(test0.ratings ?? []), 3, 3, 3),
    };
    const settings = { points: 1000, seed: 1 };
    const found = await membershipPoints({ ...whole(), test: mixed }, settings, run.yieldToEventLoop);
    expect([found.nonMembers.users.length, found.leftOut]).toEqual([60, 3]);
    const none = membershipPoints({ ...whole(), test: trainedOn }, settings, run.yieldToEventLoop);
    await expect(none).rejects.toMatchObject({ code: "bad-input" });
    for (const attack of attacks)
      expect(attack.make({}).missing?.({ ...whole(), test: trainedOn })).toMatch(/not trained on/);
  });

  test("points are drawn by their ids: fewer are the first of more, and another order of rows changes nothing", async () => {
    const of = async (points: number, test1 = test0, seed = 1) =>
      (await membershipPoints({ ...whole(), test: test1 }, { points, seed }, run.yieldToEventLoop)).nonMembers;
    const [few, many] = [await of(10), await of(40)];
    expect(many.users.slice(0, 10)).toEqual(few.users);
    const turned: NamedPairs = {
      users: [...test0.users].reverse(),
      items: [...test0.items].reverse(),
      ratings: test0.ratings?.slice().reverse(),
    };
    expect(await of(40, turned)).toEqual(many);
    expect(await of(10, test0, 2)).not.toEqual(few);
  });
});

describe("losses at points", () => {
  test.each(["mf, table L2", "ials", "mf, bpr", "mf, logistic", "mult-vae, multinomial", "gmf, squared"])(
    "of %s rank members before others, and are the model's own where negatives are none",
    async (name) => {
      const model = named(await optimum(subjectNamed(name)));
      const { interactions } = model.trained;
      const rows = Array.from({ length: 12 }, (_, k) => 3 * k);
      expect(interactions.size).toBeGreaterThan(34);
      const pairs: NamedPairs = {
        users: rows.map((row) => `u${interactions.users[row]}`),
        items: rows.map((row) => `i${interactions.items[row]}`),
        ratings: Float64Array.from(rows, (row) => interactions.ratings[row]),
      };
      const subject = subjectOf(model, model);
      const points = await withOwnNegatives(subject, pairs, 1, run.yieldToEventLoop);
      const losses = await lossesAt(model, points, run.yieldToEventLoop);
      const { objective, params } = smoothOf(model.trained);
      const seen = new Set(triplesOf(interactions).map(([u, i]) => `u${u} i${i}`));
      for (const [n, other] of points.others.entries())
        expect(seen.has(`${pairs.users[Math.floor(n / points.perRow)]} ${other}`)).toBe(false);
      if (points.perRow > 0 || objective.settings.loss.confidence) {
        expect(losses.every((loss) => loss > 0)).toBe(true);
        return;
      }
      const { loss } = objective.settings;
      rows.forEach((row, k) => {
        const examples = objective.examplesOfRows(Uint32Array.of(row));
        const scores = objective.serving.at(params, examples.pairs).scores;
        const own = loss.evaluate(scores, examples, new Float64Array(scores.length));
        // In a list a row's own term has its number of choices as its label.
        expectNear([losses[k]], [loss.name === "multinomial" ? own / interactions.ratings[row] : own]);
      });
    },
  );

  test.each(["mf, table L2", "ials", "mf, bpr", "mf, logistic", "gmf, squared", "light-gcn, bpr"])(
    "of %s have the gradient of finite differences",
    async (name) => {
      const trained = await optimum(subjectNamed(name));
      const model = named(trained);
      const { interactions } = trained;
      const pairs: NamedPairs = {
        users: [`u${interactions.users[2]}`, `u${interactions.users[5]}`],
        items: [`i${interactions.items[2]}`, `i${interactions.items[9]}`],
        ratings: Float64Array.of(1, 1),
      };
      const points = await withOwnNegatives(subjectOf(model, model), pairs, 1, run.yieldToEventLoop);
      const { params } = smoothOf(trained);
      const direction = normals(params.length, 3);
      const h = 1e-5;
      for (const k of [0, 1]) {
        const at = async (t: number) =>
          (
            await lossesAt(
              named(
                modelAt(
                  trained,
                  params.map((x, p) => x + t * direction[p]),
                ),
              ),
              points,
              run.yieldToEventLoop,
            )
          )[k];
        const slope = ((await at(h)) - (await at(-h))) / (2 * h);
        expectNear([dot(pointGradient(model, points, k), direction)], [slope], 1e-6);
      }
    },
  );

  test("of a person who is gone have the slopes of mean and item bias alone", async () => {
    const subject = subjectNamed("mf, table L2");
    const whole = await optimum(subject);
    const { interactions } = whole;
    const rows = rowsWhere(interactions, ([user]) => user === 6);
    const left = await optimumOf(objectiveOf(subject).without(rows));
    const [before, after] = [named(whole), named(left)];
    const pairs: NamedPairs = {
      users: ["u6"],
      items: [`i${interactions.items[rows[0]]}`],
      ratings: Float64Array.of(4),
    };
    const points = await withOwnNegatives(subjectOf(before, after), pairs, 1, run.yieldToEventLoop);
    const gradient = pointGradient(after, points, 0);
    const places = [...gradient.keys()].filter((k) => gradient[k] !== 0);
    expect(places).toHaveLength(2);
    const [loss] = await lossesAt(after, points, run.yieldToEventLoop);
    for (const place of places) expectNear([gradient[place] ** 2 / 2], [loss]);
  });
});

describe("self-influence", () => {
  test("is that of the dense Hessian", async () => {
    const trained = await optimum(subjectNamed("mf, bpr"));
    const model = named(trained);
    const { objective, params } = smoothOf(trained);
    const { interactions } = trained;
    const pairs: NamedPairs = {
      users: [0, 4, 8].map((row) => `u${interactions.users[row]}`),
      items: [0, 4, 8].map((row) => `i${interactions.items[row]}`),
      ratings: Float64Array.of(1, 1, 1),
    };
    const test0 = unseenPairs(trained, 3, () => 1);
    const subject = subjectOf(model, model, { forgotten: pairs, test: test0 });
    const found = await ask(selfInfluence, subject, { tolerance: 1e-10 });
    expect(found.solves.original).toEqual({ count: 6, unconverged: 0 });
    const dense = await denseHessian(objective, params, run, "full");
    const values = async (asked: NamedPairs) => {
      const points = await withOwnNegatives(subject, asked, 1, run.yieldToEventLoop);
      return Promise.all(asked.users.map(async (_, k) => -(await quadratic(dense, pointGradient(model, points, k)))));
    };
    const [members, others] = [await values(pairs), await values(test0)];
    let auc = 0;
    for (const a of members) for (const b of others) auc += (a > b ? 1 : a === b ? 0.5 : 0) / 9;
    expectNear([found.original.auc], [auc]);
  });
});

/** gᵀH⁺g by the pseudo-inverse. */
async function quadratic(dense: DenseMatrix, gradient: Float64Array): Promise<number> {
  const { value } = await pseudoInverse().prepare(dense).solve(gradient);
  return dot(value, gradient);
}

describe("the attacker's network", () => {
  const width = 5;
  const inputs = { width, values: normals(20 * width, 1) };
  const labels = Uint8Array.from({ length: 20 }, (_, k) => k % 2);
  const all = Uint32Array.from(labels.keys());

  test("has the gradient of finite differences", () => {
    const network = startOf(width, randomOf(1, "start"));
    network.params.set(network.params.map((x, k) => x + 0.05 * Math.sin(k)));
    const gradient = new Float64Array(network.params.length);
    addLossGradient(network, inputs, labels, all, gradient);
    const none = new Float64Array(network.params.length);
    const h = 1e-6;
    for (let seed = 1; seed < 6; seed++) {
      const direction = normals(network.params.length, seed);
      const at = (t: number) =>
        addLossGradient(
          { ...network, params: network.params.map((x, k) => x + t * direction[k]) },
          inputs,
          labels,
          all,
          none,
        );
      expectNear([dot(gradient, direction)], [(at(h) - at(-h)) / (2 * h)], 1e-5);
    }
    expect(norm(gradient)).toBeGreaterThan(0.1);
  });

  test("learns what can be learned", async () => {
    const network = startOf(width, randomOf(2, "start"));
    const value = () => addLossGradient(network, inputs, labels, all, new Float64Array(network.params.length));
    const before = value();
    const training = { learningRate: 0.05, epochs: 300, batch: 8 };
    await trainNetwork(network, inputs, labels, training, randomOf(1, "order"), run.yieldToEventLoop);
    expect(value()).toBeLessThan(before / 5);
  });
});

describe("the attacker's regression", () => {
  test("has a gradient that vanishes, and derivatives of finite differences", async () => {
    const inputs = { width: 3, values: normals(300, 2) };
    const labels = Uint8Array.from({ length: 100 }, (_, k) => (inputs.values[3 * k] + normals(100, 3)[k] > 0 ? 1 : 0));
    const { weights, converged } = await fitLogistic(inputs, labels, run.yieldToEventLoop);
    expect(converged).toBe(true);
    expect(norm(logisticDerivatives(inputs, labels, weights).gradient)).toBeLessThan(1e-6);
    const direction = normals(4, 5);
    const at = (t: number) => direction.map((x) => 0.3 + t * x);
    const h = 1e-5;
    const { gradient, hessian } = logisticDerivatives(inputs, labels, at(0));
    const slope = (logisticValue(inputs, labels, at(h)) - logisticValue(inputs, labels, at(-h))) / (2 * h);
    expectNear([dot(gradient, direction)], [slope], 1e-7);
    const product = Float64Array.from({ length: 4 }, (_, a) => dot(hessian.subarray(4 * a, 4 * a + 4), direction));
    const gradientAt = (t: number) => logisticDerivatives(inputs, labels, at(t)).gradient;
    const [up, down] = [gradientAt(h), gradientAt(-h)];
    expectNear(
      product,
      up.map((x, k) => (x - down[k]) / (2 * h)),
      1e-6,
    );
  });

  test("of classes that are apart stays finite", async () => {
    const inputs = { width: 1, values: Float64Array.from({ length: 40 }, (_, k) => k - 19.5) };
    const labels = Uint8Array.from({ length: 40 }, (_, k) => (k < 20 ? 0 : 1));
    const { weights, converged } = await fitLogistic(inputs, labels, run.yieldToEventLoop);
    expect(converged).toBe(true);
    expect(Number.isFinite(weights[0]) && weights[0] > 0).toBe(true);
  });
});

describe("the membership oracle", () => {
  /** A model of random embeddings, 200 × 50, and what is left when a part of its pairs is forgotten. */
  const factors = 6;
  const embeddings = { factors, userFactors: normals(200 * factors, 1), itemFactors: normals(50 * factors, 2) };
  const pairs = Array.from(
    { length: 2400 },
    (_, k) => [(k * 7) % 200, (k * 13 + Math.floor(k / 200)) % 50, 1] as const,
  );
  const distinct = [...new Map(pairs.map((pair) => [`${pair[0]} ${pair[1]}`, pair])).values()];
  const of = async (kept: typeof distinct, form = embeddings) => {
    const { smooth: _, ...rest } = await optimum(subjectNamed("mf, table L2"));
    const interactions = interactionsFrom(kept, 200, 50);
    return named({ ...rest, interactions, factors: form });
  };
  const training = { epochs: 150, batch: 8, learningRate: 0.05, resamples: 200 };

  test("as printed tells its own training points apart where there is nothing to find; the corrected one does not", async () => {
    const [original, unlearned] = [await of(distinct), await of(distinct.filter((_, k) => k % 5 > 0))];
    const test0 = unseenPairs(original.trained, 400, () => 1);
    const subject = subjectOf(original, unlearned, { forgotten: missingPairs(original, unlearned), test: test0 });
    const printed = await ask(membershipOracle, subject, { ...training, form: "printed", points: 200 });
    const honest = await ask(membershipOracle, subject, { ...training, points: 200 });
    expect(printed.attacker.original.auc).toBeGreaterThan(0.65);
    expect(honest.unlearned.interval[0]).toBeLessThan(0.5);
    expect(honest.unlearned.interval[1]).toBeGreaterThan(0.5);
    // It was told that the forgotten are none of the training's, of a model that was trained on them.
    expect(printed.probability.original.mean).toBeLessThan(honest.probability.original.mean - 0.05);
    expect(printed.caveats).toHaveLength(1);
    expect(membershipOracle.make({}).parts?.(printed)[0]).toMatchObject({ outcome: "open" });
  });

  test("sees a mark that only trained pairs have, before and not after", async () => {
    // Users below 100 have likes of the first items alone, and both carry it: like goes with like in what was trained on.
    const marked = {
      ...embeddings,
      userFactors: embeddings.userFactors.slice(),
      itemFactors: embeddings.itemFactors.slice(),
    };
    for (let u = 0; u < 200; u++) marked.userFactors[u * factors] = u < 100 ? 3 : -3;
    for (let i = 0; i < 50; i++) marked.itemFactors[i * factors] = i < 25 ? 3 : -3;
    const alike = distinct.filter(([u, i]) => u < 100 === i < 25);
    const [original, rest] = [await of(alike, marked), alike.filter((_, k) => k % 4 > 0)];
    const unlearned = await of(rest, embeddings);
    const free = unseenPairs(original.trained, 900, () => 1);
    const test0 = { ...free, ratings: undefined };
    const subject = subjectOf(original, unlearned, {
      retrained: unlearned,
      forgotten: missingPairs(original, unlearned),
      test: test0,
    });
    const found = await ask(membershipOracle, subject, training);
    expect(found.original.auc).toBeGreaterThan(0.65);
    expect(found.original.accuracy).toBeGreaterThan(0.6);
    expect(found.probability.original.mean).toBeGreaterThan(found.probability.unlearned.mean);
    expect(found.verdict).toBe("equivalent");
    expect(found.probability.original.histogram.reduce((a, b) => a + b, 0)).toBe(found.points.members);
  });

  test("asks about users by their embedding and the mean of their items", async () => {
    const [original, unlearned] = [await of(distinct), await of(distinct.filter(([u]) => u % 10 > 0))];
    const test0 = unseenPairs(original.trained, 300, () => 1);
    const subject = subjectOf(original, compacted(unlearned), {
      forgotten: missingPairs(original, unlearned),
      test: test0,
    });
    const found = await ask(membershipOracle, subject, { epochs: 2, of: "users" });
    expect(found.points.members).toBe(20);
    expect(found.points.nonMembers).toBe(Math.floor(new Set(test0.users).size / 2));
  });
});

describe("shadow models", () => {
  test("teach an attack that finds what a model of little L2 remembers", async () => {
    const subject = subjectNamed("mf, table L2");
    const { interactions } = plantedFactors({ users: 60, items: 50, ratings: 1500, factors: 2, seed: 5 });
    const heldOut = rowsWhere(interactions, (_, row) => row % 4 === 0);
    const settings = { ...subject.settings, l2: 0.5, l2Bias: 0.5 };
    const objective = objectiveOf(subject, settings, interactions.without(heldOut));
    const { keys } = objective;
    const model = await alsNewton(settings).train({ interactions: objective.interactions, keys }, 1, run);
    const rows = rowsWhere(model.interactions, (_, row) => row % 5 === 0);
    const unlearned = await alsNewton(settings).train({ interactions: model.interactions.without(rows), keys }, 1, run);
    const [before, after] = [named(model), named(unlearned)];
    const test0 = {
      users: Array.from(heldOut, (row) => `u${interactions.users[row]}`),
      items: Array.from(heldOut, (row) => `i${interactions.items[row]}`),
      ratings: Float64Array.from(heldOut, (row) => interactions.ratings[row]),
    };
    const asked = subjectOf(before, after, { retrained: after, forgotten: missingPairs(before, after), test: test0 });
    const found = await ask(shadowModels, asked, { resamples: 100 });
    expect(found.original.auc).toBeGreaterThan(0.65);
    expect(found.unlearned.interval[0]).toBeLessThan(0.5);
    expect(found.unlearned.interval[1]).toBeGreaterThan(0.5);
    expect(found.verdict).toBe("equivalent");
    expect(found.shadows).toMatchObject({ count: 4, converged: 4 });
    expect(found.weights.fitBeyondShadows).toBeGreaterThan(0);
  });
});

describe("features", () => {
  test("compare the loss with that of shadow models that did not see the point, and drop points that all saw", () => {
    const own = { scores: Float64Array.of(1, 2, 3), losses: Float64Array.of(0.5, 1.5, 2.5) };
    const elsewhere = [[1, 3], [], [4]];
    const found = featuresOf(
      own,
      (k) => elsewhere[k],
      (k) => 10 * k,
    );
    expect(found).toEqual([[1, -0.5, 1.5, 0], undefined, [3, -2.5, 1.5, 20]]);
  });

  test("ask neither the shadow model itself nor those that were trained on the point", () => {
    const losses = [Float64Array.of(1, 10), Float64Array.of(2, 20), Float64Array.of(3, 30)];
    const has = [
      [true, false],
      [false, true],
      [false, false],
    ];
    expect([0, 1, 2].map((shadow) => unseenLosses(losses, has, shadow, 0))).toEqual([[2, 3], [3], [2]]);
    expect([0, 1, 2].map((shadow) => unseenLosses(losses, has, shadow, 1))).toEqual([[30], [10, 30], [10]]);
  });

  test("are brought to mean 0 and deviation 1 by those that are learned from", () => {
    const by = { width: 2, values: normals(60, 1).map((x, k) => (k % 2 === 0 ? 7 : 3 + 2 * x)) };
    const other = { width: 2, values: by.values.slice() };
    standardise(by, [other]);
    expect(other).toEqual(by);
    const column = (c: number) => by.values.filter((_, k) => k % 2 === c);
    expect(column(0).every((x) => x === 0)).toBe(true);
    expectNear([column(1).reduce((a, b) => a + b, 0) / 30, norm(column(1)) ** 2 / 30], [0, 1]);
  });

  test("of a point are the user's embedding and the mean of the items', zero for those who are gone", async () => {
    const trained = await optimum(subjectNamed("mf, table L2"));
    const model = named(trained);
    const { factors, userFactors, itemFactors } = trained.factors ?? expect.fail("no factors");
    const { width, values } = inputsOf(model, [
      { user: "u3", items: ["i1", "i4"] },
      { user: "nobody", items: ["i2"] },
    ]);
    expect(width).toBe(2 * factors);
    for (let f = 0; f < factors; f++) {
      expect(values[f]).toBe(userFactors[3 * factors + f]);
      expectNear([values[factors + f]], [(itemFactors[factors + f] + itemFactors[4 * factors + f]) / 2]);
      expect([values[width + f], values[width + factors + f]]).toEqual([0, itemFactors[2 * factors + f]]);
    }
  });

  test("of models whose scores are no dot products are the first tables of users and items", async () => {
    const inputs = inputsOf(named(await optimum(subjectNamed("gmf, squared"))), [{ user: "u1", items: ["i1"] }]);
    expect(inputs.width).toBeGreaterThan(1);
    expect(inputs.values.some((x) => x !== 0)).toBe(true);
    const vae = await optimum(subjectNamed("mult-vae, multinomial"));
    expect(missingEmbeddings(vae)).toMatch(/embeddings/);
  });
});

describe("halves of shadow models", () => {
  test("are of half the rows, by outside ids, other ones for every shadow", async () => {
    const model = named(await optimum(subjectNamed("mf, table L2")));
    const shadows = await shadowsOf(model, 2, 1, run);
    const { users, items, size } = model.trained.interactions;
    const [a, b] = shadows.map(({ has }) => Array.from(users, (u, row) => has(`u${u}`, `i${items[row]}`)));
    shadows.forEach(({ model: shadow }, s) => {
      const own = [a, b][s].filter((inside) => inside).length;
      expect(shadow.trained.interactions.size).toBe(own);
      expect(Math.abs(own - size / 2)).toBeLessThan(4 * Math.sqrt(size / 4));
      expect(smoothOf(shadow.trained).status).toBe("converged");
    });
    expect(a).not.toEqual(b);
  });
});
