/** The documents speak of what is there: links, catalogues, commands and flags, and the demo in the README. */

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { documents, readDocument } from "../bench/tables.ts";
import {
  attacks,
  audits,
  coreRequest,
  edgeRequest,
  estimators,
  influencePush,
  models,
  requestRules,
  solvers,
  trainers,
  unlearners,
} from "../src/index.ts";
import { namesOf } from "../src/method/index.ts";
import { valuers } from "../src/valuation/index.ts";
import { commandOf } from "./support/lethe.ts";

const root = resolve(import.meta.dirname, "..");
const pages = documents().filter((name) => name.startsWith("docs/methods/"));
const titles = pages.map((page) => /^# (.*)$/m.exec(readDocument(page))?.[1] ?? "");

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

/** What a command of the sources as they are prints. */
function lethe(...args: string[]): string {
  const [program, ...rest] = commandOf(args);
  return execFileSync(program, rest, { cwd: root, encoding: "utf8" });
}

/** Whether a text has a name by itself, not as a part of a longer one. */
function names(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(text);
}

/** What a page is about, part by part: its headings, the first columns of its tables, and what its paragraphs and points begin with in bold. */
function leadsOf(page: string): string[] {
  const text = readDocument(page);
  return [/^#+ (.*)$/gm, /^\| *([^|]*?) *\|/gm, /^(?:[-*] )?\*\*(.+?)\*\*/gm].flatMap((lead) =>
    Array.from(text.matchAll(lead), ([, found]) => found),
  );
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

describe("files", () => {
  test.each(documents())("of the project that %s names are there", (name) => {
    const named = Array.from(
      readDocument(name).matchAll(/`((?:src|test|bench|scripts|examples)\/[\w./-]+)`/g),
      ([, path]) => path,
    );
    // NAME and my-… are names to come.
    expect(named.filter((path) => !/NAME|\/my-/.test(path) && !existsSync(join(root, path)))).toEqual([]);
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

  test("exist for every estimator, valuer, unlearner and trainer: of its name, or with it in the title", () => {
    const catalogues = [estimators.methods, valuers.methods, unlearners.methods, trainers].map((list) =>
      list.map(({ name }) => name),
    );
    const all = [...new Set(catalogues.flat())];
    // A name in two catalogues is two methods, with a page each.
    const wanted = (name: string) => catalogues.filter((list) => list.includes(name)).length;
    const found = (name: string) => titles.filter((title) => names(title, name)).length;
    expect(all.filter((name) => found(name) < wanted(name))).toEqual([]);
    pages.forEach((page, k) => {
      expect(titles[k]).toContain(page.slice("docs/methods/".length, -".md".length));
    });
  });

  test("of a method list its other names, and no others", () => {
    for (const { methods, variants } of [estimators, valuers, unlearners, audits])
      for (const { name } of methods) {
        const own = Object.keys(variants).filter((variant) => variants[variant].of === name);
        if (own.length === 0) continue;
        const line = /^Variants?: (.*)$/m.exec(readDocument(`docs/methods/${name}.md`))?.[1] ?? "";
        expect(Array.from(line.matchAll(/`([^`]+)`/g), ([, variant]) => variant)).toEqual(own);
      }
  });

  test("are not given by a mention alone", () => {
    expect(names("influence-step: newton, cif", "newton")).toBe(true);
    expect(names("newton-step", "newton")).toBe(false);
    expect(names("scif", "cif")).toBe(false);
    const leads = leadsOf("docs/methods/influence-step.md");
    expect(leads.some((lead) => names(lead, "scif"))).toBe(true);
    expect(leads.some((lead) => names(lead, "Hessian of all data"))).toBe(false);
  });

  test("tell every setting of an estimator or unlearner: in a table, or in a line of its own", () => {
    const told = (page: string) =>
      [/^\| `(\w+)` *\|/gm, /\bSetting: `(\w+)`/g].flatMap((place) =>
        Array.from(readDocument(page).matchAll(place), ([, name]) => name),
      );
    const missing = [estimators, unlearners].flatMap(({ methods }) =>
      methods.flatMap(({ name, settings }) => {
        const about = pages.filter((_, k) => names(titles[k], name)).flatMap(told);
        return Object.keys(settings).flatMap((setting) => (about.includes(setting) ? [] : [`${setting} of ${name}`]));
      }),
    );
    expect(missing).toEqual([]);
  });

  test("tell every rule that chooses requests, every attack, and their settings", () => {
    const rows = readDocument("docs/requests.md").split("\n");
    const told = ({ name }: { readonly name: string }) => rows.find((row) => row.startsWith(`| \`${name}\` `)) ?? "";
    const missing = requestRules.methods.flatMap((entry) => {
      const row = told(entry).includes("the same") ? told(coreRequest) : told(entry);
      const unsaid = Object.keys(entry.settings).filter((setting) => !row.includes(`\`${setting}\``));
      return told(entry) === "" ? [entry.name] : unsaid.map((setting) => `${setting} of ${entry.name}`);
    });
    expect(missing).toEqual([]);
    expect(coreRequest.settings).toEqual(edgeRequest.settings);
    // What all attacks have is told below the table.
    const text = readDocument("docs/requests.md");
    const shared = Object.keys(influencePush.settings);
    expect(shared.filter((setting) => !text.includes(`\`${setting}\``))).toEqual([]);
    const unsaid = attacks.methods.flatMap((entry) =>
      Object.keys(entry.settings).filter((name) => !shared.includes(name) && !told(entry).includes(`\`${name}\``)),
    );
    expect(unsaid).toEqual([]);
    expect(attacks.methods.filter((entry) => told(entry) === "")).toEqual([]);
  });

  test("name every audit, solver and model", () => {
    const missing = (page: string, all: readonly string[]) =>
      all.filter((name) => !leadsOf(page).some((lead) => names(lead, name)));
    expect(missing("docs/audit.md", namesOf(audits))).toEqual([]);
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
