/** VAE-TracIn and TracInAD against finite differences and plain loops over users. */

import { describe, expect, test } from "vitest";
import { estimators } from "../../../src/influence/index.ts";
import { type Checkpoint, checkpointsOf } from "../../../src/influence/traced/checkpoints.ts";
import {
  type GivenSettings,
  interactionPlayers,
  makeNamed,
  measureOf,
  userPlayers,
} from "../../../src/method/index.ts";
import { randomOf } from "../../../src/numeric/random.ts";
import { auc } from "../../../src/numeric/statistics.ts";
import { dot } from "../../../src/numeric/vector.ts";
import { differentiable } from "../../../src/objective/differentiable.ts";
import type { Objective } from "../../../src/objective/objective.ts";
import { scoreTarget } from "../../../src/objective/target.ts";
import type { TrainedModel } from "../../../src/training/index.ts";
import { byBatches } from "../../../src/training/trainer.ts";
import { run } from "../../support/run.ts";
import { expectNear, interactionsFrom, type Triple } from "../../support/small.ts";
import { objectiveOf } from "../../support/subjects.ts";
import { steps, walked } from "../../support/walked.ts";

const target = scoreTarget(3, 1);

async function asked(name: string, model: TrainedModel, settings: GivenSettings = {}) {
  return makeNamed(estimators, name, model, settings).prepare(model, run);
}

async function ownOf(name: string, model: TrainedModel, settings: GivenSettings = {}): Promise<Float64Array> {
  const prepared = await asked(name, model, settings);
  const found = await prepared.own?.(userPlayers(model.interactions));
  return found?.values as Float64Array;
}

/** The units of a user. */
function unitsOf({ settings, interactions }: Objective, user: number): Uint32Array {
  const { start, rows } = interactions.byUser;
  return settings.loss.form === "listwise" ? Uint32Array.of(user) : rows.slice(start[user], start[user + 1]);
}

/** How a user's loss grows along a direction, by central differences. */
function slopeOf(objective: Objective, params: Float64Array, user: number, direction: Float64Array): number {
  const size = 1e-5;
  const at = (scale: number) =>
    objective.addLoss(
      params.map((x, k) => x + scale * direction[k]),
      unitsOf(objective, user),
    );
  return (at(size) - at(-size)) / (2 * size);
}

function gradientOf(objective: Objective, params: Float64Array, user: number): Float64Array {
  const out = new Float64Array(params.length);
  objective.addLoss(params, unitsOf(objective, user), out);
  return out;
}

const usersWithRows = ({ interactions: { byUser, userCount } }: TrainedModel) =>
  Array.from({ length: userCount }, (_, u) => u).filter((u) => byUser.start[u + 1] > byUser.start[u]);

/** The same with the noise of another seed. */
function withNoise({ settings, interactions, keys }: Objective, more: number): Objective {
  const seed = Number(settings.model.seed) + more;
  return differentiable({ ...settings, model: { ...settings.model, seed } }, interactions, keys);
}

/** People of two tastes, and profiles made up of any items that push the last; a factorization trained on them. */
async function plantedAmong(people: number, profiles: number, seed: number): Promise<TrainedModel> {
  const draw = randomOf(seed, "planted");
  const triples: Triple[] = [];
  for (let user = 0; user < people + profiles; user++) {
    const chosen = new Set<number>(user < people ? [] : [29]);
    while (chosen.size < 8) chosen.add(user < people ? (user % 2) * 15 + draw.integer(15) : draw.integer(30));
    for (const item of chosen) triples.push([user, item, 1]);
  }
  const interactions = interactionsFrom(triples, people + profiles, 30);
  const { settings, keys } = objectiveOf("mf-bpr", { l2: 0.1, l2Shared: 0.1 }, interactions);
  return byBatches(settings, { ...steps, epochs: 60, batch: 32 }).train({ interactions, keys }, 1, run);
}

