/** Every method of influence tells its properties, and those of the printed seven are the survey's. */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { estimators } from "../../src/influence/index.ts";
import { familyOf, traits } from "../../src/method/index.ts";
import { surveyOf, surveyReport } from "../../src/study/cases/survey.ts";
import { valuers } from "../../src/valuation/index.ts";
import { printed, printedRows } from "./printed-survey.ts";

const entries = [...estimators.methods, ...valuers.methods];
const { table, taxonomy } = surveyOf();

describe("every estimator and valuer", () => {
  test.each(entries.map(({ name, properties }) => ({ name, properties })))(
    "$name tells its properties",
    ({ properties }) => {
      expect(properties).toBeDefined();
      const { family, kin, traits: has = [], ...costs } = properties ?? {};
      expect(family).toBe(familyOf[kin as keyof typeof familyOf]);
      expect(Object.keys(costs).sort()).toEqual(["full", "further", "space", "storage"]);
      for (const cost of Object.values(costs)) expect(cost).toMatch(/^(0|O\(.+\)( a [a-z]+)?)$/);
      expect(has.filter((trait) => !traits.includes(trait))).toEqual([]);
      expect(new Set(has).size).toBe(has.length);
    },
  );

  test("has 18 properties in the table, once, in the taxonomy's order", () => {
    expect(table.map(({ name }) => name).sort()).toEqual(entries.map(({ name }) => name).sort());
    for (const { traits: answers } of table) expect(Object.keys(answers)).toEqual([...traits]);
    expect(traits.length + 4).toBe(18);
    const below = taxonomy.flatMap(({ kin }) => kin.flatMap(({ methods }) => methods));
    expect(below).toEqual(table.map(({ name }) => name));
    for (const { family, kin } of taxonomy)
      for (const { kin: one, methods } of kin)
        for (const name of methods) expect(table.find((row) => row.name === name)).toMatchObject({ family, kin: one });
  });
});

describe("the survey's methods", () => {
  const { discussed } = surveyOf();
  const root = resolve(import.meta.dirname, "../..");

  test("are 41, and all are here", () => {
    expect(discussed).toHaveLength(41);
    expect(new Set(discussed.map(({ title }) => title)).size).toBe(41);
    const names = entries.map(({ name }) => name);
    expect(discussed.filter(({ name }) => !names.includes(name))).toEqual([]);
  });

  test.each(discussed)("$title has a page, a check and a measured time", ({ page, check, name, time }) => {
    expect(readFileSync(join(root, page), "utf8")).toMatch(/^## How it is checked$/m);
    expect(readFileSync(join(root, check), "utf8")).toMatch(new RegExp(`${name}|${camel(name)}`));
    expect(time).toMatch(/^[\d.]+ (ms|s)$/);
  });
});

/** The name in the program. */
function camel(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

describe("the printed table", () => {
  const columns = Object.keys(printed);

  test("has all rows", () => {
    expect(printedRows.map(([trait]) => trait)).toEqual([...traits]);
    for (const [, marks] of printedRows) expect(marks).toMatch(/^[x.]{7}$/);
  });

  test.each(columns.filter((name) => table.some((row) => row.name === name)))("has the properties of %s", (name) => {
    const column = columns.indexOf(name);
    const marked = printedRows.map(([trait, marks]) => [trait, marks[column] === "x"]);
    const row = table.find((one) => one.name === name);
    expect(row).toMatchObject({ ...printed[name], traits: Object.fromEntries(marked) });
  });

  test("is met by those that are there", () => {
    const names = table.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["leave-one-out", "influence-function", "shapley"]));
  });
});

test("the report marks what a method has, under the letter of the property", () => {
  const { sections } = surveyReport(surveyOf());
  const [letters, answers] = ["properties", "answers"].map((wanted) => {
    const part = sections.find(({ name }) => name === wanted)?.parts[0];
    return part?.kind === "table" ? part : { header: [], rows: [] };
  });
  expect(letters.rows.map(([, trait]) => trait)).toEqual([...traits]);
  for (const [name, ...marks] of answers.rows) {
    const has = traits.filter((_, k) => marks[k] === "✓");
    expect([...(entries.find((entry) => entry.name === name)?.properties?.traits ?? [])].sort()).toEqual(has.sort());
  }
});
