/** The floors, read from the imports of every source file, and what no file may contain. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

/** High to low; two names on one line are on one floor and do not import each other. Names without a folder are reserved. */
const floors: readonly (readonly string[])[] = [
  ["index.ts"],
  ["cli"],
  ["service"],
  ["study"],
  ["audit", "judging"],
  ["influence", "unlearning", "requests", "valuation"],
  ["method"],
  ["exchange"],
  ["training"],
  ["objective", "evaluation"],
  ["model", "boosting"],
  ["linear", "data", "kernel"],
  ["execution", "report"],
  ["numeric"],
  ["run.ts"],
  ["errors.ts", "version.ts"],
];

/** Who may read a folder's catalogue: those who choose by name. */
const choosers = ["index.ts", "cli", "service", "study"];

/** Where a package outside this one may be used at run time. */
const homes: Readonly<Record<string, readonly string[]>> = {
  "@duckdb/node-api": ["data/", "exchange/"],
  zod: ["exchange/", "study/verbs/"],
  commander: ["cli/"],
  "@observablehq/plot": ["report/"],
  linkedom: ["report/"],
};

/** Who may ask for the closed forms of an objective; everybody else asks what works without them too. */
const closedForms = "objective/closed-forms.ts";
const closedFormsReaders = [
  "objective/",
  "training/",
  "influence/cleaning/",
  "influence/fast/",
  "influence/contributions.ts",
  "influence/leave-one-out-fixed-items.ts",
  "influence/rating-forms.ts",
  "influence/stability/need.ts",
  "study/store/",
];

/** Lines of the longest function, and the medians of all files and functions. */
const longestFunction = 150;
const medianFile = 80;
const medianFunction = 10;

/** Floors of pure arithmetic: no file, clock, thread or process. */
const pure =
  "numeric linear model boosting objective evaluation training method influence valuation unlearning requests audit judging".split(
    " ",
  );

interface Source {
  /** Relative to src. */
  readonly name: string;
  readonly folder: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
  /** Module specifiers, those of types included. */
  readonly imports: readonly string[];
}

const root = resolve(import.meta.dirname, "../src");
const sources: Source[] = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => read(name.replaceAll("\\", "/")));
const typescript = sources.filter(({ name }) => !name.startsWith("kernel/assembly/"));

function read(name: string): Source {
  return parse(name, readFileSync(join(root, name), "utf8"));
}

function parse(name: string, text: string): Source {
  const tree = ts.createSourceFile(name, text, ts.ScriptTarget.ES2023, true);
  const imports: string[] = [];
  visit(tree, (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined)
      imports.push((node.moduleSpecifier as ts.StringLiteral).text);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      imports.push((node.arguments[0] as ts.StringLiteral).text);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      imports.push((node.argument.literal as ts.StringLiteral).text);
  });
  return { name, folder: name.split("/")[0], text, tree, imports };
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

/** The files of src that a file imports, relative to src. */
function importedBy({ name, imports }: Source): string[] {
  return imports
    .filter((to) => to.startsWith("."))
    .map((to) => relative(root, resolve(root, dirname(name), to)))
    .map((to) => (to.includes("/assembly/") && !to.endsWith(".ts") ? `${to}.ts` : to));
}

const floorOf = (folder: string) => floors.findIndex((floor) => floor.includes(folder));

const isIn = (name: string, places: readonly string[]) =>
  places.some((place) => (place.endsWith("/") ? name.startsWith(place) : name === place));

/** Lines that say what is wrong, none when all is well. */
function offences(of: (source: Source) => Iterable<string>, where: readonly Source[] = sources): string[] {
  return where.flatMap((source) => Array.from(of(source), (what) => `${source.name}: ${what}`));
}

/** Imports of the closed forms by files that have no business with them. */
function closedFormsOffences(where: readonly Source[]): string[] {
  return offences(
    (source) => importedBy(source).filter((to) => to === closedForms && !isIn(source.name, closedFormsReaders)),
    where,
  );
}

