/** What unlearners say of themselves: every caveat where it is due and nowhere else, and what is certified of models in parts. */

import { describe, expect, test } from "vitest";
import { influenceFunction, newtonStep } from "../../src/influence/index.ts";
import type { FactorProblem } from "../../src/kernel/kernels.ts";
import { requireNeeds, unmetNeed } from "../../src/method/index.ts";
import { symmetricEigen } from "../../src/numeric/dense.ts";
import { denseOf } from "../../src/objective/hessian.ts";
import { indexKeys } from "../../src/objective/negatives.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { type Sharding, sharded, type TrainedModel, type TrainRun, usualSharding } from "../../src/training/index.ts";
import {
  cif,
  exact,
  influenceFunctionStep,
  newton,
  retrain,
  scif,
  sif,
  unlearners,
} from "../../src/unlearning/index.ts";
import { run, runWith } from "../support/run.ts";
import { kernels, normals, rowsWhere } from "../support/small.ts";
import { allScores } from "../support/subjects.ts";
import { forgetBy, influenceOf, smoothOf } from "../support/trained.ts";
import { modelAt, optimum, requestsOf, type Subject, subjectNamed, subjects, trainerOf } from "./subjects.ts";

const meanRatings =
  "aims at a target that keeps one mean rating for every forgotten one: it does not approach the retrained model, by construction";
const trace = "items keep the trace of the forgotten ratings";
const stay = "other users' scores have not moved";
const noRows = "this model has no rows of users: its parameters stay, with the trace of the forgotten interactions";
const data = "the forgotten interactions are gone from the graph or input as well";

/** What some methods say of themselves whatever they are asked. */
const own: Readonly<Record<string, readonly string[]>> = {
  ubpr: [
    "first order: the curvature of the forgotten triples is left out, so that of many, or of a whole user, a part stays",
  ],
  "warm-als": [
    "10 sweeps of alternating least squares: what they leave of the forgotten interactions fades slowly, and nothing bounds it",
  ],
  "fine-tune": [
    "1 epoch on what remains: nothing takes the forgotten interactions away but that they are not seen again",
  ],
};

/** What a method has to say of a subject, in order; what the solver has to say comes before the last. */
function caveatsDue(method: string, { settings }: Subject): string[] {
  const { name } = settings.kind;
  const [inside, users] = [name === "light-gcn" || name === "mult-vae", method === "sif" || method === "scif"];
  const ofUsers = name === "mult-vae" ? noRows : name === "light-gcn" ? trace : `${trace}; ${stay}`;
  return [
    ...(own[method] ?? []),
    ...(method === "cif" || method === "scif" ? [meanRatings] : []),
    ...(users ? [ofUsers] : []),
    ...(inside ? [data] : []),
  ];
}

describe.each(unlearners.methods)("$name", (method) => {
  test.each(subjects)("says of $name what its numbers do not show, and no more", async (subject) => {
    const model = await optimum(subject);
    if (unmetNeed(method, model) !== undefined) return;
    for (const rows of Object.values(requestsOf(subject, model))) {
      const { caveats } = await forgetBy(method, model, rows);
      const ofSolver = caveats.filter((text) => text.startsWith("the linear solver"));
      expect(caveats.filter((text) => !ofSolver.includes(text))).toEqual(caveatsDue(method.name, subject));
      if (method === exact || method === retrain) expect(ofSolver).toEqual([]);
    }
  });
});

describe("the linear solver", () => {
  const said = async (model: TrainedModel, method = newton, settings = {}) => {
    const { caveats, certificate } = await forgetBy(method, model, Uint32Array.of(11), {}, settings);
    return { certificate, ofSolver: caveats.filter((text) => text.startsWith("the linear solver")) };
  };

  test("has nothing to say where it converged", async () => {
    for (const name of ["mf, table L2", "mf, interaction L2", "ials", "light-gcn, squared"]) {
      const model = await optimum(subjectNamed(name));
      for (const method of [newton, sif]) expect((await said(model, method)).ofSolver, name).toEqual([]);
      // A block of one user's rows has no rotations in it.
      expect((await said(model, sif, { solver: "cholesky" })).ofSolver, name).toEqual([]);
    }
    const small = await optimum(subjectNamed("light-gcn, squared"));
    expect((await said(small, newton, { solver: "pseudo-inverse" })).ofSolver).toEqual([]);
  });

  test("says that it broke down where H has no inverse; then nothing has moved, and nothing is certified", async () => {
    const model = await optimum(subjectNamed("mf, table L2"));
    const { params, objective } = smoothOf(model);
    for (const method of [newton, cif]) {
      const settings = { solver: "cholesky" };
      const found = await forgetBy(method, model, Uint32Array.of(11), {}, settings);
      // The embeddings can be turned, so that H is singular.
      expect(objective.model.rotations?.length).toBe(1);
      expect(found.caveats).toContain("the linear solver ended with breakdown");
      expect(smoothOf(found.model).params).toEqual(params);
      expect(found.certificate.kind).toBe("none");
    }
  });

  test("says that it stopped at its limit, to estimators as well", async () => {
    const model = await optimum(subjectNamed("mf, table L2"));
    // Products that are not symmetric: conjugate gradients go on for ever.
    const open = (problem: FactorProblem) => {
      const session = kernels.open(problem);
      const schurProduct = (vector: Float64Array, out: Float64Array) => {
        session.schurProduct(vector, out);
        for (let k = 1; k < vector.length; k += 2) {
          out[k] += 40 * vector[k - 1];
          out[k - 1] -= 40 * vector[k];
        }
      };
      return { ...session, schurProduct };
    };
    const context = runWith({ factors: { ...kernels, open } });
    const rows = Uint32Array.of(11);
    for (const method of [newton, influenceFunctionStep, cif]) {
      const { caveats } = await forgetBy(method, model, rows, {}, {}, context);
      expect(caveats, method.name).toContain("the linear solver ended with step-limit");
    }
    for (const method of [influenceFunction, newtonStep])
      expect((await influenceOf(method, model, scoreTarget(3, 4), rows, {}, context)).status).toBe("step-limit");
  });

  test("says that the curvature is negative where H is indefinite", async () => {
    for (const name of ["gmf, squared", "light-gcn, squared", "mf, logistic"]) {
      const model = await optimum(subjectNamed(name));
      const { objective, params } = smoothOf(model);
      const wild = modelAt(model, normals(params.length, 4));
      const point = smoothOf(wild).params;
      const retain = objective.without(Uint32Array.of(11));
      const apply = (v: Float64Array, out: Float64Array) => retain.hessianProduct(point, v, out, "full");
      const { values } = symmetricEigen(denseOf({ size: params.length, apply }).values, params.length);
      expect(Math.min(...values), name).toBeLessThan(-0.1);
      const { ofSolver, certificate } = await said(wild);
      expect(ofSolver, name).toEqual(["the linear solver ended with negative-curvature"]);
      expect(certificate.kind).toBe("none");
    }
  });
});

