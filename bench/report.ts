/** What a bench gives back: tables for people, figures for machines; and how they are kept. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
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

/** Writes a report to bench/results/<name>.json; one of some parts beside the others that are there. */
export function keep(name: string, report: Report, parts = false): KeptReport {
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const kept = { name, machine, node: process.version, date: new Date().toISOString().slice(0, 10), ...report };
  const folder = new URL("./results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const file = new URL(`${name}.json`, folder);
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as KeptReport) : undefined;
  const all = before && parts ? besides(kept, before) : kept;
  writeFileSync(file, `${JSON.stringify(all, null, 1)}\n`);
  return kept;
}

/** A report with the tables, rows and figures of another that it has not itself: a row is known by its first cell. */
function besides(report: KeptReport, { tables, figures }: KeptReport): KeptReport {
  const all = <Part extends { readonly id?: string }>(parts: readonly Part[], others: readonly Part[]) => [
    ...others.filter(({ id }) => parts.every((part) => part.id !== id)),
    ...parts,
  ];
  const isList = Array.isArray(report.figures) && Array.isArray(figures);
  return {
    ...report,
    tables: all(
      report.tables.map((table) =>
        withRowsOf(
          table,
          tables.find(({ id }) => id === table.id),
        ),
      ),
      tables,
    ),
    figures: isList ? all(report.figures as Table[], figures as Table[]) : report.figures,
  };
}

function withRowsOf(table: Table, other: Table | undefined): Table {
  if (other === undefined || other.header.join() !== table.header.join()) return table;
  const own = new Set(table.rows.map(([name]) => name));
  return { ...table, rows: [...other.rows.filter(([name]) => !own.has(name)), ...table.rows] };
}

/** A table as Markdown. */
export function markdown({ header, rows }: Pick<Table, "header" | "rows">): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map((_, c) => (c === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}
