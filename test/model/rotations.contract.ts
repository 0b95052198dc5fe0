/** The laws of what a model says can be turned: no score and no table's size changes, and projections remove exactly the turns. */

import { expect, test } from "vitest";
import type { Model } from "../../src/model/model.ts";
import { offRotations, type Rotation } from "../../src/model/rotations.ts";
import { valuesOf } from "../../src/model/tensors.ts";
import { addScaled, dot, norm } from "../../src/numeric/vector.ts";
import { expectNear, normals, randomRotation } from "../support/small.ts";
import type { Subject } from "./subject.ts";

/** Every row of every table of a rotation times a matrix, written over `out` at the same places. */
function timesMatrix({ width, tables }: Rotation, vector: Float64Array, matrix: Float64Array, out: Float64Array): void {
  for (const { at, rows, rowStride, columnStride } of tables)
    for (let r = 0; r < rows; r++)
      for (let g = 0; g < width; g++) {
        let sum = 0;
        for (let f = 0; f < width; f++) sum += vector[at + r * rowStride + f * columnStride] * matrix[f * width + g];
        out[at + r * rowStride + g * columnStride] = sum;
      }
}

/** Where the parameters go under every infinitesimal rotation: one for every two columns. */
function turnsAt({ rotations = [] }: Model, params: Float64Array): Float64Array[] {
  return rotations.flatMap((rotation) => {
    const { width } = rotation;
    const pairs = Array.from({ length: width }, (_, f) => Array.from({ length: f }, (_, g) => [f, g])).flat();
    return pairs.map(([f, g]) => {
      const skew = new Float64Array(width * width);
      skew[f * width + g] = 1;
      skew[g * width + f] = -1;
      const turn = new Float64Array(params.length);
      timesMatrix(rotation, params, skew, turn);
      return turn;
    });
  });
}

/** Registers the laws for a model at a point; a model without rotations must be one whose scores are no dot products. */
export function rotationLaws({ model, params, pairs }: Subject): void {
  test("what can be turned changes no score and no table's size", () => {
    if (model.asFactors) expect(model.rotations).toBeDefined();
    for (const [k, rotation] of (model.rotations ?? []).entries()) {
      const turned = params.slice();
      timesMatrix(rotation, params, randomRotation(rotation.width, k + 1), turned);
      if (rotation.width > 1) expect(turned).not.toEqual(params);
      expectNear(model.at(turned, pairs).scores, model.at(params, pairs).scores, 1e-11);
      for (const tensor of model.tensors) {
        const size = (vector: Float64Array) => norm(valuesOf(tensor, vector));
        expect(size(turned)).toBeCloseTo(size(params), 11);
      }
    }
  });

  test("projections remove the turns, and nothing that is orthogonal to them", () => {
    const project = offRotations(model.rotations ?? [], params);
    const chunks = turnsAt(model, params);
    for (const turn of chunks) {
      const left = turn.slice();
      project(left);
      expect(norm(left)).toBeLessThan(1e-11 * norm(turn));
    }
    const vector = normals(params.length, 77);
    const kept = vector.slice();
    project(kept);
    for (const turn of chunks) expect(Math.abs(dot(kept, turn))).toBeLessThan(1e-11 * norm(turn) * norm(vector));
    // Orthogonal: what is taken away is itself a turn, so that it has no part in what is kept.
    const taken = vector.slice();
    addScaled(taken, -1, kept);
    expect(Math.abs(dot(taken, kept))).toBeLessThan(1e-10 * dot(vector, vector));
    const again = kept.slice();
    project(again);
    expectNear(again, kept, 1e-11);
  });
}