test.each(["mf, table L2", "ials", "gmf, squared"])("exact forgetting of %s that fell short says so", async (name) => {
  const subject = subjectNamed(name);
  const model = await optimum(subject);
  const found = await forgetBy(exact, model, requestsOf(subject, model).user, { tolerance: 1e-300 });
  expect(found.caveats[0]).toBe("the minimisation ended with step-limit: nothing is certified");
  expect([found.guarantee, found.certificate.kind]).toEqual(["approximate", "none"]);
  expect(found.certificate.verdict).toMatch(/nothing is certified/);
});

describe.each(["mf, table L2", "gmf, squared"])("%s in shards", (name) => {
  const subject = subjectNamed(name);
  const interactions = subject.interactions();
  const keys = indexKeys(interactions);
  const gone = rowsWhere(interactions, ([user]) => user === subject.asks.user);
  const trainedBy = (sharding: Partial<Sharding> = {}, over: Partial<TrainRun> = {}, on = interactions) =>
    sharded(trainerOf(subject.settings), { ...usualSharding, ...sharding }).train({ interactions: on, keys }, 1, {
      ...run,
      ...over,
    });

  test("tells how many members were trained again, and is certified by construction", async () => {
    const model = await trainedBy();
    for (const method of [exact, retrain]) {
      const found = await forgetBy(method, model, gone);
      expect(found.caveats).toEqual(method === exact ? ["1 of 4 members were trained again"] : []);
      expect([found.guarantee, found.gradientNormBefore]).toEqual(["exact", null]);
      const { kind, scope, converged, verdict, ...numbers } = found.certificate;
      expect([kind, scope, converged]).toEqual(["by-construction", "none", true]);
      expect(verdict).toMatch(/^by construction: each of 4 members/);
      expect(new Set(Object.values(numbers))).toEqual(new Set([null]));
    }
    const byPairs = await trainedBy({ partition: "interactions", aggregate: "mean" });
    expect((await forgetBy(exact, byPairs, gone)).caveats).toEqual(["4 of 4 members were trained again"]);
    const nothing = await forgetBy(exact, model, new Uint32Array(0));
    expect([nothing.model.shards, nothing.caveats, nothing.guarantee]).toEqual([model.shards, [], "exact"]);
  });

  test("is approximate where rows were dealt by what the data say", async () => {
    const model = { ...(await trainedBy()), partitionSeesData: true };
    expect((await forgetBy(exact, model, gone)).guarantee).toBe("approximate");
  });

  test("proves nothing where a member fell short of its optimum", async () => {
    const { certificate } = await forgetBy(retrain, await trainedBy(), gone, { tolerance: 1e-300 });
    expect(certificate).toMatchObject({ kind: "by-construction", converged: false });
    expect(certificate.verdict).toBe("4 of 4 members did not converge: nothing is certified");
  });

  test("trains members again to the tolerance that they had", async () => {
    const coarse = { tolerance: 0.01 };
    const model = await trainedBy({}, coarse);
    const found = await forgetBy(exact, model, gone);
    const fresh = await trainedBy({}, coarse, interactions.without(gone));
    expect(found.model.shards?.map((shard) => smoothOf(shard.model).tolerance)).toEqual([0.01, 0.01, 0.01, 0.01]);
    expect(allScores(found.model)).toEqual(allScores(fresh));
  });

  test("is refused by methods that move parameters, which it has none of", async () => {
    const model = await trainedBy();
    for (const { name: method } of [newton, cif, sif, scif])
      expect(() => requireNeeds(unlearners, method, model)).toThrow(
        expect.objectContaining({
          code: "unsupported",
          message: `the unlearner ${method} needs parameters of an objective that can be differentiated; a model in shards has none of its own`,
          advice: "for this model: exact, retrain, sisa",
        }),
      );
  });
});
