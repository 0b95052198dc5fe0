/** Every figure of the small exact case, evaluated at its stored parameters. */

import { existsSync, readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { interactionsOf } from "../../src/data/interactions.ts";
import { type FastInfluenceMode, fastInfluence, influenceFunction, leaveOneOut } from "../../src/influence/index.ts";
import { referenceKernels } from "../../src/kernel/reference.ts";
import { wasmKernels } from "../../src/kernel/wasm.ts";
import { pseudoInverse } from "../../src/linear/index.ts";
import { score } from "../../src/model/matrix-factorization.ts";
import { symmetricEigen } from "../../src/numeric/dense.ts";
import { norm } from "../../src/numeric/vector.ts";
import { factorization } from "../../src/objective/factorization.ts";
import { denseOf, hessianOperator } from "../../src/objective/hessian.ts";
import { fitTarget, scoreTarget } from "../../src/objective/target.ts";
import { modelOf, type Trained } from "../../src/training/trained.ts";
import { gradientNormAt } from "../../src/unlearning/conclude.ts";
import { influenceStep, unlearners } from "../../src/unlearning/index.ts";
import { dataFile, testOn } from "../data-sets.ts";

const name = "../truth/mf_d2_const.json";
// biome-ignore lint/suspicious/noExplicitAny: the truth is a foreign document, read as it is
const truth: any = existsSync(dataFile(name)) ? JSON.parse(readFileSync(dataFile(name), "utf8")) : undefined;

function setUp() {
  const { inputs } = truth;
  const rows: number[][] = inputs.ratings;
  const interactions = interactionsOf({
    userCount: inputs.nu,
    itemCount: inputs.ni,
    users: Uint32Array.from(rows, (r) => r[0]),
    items: Uint32Array.from(rows, (r) => r[1]),
    ratings: Float64Array.from(rows, (r) => r[2]),
  });
  const objective = factorization(
    {
      factors: inputs.d,
      biases: false,
      mean: { kind: "fixed", value: inputs.mu },
      l2: inputs.lam,
      l2Bias: 1,
      regularizer: "table",
    },
    interactions,
  );
  return { objective, kernels: referenceKernels() };
}

function trainedAt(params: readonly number[]): Trained {
  const { objective } = setUp();
  const at = Float64Array.from(params);
  return {
    objective,
    params: at,
    seed: 1,
    trainer: "given",
    tolerance: 1e-10,
    status: "converged",
    value: 0,
    gradientNorm: 0,
  };
}

function close(found: ArrayLike<number>, wanted: readonly number[], relative = 1e-9, absolute = 1e-10) {
  expect(found.length).toBe(wanted.length);
  for (let k = 0; k < wanted.length; k++)
    expect(Math.abs(found[k] - wanted[k]), `entry ${k}: ${found[k]} against ${wanted[k]}`).toBeLessThanOrEqual(
      absolute + relative * Math.abs(wanted[k]),
    );
}

const all = () => Uint32Array.from({ length: truth.inputs.ratings.length }, (_, k) => k);

describe("the small exact case", () => {
  for (const kernels of [referenceKernels(), wasmKernels({ threads: 1 })]) {
    testOn([name], `objective, gradient, Hessian and products with ${kernels.name} kernels`, () => {
      const { objective } = setUp();
      const { inputs, outputs } = truth;
      const session = kernels.open(objective.problem);
      const n = session.parameterCount;
      const out = new Float64Array(n);
      session.setPoint(Float64Array.from(inputs.theta0));
      close([session.evaluate(out)], [outputs.F_at_theta0]);
      close(out, outputs.grad_at_theta0);
      close(denseOf(hessianOperator(session, "full")).values, outputs.hessian_at_theta0.flat());
      session.hessianProduct(Float64Array.from(inputs.v), out, "full");
      close(out, outputs.hvp_at_theta0_v);
      session.hessianProduct(Float64Array.from(inputs.v), out, "gauss-newton");
      close(out, outputs.gn_hvp_at_theta0_v);
      session.setPoint(Float64Array.from(outputs.theta_opt));
      close([session.evaluate(out)], [outputs.F_opt]);
      expect(norm(out)).toBeLessThan(1e-12);
      const hessian = denseOf(hessianOperator(session, "full"));
      close(hessian.values, outputs.hessian_at_opt.flat());
      const ascending = (values: Float64Array) => Array.from(values).sort((a, b) => a - b);
      const eigenvalues = ascending(symmetricEigen(hessian.values, n).values);
      close(eigenvalues, outputs.hessian_opt_eigenvalues, 1e-9, 1e-9);
      expect(eigenvalues.filter((x) => Math.abs(x) < 1e-9).length).toBe(outputs.n_gauge_zero_eigs);
      const gaussNewton = denseOf(hessianOperator(session, "gauss-newton"));
      close(ascending(symmetricEigen(gaussNewton.values, n).values), outputs.gn_hessian_opt_eigenvalues, 1e-9, 1e-9);
      session.close();
    });
  }

  testOn([name], "influence functions, true and Gauss-Newton, on scores and fits", async () => {
    const trained = trainedAt(truth.outputs.theta_opt);
    for (const test of truth.outputs.tests) {
      const pair = scoreTarget(test.u, test.i);
      close([score(modelOf(trained), test.u, test.i)], [test.pred]);
      const full = await influenceFunction({ solver: pseudoInverse() }).prepare(trained);
      close((await full.influence(pair, all())).scores, test.if_pred);
      close((await full.influence(fitTarget(test.u, test.i, test.r), all())).scores, test.if_loss);
      const gn = await influenceFunction({ solver: pseudoInverse(), curvature: "gauss-newton" }).prepare(trained);
      close((await gn.influence(pair, all())).scores, test.if_pred_gauss_newton);
      const iterative = await influenceFunction({ tolerance: 1e-12 }).prepare(trained);
      close((await iterative.influence(pair, all())).scores, test.if_pred, 1e-8);
    }
  });

  testOn([name], "the block, leverage-corrected and literal forms of Fast Influence Analysis", async () => {
    const trained = trainedAt(truth.outputs.theta_opt);
    const columns: [FastInfluenceMode, string][] = [
      ["block", "fia_block"],
      ["leverage", "fia_block_leverage"],
      ["text", "fia_literal_eq18_no_l2_damping1e6"],
    ];
    for (const test of truth.outputs.tests)
      for (const [mode, key] of columns) {
        if (test[key] === undefined || test[key] === null) continue;
        const rows = Object.keys(test[key]).map(Number);
        const prepared = await fastInfluence({ mode }).prepare(trained);
        const found = await prepared.influence(scoreTarget(test.u, test.i), Uint32Array.from(rows));
        close(found.scores, Object.values(test[key]));
      }
  });

  testOn([name], "leave-one-out, where the optimum is near enough to be the same", async () => {
    const trained = trainedAt(truth.outputs.theta_opt);
    const { kernels, objective } = setUp();
    const { loo_theta, loo_F } = truth.outputs;
    for (let row = 0; row < loo_theta.length; row++) {
      const retain = objective.without(Uint32Array.of(row));
      const session = kernels.open(retain.problem);
      const gradient = new Float64Array(retain.parameterCount);
      session.setPoint(Float64Array.from(loo_theta[row]));
      close([session.evaluate(gradient)], [loo_F[row]], 1e-9, 1e-8);
      expect(norm(gradient)).toBeLessThan(1e-8);
      session.close();
    }
    const prepared = await leaveOneOut({ tolerance: 1e-11 }).prepare(trained, { kernels });
    let agreeing = 0;
    for (const test of truth.outputs.tests) {
      const found = await prepared.influence(scoreTarget(test.u, test.i), all());
      const fits = await prepared.influence(fitTarget(test.u, test.i, test.r), all());
      for (let row = 0; row < loo_F.length; row++)
        if (Math.abs(found.scores[row] - test.loo_pred[row]) < 1e-8) {
          agreeing++;
          expect(Math.abs(fits.scores[row] - test.loo_loss[row])).toBeLessThan(1e-8);
        }
    }
    // So small a problem moves far when a rating goes, and warm starts may end in another basin; most do not.
    expect(agreeing).toBeGreaterThan(0.9 * truth.outputs.tests.length * loo_F.length);
  });

  testOn([name], "unlearning steps, as published and corrected", async () => {
    const trained = trainedAt(truth.outputs.theta_opt);
    const start = trainedAt(truth.inputs.theta0);
    const { kernels } = setUp();
    for (const entry of truth.outputs.unlearn) {
      const rows = Uint32Array.from(entry.forget_indices as number[]);
      const step = (name: string, literal: boolean) => {
        const unlearner = unlearners[name].factorization?.({ literal, solver: pseudoInverse() });
        return (unlearner ?? expect.fail(`no ${name} for factorizations`)).forget(trained, rows, { kernels });
      };
      close((await step("influence-function", true)).trained.params, entry.theta_if_originalH);
      close((await step("newton", false)).trained.params, entry.theta_newton_remainingH);
      close((await step("sif", true)).trained.params, entry.theta_sif_originalH);
      close((await step("sif", false)).trained.params, entry.theta_sif_remainingH);
      close((await step("cif", true)).trained.params, entry.theta_cif);
      close((await step("scif", false)).trained.params, entry.theta_scif);
      for (const [compensation, key] of [
        ["minus", "scif_at_theta0_minus_g"],
        ["plus", "scif_at_theta0_plus_g"],
      ] as const) {
        const unlearner = influenceStep({
          name: "scif",
          summary: "",
          support: "users",
          collaborative: true,
          hessian: "remaining",
          compensation,
        });
        close((await unlearner.forget(start, rows, { kernels })).trained.params, entry[key]);
      }
      const retain = trained.objective.without(rows);
      for (const [key, theta] of Object.entries({
        none: truth.outputs.theta_opt,
        if_: entry.theta_if_originalH,
        newton: entry.theta_newton_remainingH,
        cif: entry.theta_cif,
        sif: entry.theta_sif_originalH,
        sif_rem: entry.theta_sif_remainingH,
        scif: entry.theta_scif,
      }))
        close(
          [gradientNormAt(retain, Float64Array.from(theta as number[]), kernels)],
          [entry.grad_norm_after[key]],
          1e-9,
          1e-9,
        );
      expect(gradientNormAt(retain, Float64Array.from(entry.theta_retrained), kernels)).toBeLessThan(1e-8);
    }
  });
});
