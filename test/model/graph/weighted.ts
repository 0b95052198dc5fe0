/** Objectives whose interactions have weights, in the loss and in the model: minimised densely, they are the truth about data that enter a model. */

import { expect } from "vitest";
import type { DataDerivative, Linearised, Model, Pairs } from "../../../src/model/model.ts";
import { symmetricEigen } from "../../../src/numeric/dense.ts";
import { dot, norm } from "../../../src/numeric/vector.ts";
import type { Examples } from "../../../src/objective/loss.ts";
import type { Objective } from "../../../src/objective/objective.ts";
import { addPenalty } from "../../../src/objective/penalty.ts";
import { allRows, expectNear, normals } from "../../support/small.ts";

/** J(θ; w) = Σ_k w_k·ℓ_k(scores of the model built with w) + R(θ). */
export interface WeightedObjective {
  readonly model: Model;
  /** The model as it is asked about: without noise. */
  readonly serving: Model;
  readonly examples: Examples;
  /** What each pair's slope is multiplied by. */
  readonly scale: Float64Array;
  evaluate(params: Float64Array): { readonly value: number; readonly gradient: Float64Array };
  /** Dense, row-major. */
  hessian(params: Float64Array): Float64Array;
}

/** The objective with these weights, table L2. */
export function weightedObjective(objective: Objective, weights: Float64Array): WeightedObjective {
  const { settings, interactions, parameterCount: order } = objective;
  const { loss } = settings;
  const { kind, model: given } = settings;
  const model = kind.build(given, interactions, weights, objective.keys);
  const serving = kind.build(kind.serving?.(given) ?? given, interactions, weights, objective.keys);
  const listwise = loss.form === "listwise";
  const examples = listwise ? weightedLists(objective, weights) : objective.examplesOf(objective.units);
  const scale = listwise ? new Float64Array(examples.labels.length).fill(1) : scaleOf(objective, weights);
  const slopesAt = (scores: Float64Array) => {
    const slopes = new Float64Array(scores.length);
    loss.evaluate(scores, examples, slopes);
    return slopes.map((s, n) => s * scale[n]);
  };
  /** Σ w·ℓ from single groups, whatever their form. */
  const valueAt = (scores: Float64Array) => {
    if (listwise) return loss.evaluate(scores, examples, new Float64Array(scores.length));
    let sum = 0;
    for (let g = 0; g + 1 < examples.start.length; g++) {
      const [from, to] = [examples.start[g], examples.start[g + 1]];
      const one = { ...examples, labels: examples.labels.slice(from, to), start: Uint32Array.of(0, to - from) };
      sum += scale[from] * loss.evaluate(scores.slice(from, to), one, new Float64Array(to - from));
    }
    return sum;
  };
  return {
    model,
    serving,
    examples,
    scale,
    evaluate(params) {
      const point = model.at(params, examples.pairs);
      const gradient = new Float64Array(order);
      point.addVjp(slopesAt(point.scores), gradient);
      addPenalty(objective.penalty, params, gradient);
      return { value: valueAt(point.scores) + objective.penalty.value(params), gradient };
    },
    hessian(params) {
      const point = model.at(params, examples.pairs);
      const slopes = slopesAt(point.scores);
      const out = new Float64Array(order * order);
      for (let k = 0; k < order; k++) {
        const unit = new Float64Array(order);
        unit[k] = 1;
        const row = out.subarray(k * order, (k + 1) * order);
        const bent = new Float64Array(slopes.length);
        loss.curvature(point.scores, examples, point.jvp(unit), bent);
        point.addVjp(
          bent.map((b, n) => b * scale[n]),
          row,
        );
        point.addCurvature(slopes, unit, row);
        addPenalty(objective.penalty, unit, row);
      }
      return out;
    },
  };
}

function scaleOf(objective: Objective, weights: Float64Array): Float64Array {
  return Float64Array.from(
    Array.from(weights, (w, row) =>
      Array<number>(objective.examplesOfRows(Uint32Array.of(row)).labels.length).fill(w),
    ).flat(),
  );
}

