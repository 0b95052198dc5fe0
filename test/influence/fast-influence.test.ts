/** Laws of Fast Influence Analysis: dense twins of every form, and exactness when everything else is held fixed. */

import { beforeAll, describe, expect, test } from "vitest";
import { fastInfluence } from "../../src/influence/index.ts";
import { groupPlayers, measureOf } from "../../src/method/index.ts";
import { score } from "../../src/model/factor-model.ts";
import { closedFormsOf } from "../../src/objective/closed-forms.ts";
import { type Factorization, factorization, placesOf } from "../../src/objective/factorization.ts";
import { denseOf, hessianOperator } from "../../src/objective/hessian.ts";
import { addRowGradient, addScoreGradient } from "../../src/objective/row-gradient.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { modelOf, type Trained, train } from "../../src/training/index.ts";
import { eliminate } from "../support/dense.ts";
import {
  expectNear,
  forms,
  interactionsFrom,
  kernels,
  rowsWhere,
  settingsOf,
  type Triple,
  tastes,
  triplesOf,
} from "../support/small.ts";
import { optimum } from "../support/subjects.ts";
import { influenceOf, modelFrom, smoothOf } from "../support/trained.ts";
import { estimateBy } from "./asking.ts";

/** Ten users and eight items of the set; three pairs rated again, one of them thrice, once alike. */
const few = (() => {
  const base = triplesOf(tastes()).filter(([u, i]) => u < 10 && i < 8);
  const [[a, b], [c, d, r]] = [base[3], base[10]];
  return interactionsFrom([...base, [a, b, 2], [a, b, 4], [c, d, r]], 10, 8);
})();

const neighbours = (user: number, item: number) => rowsWhere(few, ([u, i]) => u === user || i === item);

/** Places of a user's and an item's parameters. */
function support({ shape }: Factorization, user: number, item: number): number[] {
  const { stride, itemsAt } = placesOf(shape);
  const row = (at: number) => Array.from({ length: stride }, (_, f) => at + f);
  return [...row(user * stride), ...row(itemsAt + item * stride)];
}

function hessianAt(objective: Factorization, params: Float64Array) {
  const session = kernels.open(objective.problem);
  session.setPoint(params);
  return denseOf(hessianOperator(session, "full"));
}

/** −∇scoreᵀ H_SS⁻¹ Σ∇ℓ_row on the support S of the pair, H of the objective given. */
function blockInfluence(
  { objective, params }: Pick<Trained, "objective" | "params">,
  curved: Factorization,
  user: number,
  item: number,
  rows: ArrayLike<number>,
): number {
  const places = support(objective, user, item);
  const { values, order } = hessianAt(curved, params);
  const [asked, gradient] = [new Float64Array(order), new Float64Array(order)];
  addScoreGradient(objective, params, user, item, 1, asked);
  for (const row of Array.from(rows)) addRowGradient(objective, modelOf({ objective, params }), row, 1, gradient);
  const solved = eliminate(
    places.map((r) => places.map((c) => values[r * order + c])),
    places.map((r) => gradient[r]),
  );
  return -places.reduce((sum, place, k) => sum + asked[place] * solved[k], 0);
}

