/** Laws at the edges of the data: last rows of a user or item, repeated rows, pairs in training, users and items with one row. */

import { describe, expect, test } from "vitest";
import { worstOf } from "../../src/method/estimator.ts";
import { groupPlayers, interactionPlayers, measureOf } from "../../src/method/index.ts";
import { score } from "../../src/model/factor-model.ts";
import { choleskyInPlace } from "../../src/numeric/dense.ts";
import { type Factorization, type FactorizationSettings, factorization } from "../../src/objective/factorization.ts";
import { denseOf, hessianOperator } from "../../src/objective/hessian.ts";
import { addRowGradient, addScoreGradient } from "../../src/objective/row-gradient.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { certify, modelOf, reoptimise, type Trained, train } from "../../src/training/index.ts";
import { eliminate } from "../support/dense.ts";
import { run } from "../support/run.ts";
import { expectNear, interactionsFrom, kernels, rowsWhere, settingsOf, type Triple } from "../support/small.ts";
import { modelFrom } from "../support/trained.ts";
import { estimateBy } from "./asking.ts";

const [users, items] = [11, 9];

/**
 * Seven users and six items, half of the pairs; beside them user 7 with one row, item 6 with one row, user 8 and item 7 with each other alone,
 * a repeated pair, user 9 with one pair twice, and user 10 and item 8 without rows.
 */
function edgesWith(repeats: boolean) {
  const triples: Triple[] = [];
  for (let u = 0; u < 7; u++)
    for (let i = 0; i < 6; i++)
      if ((3 * u + 5 * i + u * i + 1) % 7 < 4) triples.push([u, i, 1 + ((u * u + 3 * i) % 5)]);
  const [[a, b]] = triples;
  triples.push([7, 3, 4], [2, 6, 5], [8, 7, 3], [9, 1, 4]);
  if (repeats) triples.push([a, b, 2], [9, 1, 2]);
  return interactionsFrom(triples, users, items);
}

type Form = readonly [string, FactorizationSettings];

const explicit: Form[] = (["table", "interaction"] as const).flatMap((regularizer) =>
  [true, false].map((biases): Form => {
    const scale = regularizer === "table" ? 1 : 0.25;
    const l2 = { l2: 0.7 * scale, l2Bias: 0.5 * scale };
    return [
      `ratings, ${biases ? "biases" : "no biases"}, ${regularizer} L2`,
      settingsOf({ factors: 3, biases, regularizer, ...l2 }),
    ];
  }),
);

const implicit = (["table", "interaction"] as const).map((regularizer): Form => {
  const mean = { kind: "fixed", value: 0 } as const;
  const l2 = regularizer === "table" ? 3 : 2;
  const settings = settingsOf({ factors: 3, biases: false, mean, regularizer, l2, l2Bias: 0 });
  return [`every pair, ${regularizer} L2`, { ...settings, confidence: { base: 1, alpha: 0.4 } }];
});

/** What is asked: every user and item that is at an edge, and some that are not. */
const pairs = [0, 2, 4, 7, 8, 9, 10].flatMap((u) => [0, 1, 3, 6, 7, 8].map((i) => [u, i] as const));

/** −τᵀH⁻¹g of a pair's block of the Hessian without rows; undefined where that is not positive definite. What is in no term goes to zero. */
function twin(
  objective: Factorization,
  params: Float64Array,
  [user, item]: readonly [number, number],
  rows: Uint32Array,
) {
  const retain = objective.without(rows);
  const stride = objective.shape.factors + (objective.shape.biases ? 1 : 0);
  const place = (at: number) => Array.from({ length: stride }, (_, f) => at + f);
  const sides = [place(user * stride), place((users + item) * stride)];
  const session = kernels.open(retain.problem);
  session.setPoint(params);
  const { values, order } = denseOf(hessianOperator(session, "full"));
  session.close();
  const [asked, gradient] = [new Float64Array(order), new Float64Array(order)];
  addScoreGradient(objective, params, user, item, 1, asked);
  for (const row of rows) addRowGradient(objective, modelOf({ objective, params }), row, 1, gradient);
  const { byUser, byItem } = objective.interactions;
  const had = [byUser.start[user + 1] - byUser.start[user], byItem.start[item + 1] - byItem.start[item]];
  const places = sides.flat();
  for (const [k, side] of sides.entries())
    if (side.every((p) => places.every((q) => values[p * order + q] === 0)))
      for (const p of side) {
        values[p * order + p] = 1;
        gradient[p] = had[k] > 0 ? -params[p] : 0;
      }
  const block = places.map((r) => places.map((c) => values[r * order + c]));
  if (!choleskyInPlace(Float64Array.from(block.flat()), places.length)) return undefined;
  const solved = eliminate(
    block,
    places.map((p) => gradient[p]),
  );
  return -places.reduce((sum, p, k) => sum + asked[p] * solved[k], 0);
}

