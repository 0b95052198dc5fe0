/** Laws of stochastic estimation: every draw is the series of its row, their mean is the dense series, errors fall with samples, and divergence is a status. */

import { describe, expect, test } from "vitest";
import { dot, norm } from "../../../src/numeric/vector.ts";
import type { Objective } from "../../../src/objective/objective.ts";
import { penaltyWeights } from "../../../src/objective/penalty.ts";
import { type Smooth, solverAt } from "../../../src/training/index.ts";
import { geometricSeries } from "../../../src/training/newton/geometric-series.ts";
import { largestCurvature, placesOfLoss } from "../../../src/training/newton/sampled-rows.ts";
import { hessianAt } from "../../support/dense.ts";
import { run, runWith } from "../../support/run.ts";
import { expectNear, normals } from "../../support/small.ts";
import { optimum, type SubjectName } from "../../support/subjects.ts";
import { smoothOf } from "../../support/trained.ts";

const names: readonly SubjectName[] = ["mf", "mf-items", "mf-bpr", "mf-logistic", "gmf"];
const smooth = async (name: SubjectName) => smoothOf(await optimum(name));

async function drawn({ objective, params }: Pick<Smooth, "objective" | "params">, side: Float64Array, over = {}) {
  const solver = await solverAt(objective, params, run, { solver: "lissa", ...over });
  return solver.solve(side);
}

/** Row-major times vector. */
function times(matrix: Float64Array, x: Float64Array): Float64Array {
  return x.map((_, r) => dot(matrix.subarray(r * x.length, (r + 1) * x.length), x));
}

/** Σ_{j ≤ samples} (I − H/c)ʲ·v / c. */
function seriesOf(matrix: Float64Array, c: number, side: Float64Array, samples: number): Float64Array {
  let s = side.slice();
  for (let j = 0; j < samples; j++) {
    const product = times(matrix, s);
    s = s.map((x, k) => side[k] + x - product[k] / c);
  }
  return s.map((x) => x / c);
}

async function scaleOf({ objective, params }: Pick<Smooth, "objective" | "params">): Promise<number> {
  const most = await largestCurvature(objective, params, placesOfLoss(objective), run);
  return objective.units.length * most + Math.max(...penaltyWeights(objective.penalty, params.length));
}

/** The Gauss-Newton curvature of one row's loss, densely, without L2. */
function rowHessian(objective: Objective, params: Float64Array, row: number): Float64Array {
  const n = params.length;
  const matrix = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const unit = new Float64Array(n);
    unit[k] = 1;
    objective.addLossProduct(params, Uint32Array.of(row), unit, matrix.subarray(k * n, (k + 1) * n), "gauss-newton");
  }
  return matrix;
}

describe.each(names)("%s", (name) => {
  test("of a single row it is the series of that row, to rounding, whatever else stays behind", async () => {
    const { objective, params } = await smooth(name);
    for (const row of [0, 7]) {
      const single = { objective: objective.select(Uint32Array.of(row)), params };
      const side = normals(params.length, row + 1);
      const matrix = hessianAt(single.objective, params, "gauss-newton");
      for (const samples of [1, 2, 37]) {
        const wanted = seriesOf(matrix, await scaleOf(single), side, samples);
        expectNear((await drawn(single, side, { samples })).value, wanted, 1e-11);
      }
    }
  });

  test("c is above n times every row's curvature, and no more than its examples ask for", async () => {
    const { objective, params } = await smooth(name);
    const found = await largestCurvature(objective, params, placesOfLoss(objective), run);
    let largest = 0;
    let trace = 0;
    for (const row of objective.units) {
      const matrix = rowHessian(objective, params, row);
      let x = times(matrix, normals(params.length, 3));
      for (let k = 0; k < 20 && norm(x) > 0; k++)
        x = times(
          matrix,
          x.map((one) => one / norm(x)),
        );
      largest = Math.max(largest, norm(x));
      let own = 0;
      for (let k = 0; k < params.length; k++) own += matrix[k * (params.length + 1)];
      trace = Math.max(trace, own);
    }
    expect(found).toBeGreaterThanOrEqual(largest * (1 - 1e-9));
    // Every example's curvature has rank one: norms and traces are alike.
    expectNear([found], [trace], 1e-9);
  });

  test("over seeds its mean is the series of the whole Hessian", async () => {
    const { objective, params } = await smooth(name);
    const side = normals(params.length, 2);
    const [samples, seeds] = [60, 150];
    const wanted = seriesOf(
      hessianAt(objective, params, "gauss-newton"),
      await scaleOf({ objective, params }),
      side,
      samples,
    );
    const solver = async (seed: number) => (await drawn({ objective, params }, side, { samples, seed })).value;
    const found: Float64Array[] = [];
    for (let seed = 1; seed <= seeds; seed++) found.push(await solver(seed));
    for (let probe = 0; probe < 5; probe++) {
      const along = probe === 0 ? side : normals(params.length, 50 + probe);
      const values = found.map((x) => dot(along, x));
      const mean = values.reduce((a, b) => a + b, 0) / seeds;
      const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (seeds - 1) / seeds);
      expect(Math.abs(mean - dot(along, wanted))).toBeLessThan(4.5 * spread + 1e-12);
    }
  });

  test("the same seed has the same bytes, another has others", async () => {
    const at = await smooth(name);
    const side = normals(at.params.length, 2);
    const [one, two, other] = [
      await drawn(at, side, { samples: 500, seed: 4 }),
      await drawn(at, side, { samples: 500, seed: 4 }),
      await drawn(at, side, { samples: 500, seed: 5 }),
    ];
    expect(two).toEqual(one);
    expect(other.value).not.toEqual(one.value);
  });

  test("as printed, one sample is v + (I − ∇²ℓ_k)v of the mean of the losses, by its true Hessian", async () => {
    const { objective, params } = await smooth(name);
    const single = { objective: objective.select(Uint32Array.of(7)), params };
    const side = normals(params.length, 5);
    const product = times(hessianAt(single.objective, params), side);
    const { value } = await drawn(single, side, { solver: "lissa-printed", samples: 1 });
    expectNear(
      value,
      side.map((x, k) => 2 * x - product[k]),
      1e-12,
    );
  });
});

