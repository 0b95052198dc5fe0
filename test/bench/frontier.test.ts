/** Laws of the frontier: what was kept holds what its certificates say, its picture shows what was kept, and the way down does the same on planted ratings. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drawnFigures } from "../../bench/figures.ts";
import { atOnce } from "../../bench/frontier/at-once.ts";
import { frontierSvg } from "../../bench/frontier/drawing.ts";
import { againstOtherStarts, type ForgettingFigure, type Forgotten, forget } from "../../bench/frontier/forgetting.ts";
import { openModel } from "../../bench/frontier/open.ts";
import { goDown, type PathFigure, type Reached } from "../../bench/frontier/path.ts";
import { splitOf } from "../../bench/frontier/setting.ts";
import { type Figure, isModel, tablesOf } from "../../bench/frontier/tables.ts";
import { readDocument, readReport } from "../../bench/tables.ts";
import { plantedFactors } from "../../src/data/index.ts";
import type { Kernels } from "../../src/kernel/run-context.ts";
import { openKernels } from "../../src/kernel/select.ts";
import { liveFactors } from "../../src/training/factors/births.ts";
import { tagsOf } from "../report/tags.ts";

const figures = (readReport("frontier")?.figures ?? []) as readonly Figure[];
const models = figures.filter(isModel);
const count = (svg: string, what: RegExp) => svg.match(what)?.length ?? 0;

describe("what was kept", () => {
  test("has a proof of every optimum of the path, with a column to spare, and none of the others", () => {
    expect(models.map(({ kind }) => kind)).toContain("certified");
    for (const { kind, scope, rank, columns, rmsBound, gradientNorm } of models) {
      expect(gradientNorm).toBeLessThanOrEqual(1e-8);
      expect(scope).toBe(kind === "open" ? "local" : "global");
      if (kind !== "open") expect(rank).toBeLessThan(columns);
      if (kind === "open") expect(rmsBound).toBeGreaterThan(1e-4);
    }
  });

  test("has other starts no farther from the forgotten model than its certificate allows", () => {
    const tried = figures.filter((one) => one.kind === "forgetting").filter(({ starts }) => starts.length > 0);
    expect(tried.length).toBeGreaterThan(0);
    for (const { scope, rmsBound, starts } of tried) {
      expect(scope).toBe("global");
      for (const { status, distance } of starts) {
        expect(status).toBe("converged");
        expect(distance).toBeLessThanOrEqual(rmsBound);
      }
    }
  });

  test("has falling λ on every path, and its places about where the certified optima are", () => {
    for (const { regularizer, vanishing, places } of figures.filter((one) => one.kind === "path")) {
      expect(places[0].l2).toBe(vanishing);
      expect(places[0].rank).toBe(0);
      for (let k = 1; k < places.length; k++) {
        expect(places[k].l2).toBeLessThan(places[k - 1].l2);
        expect(places[k].processor).toBeGreaterThanOrEqual(places[k - 1].processor);
      }
      for (const model of models.filter((one) => one.regularizer === regularizer && one.kind === "certified")) {
        const place = places.find(({ l2 }) => l2 === model.l2);
        expect(Math.abs((place?.rmse ?? 0) - model.rmse)).toBeLessThan(1e-3);
      }
    }
  });
});

describe("the picture", () => {
  test("is drawn from what was kept, in the same bytes", async () => {
    for (const [name, svg] of await drawnFigures())
      expect(readDocument(name), "run `npx tsx bench/figures.ts`").toBe(svg);
  });

  test("is well-formed, and has a mark and a number for every model of the path, and every one without a proof", async () => {
    const svg = await frontierSvg(figures);
    expect(tagsOf(svg)[0]).toBe("svg");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    const drawn = models.filter(({ kind }) => kind !== "at once");
    const twins = drawn.map((one) => ({ ...one, id: `${one.id} again`, l2: 1.001 * one.l2 }));
    const more = await frontierSvg([...figures, ...twins]);
    const marks = /<(circle|path|text)\b/g;
    expect(count(more, marks) - count(svg, marks)).toBe(2 * drawn.length);
  });
});

describe("the way down, on planted ratings", () => {
  const planted = plantedFactors({ users: 120, items: 80, ratings: 3000, factors: 4, noise: 0.5, seed: 1 });
  const split = splitOf(planted.interactions);
  const ends = [9, 6];
  const paths: PathFigure[] = [];
  const reached: Reached[] = [];
  const kernels = openKernels({ threads: 1 });
  beforeAll(() =>
    goDown("table", split, ends, kernels, {
      path: (one) => paths.push(one),
      reached: async (one) => {
        reached.push(one);
      },
    }),
  );
  afterAll(() => kernels.close());

  test("holds out a tenth of the rows", () => {
    expect(split.test.size).toBe(planted.interactions.size / 10);
    expect(split.kept.size + split.test.size).toBe(planted.interactions.size);
  });

  test("ends at every λ with a proof, and passes places near its optima", () => {
    expect(reached.map(({ figure }) => figure.l2)).toEqual(ends);
    const { places } = paths[paths.length - 1];
    for (const { optimum, figure } of reached) {
      expect(figure.scope).toBe("global");
      expect(figure.rank).toBeGreaterThan(0);
      expect(figure.rank).toBeLessThan(figure.columns);
      expect(liveFactors(optimum.objective.shape, optimum.params)).toBe(figure.rank);
      const place = places.find(({ l2 }) => l2 === figure.l2);
      expect(place?.rmsBound).toBeGreaterThan(0);
      expect(Math.abs((place?.rmse ?? 0) - figure.rmse)).toBeLessThan(0.01);
    }
    expect(places.every(({ l2 }, k) => k === 0 || l2 < places[k - 1].l2)).toBe(true);
    expect(places.every(({ processor }, k) => k === 0 || processor >= places[k - 1].processor)).toBe(true);
  });

  test("forgets one user within the bound, from whichever start the others are trained", async () => {
    const [first] = reached;
    const forgotten = await forget(first, kernels);
    expect(forgotten.remaining.interactions.size).toBe(split.kept.size - forgotten.figure.ratings);
    const told: ForgettingFigure[] = [];
    await againstOtherStarts(forgotten, [2, 3], kernels, (figure) => told.push(figure));
    const { starts, scope, rmsBound } = told[told.length - 1];
    expect([scope, ...starts.map(({ status }) => status)]).toEqual(["global", "converged", "converged"]);
    for (const { distance } of starts) expect(distance).toBeLessThanOrEqual(rmsBound);
    // Something was forgotten: without it the model is another one.
    const stale = await againstStale(forgotten, first, kernels);
    expect(stale).toBeGreaterThan(rmsBound);
  });

  test("comes to the same optimum at once", async () => {
    const [{ figure }] = reached;
    const again = await atOnce(figure.regularizer, figure.l2, split, kernels);
    expect([again.scope, again.rank]).toEqual(["global", figure.rank]);
    expect(Math.abs(again.rmse - figure.rmse)).toBeLessThan(1e-5);
  });

  test("does not prove a model with fewer factors than the optimum has", async () => {
    const figure = await openModel(1, 6, split, kernels);
    expect([figure.kind, figure.scope]).toEqual(["open", "local"]);
    // σ₁ is known to two digits there.
    expect(Math.abs(figure.vanishing / paths[0].vanishing - 1)).toBeLessThan(0.01);
    expect(figure.rmsBound).toBeGreaterThan(1e-4);
  });
});

/** How far a training of the remaining rows lies from the model before it forgot. */
async function againstStale(forgotten: Forgotten, { optimum }: Reached, kernels: Kernels): Promise<number> {
  let distance = 0;
  await againstOtherStarts({ ...forgotten, params: optimum.params }, [2], kernels, ({ starts }) => {
    distance = starts[0].distance;
  });
  return distance;
}

test("tables have a row for every model and every forgetting", () => {
  const [, ofModels, ofForgettings] = tablesOf(figures);
  expect(ofModels.rows.map(([id]) => id).sort()).toEqual(models.map(({ id }) => id).sort());
  expect(ofForgettings.rows.length).toBe(
    figures.length - models.length - count(JSON.stringify(figures), /"kind":"path"/g),
  );
});
