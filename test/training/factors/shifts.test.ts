/** Laws of shifts: recentring is an exact minimisation over those that scores do not see, and the correction knows their curvature. */

import { describe, expect, test } from "vitest";
import { scores } from "../../../src/model/index.ts";
import { dot } from "../../../src/numeric/vector.ts";
import { factorization, placesOf } from "../../../src/objective/factorization.ts";
import { recentre, shiftCorrection } from "../../../src/training/factors/shifts.ts";
import { modelOf } from "../../../src/training/index.ts";
import { anyParams, evaluate, expectNear, forms, kernels, scraps, trainedAt } from "../../support/small.ts";

describe.each(forms)("%s", (_, settings) => {
  const objective = factorization(settings, scraps());
  const { byUser, byItem, users, items } = objective.interactions;
  const { stride, itemsAt, meanAt } = placesOf(objective.shape);
  const params = anyParams(objective);
  const centred = params.slice();
  recentre(objective.problem, centred);

  /** The point with rated users' biases moved by s and rated items' by t; the mean, or the items, make up for it. */
  const shifted = (s: number, t: number) => {
    const out = centred.slice();
    const move = (start: Uint32Array, at: number, by: number) => {
      for (let r = 0; r + 1 < start.length; r++) if (start[r + 1] > start[r]) out[at + r * stride + stride - 1] += by;
    };
    move(byUser.start, 0, s);
    move(byItem.start, itemsAt, meanAt >= 0 ? t : -s);
    if (meanAt >= 0) out[meanAt] -= s + t;
    return out;
  };
  const scoresAt = (at: Float64Array) => scores(modelOf(trainedAt(objective, at)), users, items);

  test("keeps the scores of all ratings", () => {
    expectNear(scoresAt(centred), scoresAt(params), 1e-14);
    if (settings.biases) expectNear(scoresAt(shifted(0.3, -0.8)), scoresAt(params), 1e-14);
  });

  test("brings J down, and leaves no shift that would bring it further", () => {
    const at = (point: Float64Array) => evaluate(objective, point).value;
    if (!settings.biases) {
      expect(centred).toEqual(params);
      return;
    }
    expect(at(centred)).toBeLessThan(at(params));
    for (const [s, t] of [
      [1e-3, 0],
      [0, 1e-3],
      [-1e-3, 1e-3],
      [0.5, 0.5],
      [-2, 1],
    ]) {
      if (meanAt < 0 && s === 0) continue;
      const [there, back] = [at(shifted(s, t)), at(shifted(-s, -t))];
      expect(there).toBeGreaterThan(at(centred));
      // A parabola with its lowest point here.
      expectNear([there], [back], 1e-13);
    }
  });

  test("touches neither embeddings nor rows without ratings", () => {
    const last = [6 * stride, itemsAt + 5 * stride];
    for (let k = 0; k < params.length; k++) {
      const empty = last.some((at) => k >= at && k < at + stride);
      if (k !== meanAt && (empty || k % stride < settings.factors)) expect(centred[k]).toBe(params[k]);
    }
  });

  test("the correction takes nearly all of a shift, and nothing beyond", () => {
    const session = kernels.open(objective.problem);
    session.setPoint(centred);
    session.factorise("user");
    const correct = shiftCorrection(objective.problem);
    const itemBiases = new Float64Array(session.reducedCount);
    for (let r = 0; r + 1 < byItem.start.length; r++)
      if (byItem.start[r + 1] > byItem.start[r]) itemBiases[r * stride + stride - 1] = -1;
    const mean = itemBiases.map(() => 0);
    if (meanAt >= 0) itemBiases[mean.length - 1] = mean[mean.length - 1] = 1;
    for (const shift of meanAt >= 0 ? [itemBiases, mean] : [itemBiases]) {
      const [product, out] = [itemBiases.map(() => 0), itemBiases.map(() => 0)];
      session.schurProduct(shift, product);
      correct(product, out);
      if (!settings.biases) expect(out.every((x) => x === 0)).toBe(true);
      else {
        // In units of the shift; with users free to follow S is a little less stiff than the penalties alone.
        const share = dot(out, product) / dot(shift, product);
        expect(share).toBeGreaterThan(0.6);
        expect(share).toBeLessThan(1 + 1e-9);
      }
    }
    session.close();
  });

  test("done twice is done once", () => {
    const again = centred.slice();
    recentre(objective.problem, again);
    expectNear(again, centred, 1e-15);
  });
});