describe.each(forms)("%s", (_, form) => {
  const settings = { ...form, factors: 2, l2: form.regularizer === "table" ? form.l2 / 2 : form.l2 / 2 };
  const objective = factorization(settings, few);
  let trained: Trained;
  beforeAll(async () => {
    trained = await train(objective, { kernels });
    expect(trained.status).toBe("converged");
  });

  const base = triplesOf(few);
  const apart = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    .flatMap((u) => [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [u, i] as const))
    .filter(([u, i]) => !base.some(([v, j]) => u === v && i === j));
  const cases: [string, readonly (readonly [number, number])[]][] = [
    ["pairs that nobody rated", apart.slice(0, 6)],
    ["pairs in training", [base[0], base[7], base[15]].map(([u, i]) => [u, i])],
    ["pairs rated more than once", [base[3], base[10]].map(([u, i]) => [u, i])],
  ];

  test.each(cases)("on %s it is the dense block of the Hessian without the row", async (_, pairs) => {
    for (const [user, item] of pairs) {
      const rows = neighbours(user, item);
      const found = await influenceOf(fastInfluence, modelFrom(trained), scoreTarget(user, item), rows);
      expect(found.status).toBe("converged");
      const wanted = Array.from(rows, (row) =>
        blockInfluence(trained, objective.without(Uint32Array.of(row)), user, item, [row]),
      );
      expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(1e-3);
      expectNear(found.scores, wanted, 1e-9, { floor: 1e-3, what: `user ${user}, item ${item}` });
    }
  });

  test.each(cases)("on %s the form `block` is the dense block with the row", async (_, pairs) => {
    for (const [user, item] of pairs) {
      const rows = neighbours(user, item);
      const found = await influenceOf(fastInfluence, modelFrom(trained), scoreTarget(user, item), rows, {
        form: "block",
      });
      const wanted = Array.from(rows, (row) => blockInfluence(trained, objective, user, item, [row]));
      expectNear(found.scores, wanted, 1e-9, { floor: 1e-3, what: `user ${user}, item ${item}` });
    }
  });

  test.each(cases)("on %s a group is out of the dense block as a whole", async (_, pairs) => {
    for (const [user, item] of pairs) {
      const mine = rowsWhere(few, ([u]) => u === user);
      const groups = [
        mine.subarray(1),
        neighbours(user, item).filter((_, k) => k % 3 === 1),
        rowsWhere(few, (_, row) => row % 4 === 1),
      ];
      const target = measureOf(scoreTarget(user, item), "rating");
      const found = await estimateBy("fast-influence", modelFrom(trained), [target], groupPlayers(groups));
      expect(found.statuses).toEqual(groups.map(() => "converged"));
      const wanted = groups.map((rows) => blockInfluence(trained, objective.without(rows), user, item, rows));
      expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(1e-3);
      expectNear(found.values, wanted, 1e-9, { floor: 1e-3, what: `user ${user}, item ${item}` });
    }
  });

  test("a user's rows together count exactly what the user alone, refitted without them, changes", async () => {
    const [user, item] = apart[1];
    const mine = rowsWhere(few, ([u]) => u === user);
    const groups = [mine.subarray(2), mine.filter((_, k) => k % 2 === 0)];
    const target = measureOf(scoreTarget(user, item), "rating");
    const found = await estimateBy("fast-influence", modelFrom(trained), [target], groupPlayers(groups));
    const before = score(modelOf(trained), user, item);
    groups.forEach((rows, k) => {
      const session = kernels.open(objective.without(rows).problem);
      session.setPoint(trained.params);
      session.solve("user");
      const params = trained.params.slice();
      session.getPoint(params);
      expectNear([found.values[k]], [before - score({ ...modelOf(trained), params }, user, item)], 1e-7);
    });
  });

  test("a user's row counts exactly what refitting the user alone without it changes", async () => {
    const [user, item] = apart[1];
    const rows = rowsWhere(few, ([u]) => u === user);
    const found = await influenceOf(fastInfluence, modelFrom(trained), scoreTarget(user, item), rows);
    const before = score(modelOf(trained), user, item);
    rows.forEach((row, k) => {
      const session = kernels.open(objective.without(Uint32Array.of(row)).problem);
      session.setPoint(trained.params);
      session.solve("user");
      const params = trained.params.slice();
      session.getPoint(params);
      expectNear([found.scores[k]], [before - score({ ...modelOf(trained), params }, user, item)], 1e-7);
    });
  });

  test("an item's row counts exactly what refitting the item alone without it changes", async () => {
    const [user, item] = apart[2];
    const rows = rowsWhere(few, ([, i]) => i === item);
    const found = await influenceOf(fastInfluence, modelFrom(trained), scoreTarget(user, item), rows);
    const before = score(modelOf(trained), user, item);
    rows.forEach((row, k) => {
      const session = kernels.open(objective.without(Uint32Array.of(row)).problem);
      session.setPoint(trained.params);
      session.solve("item");
      const params = trained.params.slice();
      session.getPoint(params);
      expectNear([found.scores[k]], [before - score({ ...modelOf(trained), params }, user, item)], 1e-7);
    });
  });
});

describe.each(["ials", "ials-interaction"] as const)("%s, where every pair counts", (name) => {
  test("a row and a group are out of the dense block, in which their pairs' zeros stay", async () => {
    const model = await optimum(name);
    const { objective, params } = smoothOf(model);
    const closed = closedFormsOf(objective) as Factorization;
    for (const [user, item] of [
      [3, 1],
      [0, 9],
      [10, 2],
    ]) {
      const near = rowsWhere(model.interactions, ([u, i]) => u === user || i === item);
      const mine = rowsWhere(model.interactions, ([u]) => u === user);
      const groups = [
        ...Array.from(near.keys(), (k) => near.subarray(k, k + 1)),
        near.filter((_, k) => k % 2 === 0),
        mine,
        rowsWhere(model.interactions, (_, row) => row % 3 === 0),
      ];
      const measures = [measureOf(scoreTarget(user, item), model.unit)];
      const found = await estimateBy("fast-influence", model, measures, groupPlayers(groups));
      expect(found.statuses).toEqual(groups.map(() => "converged"));
      const wanted = groups.map((rows) =>
        blockInfluence({ objective: closed, params }, closed.without(rows), user, item, rows),
      );
      expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(1e-3);
      expectNear(found.values, wanted, 1e-9, { floor: 1e-3, what: `user ${user}, item ${item}` });
    }
  });
});

type PublishedForm = "text" | "code";

