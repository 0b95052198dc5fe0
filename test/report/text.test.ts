/** Laws of reports as text: within their width, nothing that speaks to a terminal, and everything that was to be shown. */

import { describe, expect, test, vi } from "vitest";
import { type Bars, type Curves, documentLines, type Part, partLines } from "../../src/report/index.ts";
import { widthOf } from "../../src/report/text/layout.ts";
import { withoutStyle } from "../../src/report/text/style.ts";
import { allParts, hostileTexts, partsWith, reportOf, usualParts } from "./samples.ts";

const linesOf = (part: Part, width = 80) => partLines(part, width);
const block = /[█▏▎▍▌▋▊▉]+$/;

/** How long a bar is, in eighths of a column. */
function lengthOf(line: string): number {
  const [bar = ""] = block.exec(line) ?? [];
  return Array.from(bar, (character) => "▏▎▍▌▋▊▉█".indexOf(character) + 1).reduce((sum, n) => sum + n, 0);
}

test.each([20, 40, 80, 120])("no line is wider than %d columns, or ends with a space", (width) => {
  for (const part of allParts)
    for (const line of linesOf(part, width)) {
      expect(widthOf(line), `${part.kind}: ${line}`).toBeLessThanOrEqual(width);
      expect(line).not.toMatch(/ $/);
    }
});

