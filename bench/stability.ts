/** Is the printed bound on the change of an influence right, and what does s = H⁻¹v cost by dense matrices, conjugate gradients and a series? */

import { plantedFactors } from "../src/data/synthetic.ts";
import { errorOf, pairBlock } from "../src/influence/stability/pair-block.ts";
import { inverseBySeries, ratedAt } from "../src/influence/stability/recursion.ts";
import { lossGradient } from "../src/influence/stability/step.ts";
import { type Trial, trial } from "../src/influence/stability/trial.ts";
import type { RunContext } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import type { FactorModel } from "../src/model/factor-model.ts";
import { randomOf } from "../src/numeric/random.ts";
import { difference, norm } from "../src/numeric/vector.ts";
import { differentiable } from "../src/objective/differentiable.ts";
import { objectiveSettings } from "../src/objective/factor-settings.ts";
import { type Factorization, factorization } from "../src/objective/factorization.ts";
import { modelOf } from "../src/training/factors/trained.ts";
import { solverAt } from "../src/training/solve.ts";
import type { Report, Table } from "./report.ts";
import { runWith } from "./subjects.ts";
import { ms, percent } from "./timing.ts";

const trialCount = 3000;
const modelCount = 30;

/** Random models inside the printed assumptions, then one system solved three ways at three sizes. */
export async function run(): Promise<Report> {
  const kernels = openKernels({ kind: "reference" });
  const context = runWith(kernels);
  const violations: string[][] = [];
  for (const epsilon of [0.01, 0.1, 1])
    for (const inverse of [false, true]) violations.push(await violationsOf(epsilon, inverse, context));
  const costs: string[][] = [];
  for (const users of [20, 60, 180]) costs.push(await costOf(users, context));
  await kernels.close();
  return { tables: [violationTable(violations), costTable(costs)], figures: { violations, costs } };
}

/** Matrix factorization without biases on a small planted set. */
function problem(users: number, factors: number, seed: number): Factorization {
  const items = Math.round((users * 2) / 3);
  const { interactions } = plantedFactors({ users, items, ratings: users * 9, factors: 2, seed });
  const mean = { kind: "fixed", value: 0 } as const;
  return factorization({ factors, biases: false, mean, l2: 1, l2Bias: 1, regularizer: "table" }, interactions);
}

function withObjective(closed: Factorization) {
  return differentiable(objectiveSettings(closed.settings), closed.interactions);
}

/** Entries uniform in −1 … 1: with ratings from 1 to 5 the residuals of d ≤ 2 are mostly below 5. */
function drawn(closed: Factorization, seed: number): FactorModel {
  const random = randomOf(seed, "stability bench", "parameters");
  return modelOf({
    objective: closed,
    params: Float64Array.from({ length: closed.parameterCount }, () => 2 * random.uniform() - 1),
  });
}

/** ∇L(D) of e², without L2. */
function lossGradientOf(closed: Factorization, model: FactorModel): Float64Array {
  const out = new Float64Array(model.params.length);
  for (let row = 0; row < closed.interactions.size; row++) {
    const { places, values } = lossGradient(model, ratedAt(closed, row), 2);
    places.forEach((place, k) => {
      out[place] += values[k];
    });
  }
  return out;
}

async function violationsOf(epsilon: number, inverse: boolean, context: RunContext): Promise<string[]> {
  const trials: Trial[] = [];
  for (let m = 0; m < modelCount; m++) {
    const closed = problem(20, 1 + (m % 3), m);
    const model = drawn(closed, m);
    const v = lossGradientOf(closed, model);
    const s = inverse ? await solved(closed, model, v, context) : v;
    trials.push(...trialsAt(closed, model, { s, v }, epsilon, m));
  }
  const count = (is: (one: Trial) => boolean) => String(trials.filter(is).length);
  const worst = trials.reduce((most, { held, printed }) => Math.max(most, held / printed), 0);
  return [
    String(epsilon),
    inverse ? "H⁻¹∇L(D)" : "∇L(D)",
    String(trials.length),
    count(({ held, intermediate }) => held > intermediate),
    count(({ held, printed }) => held > printed),
    `${worst.toPrecision(3)}×`,
    count(({ held, corrected, rounding }) => held > corrected + rounding),
    count(({ whole, corrected, rounding }) => whole > corrected + rounding),
    count(({ whole, correctedWhole, rounding }) => whole > correctedWhole + rounding),
  ];
}

