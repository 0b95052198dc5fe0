/** What cleaning answers as a report, as a figure and as a table of text. */

import { csvLine } from "../../../exchange/foreign/csv-cells.ts";
import type { Cell, Curves, Part, ReportDocument, Section } from "../../../report/part.ts";
import { numberText } from "../../../report/values.ts";
import type { Cleaned, Suspect } from "./cleaned.ts";
import { isPushed } from "./pushed.ts";

/** The report: what to do, the curve behind it, and the `most` most suspicious. */
export function cleanReport(cleaned: Cleaned, most: number): ReportDocument {
  const { model, players, method, measure, tail, held } = cleaned;
  const where = held.from === "test" ? "of the test file" : "that a second training did not see";
  return {
    title: `Which ${players.kind} spoil this model?`,
    lead: `${model.kind} on ${numberText(model.interactions)} interactions of ${numberText(model.users)} users and ${numberText(model.items)} items; ${numberText(players.count)} ${players.kind} by ${method}, ${tail} ${measure} first; ${numberText(held.choosing)} rows ${where} choose how many go, ${numberText(held.judging)} judge it.`,
    sections: [pushed(cleaned), verdict(cleaned), curve(cleaned), suspects(cleaned, most), notes(cleaned)].filter(
      ({ parts }) => parts.length > 0,
    ),
  };
}

/** The held-out error over the share that is removed. */
export function cleanCurve({ curve: points, error, players }: Cleaned): Curves {
  const line = (of: (one: Cleaned["curve"][number]) => number) => [
    [0, error.keepAll] as const,
    ...points.map((one) => [one.share, of(one)] as const),
  ];
  return {
    kind: "curves",
    title: `Held-out ${error.measure} without some of the ${players.kind}`,
    x: `share of the ${players.kind} removed`,
    y: `${error.measure} (${error.better} is better)`,
    lines: [
      { label: "most suspicious first", points: line(({ judging }) => judging) },
      { label: "at random", points: line(({ random }) => random), reference: true },
    ],
  };
}

/** All players as CSV, the most suspicious first. */
export function cleanCsv({ players, suspects: all }: Cleaned): string {
  const one = ({ user, item, rating, rows, value, advice, relabel, reason }: Suspect) =>
    players.kind === "users"
      ? [user, rows, value, advice, reason]
      : [user, item, rating, value, advice, relabel ?? null, reason];
  const header =
    players.kind === "users"
      ? ["user", "interactions", "value", "advice", "reason"]
      : ["user", "item", "rating", "value", "advice", "relabel", "reason"];
  return [header, ...all.map(one)].map(csvLine).join("");
}

function pushed({ pushed: items = [] }: Cleaned): Section {
  const [first] = items;
  if (first === undefined) return { name: "pushed", question: "", parts: [] };
  const who = `${first.title ?? first.item}, by ${first.behind} of its ${first.interactions} interactions`;
  const text = isPushed(first)
    ? `${who}, is pushed: by chance at most ${Number(first.byChance.toPrecision(2))} items would look like this`
    : `if any item is, it is ${who}; but by chance up to ${Math.ceil(first.byChance)} items might look like this`;
  const rows = items.map(({ item, title, interactions, behind, statistic }): Cell[] => [
    item,
    title,
    interactions,
    behind,
    Number(statistic.toFixed(2)),
  ]);
  const header = ["item", "title", "interactions", "behind it", "T"];
  const named = items.some(({ title }) => title !== null);
  const shown = (cells: readonly Cell[]) => (named ? cells : cells.filter((_, c) => c !== 1));
  return {
    name: "pushed",
    question: "which item's mean score rests on users who look made up?",
    parts: [
      { kind: "verdict", title: "", outcome: isPushed(first) ? "bad" : "open", text },
      { kind: "table", title: "", header: shown(header) as string[], rows: rows.map(shown) },
    ],
  };
}

function verdict({ recommendation: { advice, text } }: Cleaned): Section {
  return {
    name: "advice",
    question: "does removing the most suspicious help?",
    parts: [{ kind: "verdict", title: "", outcome: advice === "keep" ? "open" : "good", text }],
  };
}

function curve(cleaned: Cleaned): Section {
  const digits = (value: number): Cell => Number(value.toFixed(4));
  const { error, curve: points, players } = cleaned;
  const rows = points.map(({ share, players: count, rows: gone, judging, random, interval }): Cell[] => [
    `${Number((100 * share).toPrecision(3))} %`,
    count,
    ...(players.kind === "users" ? [gone] : []),
    digits(judging),
    interval === null ? null : `${digits(interval[0])} to ${digits(interval[1])}`,
    digits(random),
  ]);
  const header = [
    "removed",
    players.kind,
    ...(players.kind === "users" ? ["rows"] : []),
    error.measure,
    "difference, 95 %",
    "at random",
  ];
  const all: Cell[] = ["none", 0, ...(players.kind === "users" ? [0] : []), digits(error.keepAll), null, null];
  return {
    name: "removal",
    question: `what does the held-out error become? ${error.better} is better`,
    parts: [
      { kind: "table", title: "", header, rows: [all, ...rows] },
      ...relabelledPart(cleaned),
      cleanCurve(cleaned),
    ],
  };
}

function relabelledPart({ relabelled, error, recommendation: { share } }: Cleaned): Part[] {
  if (relabelled === undefined) return [];
  const label = `${error.measure}, ${relabelled.rows} of the first ${Number((100 * share).toPrecision(3))} % relabelled`;
  return [{ kind: "numbers", title: "", entries: [{ label, value: Number(relabelled.judging.toFixed(4)) }] }];
}

function suspects({ suspects: all, players, measure }: Cleaned, most: number): Section {
  const header = players.kind === "users" ? ["user", "rows"] : ["user", "item", "rating"];
  const rows = all
    .slice(0, most)
    .map(({ user, item, title, rating, rows: count, value, advice, relabel }): Cell[] => [
      user,
      ...(players.kind === "users" ? [count] : [title ?? item ?? null, rating ?? null]),
      value === null ? null : Number(value.toPrecision(4)),
      advice === "relabel" ? `relabel: ${relabel}` : advice,
    ]);
  return {
    name: "suspects",
    question: `which ${players.kind} are most suspicious?`,
    parts: [{ kind: "table", title: "", header: [...header, measure, "advice"], rows }],
  };
}

function notes({ notes: told, status }: Cleaned): Section {
  const entries = [...(status === "converged" ? [] : [status]), ...told].map((value) => ({ label: "note", value }));
  const parts: Part[] = entries.length === 0 ? [] : [{ kind: "numbers", title: "", entries }];
  return { name: "notes", question: "what has a reader of the figures to know?", parts };
}