/** A list's loss is linear in its labels: weights go there. */
function weightedLists({ examplesOf, units, interactions }: Objective, weights: Float64Array): Examples {
  const examples = examplesOf(units);
  const labels = examples.labels.slice();
  units.forEach((user, g) => {
    for (let row = 0; row < interactions.size; row++)
      if (interactions.users[row] === user)
        labels[examples.start[g] + interactions.items[row]] += (weights[row] - 1) * interactions.ratings[row];
  });
  return { ...examples, labels };
}

/** Newton's method with |eigenvalues| and halved steps, to ‖∇J‖ ≤ 1e-12; fails the test where it does not get there. */
export function minimised(task: WeightedObjective, from: Float64Array): Float64Array {
  let params = from;
  for (let step = 0; step < 400; step++) {
    const { value, gradient } = task.evaluate(params);
    if (norm(gradient) <= 1e-12) return params;
    const move = solved(task.hessian(params), gradient, Math.abs);
    const down = dot(gradient, move);
    for (let length = 1; ; length /= 2) {
      const next = params.map((x, k) => x - length * move[k]);
      // Near the minimum J itself is rounding; there the gradient decides.
      const there = task.evaluate(next);
      if (there.value <= value - 1e-4 * length * down || norm(there.gradient) < 0.5 * norm(gradient) || length < 1e-9) {
        params = next;
        break;
      }
    }
  }
  return expect.fail(`‖∇J‖ is ${norm(task.evaluate(params).gradient)} after 400 steps`);
}

/** H⁺·b, the eigenvalues passed through `by`. */
export function solved(hessian: Float64Array, b: Float64Array, by: (x: number) => number = (x) => x): Float64Array {
  const order = b.length;
  const { values, vectors } = symmetricEigen(hessian, order);
  const most = Math.max(...Array.from(values, Math.abs));
  const out = new Float64Array(order);
  for (let c = 0; c < order; c++) {
    if (Math.abs(values[c]) <= 1e-9 * most) continue;
    const column = Float64Array.from({ length: order }, (_, r) => vectors[r * order + c]);
    const along = dot(column, b) / by(values[c]);
    for (let r = 0; r < order; r++) out[r] += along * column[r];
  }
  return out;
}

/** The derivatives of a score by every weight: by training again, by the formula, and by the formula without what goes through the model's data. */
export interface WeightSlopes {
  readonly retrained: number[];
  readonly formula: number[];
  readonly lossAlone: number[];
}

/**
 * At the optimum reached from `start`: d score/dw_k = ∂score|data − sᵀ(∇ℓ_k + ∂∇J|data), s = H⁺∇score, against central differences of
 * minimising again with w_k = 1 ± step in the loss and in the model.
 */
export function weightSlopes(objective: Objective, pair: Pairs, start: Float64Array, step = 1e-4): WeightSlopes {
  const { interactions, settings } = objective;
  const ones = new Float64Array(interactions.size).fill(1);
  const base = weightedObjective(objective, ones);
  const params = minimised(base, start);
  const rows = Array.from(allRows(interactions));
  const retrained = rows.map((row) => {
    const at = (weight: number) => {
      const task = weightedObjective(objective, ones.with(row, weight));
      return task.serving.at(minimised(task, params), pair).scores[0];
    };
    return (at(1 + step) - at(1 - step)) / (2 * step);
  });
  const target = new Float64Array(params.length);
  base.serving.at(params, pair).addVjp(Float64Array.of(1), target);
  const s = solved(base.hessian(params), target);
  const point = base.model.at(params, base.examples.pairs);
  const slopes = new Float64Array(point.scores.length);
  const bent = new Float64Array(point.scores.length);
  settings.loss.evaluate(point.scores, base.examples, slopes);
  settings.loss.curvature(point.scores, base.examples, point.jvp(s), bent);
  const [data, served] = [base.model.data as DataDerivative, base.serving.data as DataDerivative];
  const direct = served.weightDerivative(params, pair, Float64Array.of(1), undefined, undefined);
  const through = data.weightDerivative(params, base.examples.pairs, bent, slopes, s);
  const lossAlone = rows.map((row) => {
    const own = objective.examplesOfRows(Uint32Array.of(row));
    const there = base.model.at(params, own.pairs);
    const ownSlopes = new Float64Array(there.scores.length);
    settings.loss.evaluate(there.scores, own, ownSlopes);
    return -dot(ownSlopes, there.jvp(s));
  });
  return { retrained, lossAlone, formula: lossAlone.map((x, k) => x + direct[k] - through[k]) };
}