describe("vae-tracin", () => {
  test.each([1, 3])("is what the users' ELBOs do to the target, with %i noises", async (draws) => {
    const model = await walked("mult-vae");
    const prepared = await asked("vae-tracin", model, { draws, checkpoints: 3 });
    const { values } = await prepared.estimate([measureOf(target, "score")], userPlayers(model.interactions));
    const places = await checkpointsOf(model, 3, run);
    const expected = values.map((_, user) => {
      const perNoise = ({ objective, params, weight }: Checkpoint) => {
        const gradient = new Float64Array(params.length);
        const point = objective.serving.at(params, target.pairs);
        point.addVjp(target.slopes(point.scores), gradient);
        let sum = 0;
        for (let n = 0; n < draws; n++) sum -= weight * slopeOf(withNoise(objective, n), params, user, gradient);
        return sum / draws;
      };
      return usersWithRows(model).includes(user) ? places.reduce((sum, place) => sum + perNoise(place), 0) : 0;
    });
    expectNear(values, expected, 1e-6);
  });

  test("of a user on their own ELBO is a square", async () => {
    const model = await walked("mult-vae");
    const places = await checkpointsOf(model, 3, run);
    const expected = new Float64Array(model.interactions.userCount);
    for (const user of usersWithRows(model))
      for (const { objective, params, weight } of places)
        expected[user] += weight * slopeOf(objective, params, user, gradientOf(objective, params, user));
    expectNear(await ownOf("vae-tracin", model, { checkpoints: 3 }), expected, 1e-6);
  });

  test("tells a user who is unlike all others", async () => {
    const odd: Triple[] = [0, 2, 4, 6, 8].map((item) => [11, item, 1]);
    const others: Triple[] = Array.from({ length: 11 }, (_, user) => user).flatMap((user): Triple[] =>
      [1, 3, 5, 7, 9].filter((item) => (user + item) % 4 !== 0).map((item) => [user, item, 1]),
    );
    const interactions = interactionsFrom([...others, ...odd], 12, 10);
    const { settings, keys } = objectiveOf("mult-vae", { l2: 0.1, l2Shared: 0.1 }, interactions);
    const model = await byBatches(settings, { ...steps, epochs: 40 }).train({ interactions, keys }, 1, run);
    const own = await ownOf("vae-tracin", model);
    expect(own.indexOf(Math.max(...own))).toBe(11);
  });

  test("is about whole users", async () => {
    const model = await walked("mult-vae");
    const prepared = await asked("vae-tracin", model);
    const rows = interactionPlayers(Uint32Array.of(0));
    await expect(prepared.estimate([measureOf(target, "score")], rows)).rejects.toMatchObject({ code: "unsupported" });
    const other = await walked("mf-squared");
    expect(() => makeNamed(estimators, "vae-tracin", other)).toThrow(/autoencoder/);
  });
});

describe("tracin-ad", () => {
  test.each(["mult-vae", "mf-bpr", "mlp", "light-gcn"] as const)("is a mean over users (%s)", async (name) => {
    const model = await walked(name);
    const users = usersWithRows(model);
    const places = await checkpointsOf(model, 2, run);
    const expected = new Float64Array(model.interactions.userCount);
    for (const { objective, params, weight } of places)
      for (const user of users)
        for (const other of users)
          expected[user] +=
            (weight * dot(gradientOf(objective, params, user), gradientOf(objective, params, other))) / users.length;
    expectNear(await ownOf("tracin-ad", model, { checkpoints: 2 }), expected, 1e-10);
  });

  test("tells planted profiles by its low tail, better than chance", async () => {
    const found = [];
    for (const seed of [1, 2, 3]) {
      const model = await plantedAmong(60, 6, seed);
      const helped = await ownOf("tracin-ad", model);
      const suspicion = [...helped].map((x) => -x);
      found.push(auc(suspicion.slice(60), suspicion.slice(0, 60)));
    }
    expect(found.reduce((sum, x) => sum + x, 0) / found.length).toBeGreaterThan(0.65);
  });

  test("draws its sample by outside ids, and answers no measure", async () => {
    const model = await walked("mf-bpr");
    const [some, again, other] = [
      await ownOf("tracin-ad", model, { sample: 4 }),
      await ownOf("tracin-ad", model, { sample: 4 }),
      await ownOf("tracin-ad", model, { sample: 4, seed: 2 }),
    ];
    expect(some).toEqual(again);
    expect(some).not.toEqual(other);
    const prepared = await asked("tracin-ad", model);
    await expect(
      prepared.estimate([measureOf(target, "score")], userPlayers(model.interactions)),
    ).rejects.toMatchObject({ code: "unsupported" });
  });
});
