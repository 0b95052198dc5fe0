/** The documents speak of what is there: links, catalogues, commands and flags, and the demo in the README. */

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { documents, readDocument } from "../bench/tables.ts";
import { audits, estimators, models, solvers, trainers, unlearners } from "../src/index.ts";

const root = resolve(import.meta.dirname, "..");
const pages = documents().filter((name) => name.startsWith("docs/methods/"));

/** The name by which a heading can be linked to. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/ /g, "-");
}

function anchorsOf(name: string): string[] {
  return Array.from(readDocument(name).matchAll(/^#+ (.*)$/gm), ([, heading]) => anchorOf(heading));
}

function lethe(...args: string[]): string {
  return execFileSync(process.execPath, ["dist/cli/main.js", ...args], { cwd: root, encoding: "utf8" });
}

describe("links", () => {
  test.each(documents())("of %s lead somewhere", (name) => {
    const broken: string[] = [];
    for (const [, to] of readDocument(name).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(to)) continue;
      const [path, anchor] = to.split("#");
      const file = path === "" ? name : join(dirname(name), path);
      const there = existsSync(join(root, file));
      if (!there || (anchor !== undefined && !anchorsOf(file).includes(anchor))) broken.push(to);
    }
    expect(broken).toEqual([]);
  });
});

describe("pages", () => {
  const template = ["answers", "Formula", "Cost", "When it is right", "How it is checked", "Source", "Use"];

  test.each(pages)("%s has the parts of a method's page, in order", (name) => {
    const headings = Array.from(readDocument(name).matchAll(/^## (.*)$/gm), ([, heading]) => heading);
    expect(headings.length).toBe(template.length);
    template.forEach((part, k) => {
      expect(headings[k]).toContain(part);
    });
  });

  test("exist for every estimator, unlearner and trainer", () => {
    const all = pages.map(readDocument).join("\n");
    const names = [...Object.keys(estimators), ...Object.keys(unlearners), ...trainers.map(({ name }) => name)];
    expect(names.filter((name) => !all.includes(`\`${name}\``) && !pages.includes(`docs/methods/${name}.md`))).toEqual(
      [],
    );
  });

  test("name every audit, solver and model", () => {
    const missing = (page: string, names: readonly string[]) =>
      names.filter((name) => !readDocument(page).includes(`\`${name}`));
    expect(
      missing(
        "docs/audit.md",
        audits.map(({ name }) => name),
      ),
    ).toEqual([]);
    expect(
      missing(
        "docs/model.md",
        models.map(({ name }) => name),
      ),
    ).toEqual([]);
    const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    expect(
      missing(
        "docs/linear.md",
        solvers.map(({ name }) => camel(name)),
      ),
    ).toEqual([]);
  });

  test("are listed in the index", () => {
    const index = readDocument("docs/index.md");
    const names = documents().filter((name) => name.startsWith("docs/") && name !== "docs/index.md");
    expect(names.filter((name) => !index.includes(`(${name.slice(5)})`))).toEqual([]);
    const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(
      folders.map(({ name }) => name).filter((name) => name !== "numeric" && !index.includes(`\`src/${name}\``)),
    ).toEqual([]);
  });
});

describe("docs/cli.md", () => {
  const commands = Array.from(lethe("--help").matchAll(/^ {2}([a-z]+) \[options\]/gm), ([, name]) => name);
  const text = readDocument("docs/cli.md");
  const sections = new Map(text.split(/^## lethe /m).map((part) => [part.slice(0, part.search(/[^a-z]/)), part]));
  const [general] = text.split(/^## lethe /m);

  test.each(commands)("has lethe %s with all its flags", (name) => {
    const flags = Array.from(
      lethe(name, "--help").matchAll(/^ {2}(?:-h, )?(--?[a-z][a-z0-9-]*)/gm),
      ([, flag]) => flag,
    );
    expect(flags).toContain("--json");
    const said = `${general}${sections.get(name) ?? ""}`;
    expect(flags.filter((flag) => !new RegExp(`(?<![\\w-])${flag}(?![\\w-])`).test(said))).toEqual([]);
  });

  test("has no command that is not there", () => {
    const told = Array.from(text.matchAll(/^## lethe ([a-z]+)/gm), ([, name]) => name);
    expect(told.sort()).toEqual([...commands].sort());
  });
});

describe("README.md", () => {
  test("shows the demo in the words in which it runs", () => {
    // Figures are the run's own; so are widths of columns, lengths of bars and where a line is broken.
    const words = (text: string) =>
      text
        .replace(/[▉\s]+/g, " ")
        .replace(/[+−-]?\d[\d,.]*(e[+-]?\d+)?/g, "#")
        .trim();
    const shown = /```\n\$ npx lethe demo\n([^`]*)```/.exec(readDocument("README.md"))?.[1] ?? "";
    expect(words(shown)).toBe(words(lethe("demo")));
  });
});
