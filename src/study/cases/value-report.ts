/** What players are worth, as a report and as a table of text. */

import { csvLine } from "../../exchange/foreign/csv-cells.ts";
import type { Bars, Numbers, ReportDocument, Section, TablePart } from "../../report/part.ts";
import type { ValueReport } from "./value.ts";

/** What player k is called by people: an item by its title. */
function labelOf({ players, titles }: ValueReport, k: number): string {
  const player = players[k];
  const title = titles?.[k] ?? undefined;
  return typeof player === "string" ? (title ?? player) : `${player.user}: ${title ?? player.item}`;
}

/** What value n is about: a player, or a set of them. */
function nameOf(report: ValueReport, n: number): string {
  return report.sets ? report.sets[n].map((k) => labelOf(report, k)).join(" + ") || "nobody" : labelOf(report, n);
}

/** Places of values by their size, largest first; those that are no number last. */
function bySize(values: readonly (number | null)[]): number[] {
  const sizes = values.map((x) => (x === null ? -1 : Math.abs(x)));
  return Array.from(values.keys()).sort((a, b) => sizes[b] - sizes[a] || a - b);
}

/** A section a measure: what the model measures, and the values that are largest in size. */
export function valueSections(report: ValueReport, most: number): Section[] {
  const one = report.sets ? "set" : report.of.slice(0, -1);
  return report.measures.map(({ measure }, m) => ({
    name: measure,
    question: `what is each ${one} worth to it?`,
    parts: [numbersOf(report, m), barsOf(report, m, most)],
  }));
}

function numbersOf({ measures, values }: ValueReport, m: number): Numbers {
  const { label, unit, value } = measures[m];
  const known = values[m].filter((x) => x !== null);
  const missing = values[m].length - known.length;
  const signs = [1, 0, -1].map((sign) => known.filter((x) => Math.sign(x) === sign).length);
  return {
    kind: "numbers",
    title: label,
    entries: [
      ...(value === null ? [] : [{ label: "of the whole model", value, unit }]),
      { label: "sum of the values", value: known.reduce((sum, x) => sum + x, 0), unit },
      { label: "above, at and below 0", value: signs.join(", ") },
      ...(missing > 0 ? [{ label: "not known", value: missing }] : []),
    ],
  };
}

function barsOf(report: ValueReport, m: number, most: number): Bars {
  const order = bySize(report.values[m]);
  return {
    kind: "bars",
    title: order.length > most ? `The ${most} largest in size` : "",
    measure: `measure − measure without, in ${report.measures[m].unit}`,
    bars: order.slice(0, most).map((n) => {
      const interval = report.intervals?.[m][n] ?? undefined;
      return { label: nameOf(report, n), value: report.values[m][n] ?? Number.NaN, interval };
    }),
  };
}

/** Rows of a page's table: beyond these a file is the better place. */
const mostRows = 1000;

/** The whole report of values. */
export function valueDocument(folder: string, report: ValueReport): ReportDocument {
  const { method, of, players, intervals, trainings, notes } = report;
  const lead = [
    `What ${players.length} ${of} are worth to ${folder}, by ${method}.`,
    "A value above zero: the measure is larger with the player than without.",
    ...(intervals ? ["Whiskers are 95 % intervals."] : []),
    `It took ${trainings} trainings or solves.`,
  ];
  const said = notes.map((text) => ({ kind: "verdict" as const, title: "", outcome: "open" as const, text }));
  return {
    title: `Values of the ${of} of ${folder}`,
    lead: lead.join(" "),
    sections: [
      ...valueSections(report, 40).map((section, m) => ({ ...section, parts: [...section.parts, tableOf(report, m)] })),
      ...(said.length === 0 ? [] : [{ name: "notes", question: "what has a reader to know?", parts: said }]),
    ],
  };
}

function tableOf(report: ValueReport, m: number): TablePart {
  const { sets, rows, values, standardErrors, intervals, statuses } = report;
  const order = bySize(values[m]);
  return {
    kind: "table",
    title: order.length > mostRows ? `The first ${mostRows} of ${order.length} values` : "All values",
    header: [sets ? "set" : "player", "interactions", "value", "standard error", "from", "to", "status"],
    rows: order.slice(0, mostRows).map((n) => {
      const [from, to] = intervals?.[m][n] ?? [null, null];
      const error = standardErrors?.[m][n] ?? null;
      return [nameOf(report, n), sets ? null : rows[n], values[m][n], error, from, to, statuses[m][n]];
    }),
  };
}

/** All values as CSV: one line a value, measure by measure. What is not known is empty. */
export function valueCsv(report: ValueReport): string {
  const ofPairs = report.of === "interactions" && report.sets === undefined;
  const who = ofPairs ? ["user", "item"] : ["player"];
  const header = [...who, "interactions", "measure", "value", "standard_error", "lower", "upper", "status"];
  const lines = report.measures.flatMap(({ measure }, m) =>
    report.values[m].map((value, n) => {
      const [lower, upper] = report.intervals?.[m][n] ?? [];
      const numbers = [value, report.standardErrors?.[m][n], lower, upper];
      return [...idCells(report, n), report.sets ? null : report.rows[n], measure, ...numbers, report.statuses[m][n]];
    }),
  );
  return [header, ...lines].map(csvLine).join("");
}

function idCells({ players, sets }: ValueReport, n: number): string[] {
  const idsOf = (k: number) => {
    const player = players[k];
    return typeof player === "string" ? [player] : [player.user, player.item];
  };
  return sets ? [sets[n].map((k) => idsOf(k).join(" ")).join(" + ")] : idsOf(n);
}