/** H⁻¹v with Gauss-Newton curvature and the L2, for e²: half of that for ½e². */
async function solved(closed: Factorization, model: FactorModel, v: Float64Array, context: RunContext) {
  const settings = { solver: "cholesky", curvature: "gauss-newton" } as const;
  const solver = await solverAt(withObjective(closed), model.params, context, settings);
  const { value } = await solver.solve(v);
  solver.close();
  return value.map((x) => x / 2);
}

/** Trials of ratings whose residuals are at most 5, z with the user or the item of what moves. */
function trialsAt(
  closed: Factorization,
  model: FactorModel,
  at: { readonly s: Float64Array; readonly v: Float64Array },
  epsilon: number,
  seed: number,
): Trial[] {
  const { byUser, byItem, users, items, size } = closed.interactions;
  const random = randomOf(seed, "stability bench", "trials", epsilon);
  const residual = (row: number) => -errorOf(model, ratedAt(closed, row));
  const found: Trial[] = [];
  while (found.length < trialCount / modelCount) {
    const x = random.integer(size);
    const sharesUser = random.uniform() < 0.5;
    const [index, key] = sharesUser ? [byUser, users[x]] : [byItem, items[x]];
    const z = index.rows[index.start[key] + random.integer(index.start[key + 1] - index.start[key])];
    if (Math.abs(residual(x)) > 5 || Math.abs(residual(z)) > 5) continue;
    const moves = Float64Array.from({ length: 2 * model.shape.factors }, () => epsilon * (2 * random.uniform() - 1));
    // (i, y) and (x, j) are the two ratings themselves, in this order or the other.
    const [ofUser, ofItem] = sharesUser ? [residual(x), residual(z)] : [residual(z), residual(x)];
    const [sampled, asked] = [ratedAt(closed, x), ratedAt(closed, z)];
    found.push(trial(model, { ...at, sampled, asked, moves, epsilon, residuals: { ofUser, ofItem } }));
  }
  return found;
}

/** One score's s by a dense factorization, by conjugate gradients, and by a series; all with Gauss-Newton curvature. */
async function costOf(users: number, context: RunContext): Promise<string[]> {
  const closed = problem(users, 4, 1);
  const objective = withObjective(closed);
  const model = drawn(closed, 1);
  const { user, item } = ratedAt(closed, 0);
  const block = pairBlock(model, user, item);
  const v = new Float64Array(model.params.length);
  block.places.forEach((place, k) => {
    v[place] = block.jacobian[k];
  });
  const timed = async (work: () => Promise<Float64Array>) => {
    const begun = performance.now();
    const value = await work();
    return { value, milliseconds: performance.now() - begun };
  };
  const by = (solver: "cholesky" | "iterative") =>
    timed(async () => {
      const prepared = await solverAt(objective, model.params, context, { solver, curvature: "gauss-newton" });
      const { value } = await prepared.solve(v);
      prepared.close();
      return value;
    });
  const [dense, iterative] = [await by("cholesky"), await by("iterative")];
  const series = await timed(
    async () =>
      (
        await inverseBySeries(
          objective,
          model,
          v,
          { form: "corrected", samples: 200_000 },
          randomOf(1, "stability bench", "series"),
          context,
        )
      ).value,
  );
  const off = ({ value }: typeof dense) => percent(norm(difference(value, dense.value)) / norm(dense.value));
  return [
    String(model.params.length),
    String(closed.interactions.size),
    ms(dense.milliseconds),
    ...[iterative, series].flatMap((one) => [ms(one.milliseconds), off(one)]),
  ];
}

function violationTable(rows: string[][]): Table {
  return {
    id: "violations",
    caption: `Changes of the influence −sᵀ∇ℓ_z above each bound, v and ∇ℓ_z held fixed but in the last two columns; ${modelCount} random models of 1 to 3 factors with entries up to 1, residuals up to 5, z sharing the user or the item of the rating that moves by up to ε`,
    header: [
      "ε",
      "s",
      "trials",
      "above the line before the last",
      "above 20d²(…)",
      "largest change / 20d²(…)",
      "above the corrected bound",
      "∇ℓ_z moving, the same bound",
      "∇ℓ_z moving, with its term",
    ],
    rows,
  };
}

function costTable(rows: string[][]): Table {
  return {
    id: "cost",
    caption:
      "One s = H⁻¹v, Gauss-Newton curvature, 4 factors, λ 1: dense O(n·p² + p³) for p parameters and n ratings, conjugate gradients O(n·d) a step, a series of 200,000 samples O(d) a sample; off: relative distance from the dense solution",
    header: ["p", "n", "dense", "conjugate gradients", "off", "series", "off"],
    rows,
  };
}
