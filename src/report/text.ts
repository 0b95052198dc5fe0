/** Reports as lines for a terminal. */

import type { Numbers, Part, ReportDocument, Section, Verdict } from "./part.ts";
import { tabular } from "./tabular.ts";
import { barLines } from "./text/bars.ts";
import { chartLines } from "./text/chart.ts";
import { folded, indent, padded, widthOf } from "./text/layout.ts";
import { bad, good, strong, withoutStyle } from "./text/style.ts";
import { tableLines } from "./text/table.ts";
import { clean, quantityText } from "./values.ts";

const usualWidth = 80;
const gap = 2;
const marks = { good: () => good("✓"), bad: () => bad("✗"), open: () => "?" };

/** Lines without emphasis, or with the marks that the command line turns into the codes of a terminal. */
export type Emphasis = "none" | "marked";

/** A part as lines of at most `width` columns (20 at least): its title, and what it holds. */
export function partLines(part: Part, width = usualWidth, emphasis: Emphasis = "none"): string[] {
  return finished(linesOf(part, width), emphasis);
}

/** Parts one after another, with a line between them. */
export function partsLines(parts: readonly Part[], width = usualWidth, emphasis: Emphasis = "none"): string[] {
  return parts.flatMap((part, k) => [...(k === 0 ? [] : [""]), ...partLines(part, width, emphasis)]);
}

/** A section: its name and question, and below them its parts. */
export function sectionLines(section: Section, width = usualWidth, emphasis: Emphasis = "none"): string[] {
  const { name, question, parts } = section;
  const heading = folded(clean(`${name}: ${question}`), width).map(strong);
  return [...finished(heading, emphasis), ...indent(partsLines(parts, width - gap, emphasis), gap)];
}

/** A whole report. */
export function documentLines(report: ReportDocument, width = usualWidth, emphasis: Emphasis = "none"): string[] {
  const { title, lead, sections } = report;
  const opening = [
    ...folded(clean(title), width).map(strong),
    ...(lead === "" ? [] : ["", ...folded(clean(lead), width)]),
  ];
  return [
    ...finished(opening, emphasis),
    ...sections.flatMap((section) => ["", ...sectionLines(section, width, emphasis)]),
  ];
}

function finished(lines: readonly string[], emphasis: Emphasis): string[] {
  return lines.map((line) => (emphasis === "marked" ? line : withoutStyle(line)).trimEnd());
}

function linesOf(part: Part, width: number): string[] {
  if (part.kind === "verdict") return verdictLines(part, width);
  return [...titleLines(part, width), ...bodyLines(part, width)];
}

function titleLines({ title }: Part, width: number): string[] {
  return title.trim() === "" ? [] : folded(clean(title).trim(), width).map(strong);
}

function bodyLines(part: Exclude<Part, Verdict>, width: number): string[] {
  switch (part.kind) {
    case "numbers":
      return numbersLines(part, width);
    case "table":
      return tableLines(tabular(part), width);
    case "bars":
      return barLines(part, width);
    case "curves":
    case "points":
      return chartLines(part, width);
  }
}

function verdictLines({ title, outcome, text }: Verdict, width: number): string[] {
  const words = clean(title === "" ? text : `${title}: ${text}`);
  return folded(words, width - gap).map((line, k) => `${k === 0 ? marks[outcome]() : " "} ${line}`);
}

function numbersLines({ entries }: Numbers, width: number): string[] {
  if (entries.length === 0) return ["nothing to show"];
  const labels = entries.map(({ label }) => clean(label));
  const longest = Math.max(...labels.map(widthOf)) + gap;
  // A label as long as a line has its value below it.
  const beside = longest <= width / 2;
  return entries.flatMap((entry, k) => {
    if (!beside) return [...folded(labels[k], width), ...indent(folded(quantityText(entry), width - gap), gap)];
    const values = folded(quantityText(entry), width - longest);
    return values.map((line, n) => padded(n === 0 ? labels[k] : "", longest) + line);
  });
}
