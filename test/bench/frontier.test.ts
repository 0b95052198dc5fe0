/** Laws of the frontier: what was kept holds what its certificates say, and its picture shows what was kept. */

import { describe, expect, test } from "vitest";
import { drawnFigures } from "../../bench/figures.ts";
import { frontierSvg } from "../../bench/frontier/drawing.ts";
import { type Figure, isModel, tablesOf } from "../../bench/frontier/tables.ts";
import { readDocument, readReport } from "../../bench/tables.ts";
import { tagsOf } from "../report/tags.ts";

const figures = (readReport("frontier")?.figures ?? []) as readonly Figure[];
const models = figures.filter(isModel);
const count = (svg: string, what: RegExp) => svg.match(what)?.length ?? 0;

describe("what was kept", () => {
  test("has a proof of every optimum of the path, with a column to spare, and none of the others", () => {
    expect(models.map(({ kind }) => kind)).toContain("certified");
    for (const { kind, scope, rank, columns, rmsBound, gradientNorm } of models) {
      expect(gradientNorm).toBeLessThanOrEqual(1e-8);
      expect(scope).toBe(kind === "certified" ? "global" : "local");
      if (kind === "certified") expect(rank).toBeLessThan(columns);
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

  test("is well-formed, and has a mark and a number for every model", async () => {
    const svg = await frontierSvg(figures);
    expect(tagsOf(svg)[0]).toBe("svg");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    const fewer = await frontierSvg(figures.filter((one) => one !== models[0]));
    const marks = /<(circle|path|text)\b/g;
    expect(count(svg, marks) - count(fewer, marks)).toBe(2);
  });
});

test("tables have a row for every model and every forgetting", () => {
  const [, ofModels, ofForgettings] = tablesOf(figures);
  expect(ofModels.rows.map(([id]) => id).sort()).toEqual(models.map(({ id }) => id).sort());
  expect(ofForgettings.rows.length).toBe(
    figures.length - models.length - count(JSON.stringify(figures), /"kind":"path"/g),
  );
});
