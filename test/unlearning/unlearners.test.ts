/** The laws of unlearning for every unlearner on every kind of model: on what remains, nothing claimed that is not so, nothing else touched. */

import { describe, expect, test } from "vitest";
import { runContext } from "../../src/kernel/run-context.ts";
import { openKernels } from "../../src/kernel/select.ts";
import { methodNamed, requireNeeds, unmetNeed } from "../../src/method/index.ts";
import { norm } from "../../src/numeric/vector.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { type Certificate, certifySmooth, type TrainedModel } from "../../src/training/index.ts";
import { type Guarantee, retrain, unlearners } from "../../src/unlearning/index.ts";
import { bytesOf } from "../model/subject.ts";
import { left, negativesLeft } from "../objective/cases.ts";
import { expectStops, run, runWith } from "../support/run.ts";
import { expectNear, triplesOf } from "../support/small.ts";
import { allScores } from "../support/subjects.ts";
import { forgetBy, smoothOf } from "../support/trained.ts";
import {
  derivativesAt,
  early,
  gradientByKernels,
  modelAt,
  oldScores,
  optimum,
  renamed,
  requestsOf,
  rmsBetween,
  type Subject,
  subjects,
} from "./subjects.ts";

/** What differs between unlearners. */
interface Traits {
  readonly guarantee: Guarantee;
  /** Ends at an optimum of what remains. */
  readonly converges?: boolean;
  /** Starts anew, from another seed. */
  readonly anew?: boolean;
  /** Largest share of the distance to the retrained model that may be left, in predictions; none for those that aim elsewhere. */
  readonly left?: { readonly row: number; readonly user: number };
  /** The subject on which a step is held against that; default "mf, table L2". */
  readonly on?: string;
  /** What it finds depends on how embeddings are turned: steps that are scaled entry by entry. */
  readonly turns?: boolean;
}

const step: Traits = { guarantee: "approximate" };
const all = { row: 1e-6, user: 1e-6 };

const traits: Readonly<Record<string, Traits>> = {
  exact: { guarantee: "certified", converges: true, left: all },
  retrain: { guarantee: "exact", converges: true, anew: true, left: all },
  newton: { ...step, left: { row: 0.1, user: 0.4 } },
  "influence-function": { ...step, left: { row: 0.5, user: 0.9 } },
  cif: step,
  sif: { ...step, left: { row: 0.97, user: 0.95 } },
  scif: step,
  ubpr: { ...step, left: { row: 0.6, user: 0.9 }, on: "mf, bpr" },
  "warm-als": { ...step, left: { row: 0.01, user: 0.01 } },
  "fine-tune": { ...step, turns: true },
};

/** Accuracy of every solve, in scores. */
const accuracy = 1e-6;

const models = new Map<Subject, TrainedModel>();
for (const subject of subjects) models.set(subject, await optimum(subject));
const modelOf = (subject: Subject) => models.get(subject) as TrainedModel;

/** Those of models in shards and of trees have laws of their own. */
const others = ["sisa", "receraser", "leaf-refit"];

test("no unlearner escapes", () => {
  expect([...Object.keys(traits), ...others].sort()).toEqual(unlearners.methods.map(({ name }) => name).sort());
});