/** How many lines every function has that has a body in braces, with its place. */
function functionsOf({ name, tree }: Source): { readonly place: string; readonly lines: number }[] {
  const out: { place: string; lines: number }[] = [];
  visit(tree, (node) => {
    if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined || !ts.isBlock(node.body as ts.Node))
      return;
    const [from, to] = [node.getStart(tree), node.end].map((at) => tree.getLineAndCharacterOfPosition(at).line);
    out.push({ place: `${name}:${from + 1}`, lines: to - from + 1 });
  });
  return out;
}

function longFunctions(where: readonly Source[]): string[] {
  return where
    .flatMap(functionsOf)
    .filter(({ lines }) => lines > longestFunction)
    .map(({ place, lines }) => `${place} has ${lines} lines`);
}

function nodes(where: readonly Source[], wrong: (node: ts.Node) => boolean): string[] {
  const out: string[] = [];
  for (const { name, tree } of where)
    visit(tree, (node) => {
      if (wrong(node)) out.push(`${name}: ${node.getText(tree).slice(0, 80)}`);
    });
  return out;
}

describe("imports", () => {
  test("there are sources, and their imports are found", () => {
    expect(sources.length).toBeGreaterThan(80);
    expect(importedBy(sources.find(({ name }) => name === "run.ts") as Source)).toEqual(["errors.ts"]);
  });

  test("every folder stands on a floor", () => {
    expect(offences(({ folder }) => (floorOf(folder) < 0 ? ["on no floor"] : []))).toEqual([]);
  });

  test("go down only, and not to a neighbour on the same floor", () => {
    expect(
      offences((source) =>
        importedBy(source).filter((to) => {
          const folder = to.split("/")[0];
          return folder !== source.folder && floorOf(folder) <= floorOf(source.folder);
        }),
      ),
    ).toEqual([]);
  });

  test("stay inside src and meet files that are there", () => {
    const names = new Set(sources.map(({ name }) => name));
    expect(offences((source) => importedBy(source).filter((to) => !names.has(to)))).toEqual([]);
  });

  test("take a catalogue only where one chooses from it, never inside its own folder", () => {
    expect(
      offences((source) =>
        importedBy(source).filter((to) => {
          const [folder, file] = to.split("/");
          if (file !== "index.ts") return false;
          return folder === source.folder || !choosers.includes(source.folder);
        }),
      ),
    ).toEqual([]);
  });

  test("never run in a circle, types included", () => {
    const done = new Set<string>();
    const byName = new Map(sources.map((source) => [source.name, source]));
    const walk = (name: string, path: readonly string[]): string[] => {
      if (path.includes(name)) return [[...path.slice(path.indexOf(name)), name].join(" → ")];
      if (done.has(name)) return [];
      const source = byName.get(name);
      const found = source ? importedBy(source).flatMap((to) => walk(to, [...path, name])) : [];
      done.add(name);
      return found;
    };
    expect(sources.flatMap(({ name }) => walk(name, []))).toEqual([]);
  });

  test("of closed forms come from those alone who know them: any other is an offence", () => {
    expect(closedFormsOffences(sources)).toEqual([]);
    const importing = `import { closedFormsOf } from "../objective/closed-forms.ts";`;
    const lazily = `const late = () => import("../../objective/closed-forms.ts");`;
    expect(closedFormsOffences([parse("audit/parameters.ts", importing)])).toEqual([
      "audit/parameters.ts: objective/closed-forms.ts",
    ]);
    expect(closedFormsOffences([parse("influence/leave-one-out.ts", importing)])).toHaveLength(1);
    expect(closedFormsOffences([parse("study/cases/explain.ts", lazily)])).toHaveLength(1);
    expect(closedFormsOffences([parse("influence/contributions.ts", importing)])).toEqual([]);
    expect(closedFormsOffences([parse("study/store/contents.ts", lazily)])).toEqual([]);
    // Whoever stands on the list and asks for nothing does not belong there.
    const asking = sources.filter((source) => importedBy(source).includes(closedForms)).map(({ name }) => name);
    for (const reader of closedFormsReaders.slice(1))
      expect(
        asking.some((name) => isIn(name, [reader])),
        reader,
      ).toBe(true);
  });

  test("of packages: DuckDB in data and exchange, zod in exchange and the verbs, commander in cli, Plot and linkedom in report, and those alone", () => {
    const outside = (to: string) => !to.startsWith(".") && !to.startsWith("node:");
    expect(
      offences((source) => source.imports.filter((to) => outside(to) && !isIn(source.name, homes[to] ?? []))),
    ).toEqual([]);
    const { dependencies } = JSON.parse(readFileSync(resolve(root, "../package.json"), "utf8"));
    expect(Object.keys(dependencies).sort()).toEqual(Object.keys(homes).sort());
  });

  test("of the system stay out of the arithmetic", () => {
    expect(
      offences((source) => source.imports.filter((to) => to.startsWith("node:") && pure.includes(source.folder))),
    ).toEqual([]);
  });
});

