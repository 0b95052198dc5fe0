/** What a bench gives back: tables for people, figures for machines; and how they are kept. */

import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";

/** A table as it is printed and as the docs show it; cells are text, with their units in the header. */
export interface Table {
  readonly id: string;
  readonly caption: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The outcome of one bench. */
export interface Report {
  readonly tables: readonly Table[];
  readonly figures: unknown;
}

/** A report with the machine and the day it is true of. */
export interface KeptReport extends Report {
  readonly name: string;
  readonly machine: string;
  readonly node: string;
  readonly date: string;
}

/** Writes a report to bench/results/<name>.json. */
export function keep(name: string, report: Report): KeptReport {
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const kept = { name, machine, node: process.version, date: new Date().toISOString().slice(0, 10), ...report };
  const folder = new URL("./results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(kept, null, 1)}\n`);
  return kept;
}

/** A table as Markdown. */
export function markdown({ header, rows }: Pick<Table, "header" | "rows">): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map((_, c) => (c === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}
