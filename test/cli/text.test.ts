/** Text laid out for a terminal: widths, cuts, tables, numbers, and the progress line. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decimalsFor, percent, rough, signed, timeText } from "../../src/cli/numbers.ts";
import { consoleOn } from "../../src/cli/output.ts";
import { progressLine } from "../../src/cli/progress.ts";
import { table } from "../../src/cli/table.ts";
import { cut, flow, padded, widthOf, wrap } from "../../src/cli/text.ts";

const anyText = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ maxLength: 60 }),
  fc.constantFrom("李小龙 😀 한국어", "Zoë", "👨‍👩‍👧‍👦 family", "e\u0301"),
);

describe("text", () => {
  test("has the width that terminals give it", () => {
    expect(["abc", "Zoë", "e\u0301", "李小龙", "😀", "‖∇J‖ 2e-9", "█░"].map(widthOf)).toEqual([3, 3, 1, 6, 2, 9, 2]);
  });

  test("is cut to a width, never within a character, and says so", () => {
    expect(cut("Seven Samurai", 8)).toBe("Seven S…");
    expect(cut("Seven", 5)).toBe("Seven");
    expect(cut("李小龙", 4)).toBe("李…");
    expect(cut("😀😀", 3)).toBe("😀…");
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 40 }), (text, width) => {
        const short = cut(text, width);
        expect(widthOf(short)).toBeLessThanOrEqual(width);
        if (short.endsWith("…") && !text.endsWith("…")) expect(widthOf(text)).toBeGreaterThan(width);
        expect(short).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  test("that would turn a terminal's line around or clear it is left out", () => {
    expect(cut("a\u202eb\u001b[2Jc\nd", 20)).toBe("ab[2Jcd");
  });

  test("is wrapped without losing a word", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1 }), (words) => {
        const lines = wrap(words.join(" "), 20);
        expect(lines.join(" ")).toBe(words.join(" "));
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(20);
      }),
    );
    expect(flow(["one", "two", "three"], " · ", 9)).toEqual(["one · two", "three"]);
  });

  test("stands in columns", () => {
    const rows = [
      ["name", "n"],
      ["李", "10"],
      ["abc", "5"],
    ];
    expect(table(rows, { right: [1] })).toEqual(["name   n", "李    10", "abc    5"]);
    expect(table([["a", "b"], ["longer"]])).toEqual(["a       b", "longer"]);
    expect(padded("ab", 4, "right")).toBe("  ab");
  });
});

describe("numbers", () => {
  test("have the digits that they deserve", () => {
    expect([0, 1.234, 0.05678, 123.4, 8.64e-9, 2.0000001e-9, 19_272, 1e9].map(rough)).toEqual([
      "0",
      "1.2",
      "0.057",
      "120",
      "8.6e-9",
      "2e-9",
      "1.9e4",
      "1e9",
    ]);
    expect([0.172, 0.0123, 1.7, 12, 0, 1e-12].map(decimalsFor)).toEqual([2, 3, 2, 2, 2, 8]);
    expect([signed(0.172, 2), signed(-0.1, 3), signed(1e149, 2)]).toEqual(["+0.17", "−0.100", "+1.00000e+149"]);
    expect([1, 0.523, 0.005, 7.2e-9, 0, 1e-30].map(percent)).toEqual([
      "100 %",
      "52 %",
      "0.5 %",
      "0.0000007 %",
      "0 %",
      "under 1e-12 %",
    ]);
    expect([0.0004, 0.004, 0.046, 0.994, 3.44, 9.96, 59, 119.4, 150].map(timeText)).toEqual([
      "1 ms",
      "4 ms",
      "0.05 s",
      "0.99 s",
      "3.4 s",
      "10 s",
      "59 s",
      "119 s",
      "3 min",
    ]);
  });
});

describe("the progress line", () => {
  const progress = { phase: "alternating", step: 12, fraction: 0.5, objective: 357_326.62, gradientNorm: 2.04e-5 };

  test("says where the work is and how long it takes", () => {
    expect(progressLine("train ", progress, 4.06, 100)).toBe(
      "train ██████████░░░░░░░░░░  alternating 12  J 357326.6  ‖∇J‖ 2e-5  4.1 s left",
    );
    expect(progressLine("", { phase: "newton", step: 1, fraction: 0 }, undefined, 79)).toBe(
      "░░░░░░░░░░░░░░░░░░░░  newton 1",
    );
  });

  test("fits any terminal, and keeps the time left where there is room for anything", () => {
    for (let width = 1; width <= 120; width++) {
      const line = progressLine("train ", progress, 4.06, width);
      expect(widthOf(line)).toBeLessThanOrEqual(width);
      if (width >= 22) expect(line).toMatch(/ 4\.1 s left$/);
      if (width >= 44) expect(line).toContain("alternating 12");
    }
    expect(progressLine("train ", progress, 4.06, 79)).toContain("J 357326.6  ‖∇J‖ 2e-5  4.1 s left");
  });

  test("stays a bar, whatever the fraction", () => {
    for (const fraction of [-1, 0, 1, 7])
      expect(progressLine("", { ...progress, fraction }, 0, 79)).toMatch(/^[█░]{20} {2}\S/);
  });
});

describe("progress in a log", () => {
  /** What stderr gets of work that reports every half second, on a clock of its own. */
  function logged(seconds: number, { isTTY = false, json = false, label = "train " } = {}): string[] {
    let [time, told] = [0, ""];
    const stderr = {
      isTTY,
      write: (text: string) => {
        told += text;
      },
    };
    const stdout = {
      write: (text: string) => {
        told += `stdout ${text}`;
      },
    };
    const { progress } = consoleOn({ stdout, stderr, signal: new AbortController().signal, now: () => time }, json);
    const report = progress(label);
    for (let half = 0; half <= 2 * seconds; half++) {
      time = 500 * half;
      report({ phase: "newton", step: half, fraction: half / (2 * seconds) });
    }
    return told.split("\n").slice(0, -1);
  }

  test("is an entry every ten seconds, with what is left", () => {
    expect(logged(40)).toEqual([
      "lethe: train, newton 20: 25 %, 30 s left",
      "lethe: train, newton 40: 50 %, 20 s left",
      "lethe: train, newton 60: 75 %, 10 s left",
      "lethe: train, newton 80: 100 %",
    ]);
    expect(logged(3600)).toHaveLength(360);
    expect(logged(40, { json: true })).toEqual(logged(40));
    expect(logged(10, { label: "" })).toEqual(["lethe: newton 20: 100 %"]);
  });

  test("is nothing for work below ten seconds, and a drawn line on a terminal", () => {
    expect(logged(9)).toEqual([]);
    expect(logged(40, { isTTY: true })).toEqual([]);
    expect(logged(40, { isTTY: true, json: true })).toHaveLength(4);
  });
});
