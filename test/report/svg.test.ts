/** Laws of pictures: they are well-formed, measure what they say, need nothing from elsewhere, and have the same bytes each time. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Bars, type Curves, type Drawing, openDrawing, type Part, partSvg } from "../../src/report/index.ts";
import { allParts, hostileTexts, partsWith, usualParts } from "./samples.ts";
import { tagsOf } from "./tags.ts";

let drawing: Drawing;
beforeAll(async () => {
  drawing = await openDrawing();
});

const bars = (values: readonly number[], interval?: readonly [number, number]): Bars => ({
  kind: "bars",
  title: "t",
  measure: "m",
  bars: values.map((value, k) => ({ label: `b${k}`, value, interval })),
});
const attributes = (svg: string, element: string, name: string) =>
  Array.from(svg.matchAll(new RegExp(`<${element} [^>]*?\\b${name}="([^"]*)"`, "g")), ([, value]) => value);
const texts = (svg: string) => Array.from(svg.matchAll(/<text[^>]*>([^<]*)</g), ([, text]) => text);

test.each([200, 358, 728])("every part is one well-formed element, %d pixels wide", (width) => {
  for (const part of allParts) {
    const svg = drawing.svg(part, width);
    expect(svg).toMatch(
      new RegExp(`^<svg xmlns="http://www\\.w3\\.org/2000/svg" role="img" aria-label="[^"<]*"[^>]* width="${width}"`),
    );
    // Throws where a tag stays open.
    expect(tagsOf(svg)[0]).toBe("svg");
    expect(svg.replace(/>[^<]*</g, "><"), part.title).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg).not.toMatch(/\p{Surrogate}|\p{Cc}(?<!\n)/u);
  }
});

test("no picture asks for anything, runs anything, or has a name that another could have", () => {
  for (const part of allParts) {
    const svg = drawing.svg(part, 400);
    const tags = new Set(tagsOf(svg));
    for (const tag of ["script", "image", "use", "foreignObject", "a", "img", "b"]) expect(tags).not.toContain(tag);
    expect(svg.replace(/>[^<]*</g, "><").replace(/aria-label="[^"]*"/g, "")).not.toMatch(
      / (id|href|on\w+)=|url\(|@import/,
    );
  }
});

test("what drawing needs is loaded by drawing alone", () => {
  const root = join(import.meta.dirname, "../../src");
  const names = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const texts = names.map((name) => readFileSync(join(root, name), "utf8"));
  const early = /^(?:import|export) (?!type ).*from "(?:@observablehq\/plot|linkedom)"/m;
  expect(names.filter((_, k) => early.test(texts[k]))).toEqual([]);
  expect(texts.filter((text) => text.includes(`await import("@observablehq/plot")`))).toHaveLength(1);
});

test("the same part has the same bytes, whatever was drawn before", async () => {
  const first = usualParts.map((part) => drawing.svg(part));
  const again = usualParts.toReversed().map((part) => drawing.svg(part));
  expect(again.toReversed()).toEqual(first);
  expect(await partSvg(usualParts[5])).toBe(first[5]);
});

describe("bars", () => {
  const widths = (svg: string) => attributes(svg, "rect", "width").map(Number);

  test("are as long as their values, from one 0", () => {
    const svg = drawing.svg(bars([4, 2, -1, 0.5]), 600);
    const [four, two, one, half] = widths(svg);
    expect([two / four, one / four, half / four].map((x) => x.toFixed(6))).toEqual([
      "0.500000",
      "0.250000",
      "0.125000",
    ]);
    const [x4, x2, x1, xh] = attributes(svg, "rect", "x").map(Number);
    expect([x2, xh]).toEqual([x4, x4]);
    expect(x1 + one).toBeCloseTo(x4, 9);
  });

  test("of shares are on the scale of the whole, also alone", () => {
    const [alone] = widths(drawing.svg(bars([0.25]), 600));
    const [share] = widths(drawing.svg({ ...bars([0.25]), whole: 1 }, 600));
    expect(share / alone).toBeLessThan(0.35);
  });

  test("have whiskers from end to end of their interval, on the scale of the bars", () => {
    const svg = drawing.svg(bars([4], [2, 6]), 600);
    const [bar] = widths(svg);
    const lines = Array.from(svg.matchAll(/<line [^>]*>/g), ([line]) => line).filter((line) => /x1=/.test(line));
    const spans = lines.map((line) =>
      Math.abs(Number(attributes(line, "line", "x2")[0]) - Number(attributes(line, "line", "x1")[0])),
    );
    expect(Math.max(...spans)).toBeCloseTo(bar, 6);
    expect(drawing.svg(bars([4]), 600).match(/<line /g)?.length ?? 0).toBeLessThan(svg.match(/<line /g)?.length ?? 0);
  });

  test("of one label stand together under its name, each series in its colour", () => {
    const svg = drawing.svg(usualParts[5]);
    expect(texts(svg).filter((text) => text === "shadow models")).toHaveLength(1);
    const colours = attributes(svg, "rect", "fill").filter((fill) => fill.includes("--series-"));
    // Four bars, and two in the legend.
    expect(colours).toHaveLength(6);
    expect(new Set(colours).size).toBe(2);
  });

  test("are 500 where there are 500, and their numbers are told where there is room", () => {
    expect(widths(drawing.svg(bars(Array.from({ length: 500 }, (_, k) => k + 1)), 728))).toHaveLength(500);
    expect(texts(drawing.svg(bars([1234.5678, Number.NaN]), 728))).toEqual(expect.arrayContaining(["1,235", "–"]));
  });
});

describe("curves", () => {
  const curves = (lines: Curves["lines"], log?: Curves["log"]): Curves => ({
    kind: "curves",
    title: "t",
    x: "time",
    y: "norm",
    log,
    lines,
  });
  const dashed = (svg: string) => (svg.match(/stroke-dasharray/g) ?? []).length;
  const line = {
    label: "a",
    points: [
      [1, 1],
      [10, 10],
      [100, 100],
    ] as [number, number][],
  };

  test("have their axes named, and references dashed", () => {
    const svg = drawing.svg(curves([line, { ...line, label: "chance", reference: true }]));
    expect(texts(svg)).toEqual(expect.arrayContaining(["time →", "↑ norm", "a", "chance"]));
    // The line, and its place in the legend.
    expect(dashed(svg)).toBe(2);
    expect(dashed(drawing.svg(curves([line])))).toBe(0);
  });

  test("of powers are straight on axes of powers of ten", () => {
    const [path] = attributes(
      drawing.svg(
        curves(
          [
            {
              label: "a",
              points: [
                [1, 1],
                [10, 100],
                [100, 10_000],
              ],
            },
          ],
          "both",
        ),
      ),
      "path",
      "d",
    ).filter((d) => /^M[\d.,]+L[\d.,]+L[\d.,]+$/.test(d));
    const numbers = path.match(/[\d.]+/g)?.map(Number) ?? [];
    const [x1, y1, x2, y2, x3, y3] = numbers;
    expect((y2 - y1) / (x2 - x1)).toBeCloseTo((y3 - y2) / (x3 - x2), 6);
    expect((x2 - x1) / (x3 - x2)).toBeCloseTo(1, 6);
  });
});

test.each(hostileTexts)("%j is text", (text) => {
  const harmless = partsWith("plain");
  for (const [k, part] of partsWith(text).entries()) {
    const allowed = new Set([
      ...tagsOf(drawing.svg(harmless[k] as Part, 400)),
      "text",
      "tspan",
      "title",
      "g",
      "line",
      "path",
    ]);
    expect([...new Set(tagsOf(drawing.svg(part, 400)))].filter((tag) => !allowed.has(tag))).toEqual([]);
  }
});