describe.each([...explicit, ...implicit])("%s", (_, settings) => {
  // Under implicit feedback a pair has one confidence.
  const edges = edgesWith(settings.confidence === undefined);
  const objective = factorization(settings, edges);
  const trainedOn = async () => {
    const trained = await train(objective, { kernels, tolerance: 1e-10 });
    expect(trained.status).toBe("converged");
    return trained;
  };

  /** Every estimate of fast influence against its twin; returns how many had no definite block. */
  async function compare(trained: Trained): Promise<number> {
    const { params } = trained;
    const model = modelFrom(trained);
    let indefinite = 0;
    for (const pair of pairs) {
      const near = rowsWhere(edges, ([u, i]) => u === pair[0] || i === pair[1]);
      const mine = rowsWhere(edges, ([u]) => u === pair[0]);
      const both = rowsWhere(edges, ([u, i]) => u === pair[0] && i === pair[1]);
      const groups = [
        ...Array.from(near, (row) => Uint32Array.of(row)),
        mine,
        both,
        near.filter((_, k) => k % 2 === 0),
      ];
      const measures = [measureOf(scoreTarget(...pair), "rating")];
      const single = await estimateBy("fast-influence", model, measures, interactionPlayers(near));
      const found = await estimateBy("fast-influence", model, measures, groupPlayers(groups));
      expect(Array.from(found.values.subarray(0, near.length))).toEqual(Array.from(single.values));
      expect(found.statuses.slice(0, near.length)).toEqual(single.statuses);
      groups.forEach((rows, k) => {
        const wanted = twin(objective, params, pair, rows);
        const what = `pair ${pair}, rows ${rows}`;
        expect(Number.isFinite(found.values[k]), what).toBe(true);
        expect(found.statuses[k] === "converged", what).toBe(wanted !== undefined);
        if (wanted !== undefined) expectNear([found.values[k]], [wanted], 1e-9, { floor: 1e-3, what });
        else indefinite++;
      });
    }
    return indefinite;
  }

  test("fast influence is the dense block without the row or the group, and says where that is not definite", async () => {
    const trained = await trainedOn();
    await compare(trained);
    // Far from an optimum blocks become indefinite.
    const far = { ...trained, params: trained.params.map((x, k) => 2.5 * x + 0.8 * Math.sin(7 * k)) };
    expect(await compare(far)).toBeGreaterThan(0);
  });

  test("leave-one-out is the optimum without the row, from the model without it, and from scratch where there is one optimum", async () => {
    const trained = await trainedOn();
    const model = modelFrom(trained);
    const rows = rowsWhere(edges, ([u, i], row) => u >= 7 || i >= 6 || row % 5 === 0);
    const measures = pairs.map((pair) => measureOf(scoreTarget(...pair), "rating"));
    const found = await estimateBy("leave-one-out", model, measures, interactionPlayers(rows), {
      settings: { tolerance: 1e-10 },
    });
    expect(worstOf(found)).toBe("converged");
    let unique = 0;
    for (const [k, row] of rows.entries()) {
      const retain = objective.without(Uint32Array.of(row));
      const { params } = await reoptimise(retain, trained.params, { ...run, kernels, tolerance: 1e-11 });
      const again = await train(retain, { kernels, seed: 3, tolerance: 1e-10 });
      const { scope } = await certify(modelFrom(again), run);
      if (scope === "global") unique++;
      pairs.forEach(([u, i], m) => {
        const before = score(modelOf(trained), u, i);
        const value = found.values[m * rows.length + k];
        const what = `pair ${u},${i} without row ${row}`;
        expectNear([value], [before - score(modelOf({ objective: retain, params }), u, i)], 1e-6, { floor: 1, what });
        if (scope === "global") expectNear([value], [before - score(modelOf(again), u, i)], 1e-6, { floor: 1, what });
      });
    }
    expect(unique).toBeGreaterThan(0);
  });

  test("a Newton step without a last row puts what it leaves in no term to zero", async () => {
    const model = modelFrom(await trainedOn());
    const last = rowsWhere(edges, ([u, i]) => u === 7 || i === 6 || u === 8);
    const measures = pairs.map((pair) => measureOf(scoreTarget(...pair), "rating"));
    const [step, truth] = [
      await estimateBy("newton-step", model, measures, interactionPlayers(last)),
      await estimateBy("leave-one-out", model, measures, interactionPlayers(last)),
    ];
    last.forEach((row, k) => {
      const [u, i] = [edges.users[row], edges.items[row]];
      pairs.forEach(([v, j], m) => {
        const at = m * last.length + k;
        // The side that is emptied scores as the optimum has it, but for what the other side and the mean still have to move.
        if (v === u && edges.byUser.start[u + 1] - edges.byUser.start[u] === 1)
          expect(Math.abs(step.values[at] - truth.values[at]), `pair ${v},${j}, row ${row}`).toBeLessThan(0.15);
        void i;
      });
    });
  });
});
