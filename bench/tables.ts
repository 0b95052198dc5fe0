/** Puts the tables of bench/results into the documents that show them: `npx tsx bench/tables.ts`. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { tabular } from "../src/report/tabular.ts";
import { surveyOf, surveyReport } from "../src/study/cases/survey.ts";
import type { KeptReport, Table } from "./report.ts";

const root = resolve(import.meta.dirname, "..");
// A region that is not closed must not reach into the next one.
const region = /<!-- table ([\w-]+)\/([\w-]+) -->\n(?:(?!<!-- table )[\s\S])*?<!-- \/table -->/g;

/** The kept result of a bench, or undefined when there is none. */
export function readReport(name: string): KeptReport | undefined {
  const file = join(root, "bench/results", `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as KeptReport) : undefined;
}

/** A table as the formatter of the documents writes it: columns as wide as their widest cell, figures at the right. */
function aligned({ header, rows }: Pick<Table, "header" | "rows">): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = header.map((_, c) => Math.max(3, ...cells.map((row) => Array.from(row[c] ?? "").length)));
  const spaces = (cell: string, c: number) => " ".repeat(widths[c] - Array.from(cell).length);
  const line = (row: readonly string[]) =>
    `| ${widths.map((_, c) => (c === 0 ? (row[c] ?? "") + spaces(row[c] ?? "", c) : spaces(row[c] ?? "", c) + (row[c] ?? ""))).join(" | ")} |`;
  const rule = `| ${widths.map((width, c) => (c === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join("\n");
}

/** One table of a result as Markdown, with its caption, machine and day under it; throws when the result has no such table. */
export function tableText(report: KeptReport, id: string): string {
  const table = report.tables.find((one) => one.id === id);
  if (table === undefined) throw new Error(`bench/results/${report.name}.json has no table "${id}"`);
  const measured = `Measured on ${report.machine}, Node ${report.node}, ${report.date}, by \`npm run bench -- ${report.name}\`.`;
  return `${aligned(table)}\n\n${table.caption.replace(/\.?$/, ".")} ${measured}`;
}

/** A section of the survey's table, from the catalogues; throws when there is no such section. */
function surveyText(id: string): string {
  const section = surveyReport(surveyOf()).sections.find(({ name }) => name === id);
  if (section === undefined) throw new Error(`the survey has no section "${id}"`);
  return section.parts
    .map((part) => {
      const { header, rows } = tabular(part);
      const title = part.title === "" ? "" : `**${part.title}**\n\n`;
      return title + aligned({ header, rows: rows.map((row) => row.map((cell) => String(cell ?? ""))) });
    })
    .join("\n\n");
}

/**
 * A document with every region `<!-- table NAME/ID -->` … `<!-- /table -->` filled from the results; throws when a result or a
 * table is not there, or a region is not closed.
 */
export function filled(text: string, read: (name: string) => KeptReport | undefined = readReport): string {
  const opened = text.match(/<!-- table /g)?.length ?? 0;
  let seen = 0;
  const out = text.replace(region, (_, name: string, id: string) => {
    seen++;
    if (name === "survey") return `<!-- table survey/${id} -->\n\n${surveyText(id)}\n\n<!-- /table -->`;
    const report = read(name);
    if (report === undefined)
      throw new Error(`a table ${name}/${id} is shown, but there is no bench/results/${name}.json`);
    return `<!-- table ${name}/${id} -->\n\n${tableText(report, id)}\n\n<!-- /table -->`;
  });
  if (seen !== opened) throw new Error(`${opened} tables are opened, ${seen} of them are well formed`);
  return out;
}

/** Every Markdown document of the project, as paths from its root. */
export function documents(): string[] {
  const inDocs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => `docs/${name}`);
  return [...readdirSync(root), ...inDocs].filter((name) => name.endsWith(".md")).sort();
}

/** The text of a document. */
export function readDocument(name: string): string {
  return readFileSync(join(root, name), "utf8");
}

/** Where the program keeps the times that its table of methods tells. */
export const timesFile = "src/study/cases/survey-times.ts";

/** That file, from the kept result; the times of a method's first target. */
export function timesText(report = readReport("complexity")): string {
  const table = report?.tables.find(({ id }) => id === "exponents");
  const at = table?.header.indexOf("first target") ?? -1;
  const key = (name: string) => (/^\w+$/.test(name) ? name : JSON.stringify(name));
  const entries = (table?.rows ?? []).map((row) => `  ${key(row[0])}: ${JSON.stringify(row[at])},`);
  return `/** Times that were measured of methods of influence; written by \`npx tsx bench/tables.ts\` from bench/results/complexity.json. */

/** For a first target on 10,000 rows, by method. */
export const surveyTimes: Readonly<Record<string, string>> = {
${entries.join("\n")}
};
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(root, timesFile), timesText());
  for (const name of documents()) {
    const text = readDocument(name);
    const next = filled(text);
    if (next === text) continue;
    writeFileSync(join(root, name), next);
    process.stdout.write(`${name}\n`);
  }
}