/** Expects jvp and addVjp to be each other's transpose and the slope of the scores; addCurvature to be the slope of addVjp, and symmetric. */
export function expectDerivatives(model: Model, params: Float64Array, pairs: Pairs): void {
  const [x, y] = [normals(model.parameterCount, 31), normals(model.parameterCount, 32)];
  const weights = normals(pairs.users.length, 33);
  const vjp = (at: Linearised) => {
    const out = new Float64Array(model.parameterCount);
    at.addVjp(weights, out);
    return out;
  };
  const bent = (direction: Float64Array) => {
    const out = new Float64Array(model.parameterCount);
    point.addCurvature(weights, direction, out);
    return out;
  };
  const point = model.at(params, pairs);
  const step = 1e-5;
  const ahead = model.at(
    params.map((p, k) => p + step * x[k]),
    pairs,
  );
  const behind = model.at(
    params.map((p, k) => p - step * x[k]),
    pairs,
  );
  const slope = (a: Float64Array, b: Float64Array) => a.map((_, k) => (a[k] - b[k]) / (2 * step));
  expectNear(point.jvp(x), slope(ahead.scores, behind.scores), 1e-8, { what: "jvp" });
  expectNear([dot(weights, point.jvp(x))], [dot(vjp(point), x)], 1e-12, { what: "transpose" });
  expectNear(bent(x), slope(vjp(ahead), vjp(behind)), 1e-8, { what: "curvature" });
  expectNear([dot(y, bent(x))], [dot(x, bent(y))], 1e-12, { what: "symmetry" });
  const twice = vjp(point);
  point.addVjp(weights, twice);
  expectNear(
    twice,
    vjp(point).map((v) => 2 * v),
    1e-14,
    { what: "added" },
  );
}

/** Holds `alongWeights` against differences of scores and of Σ weights·∇score along weights. */
export function expectAlongWeights(
  build: (weights: Float64Array) => Model,
  weights: Float64Array,
  params: Float64Array,
  pairs: Pairs,
  tolerance = 1e-8,
): void {
  const along = normals(weights.length, 44);
  const slopes = normals(pairs.users.length, 45);
  const step = 1e-5;
  const [ahead, behind] = [step, -step].map((by) => {
    const point = build(weights.map((w, k) => w + by * along[k])).at(params, pairs);
    const gradient = new Float64Array(params.length);
    point.addVjp(slopes, gradient);
    return { scores: point.scores, gradient };
  });
  const found = (build(weights).data as DataDerivative).alongWeights(params, pairs, along);
  const gradient = new Float64Array(params.length);
  found.addVjp(slopes, gradient);
  const slope = (more: Float64Array, less: Float64Array) => more.map((x, n) => (x - less[n]) / (2 * step));
  expectNear(found.scores, slope(ahead.scores, behind.scores), tolerance, { what: "scores" });
  expectNear(gradient, slope(ahead.gradient, behind.gradient), tolerance, { what: "gradients" });
}

/** Expects the derivative by weights to be the central difference of F through models built with other weights. */
export function expectWeightDerivative(
  build: (weights: Float64Array) => Model,
  weights: Float64Array,
  params: Float64Array,
  pairs: Pairs,
  tolerance = 1e-8,
): void {
  const [slopes, tangents] = [normals(pairs.users.length, 41), normals(pairs.users.length, 42)];
  const direction = normals(params.length, 43);
  const f = (w: Float64Array, bent: boolean) => {
    const point = build(w).at(params, pairs);
    return dot(slopes, point.scores) + (bent ? dot(tangents, point.jvp(direction)) : 0);
  };
  const { weightDerivative } = build(weights).data as DataDerivative;
  const step = 1e-5;
  for (const bent of [false, true]) {
    const found = weightDerivative(params, pairs, slopes, bent ? tangents : undefined, bent ? direction : undefined);
    const wanted = weights.map((w, k) => {
      const [more, less] = [weights.with(k, w + step), weights.with(k, w - step)];
      return (f(more, bent) - f(less, bent)) / (2 * step);
    });
    expectNear(found, wanted, tolerance, { what: bent ? "with a direction" : "scores alone" });
  }
}
