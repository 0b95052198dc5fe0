/** Every measured table in a document is the one that its bench kept. */

import { describe, expect, test } from "vitest";
import type { KeptReport } from "../bench/report.ts";
import { documents, filled, readDocument, timesFile, timesText } from "../bench/tables.ts";

describe("measured tables", () => {
  for (const name of documents())
    test(`of ${name} are those of bench/results`, () => {
      const text = readDocument(name);
      expect(filled(text), "run `npx tsx bench/tables.ts`").toBe(text);
    });
});

test("the times that the program tells are those of bench/results", () => {
  expect(readDocument(timesFile), "run `npx tsx bench/tables.ts`").toBe(timesText());
});

describe("filling in", () => {
  const report: KeptReport = {
    name: "some",
    machine: "1 × Machine, 1 GiB",
    node: "v20.19.0",
    date: "2025-01-31",
    tables: [{ id: "one", caption: "How long", header: ["what", "time"], rows: [["all", "1 ms"]] }],
    figures: null,
  };
  const read = (name: string) => (name === "some" ? report : undefined);

  test("writes the table, its caption, the machine and the day, and leaves the rest alone", () => {
    const text = filled("before\n<!-- table some/one -->\nold\n<!-- /table -->\nafter\n", read);
    expect(text).toMatch(/^before\n<!-- table some\/one -->\n/);
    expect(text).toContain("| what | time |\n| ---- | ---: |\n| all  | 1 ms |");
    expect(text).toContain("How long. Measured on 1 × Machine, 1 GiB, Node v20.19.0, 2025-01-31");
    expect(text).not.toContain("old");
    expect(text).toMatch(/<!-- \/table -->\nafter\n$/);
    expect(filled(text, read)).toBe(text);
  });

  test("refuses a result or a table that is not there, and a region that is not closed", () => {
    expect(() => filled("<!-- table none/one -->\n<!-- /table -->", read)).toThrow("none.json");
    expect(() => filled("<!-- table some/two -->\n<!-- /table -->", read)).toThrow('no table "two"');
    expect(() => filled("<!-- table some/one -->\n", read)).toThrow("1 tables are opened, 0");
  });
});