describe("every file", () => {
  test("opens with one sentence", () => {
    const opening = /^(?:#![^\n]*\n)?\/\*\*\s(?:[^*]|\*(?!\/))*[.!?]\s*\*\/\r?\n/;
    expect(offences(({ text }) => (opening.test(text) ? [] : [text.slice(0, 60)]))).toEqual([]);
  });

  test("does without any", () => {
    expect(nodes(typescript, (node) => node.kind === ts.SyntaxKind.AnyKeyword)).toEqual([]);
  });

  test("does without enums and default exports", () => {
    const isDefault = (node: ts.Node) =>
      ts.isExportAssignment(node) ||
      node.kind === ts.SyntaxKind.DefaultKeyword ||
      (ts.isExportSpecifier(node) && node.name.text === "default");
    expect(nodes(typescript, (node) => ts.isEnumDeclaration(node) || isDefault(node))).toEqual([]);
  });

  test("inherits from nothing but Error", () => {
    expect(
      nodes(
        typescript,
        (node) =>
          ts.isHeritageClause(node) &&
          node.token === ts.SyntaxKind.ExtendsKeyword &&
          ts.isClassLike(node.parent) &&
          node.types[0].expression.getText() !== "Error",
      ),
    ).toEqual([]);
  });

  test("draws no random number outside its own streams; arithmetic reads no date", () => {
    const properties = (where: readonly Source[], name: string) =>
      nodes(where, (node) => ts.isPropertyAccessExpression(node) && node.getText() === name);
    expect(properties(typescript, "Math.random")).toEqual([]);
    const arithmetic = typescript.filter(({ folder }) => pure.includes(folder));
    expect(properties(arithmetic, "Date.now")).toEqual([]);
    expect(nodes(arithmetic, (node) => ts.isNewExpression(node) && node.expression.getText() === "Date")).toEqual([]);
  });
});

describe("lengths", () => {
  const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

  test("no function is longer than can be read", () => {
    expect(longFunctions(sources)).toEqual([]);
    const long = `function f() {\n${"  g();\n".repeat(longestFunction)}}\n`;
    expect(longFunctions([parse("model/long.ts", long)])).toEqual(["model/long.ts:1 has 152 lines"]);
    expect(longFunctions([parse("kernel/long.ts", `const f = () => {\n${long}};`)])).toHaveLength(2);
  });

  test("the median file and the median function are short", () => {
    const files = sources.map(({ text }) => text.trimEnd().split("\n").length);
    expect(median(files)).toBeLessThanOrEqual(medianFile);
    expect(median(sources.flatMap(functionsOf).map(({ lines }) => lines))).toBeLessThanOrEqual(medianFunction);
  });
});