describe("the published forms", () => {
  const objective = factorization(settingsOf({ factors: 2, l2: 1.8 }), few);
  const published: [PublishedForm, boolean][] = [
    ["text", false],
    ["code", true],
  ];

  /** What each published form amounts to, densely: rows of the block are [embedding, bias] of the user, then of the item. */
  function literal(form: PublishedForm, trained: Trained, user: number, item: number, row: number): number {
    const code = form === "code";
    const half = code ? 3 : 2;
    const { stride, itemsAt } = placesOf(objective.shape);
    const p = Array.from(trained.params.subarray(user * stride, user * stride + 3));
    const q = Array.from(trained.params.subarray(itemsAt + item * stride, itemsAt + item * stride + 3));
    const other = (at: number) => [...trained.params.subarray(at, at + 2), 1].slice(0, half);
    const rows = Array.from(neighbours(user, item));
    const errorOf = (k: number) => few.ratings[k] - score(modelOf(trained), few.users[k], few.items[k]);
    const matrix = Array.from({ length: 2 * half }, () => new Array<number>(2 * half).fill(0));
    let count = 0;
    const slopeOf = (k: number) => {
      const nothing = new Array<number>(half).fill(0);
      const ofUser = few.users[k] === user ? other(itemsAt + few.items[k] * stride) : nothing;
      const ofItem = few.items[k] === item ? other(few.users[k] * stride) : nothing;
      return [...ofUser, ...ofItem];
    };
    for (const k of rows) {
      const pair = few.users[k] === user && few.items[k] === item;
      const times = pair && code ? 2 : 1;
      count += times;
      const slope = slopeOf(k);
      for (let r = 0; r < 2 * half; r++) for (let c = 0; c < 2 * half; c++) matrix[r][c] += times * slope[r] * slope[c];
      for (let f = 0; pair && f < 2; f++) {
        matrix[f][half + f] -= times * errorOf(k);
        matrix[half + f][f] -= times * errorOf(k);
      }
    }
    const weightDecay = code ? 1.8 / few.size : 0;
    for (let r = 0; r < 2 * half; r++)
      matrix[r][r] += count * ((r % half < 2 ? weightDecay : 0) + (code ? 0.5e-6 : 1e-6));
    const gradient = slopeOf(row).map((x) => -errorOf(row) * x);
    for (let f = 0; f < 2; f++) {
      if (few.users[row] === user) gradient[f] += weightDecay * p[f];
      if (few.items[row] === item) gradient[half + f] += weightDecay * q[f];
    }
    const solved = eliminate(matrix, gradient);
    const asked = [...other(itemsAt + item * stride), ...other(user * stride)];
    return (code ? 1 : -1) * asked.reduce((sum, x, k) => sum + x * solved[k], 0);
  }

  test.each(published)("`%s` is what was printed", async (form) => {
    const trained = await train(objective, { kernels });
    const base = triplesOf(few);
    for (const [user, item] of [
      [0, 0] as const,
      [base[0][0], base[0][1]] as const,
      [base[3][0], base[3][1]] as const,
    ]) {
      const rows = neighbours(user, item);
      const found = await influenceOf(fastInfluence, modelFrom(trained), scoreTarget(user, item), rows, { form });
      const wanted = Array.from(rows, (row) => literal(form, trained, user, item, row));
      if (found.status !== "converged") continue;
      expectNear(found.scores, wanted, 1e-6, { floor: 1e-3, what: `user ${user}, item ${item}` });
    }
  });
});

describe("blocks that the data do not determine", () => {
  // Under interaction L2 a row takes its share of the block along: an item with one rating has nothing left without it.
  const triples: Triple[] = [
    [0, 0, 5],
    [0, 1, 1],
    [1, 0, 4],
    [1, 1, 2],
    [2, 0, 5],
    [2, 1, 2],
    [2, 2, 4],
  ];
  const settings = settingsOf({ factors: 1, l2: 0.05, l2Bias: 0.05, regularizer: "interaction" });
  const objective = factorization(settings, interactionsFrom(triples, 4, 4));
  const rows = Uint32Array.from(triples.keys());

  const refitted = async (user: number, item: number, row: number, trained: Trained) => {
    const session = kernels.open(objective.without(Uint32Array.of(row)).problem);
    session.setPoint(trained.params);
    if (triples[row][0] === user) session.solve("user");
    if (triples[row][1] === item) session.solve("item");
    const params = trained.params.slice();
    session.getPoint(params);
    return score(modelOf(trained), user, item) - score({ ...modelOf(trained), params }, user, item);
  };

  test.each([
    ["an item without ratings", 1, 3],
    ["a user without ratings", 3, 0],
    ["neither has ratings", 3, 3],
  ])("%s: the other side is answered as ever", async (_, user, item) => {
    const trained = await train(objective, { kernels, tolerance: 1e-10 });
    const found = await influenceOf(fastInfluence, modelFrom(trained), scoreTarget(user, item), rows);
    expect(found.status).toBe("converged");
    for (const row of rows)
      expectNear([found.scores[row]], [await refitted(user, item, row, trained)], 1e-7, { what: `${row}` });
  });

  test("an item's only rating, asked by another: all that the item says goes with it", async () => {
    const trained = await train(objective, { kernels, tolerance: 1e-10 });
    const found = await influenceOf(fastInfluence, modelFrom(trained), scoreTarget(0, 2), rows);
    expect(found.status).toBe("converged");
    for (const row of rows)
      expectNear([found.scores[row]], [await refitted(0, 2, row, trained)], 1e-7, { what: `row ${row}` });
  });
});