test.each(["mf-bpr", "mf-logistic", "mf-squared"] as const)("%s: the error falls with samples", async (name) => {
  const { objective, params } = await smooth(name);
  const side = normals(params.length, 2);
  const exact = await solverAt(objective, params, run, { solver: "pseudo-inverse", curvature: "gauss-newton" });
  const { value: wanted } = await exact.solve(side);
  const errors: number[] = [];
  for (const samples of [20, 200, 30000]) {
    const { value, status, steps } = await drawn({ objective, params }, side, { samples });
    errors.push(norm(value.map((x, k) => x - wanted[k])) / norm(wanted));
    expect([status, steps]).toEqual(["step-limit", samples]);
  }
  expect(errors[0]).toBeGreaterThan(1.5 * errors[1]);
  expect(errors[1]).toBeGreaterThan(1.5 * errors[2]);
  // Steps of one length leave a noise that no number of samples takes away.
  expect(errors[2]).toBeLessThan(0.2);
});

test("the residual is that of the system that is solved, damping and held parameters included", async () => {
  const { objective, params } = await smooth("mf-bpr");
  const side = normals(params.length, 2);
  const places = Uint32Array.of(0, 1, 2, 9, 10, 11);
  const over = { samples: 4000, damping: 0.7, support: { places } };
  const { value, residual } = await drawn({ objective, params }, side, over);
  const product = times(hessianAt(objective, params, "gauss-newton"), value);
  const left = Float64Array.from(places, (k) => side[k] - product[k] - 0.7 * value[k]);
  expectNear([residual], [norm(left) / norm(Float64Array.from(places, (k) => side[k]))], 1e-10);
  expect(residual).toBeLessThan(0.5);
  value.forEach((x, k) => {
    if (!places.includes(k)) expect(x).toBe(0);
  });
});

test("as printed it diverges on a usual problem: a status, and nothing moves", async () => {
  const at = await smooth("mf");
  const side = normals(at.params.length, 2);
  const { value, status } = await drawn(at, side, { solver: "lissa-printed", samples: 20000 });
  expect(status).toBe("breakdown");
  expect(value).toEqual(new Float64Array(side.length));
});

test("a sample reads one row", async () => {
  const { objective, params } = await smooth("mf-bpr");
  let rows = 0;
  const counting = {
    ...runWith({}),
    onRows: (read: number) => {
      rows += read;
    },
  };
  const solver = await solverAt(objective, params, counting, { solver: "lissa", samples: 777 });
  await solver.solve(normals(params.length, 2));
  // One pass finds c, one product the residual.
  expect(rows).toBe(777 + 2 * objective.interactions.size);
});

test.each(["light-gcn", "mult-vae", "ials"] as const)("%s is refused: its rows read everything", async (name) => {
  const { objective, params } = await smooth(name);
  await expect(solverAt(objective, params, run, { solver: "lissa" })).rejects.toMatchObject({
    code: "unsupported",
    advice: "set `solver` to iterative",
  });
});

test("powers and sums by doubling are those of a loop", () => {
  const series = geometricSeries();
  for (const gamma of [0, 0.3, 0.999, 1])
    for (const n of [0, 1, 2, 3, 64, 1000, 12345]) {
      let [power, sum] = [1, 0];
      for (let j = 0; j < n; j++) [sum, power] = [sum + power, power * gamma];
      const found = series(gamma, n);
      expectNear([found.power, found.sum], [power, sum], 1e-11);
    }
});