describe.each(unlearners.methods.filter(({ name }) => !others.includes(name)))("$name", (method) => {
  const {
    guarantee,
    converges = false,
    anew = false,
    left: leftAtMost,
    on = "mf, table L2",
    turns = false,
  } = traits[method.name];
  const admitted = subjects.filter((subject) => unmetNeed(method, modelOf(subject)) === undefined);

  test("carries the name and the guarantee under which the catalogue has it", () => {
    expect(methodNamed(unlearners, method.name).entry).toBe(method);
    expect(method.make({}).guarantee).toBe(guarantee);
    expect(method.summary.length).toBeGreaterThan(10);
    expect(method.source.length).toBeGreaterThan(5);
    expect(admitted.map(({ name }) => name)).not.toEqual([]);
  });

  describe.each(admitted)("on $name", (subject) => {
    const model = modelOf(subject);
    const { objective, params, tolerance } = smoothOf(model);
    const requests = requestsOf(subject, model);
    const forget = (of: TrainedModel, rows: Uint32Array, options = {}, context = run) =>
      forgetBy(method, of, rows, options, {}, context);

    test.each(Object.entries(requests))(
      "%s: stands on what remains, with a certificate that can be recomputed",
      async (what, rows) => {
        const before = params.slice();
        const found = await forget(model, rows);
        const after = smoothOf(found.model);
        const retain = objective.without(rows);
        expect(params).toEqual(before);
        expect(triplesOf(found.model.interactions)).toEqual(triplesOf(left(model.interactions, rows)));
        expect(triplesOf(after.objective.interactions)).toEqual(triplesOf(retain.interactions));
        expect(after.objective.settings).toEqual(objective.settings);
        expect(after.objective.negatives).toEqual(negativesLeft(objective, rows));
        expect(after.params.length).toBe(before.length);
        expect(found.model).toMatchObject({ kind: model.kind, origin: "forgotten", keys: model.keys });
        expect(found.model.trainer.name).toBe(model.trainer.name);

        const { certificate } = found;
        expect(certificate).toEqual(await certifySmooth({ objective: retain, params: after.params, tolerance }, run));
        const { value, gradient } = derivativesAt(retain, after.params);
        expect([certificate.gradientNorm, after.gradientNorm]).toEqual([norm(gradient), norm(gradient)]);
        expect([certificate.objective, after.value]).toEqual([value, value]);
        expect(certificate.largestRow).toBeLessThanOrEqual(norm(gradient));
        expect([certificate.tolerance, after.tolerance]).toEqual([tolerance, tolerance]);
        // What kernels say, the objective says itself.
        expectNear([retain.evaluate(after.params, gradient)], [value]);
        expect(Math.abs(norm(gradient) - after.gradientNorm)).toBeLessThan(1e-11);

        const gradientBefore = await gradientByKernels(retain, before);
        expect(found.gradientNormBefore).toBe(norm(gradientBefore));
        expectNear(gradientBefore, derivativesAt(retain, before).gradient, 1e-13);
        expect(found.gradientNormBefore).toBeGreaterThan(1e-3);
        expect(certificate.converged).toBe(after.gradientNorm <= tolerance);
        expect(after.status).toBe(certificate.converged ? "converged" : "step-limit");
        expect(certificate.converged, what).toBe(converges);
        expect(found.guarantee).toBe(guarantee);
        expectKind(certificate, subject);
      },
    );

    test("forgetting nothing changes no byte", async () => {
      const found = await forget(model, new Uint32Array(0));
      const after = smoothOf(found.model);
      expect(after.status).toBe("converged");
      expect(found.guarantee).toBe("exact");
      expect(after.objective.negatives).toEqual(objective.negatives);
      if (subject.unique) expectNear(allScores(found.model), allScores(model), 1e-6);
      if (anew) return;
      expect(bytesOf(after.params).equals(bytesOf(params))).toBe(true);
      expect(found.model.seed).toBe(model.seed);
    });

    test("the same request gives the same bytes", async () => {
      const [one, two] = [await forget(model, requests.user), await forget(model, requests.user)];
      expect(bytesOf(smoothOf(two.model).params).equals(bytesOf(smoothOf(one.model).params))).toBe(true);
    });

    if (!anew || subject.unique)
      test("names, order of rows and rotations do not matter", async () => {
        const other = renamed(model, !turns);
        expectNear(oldScores(other.model, other), allScores(model));
        for (const rows of [requests.row, requests.user]) {
          const wanted = allScores((await forget(model, rows)).model);
          const found = await forget(other.model, other.rows(rows));
          expectNear(oldScores(found.model, other), wanted, accuracy);
        }
      });

    if (converges && subject.unique)
      test("two requests in turn are as one", async () => {
        const { users, items } = model.interactions;
        const [user, item] = [users[requests.user[0]], items[requests.item[0]]];
        const both = Uint32Array.from(new Set([...requests.user, ...requests.item])).sort();
        const once = await forget(model, both);
        const half = await forget(model, requests.user);
        expect(half.model.interactions.users.includes(user)).toBe(false);
        const rest = Uint32Array.from(half.model.interactions.items.keys()).filter(
          (row) => half.model.interactions.items[row] === item,
        );
        const twice = await forget(half.model, rest);
        expect(triplesOf(twice.model.interactions)).toEqual(triplesOf(once.model.interactions));
        expect(twice.certificate.converged).toBe(true);
        expectNear(allScores(twice.model), allScores(once.model), 1e-6);
      });

    if (leftAtMost !== undefined && (converges ? subject.unique : subject.name === on))
      test.each(["row", "user"] as const)(
        "a %s: leaves little of the distance to the retrained model",
        async (what) => {
          const found = allScores((await forget(model, requests[what])).model);
          const again = allScores((await forgetBy(retrain, model, requests[what], { seed: 31 })).model);
          const distance = rmsBetween(allScores(model), again);
          expect(distance).toBeGreaterThan(1e-3);
          expect(rmsBetween(found, again) / distance).toBeLessThan(leftAtMost[what]);
        },
      );

    test("a model that was not converged is not certified by forgetting nothing, and an optimum is found from it", async () => {
      const rough = early(model);
      expect(smoothOf(rough).status).toBe("step-limit");
      expect(smoothOf(rough).gradientNorm).toBeGreaterThan(1e-3);
      const nothing = await forget(rough, new Uint32Array(0));
      expect(nothing.certificate.converged).toBe(anew);
      expect(nothing.guarantee).toBe(anew ? "exact" : "approximate");
      if (!anew) expect(bytesOf(smoothOf(nothing.model).params).equals(bytesOf(smoothOf(rough).params))).toBe(true);
      const found = await forget(rough, requests.user);
      expect(found.certificate.converged).toBe(converges);
      expect(found.guarantee).toBe(guarantee);
      if (!converges || !subject.unique) return;
      const again = await forgetBy(retrain, model, requests.user, { seed: 8 });
      expectNear(allScores(found.model), allScores(again.model), 1e-6);
    });

    test("other kernels forget the same", async () => {
      const { settings, interactions, keys, negatives } = objective;
      const { factors } = openKernels({ threads: 1 });
      const { matrices, triples } = openKernels({ kind: "reference" });
      const parts = { ...(settings.sampling ? { negatives } : {}), matrices };
      const twin = modelAt(model, params, differentiable(settings, interactions, keys, parts));
      const context = runContext({ factors, matrices, triples, close: async () => {} });
      const wanted = await forget(model, requests.user);
      const found = await forget(twin, requests.user, {}, context);
      await factors.close();
      expectNear(allScores(found.model), allScores(wanted.model), accuracy);
      const after = smoothOf(found.model);
      // What those kernels certified, the reference finds in the parameters alone.
      const { value, gradient } = derivativesAt(objective.without(requests.user), after.params);
      expect(Math.abs(after.gradientNorm - norm(gradient))).toBeLessThan(1e-11);
      expectNear([after.value], [value], 1e-13);
    });

    test("rows that are not there, repeated or out of order are refused", async () => {
      for (const rows of [[model.interactions.size], [4, 4], [7, 3]])
        await expect((async () => forget(model, Uint32Array.from(rows)))()).rejects.toMatchObject({
          code: "bad-input",
        });
    });

    test("an abort is heard", async () => {
      const context = runWith({}, { signal: AbortSignal.abort() });
      await expect(forget(model, requests.row, {}, context)).rejects.toMatchObject({ code: "aborted" });
      await expectStops((stoppable) => forget(model, requests.row, {}, stoppable));
    });
  });
});

