/** Laws of how long an explanation is right: inside the radius no influence changes by more than the limit, and not far outside one does. */

import { describe, expect, test } from "vitest";
import type { Rows } from "../../src/data/interactions.ts";
import { closedContribution } from "../../src/influence/fast/closed.ts";
import { staleBeyond, tableFactorRatings } from "../../src/influence/index.ts";
import { pairBlock } from "../../src/influence/stability/pair-block.ts";
import type { Validity } from "../../src/influence/stability/validity.ts";
import { interactionPlayers } from "../../src/method/index.ts";
import { score } from "../../src/model/factor-model.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { norm } from "../../src/numeric/vector.ts";
import { type Factorization, type FactorizationSettings, placesOf } from "../../src/objective/factorization.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { modelOf } from "../../src/training/factors/trained.ts";
import { train } from "../../src/training/index.ts";
import { expectStops, run } from "../support/run.ts";
import {
  anyParams,
  expectNear,
  interactionsFrom,
  kernels,
  objectiveOn,
  tastes,
  trainedAt,
  triplesOf,
} from "../support/small.ts";
import { optimum } from "../support/subjects.ts";
import { modelFrom, smoothOf } from "../support/trained.ts";

type Pair = { readonly user: number; readonly item: number };

const shapes: readonly (readonly [string, Partial<FactorizationSettings>])[] = [
  ["one factor alone", { factors: 1, biases: false, mean: { kind: "fixed", value: 3 }, l2: 1 }],
  ["three factors, biases and a learned mean", { factors: 3, l2: 1 }],
];

/** `tastes`, whose first rating is there twice. */
function withTwin() {
  const triples = triplesOf(tastes());
  return interactionsFrom([...triples, triples[0]], 30, 20);
}

/** The rows of a user and of an item, each once. */
function rowsNear({ interactions: { users, items } }: Factorization, { user, item }: Pair): Rows {
  return Uint32Array.from(users.keys()).filter((row) => users[row] === user || items[row] === item);
}

/** Influences of rows by the estimator's own closed form, at any parameters. */
async function influencesAt(
  objective: Factorization,
  params: Float64Array,
  pair: Pair,
  rows: Rows,
): Promise<Float64Array> {
  const of = closedContribution(objective, params, "leverage");
  return (await of(scoreTarget(pair.user, pair.item), interactionPlayers(rows))).scores;
}

/** Directions of unit length over both rows: a whole circle where there are two entries, else random ones and those along each axis. */
function directions(size: number): Float64Array[] {
  if (size === 2)
    return Array.from({ length: 72 }, (_, k) =>
      Float64Array.of(Math.cos((k * Math.PI) / 36), Math.sin((k * Math.PI) / 36)),
    );
  const random = randomOf(3, "directions");
  const drawn = Array.from({ length: 40 }, () => Float64Array.from({ length: size }, () => random.normal()));
  const axes = Array.from({ length: 2 * size }, (_, k) =>
    Float64Array.from({ length: size }, (__, f) => (f === k >> 1 ? (k % 2 === 0 ? 1 : -1) : 0)),
  );
  return [...drawn, ...axes].map((x) => x.map((entry) => entry / norm(x)));
}

