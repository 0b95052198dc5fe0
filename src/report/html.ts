/** A report as one page of HTML that needs nothing beside itself: no script, no request, no file. */

import type { YieldToEventLoop } from "../run.ts";
import { escaped } from "./escape.ts";
import { outcomeWords, partHtml, text } from "./html/parts.ts";
import { pageStyle } from "./html/style.ts";
import type { ReportDocument, Section, Verdict } from "./part.ts";
import { type Drawing, openDrawing } from "./svg.ts";

/** How a page is made. */
export interface PageOptions {
  /** What stands at the end of the page: who made it. */
  readonly footer?: string | undefined;
  /** Called between parts. */
  readonly yieldToEventLoop?: YieldToEventLoop | undefined;
}

/** The page; the same report has the same bytes. */
export async function documentHtml(document: ReportDocument, options: PageOptions = {}): Promise<string> {
  const { footer = "", yieldToEventLoop = async () => {} } = options;
  const drawing = await openDrawing();
  const sections: string[] = [];
  for (const [k, section] of document.sections.entries())
    sections.push(await sectionHtml(section, k, drawing, yieldToEventLoop));
  return pageOf(document, sections, footer);
}

async function sectionHtml(
  { name, question, parts }: Section,
  k: number,
  drawing: Drawing,
  yieldToEventLoop: YieldToEventLoop,
): Promise<string> {
  const bodies: string[] = [];
  for (const part of parts) {
    await yieldToEventLoop();
    bodies.push(partHtml(part, drawing));
  }
  return [
    `<section id="section-${k + 1}" aria-labelledby="name-${k + 1}">`,
    `<h2 id="name-${k + 1}">${text(name)}</h2>`,
    ...(question === "" ? [] : [`<p class="question">${text(question)}</p>`]),
    ...bodies,
    "</section>",
  ].join("\n");
}

function pageOf({ title, lead, sections }: ReportDocument, bodies: readonly string[], footer: string): string {
  return `${[
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none';style-src 'unsafe-inline';img-src data:">`,
    '<link rel="icon" href="data:,">',
    `<title>${escaped(title)}</title>`,
    `<style>${pageStyle}</style>`,
    "</head>",
    "<body>",
    "<main>",
    `<h1>${text(title)}</h1>`,
    ...(lead === "" ? [] : [`<p class="lead">${text(lead)}</p>`]),
    ...inShort(sections),
    ...bodies,
    ...(footer === "" ? [] : [`<footer>${text(footer)}</footer>`]),
    "</main>",
    "</body>",
    "</html>",
  ].join("\n")}\n`;
}

/** The verdicts of all sections, with links to them; nothing where there are none. */
function inShort(sections: readonly Section[]): string[] {
  const items = sections.flatMap(({ parts, name }, k) =>
    parts
      .filter((part): part is Verdict => part.kind === "verdict")
      .map(({ outcome, title }) => {
        const link = `<a href="#section-${k + 1}">${text(title === "" ? name : title)}</a>`;
        return `<li class="${outcome}"><strong>${outcomeWords[outcome]}</strong> ${link}</li>`;
      }),
  );
  return items.length === 0 ? [] : [`<ul class="short" aria-label="In short">\n${items.join("\n")}\n</ul>`];
}
