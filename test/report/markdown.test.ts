/** Laws of reports as Markdown: nothing from outside is markup, and tables stay tables. */

import { expect, test } from "vitest";
import { documentMarkdown, type Part, partMarkdown } from "../../src/report/index.ts";
import { allParts, hostileTexts, partsWith, reportOf, usualParts } from "./samples.ts";

/** Lines outside of fences and those within; throws where a fence stays open. */
function split(markdown: string): { readonly outside: string[]; readonly inside: string[] } {
  const [outside, inside]: [string[], string[]] = [[], []];
  let fence: string | undefined;
  for (const line of markdown.split("\n")) {
    if (fence === undefined && /^`{3,}/.test(line)) fence = /^`+/.exec(line)?.[0];
    else if (fence !== undefined && line === fence) fence = undefined;
    else (fence === undefined ? outside : inside).push(line);
  }
  if (fence !== undefined) throw new Error(`a fence stays open: ${fence}`);
  return { outside, inside };
}

/** Bars that no backslash takes back. */
const bars = (line: string) => line.replace(/\\./g, "").split("|").length - 1;

/** What is markup still when escapes are taken away. */
const markup = (line: string) =>
  line
    .replace(/^> \*\*[✓✗?] \w+\*\*/, "")
    .replace(/^\*\*(.*)\*\*$/, "$1")
    .replace(/^#{1,2} /, "")
    .replace(/\\./g, "");

test.each(allParts.map((part, k) => [k, part] as const))(
  "part %d has its fences closed and its rows alike",
  (_, part) => {
    const { outside } = split(partMarkdown(part));
    const widths = outside.filter((line) => line.startsWith("| ")).map(bars);
    expect(new Set(widths).size).toBeLessThanOrEqual(1);
    if (part.kind === "table" && part.rows.length > 0) expect(widths.length).toBe(part.rows.length + 2);
    expect(partMarkdown(part)).toMatch(/[^\n]\n$/);
  },
);

test.each(hostileTexts)("%j is text", (text) => {
  for (const part of partsWith(text)) {
    const { outside, inside } = split(partMarkdown(part));
    for (const line of outside) if (!line.startsWith("| ")) expect(markup(line)).not.toMatch(/[<>`*[\]_~]/);
    for (const line of outside) expect(line.replace(/\\./g, "")).not.toMatch(/[<`[\]]|\p{Cc}/u);
    for (const line of inside) expect(line).not.toMatch(/\p{Cc}/u);
  }
});

test("a document has its headings, leads and values, and the same bytes each time", () => {
  const text = documentMarkdown(reportOf(usualParts, "Found"));
  expect(text).toMatch(/^# Found\n\nFound\n\n## Found\n\nFound\n\n> \*\*✓ good\*\* — At an optimum/);
  expect(text).toContain("| original | 0.9213 | 0.7301 | 20,000 |");
  expect(text).toContain("| AUC | 0.7031 (0.68 to 0.7264) |");
  expect(documentMarkdown(reportOf(usualParts, "Found"))).toBe(text);
});

test("a paragraph that begins as a list or heading would is none", () => {
  const verdict = (text: string): Part => ({ kind: "verdict", title: "", outcome: "open", text });
  for (const text of ["- a", "1. b", "+ c", "# d", "=== e"]) {
    const report = { title: "t", lead: text, sections: [{ name: "n", question: text, parts: [verdict(text)] }] };
    for (const line of documentMarkdown(report).split("\n")) expect(line).not.toMatch(/^(- |1\. |\+ |# d|===)/);
  }
});