describe.each(shapes)("%s", (_, over) => {
  const objective = objectiveOn(withTwin(), over);
  const { users, items } = objective.interactions;
  const apart = {
    user: users[9],
    item: Array.from({ length: 20 }, (__, i) => i).find(
      (i) => !users.some((u, k) => u === users[9] && items[k] === i),
    ) as number,
  };
  const pairs = {
    "a pair without a rating": apart,
    "a pair with one": { user: users[40], item: items[40] },
    "a pair with two": { user: users[0], item: items[0] },
  };
  const places = ({ user, item }: Pair) => {
    const { stride } = placesOf(objective.shape);
    return pairBlock(
      modelOf({ objective, params: new Float64Array(objective.parameterCount) }),
      user,
      item,
    ).places.slice(0, 2 * stride);
  };

  const models = async () => [
    modelFrom(await train(objective, { kernels })),
    modelFrom(
      trainedAt(
        objective,
        anyParams(objective, 5).map((x) => 0.5 * x),
      ),
    ),
  ];

  /** For every row the largest change of its influence when both rows move by `times` its radius, over the directions. */
  const worstChange = async (
    found: readonly (Validity | null)[],
    params: Float64Array,
    times: number,
    pair: Pair,
    rows: Rows,
  ) => {
    const at = places(pair);
    const before = await influencesAt(objective, params, pair, rows);
    const worst = found.map(() => 0);
    const moved = params.slice();
    for (const direction of directions(at.length))
      for (const [k, within] of found.entries()) {
        if (within === null) continue;
        at.forEach((place, f) => {
          moved[place] = params[place] + times * within.distance * direction[f];
        });
        const [now] = await influencesAt(objective, moved, pair, rows.subarray(k, k + 1));
        worst[k] = Math.max(worst[k], Math.abs(now - before[k]));
        if (times <= 1) {
          const change = Math.abs(scoreAt(moved, pair) - scoreAt(params, pair));
          expect(change).toBeLessThanOrEqual(within.score * (1 + 1e-9));
        }
      }
    return worst;
  };
  const scoreAt = (params: Float64Array, { user, item }: Pair) => score(modelOf({ objective, params }), user, item);

  test.each(Object.entries(pairs))(
    "%s: inside the radius no influence changes by more than the limit, not far outside one does",
    async (__, pair) => {
      const rows = rowsNear(objective, pair);
      let told = 0;
      for (const model of await models())
        for (const limit of [1e-4, 0.03, 2]) {
          const { params } = smoothOf(model);
          const found = await staleBeyond(smoothOf(model), pair, rows, limit, run);
          const worst = (times: number) => worstChange(found, params, times, pair, rows);
          const [inside, near] = [await worst(1), await worst(0.37)];
          // Through a rating of the pair an influence goes to 0 far away: some limits are above all changes that there are.
          const farther = limit < 1 || pair === apart ? [await worst(6), await worst(30), await worst(50)] : [];
          found.forEach((within, k) => {
            if (within === null) return;
            told++;
            for (const most of [inside[k], near[k]]) expect(most).toBeLessThanOrEqual(limit * (1 + 1e-9) + 1e-12);
            if (farther.length > 0)
              expect(Math.max(...farther.map((outside) => outside[k])), `row ${rows[k]}`).toBeGreaterThan(limit);
          });
        }
      expect(told).toBeGreaterThanOrEqual(3 * rows.length);
    },
  );
});

describe("how far rows may move", () => {
  const objective = objectiveOn(withTwin());
  const pair = { user: 4, item: 7 };

  test("grows with the limit, and is about proportional to a small one", async () => {
    const model = smoothOf(modelFrom(await train(objective, { kernels })));
    const rows = rowsNear(objective, pair);
    const at = (limit: number) => staleBeyond(model, pair, rows, limit, run);
    const [small, double, large] = [await at(1e-6), await at(2e-6), await at(10)];
    small.forEach((within, k) => {
      const [a, b, c] = [within, double[k], large[k]].map((one) => one?.distance ?? Number.NaN);
      expectNear([b / a], [2], 1e-3);
      expect(c).toBeGreaterThan(b);
    });
  });

  test("is told of mf on ratings under table L2 alone", async () => {
    expect(tableFactorRatings.unmet(await optimum("mf"))).toBeUndefined();
    for (const [name, why] of [
      ["mf-interaction", "interaction L2"],
      ["ials", "another loss"],
      ["gmf", "another kind"],
    ] as const)
      expect(tableFactorRatings.unmet(await optimum(name))).toContain(why);
  });

  test("is null where the block is not positive definite", async () => {
    // Two ratings of the pair far from its score, and little else to hold the block up.
    const triples = [
      [0, 0, 90],
      [0, 0, 91],
      [0, 1, 1],
      [1, 0, 1],
    ] as const;
    const small = objectiveOn(interactionsFrom(triples, 2, 2), {
      l2: 0.1,
      biases: false,
      mean: { kind: "fixed", value: 0 },
    });
    const params = new Float64Array(small.parameterCount).fill(0.1);
    const found = await staleBeyond(
      smoothOf(modelFrom(trainedAt(small, params))),
      { user: 0, item: 0 },
      Uint32Array.of(2),
      1,
      run,
    );
    expect(found).toEqual([null]);
  });

  test("is stopped at every turn", async () => {
    const model = smoothOf(modelFrom(trainedAt(objective, anyParams(objective))));
    await expectStops((context) => staleBeyond(model, pair, rowsNear(objective, pair), 0.1, context));
  });
});