/** Its kind follows from its scope; numbers of a convex form are there where there is one. */
function expectKind(certificate: Certificate, { unique, settings }: Subject): void {
  const kinds = { global: "global", local: "stationary", none: "none" } as const;
  expect(certificate.kind).toBe(kinds[certificate.scope]);
  expect(certificate.scope === "none").toBe(!certificate.converged);
  const numbers = [certificate.dualityGap, certificate.rmsBound, certificate.sigmaRatio];
  if (settings.kind.name === "mf" && settings.sampling === undefined) {
    expect(unique).toBe(true);
    for (const x of numbers) expect(x).toBeTypeOf("number");
    // To the rounding of J.
    expect(certificate.dualityGap).toBeGreaterThan(-1e-10 * (certificate.objective as number));
  } else {
    expect(numbers).toEqual([null, null, null]);
    expect(certificate.scope).not.toBe("global");
  }
  const words = { global: /^global: /, stationary: /^local: /, none: /^not converged: .*nothing is certified$/ };
  expect(certificate.verdict).toMatch(words[certificate.kind as keyof typeof words]);
}

test("at L2 that makes the optimum the only one, a certificate of the optimum is global", async () => {
  for (const name of ["mf, table L2", "mf, interaction L2", "ials"]) {
    const subject = subjects.find((one) => one.name === name) as Subject;
    const model = modelOf(subject);
    for (const rows of Object.values(requestsOf(subject, model)))
      expect((await forgetBy(retrain, model, rows)).certificate.kind).toBe("global");
  }
});

describe("of interactions without ratings", () => {
  const implicit = subjects.filter(({ settings: { loss } }) => loss.name !== "squared");

  test.each(implicit)("$name: cif and scif are refused, with the reason and with those that are not", (subject) => {
    const model = modelOf(subject);
    const pairwise = subject.settings.loss.form === "pairwise";
    const allowed = [
      ...["exact", "retrain", "newton", "influence-function", "sif"],
      ...(pairwise ? ["ubpr"] : []),
      ...(subject.name === "ials" ? ["warm-als"] : []),
      "fine-tune",
    ];
    for (const name of ["cif", "scif"]) {
      const refused = expect(() => requireNeeds(unlearners, name, model));
      refused.toThrow(
        expect.objectContaining({
          code: "unsupported",
          message: `the unlearner ${name} needs ratings under squared loss; interactions without ratings have no mean rating to put in their place`,
          advice: `for this model: ${allowed.join(", ")}`,
        }),
      );
    }
    for (const name of allowed) expect(() => requireNeeds(unlearners, name, model)).not.toThrow();
  });

  test("are those of every loss but the squared one", () => {
    expect(new Set(implicit.map(({ settings: { loss } }) => loss.name))).toEqual(
      new Set(["ials", "bpr", "logistic", "multinomial"]),
    );
  });
});
