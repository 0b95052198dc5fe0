/** Laws of the neural models' scores and their derivatives. */

import { describe, expect, it } from "vitest";
import { dot } from "../../../src/numeric/vector.ts";
import { scraps } from "../../support/small.ts";
import { everyPair, genericPoint, modelOn, naiveScore, networks, vectorOf } from "./networks.ts";

describe.each(networks)("%s", (_, kind, settings) => {
  const model = modelOn(kind, settings, scraps());
  const pairs = everyPair(model);
  const params = genericPoint(model, pairs);
  const weights = vectorOf(pairs.users.length, 1, "weights");
  const direction = vectorOf(model.parameterCount, 2, "direction");
  const zeros = () => new Float64Array(model.parameterCount);
  const moved = (step: number) => params.map((x, k) => x + step * direction[k]);
  const gradientAt = (at: Float64Array) => {
    const out = zeros();
    model.at(at, pairs).addVjp(weights, out);
    return out;
  };
  const curvatureAlong = (along: Float64Array) => {
    const out = zeros();
    model.at(params, pairs).addCurvature(weights, along, out);
    return out;
  };

  it("lays its tensors out without gaps", () => {
    let at = 0;
    for (const tensor of model.tensors) {
      expect(tensor.at).toBe(at);
      at += tensor.shape.reduce((size, length) => size * length, 1);
      const rows = { user: model.userCount, item: model.itemCount, shared: tensor.shape[0] };
      expect(tensor.shape[0]).toBe(rows[tensor.rowsOf ?? "shared"]);
      expect(tensor.rowsOf !== undefined).toBe(/^(user|item)_/.test(tensor.name));
    }
    expect(model.parameterCount).toBe(at);
  });

  it("scores by the definition", () => {
    model.at(params, pairs).scores.forEach((score, n) => {
      expect(score).toBeCloseTo(
        naiveScore(model, params, pairs.users[n], pairs.items[n], settings.activation).score,
        12,
      );
    });
  });

  it("has the gradient of finite differences", () => {
    const gradient = gradientAt(params);
    const step = 1e-5;
    for (let k = 0; k < params.length; k++) {
      const at = (by: number) => {
        const there = params.slice();
        there[k] += by;
        return dot(weights, model.at(there, pairs).scores);
      };
      expect(gradient[k]).toBeCloseTo((at(step) - at(-step)) / (2 * step), 7);
    }
  });

  it("has a forward derivative that is the transpose of the reverse one", () => {
    const point = model.at(params, pairs);
    const tangent = point.jvp(direction);
    expect(dot(weights, tangent)).toBeCloseTo(dot(gradientAt(params), direction), 11);
    const step = 1e-5;
    const [ahead, behind] = [model.at(moved(step), pairs).scores, model.at(moved(-step), pairs).scores];
    tangent.forEach((slope, n) => {
      expect(slope).toBeCloseTo((ahead[n] - behind[n]) / (2 * step), 7);
    });
  });

  it("has the curvature of finite differences of gradients", () => {
    const step = 1e-5;
    const [ahead, behind] = [gradientAt(moved(step)), gradientAt(moved(-step))];
    const curvature = curvatureAlong(direction);
    expect(curvature.some((x) => Math.abs(x) > 0.1)).toBe(true);
    curvature.forEach((x, k) => {
      expect(x).toBeCloseTo((ahead[k] - behind[k]) / (2 * step), 7);
    });
  });

  it("has a symmetric curvature", () => {
    const other = vectorOf(model.parameterCount, 3, "other");
    expect(dot(other, curvatureAlong(direction))).toBeCloseTo(dot(direction, curvatureAlong(other)), 10);
  });

  it("has the same curvature whatever was asked before", () => {
    const other = vectorOf(model.parameterCount, 3, "other");
    const point = model.at(params, pairs);
    const asked = (before: () => void) => {
      before();
      const out = zeros();
      point.addCurvature(weights, direction, out);
      return out;
    };
    const plain = curvatureAlong(direction);
    expect(asked(() => point.jvp(direction))).toEqual(plain);
    expect(asked(() => {})).toEqual(plain);
    expect(asked(() => point.jvp(other))).toEqual(plain);
    expect(
      asked(() => {
        point.jvp(direction);
        point.addVjp(weights, zeros());
        point.addCurvature(weights, other, zeros());
      }),
    ).toEqual(plain);
  });

  it("reads a direction again that has changed since its curvature", () => {
    const point = model.at(params, pairs);
    const changing = vectorOf(model.parameterCount, 3, "other");
    point.jvp(changing);
    point.addCurvature(weights, changing, zeros());
    changing.set(direction);
    const out = zeros();
    point.addCurvature(weights, changing, out);
    expect(out).toEqual(curvatureAlong(direction));
  });

  it("adds to what is there, and leaves weights, direction and parameters as they are", () => {
    const [w, d, p] = [weights.slice(), direction.slice(), params.slice()];
    const [gradient, curvature] = [zeros().fill(1), zeros().fill(1)];
    const point = model.at(p, pairs);
    point.addVjp(w, gradient);
    point.jvp(d);
    point.addCurvature(w, d, curvature);
    expect([w, d, p]).toEqual([weights, direction, params]);
    gradientAt(params).forEach((x, k) => {
      expect(gradient[k]).toBeCloseTo(1 + x, 11);
    });
    curvatureAlong(direction).forEach((x, k) => {
      expect(curvature[k]).toBeCloseTo(1 + x, 11);
    });
  });

  it("touches the rows of its pairs and what is shared, no other", () => {
    const few = { users: Uint32Array.of(1, 4, 1), items: Uint32Array.of(2, 2, 3) };
    const point = model.at(params, few);
    const [gradient, curvature] = [zeros(), zeros()];
    point.addVjp(Float64Array.of(1, -2, 0.5), gradient);
    point.addCurvature(Float64Array.of(1, -2, 0.5), direction, curvature);
    const seen = { user: new Set(few.users), item: new Set(few.items) };
    for (const { at, shape, rowsOf } of model.tensors) {
      if (rowsOf === undefined) continue;
      for (let k = 0; k < shape[0] * shape[1]; k++)
        if (!seen[rowsOf].has(Math.floor(k / shape[1]))) expect([gradient[at + k], curvature[at + k]]).toEqual([0, 0]);
    }
    expect(gradient.some((x) => x !== 0)).toBe(true);
  });

  it("does not depend on how pairs are cut into batches, or on their order", () => {
    const size = pairs.users.length;
    const backwards = Uint32Array.from({ length: size }, (_, n) => size - 1 - n);
    const whole = { gradient: gradientAt(params), curvature: curvatureAlong(direction) };
    for (const batches of [
      [backwards],
      [backwards.subarray(0, 1), backwards.subarray(1, 1), backwards.subarray(1, 8), backwards.subarray(8)],
    ]) {
      const [gradient, curvature] = [zeros(), zeros()];
      for (const batch of batches) {
        const point = model.at(params, {
          users: Uint32Array.from(batch, (n) => pairs.users[n]),
          items: Uint32Array.from(batch, (n) => pairs.items[n]),
        });
        const own = Float64Array.from(batch, (n) => weights[n]);
        point.addVjp(own, gradient);
        point.addCurvature(own, direction, curvature);
      }
      gradient.forEach((x, k) => {
        expect(x).toBeCloseTo(whole.gradient[k], 11);
      });
      curvature.forEach((x, k) => {
        expect(x).toBeCloseTo(whole.curvature[k], 11);
      });
    }
  });
});