test("nothing in it commands a terminal, and no value is none", () => {
  for (const part of allParts)
    for (const line of linesOf(part)) {
      expect(line).not.toMatch(/[\p{Cc}\p{Surrogate}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      if (part.kind !== "points") expect(line).not.toMatch(/NaN|undefined|null|Infinity|\[object/);
    }
});

test("emphasis changes no character of it", () => {
  vi.stubEnv("FORCE_COLOR", "1");
  const report = reportOf(usualParts, "What was found");
  const marked = documentLines(report, 80, "marked");
  expect(marked.map(withoutStyle)).toEqual(documentLines(report));
  expect(marked.join("")).toMatch(/\p{Surrogate}/u);
  expect(documentLines(report).join("")).not.toMatch(/\p{Surrogate}/u);
  vi.unstubAllEnvs();
});

test("every name and text is there in full where there is room", () => {
  const told = documentLines(reportOf(usualParts, "What was found"), 100).join("\n");
  for (const part of usualParts) {
    expect(told).toContain(part.title);
    const names: Record<Part["kind"], () => readonly string[]> = {
      numbers: () => (part.kind === "numbers" ? part.entries.map(({ label }) => label) : []),
      table: () => (part.kind === "table" ? [...part.header, ...part.rows.map(([first]) => String(first))] : []),
      bars: () => (part.kind === "bars" ? part.bars.flatMap(({ label, series = "" }) => [label, series]) : []),
      curves: () => (part.kind === "curves" ? [part.x, part.y, ...part.lines.map(({ label }) => label)] : []),
      points: () =>
        part.kind === "points" ? part.groups.flatMap(({ points }) => points.map((p) => p.label ?? "")) : [],
      verdict: () => (part.kind === "verdict" ? [part.text.split(" ")[0]] : []),
    };
    for (const name of names[part.kind]()) expect(told).toContain(name);
  }
});

describe("bars", () => {
  const bars = (values: readonly number[]): Bars => ({
    kind: "bars",
    title: "t",
    measure: "m",
    bars: values.map((value, k) => ({ label: `b${k}`, value })),
  });

  test("of shares are as long as their share of the whole, also alone", () => {
    for (const share of [0.5, 0.25, 0.9692])
      expect(lengthOf(linesOf({ ...bars([share]), whole: 1 }).at(-1) as string)).toBe(
        lengthOf(linesOf(bars([1, share])).at(-1) as string),
      );
    expect(lengthOf(linesOf({ ...bars([2.3e-9]), whole: 1 }).at(-1) as string)).toBe(1);
    expect(lengthOf(linesOf({ ...bars([3]), whole: 1 }).at(-1) as string)).toBe(
      lengthOf(linesOf(bars([3])).at(-1) as string),
    );
  });

  test("are as long as their values, to an eighth of a column", () => {
    const values = [1, 0.75, 0.5, 0.25, 0.125, 0.01, 0];
    const [full, ...lengths] = linesOf(bars(values)).slice(2).map(lengthOf);
    for (const [k, length] of lengths.entries())
      expect(Math.abs(length - values[k + 1] * full)).toBeLessThanOrEqual(0.5 + 1e-9);
    expect(lengths.at(-1)).toBe(0);
  });

  test("go the other way from the same 0 where values are negative", () => {
    const [, , up, down] = linesOf(bars([2, -1]));
    const zero = up.length - (block.exec(up)?.[0].length ?? 0);
    expect(down.length).toBe(zero);
    expect(lengthOf(down) / lengthOf(up)).toBeCloseTo(0.5, 1);
  });

  test("beyond the 60th are counted", () => {
    const lines = linesOf(bars(Array.from({ length: 500 }, (_, k) => k)));
    expect(lines.at(-1)).toBe("… and 440 more bars");
    expect(lines).toHaveLength(63);
  });
});

describe("charts", () => {
  const chart = (points: readonly (readonly [number, number])[], log?: Curves["log"], width = 44): string[] =>
    linesOf({ kind: "curves", title: "t", x: "x", y: "y", log, lines: [{ label: "a", points }] }, width);
  const cells = (lines: readonly string[]) => lines.slice(2, 14).map((line) => line.slice(line.search(/[│┤]/) + 1));

  test("rise where values rise, from corner to corner", () => {
    const rows = cells(
      chart([
        [0, 0],
        [1, 1],
      ]),
    );
    const starts = rows.map((row) => row.length - row.trimStart().length);
    expect(starts).toEqual(starts.toSorted((a, b) => b - a));
    expect(starts.at(-1)).toBe(0);
    expect(rows[0].length).toBeGreaterThan(36);
  });

  test("of powers of ten are those of their logarithms", () => {
    const powers = chart(
      Array.from({ length: 9 }, (_, k) => [k, 10 ** (k % 5)]),
      "y",
      100,
    );
    const numbers = chart(
      Array.from({ length: 9 }, (_, k) => [k, k % 5]),
      undefined,
      100,
    );
    expect(cells(powers)).toEqual(cells(numbers));
    expect(powers.join("\n")).toContain("powers of ten");
  });

  test("say how many points they leave out, and why", () => {
    expect(
      chart(
        [
          [1, 1],
          [2, 0],
          [3, -1],
          [4, Number.NaN],
        ],
        "y",
      ).join("\n"),
    ).toContain("3 points not drawn: no finite");
    expect(
      chart([
        [1, 1],
        [2, Number.NaN],
      ]).join("\n"),
    ).toContain("1 point not drawn");
    expect(chart([[1, Number.NaN]]).join("\n")).toContain("nothing to show");
  });
});

test("tables that are too wide are cut, then told row by row; long ones are counted", () => {
  const wide = "a name that is very long";
  const table = (rows: readonly (readonly (string | number)[])[], header = ["name", "n"]): Part => ({
    kind: "table",
    title: "",
    header,
    rows,
  });
  expect(linesOf(table([[wide, 1]]), 20)).toEqual(["name               n", "a name that is v…  1"]);
  const numbers = Array.from({ length: 9 }, (_, k) => 1000.5 + k);
  const header = numbers.map((_, k) => `n${k}`);
  expect(linesOf(table([numbers], header), 20)).toHaveLength(9);
  expect(linesOf(table(Array.from({ length: 130 }, (_, k) => ["a", k]))).at(-1)).toBe("… and 30 more rows");
});

test.each(hostileTexts.filter((text) => text.trim() !== ""))("%j is shown and takes no line of its own", (text) => {
  for (const part of partsWith(text)) expect(linesOf(part, 100).length).toBeGreaterThan(0);
});
