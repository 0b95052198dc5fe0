/** TracIn through a part of the parameters: TracIn at checkpoints less the inner products of the rest. */

import { describe, expect, test } from "vitest";
import { estimators, tracinCp, tracinLast, tracinWe } from "../../../src/influence/index.ts";
import { checkpointsOf } from "../../../src/influence/traced/checkpoints.ts";
import { type GivenSettings, makeNamed } from "../../../src/method/index.ts";
import { forEachPlace, sharedPlaces, type TensorPlace } from "../../../src/model/tensors.ts";
import type { Objective } from "../../../src/objective/objective.ts";
import { scoreTarget } from "../../../src/objective/target.ts";
import type { TrainedModel } from "../../../src/training/index.ts";
import { slowRowGradient, slowTargetGradient } from "../../support/row-gradient.ts";
import { run } from "../../support/run.ts";
import { allRows, expectNear } from "../../support/small.ts";
import { influenceOf, smoothOf } from "../../support/trained.ts";
import { walked } from "../../support/walked.ts";

const target = scoreTarget(3, 1);

/** Of every row, the same sum over some places of the parameters alone. */
async function throughPlaces(model: TrainedModel, places: Iterable<number>): Promise<Float64Array> {
  const kept = [...places];
  const out = new Float64Array(model.interactions.size);
  for (const { objective, params, weight } of await checkpointsOf(model, 10, run)) {
    const gradient = slowTargetGradient(objective, params, target);
    for (const row of allRows(model.interactions)) {
      const own = slowRowGradient(objective, params, row);
      for (const place of kept) out[row] -= weight * gradient[place] * own[place];
    }
  }
  return out;
}

function tablePlaces({ tensors }: Pick<Objective, "tensors">, wanted: (tensor: TensorPlace) => boolean): number[] {
  const places: number[] = [];
  for (const tensor of tensors) if (wanted(tensor)) forEachPlace(tensor, (place) => places.push(place));
  return places;
}

async function all(method: typeof tracinCp, model: TrainedModel, settings: GivenSettings = {}): Promise<Float64Array> {
  return (await influenceOf(method, model, target, allRows(model.interactions), settings)).scores;
}

describe("tracin-last", () => {
  test.each(["gmf", "mlp"] as const)("counts the last layer of %s", async (name) => {
    const model = await walked(name);
    const { lastLayer } = smoothOf(model).objective.model;
    if (lastLayer === undefined) throw new Error(name);
    const { weightsAt, width, biasAt } = lastLayer;
    const places = [...Array.from({ length: width }, (_, f) => weightsAt + f), biasAt];
    const found = await all(tracinLast, model);
    expectNear(found, await throughPlaces(model, places), 1e-12, { floor: 1e-3 });
    expect(found.every((x) => x !== 0)).toBe(true);
  });

  test.each(["mf-squared", "mf-bpr"] as const)("counts one side of the dot products of %s", async (name) => {
    const model = await walked(name, {}, name === "mf-squared" ? { model: { biases: true, mean: "learned" } } : {});
    const { objective } = smoothOf(model);
    for (const side of ["item", "user"] as const) {
      const wanted = await throughPlaces(
        model,
        tablePlaces(objective, ({ rowsOf }) => rowsOf === side),
      );
      const found = await all(tracinLast, model, { side });
      expectNear(found, wanted, 1e-12, { floor: 1e-3 });
      expect(found.some((x) => x !== 0)).toBe(true);
    }
  });

  test("refuses what has no last layer", async () => {
    for (const name of ["light-gcn", "mult-vae"] as const) {
      const model = await walked(name);
      expect(() => makeNamed(estimators, "tracin-last", model)).toThrow(/linear/);
    }
  });
});

describe("tracin-we", () => {
  test.each(["gmf", "mlp"] as const)("is tracin-cp less what goes through shared weights (%s)", async (name) => {
    const model = await walked(name);
    const { objective } = smoothOf(model);
    const [whole, tables] = [await all(tracinCp, model), await all(tracinWe, model)];
    const shared = await throughPlaces(model, sharedPlaces(objective.tensors));
    expectNear(
      tables,
      whole.map((x, k) => x - shared[k]),
      1e-12,
      { floor: 1e-3 },
    );
    expect(tables).not.toEqual(whole);
  });

  test.each(["mf-squared", "mf-bpr", "light-gcn"] as const)(
    "is tracin-cp where nothing is shared (%s)",
    async (name) => {
      const model = await walked(name);
      expect(sharedPlaces(smoothOf(model).objective.tensors).length).toBe(0);
      expect(await all(tracinWe, model)).toEqual(await all(tracinCp, model));
    },
  );

  test("lacks the mean where it is learned", async () => {
    const model = await walked("mf-squared", {}, { model: { biases: true, mean: "learned" } });
    const { objective } = smoothOf(model);
    const whole = await all(tracinCp, model);
    const mean = await throughPlaces(model, sharedPlaces(objective.tensors));
    expectNear(
      await all(tracinWe, model),
      whole.map((x, k) => x - mean[k]),
      1e-12,
      { floor: 1e-3 },
    );
    expect(mean.every((x) => x !== 0)).toBe(true);
  });
});
