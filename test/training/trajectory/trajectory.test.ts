/** Laws of trajectories: a replay is the training, to the byte, forwards and backwards, and its steps are the linear maps that they say. */

import { describe, expect, test } from "vitest";
import { randomOf } from "../../../src/numeric/random.ts";
import { dot } from "../../../src/numeric/vector.ts";
import { batchLog } from "../../../src/training/batches/batch-log.ts";
import { optimizerStateOf } from "../../../src/training/batches/optimizer-state.ts";
import { stepOf } from "../../../src/training/batches/step.ts";
import { smoothModel, type TrainedModel } from "../../../src/training/index.ts";
import { noTangent, pullBack, pushForward, type Tangent } from "../../../src/training/trajectory/linear-step.ts";
import type { TracedStep } from "../../../src/training/trajectory/traced-step.ts";
import { trajectoryOf, untraceable } from "../../../src/training/trajectory/trajectory.ts";
import { run } from "../../support/run.ts";
import { optimum } from "../../support/subjects.ts";
import { smoothOf } from "../../support/trained.ts";
import { steps, walked, walkedNames } from "../../support/walked.ts";

const recipes = { plain: {}, momentum: { momentum: 0.7, learningRate: 0.15 }, adam: { optimizer: "adam" } } as const;

interface Seen {
  readonly step: number;
  readonly units: readonly number[];
  readonly params: readonly number[];
}

const seen = ({ step, units, params }: TracedStep): Seen => ({ step, units: [...units], params: [...params] });

describe.each(walkedNames)("the trajectory of %s", (name) => {
  test.each(Object.entries(recipes))("is its training (%s)", async (_, recipe) => {
    const model = await walked(name, recipe);
    const log = batchLog();
    const { interactions, keys } = model;
    await model.trainer.train({ interactions, keys }, model.seed, { ...run, onBatch: log.onBatch });
    const trajectory = trajectoryOf(model, run);
    const forwards: Seen[] = [];
    await trajectory.forwards((step) => void forwards.push(seen(step)));
    expect(forwards).toHaveLength(trajectory.steps);
    expect(forwards).toEqual(
      log.records.map(({ step, units, params }) => ({ step, units: [...units], params: [...(params ?? [])] })),
    );
    const backwards: Seen[] = [];
    await trajectory.backwards((step) => void backwards.push(seen(step)));
    expect(backwards).toEqual(forwards.reverse());
  });

  test("has the negatives of each epoch", async () => {
    const model = await walked(name);
    const { objective } = smoothOf(model);
    await trajectoryOf(model, run).forwards(({ epoch, objective: drawn }) => {
      expect(drawn.negatives).toEqual(epoch === 0 ? objective.negatives : objective.redrawn(epoch).negatives);
    });
  });

  test.each(["table", "interaction"] as const)(
    "is made of steps that are the linear maps they say (%s L2)",
    async (regularizer) => {
      const momentum = 0.6;
      const model = await walked(name, { momentum, learningRate: 0.1, epochs: 2 }, { regularizer, l2Bias: 0.3 });
      const { length } = smoothOf(model).params;
      const size = 1e-5;
      await trajectoryOf(model, run).forwards(async (step) => {
        if (step.step % 3 !== 1) return;
        const change = randomTangent(length, step.step);
        const [up, down] = [size, -size].map((scale) => stepped(model, step, momentum, change, scale));
        const found = copyOf(change);
        pushForward(step, momentum, found, new Float64Array(length));
        for (const part of ["params", "velocity"] as const) {
          const expected = up[part]?.map((x, k) => (x - (down[part]?.[k] as number)) / (2 * size));
          expect(distance(found[part] as Float64Array, expected as Float64Array)).toBeLessThan(1e-8);
        }
      });
    },
  );

  test("turns steps around exactly", async () => {
    const momentum = 0.6;
    const model = await walked(name, { momentum, learningRate: 0.1, epochs: 2 });
    const { length } = smoothOf(model).params;
    await trajectoryOf(model, run).forwards(async (step) => {
      const [before, after] = [randomTangent(length, step.step), randomTangent(length, -step.step - 1)];
      const pushed = copyOf(before);
      pushForward(step, momentum, pushed, new Float64Array(length));
      const pulled = copyOf(after);
      const scratch = { direction: new Float64Array(length), product: new Float64Array(length) };
      await pullBack(step, momentum, pulled, scratch, () => {});
      // What is asked of a velocity counts against it: parameters move by minus the rate times it.
      const inner = (a: Tangent, b: Tangent) =>
        dot(a.params, b.params) - dot(a.velocity as Float64Array, b.velocity as Float64Array);
      expect(inner(after, pushed)).toBeCloseTo(inner(pulled, before), 9);
      expect([...scratch.direction, ...scratch.product].every((x) => x === 0)).toBe(true);
    });
  });
});

/** A step from a changed beginning; the velocity there is made up. */
function stepped(
  model: TrainedModel,
  { objective, params, units, learningRate }: TracedStep,
  momentum: number,
  change: Tangent,
  scale: number,
): Tangent {
  const velocity = (change.velocity as Float64Array).map((x) => scale * x);
  const start = {
    params: params.map((x, k) => x + scale * change.params[k]),
    moments: [velocity],
    steps: { user: new Uint32Array(model.interactions.userCount), item: new Uint32Array(1e4), all: 0 },
  };
  const memory = optimizerStateOf(objective, { ...steps, momentum }, start);
  stepOf(objective, memory)(units, learningRate);
  return { params: memory.params, velocity: memory.optimizer.moments[0] };
}

function randomTangent(length: number, seed: number): Tangent {
  const draw = randomOf(seed, "tangent");
  const drawn = () => Float64Array.from({ length }, () => draw.normal());
  return { params: drawn(), velocity: drawn() };
}

function copyOf({ params, velocity }: Tangent): Tangent {
  return { params: params.slice(), velocity: velocity?.slice() };
}

function distance(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, x, k) => Math.max(most, Math.abs(x - b[k])), 0);
}

test("a tangent without momentum has no velocity", () => {
  expect(noTangent(3, 0)).toEqual({ params: new Float64Array(3), velocity: undefined });
  expect(noTangent(3, 0.1).velocity).toEqual(new Float64Array(3));
});

describe("no trajectory", () => {
  test("has a model that was imported, has forgotten, or was trained to an optimum; it says why, and how to get one", async () => {
    const model = await walked("mf-squared");
    const refused = {
      imported: { ...model, origin: "imported" as const },
      forgotten: { ...model, origin: "forgotten" as const },
      "als-newton": await optimum("mf"),
      Newton: await walked("mf-squared", { polish: true }),
      shards: { ...model, smooth: undefined, shards: [] },
    };
    for (const [word, one] of Object.entries(refused)) {
      expect(untraceable(one)).toContain(word);
      expect(() => trajectoryOf(one, run)).toThrow(
        expect.objectContaining({ code: "unsupported", advice: expect.stringContaining("sgd") }),
      );
    }
    expect(untraceable(model)).toBeUndefined();
  });

  test("ends elsewhere without notice", async () => {
    const model = await walked("mf-squared");
    const smooth = smoothOf(model);
    const params = smooth.params.slice();
    params[2] += 1e-12;
    const moved = smoothModel({ ...smooth, params, trainer: model.trainer, seed: model.seed });
    for (const way of ["forwards", "backwards"] as const)
      await expect(trajectoryOf(moved, run)[way](() => {})).rejects.toMatchObject({ code: "bad-model" });
  });
});
