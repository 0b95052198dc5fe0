/** The report of an audit as one page of HTML. */

import { writePage } from "../../exchange/foreign/page.ts";
import type { PlaceOptions } from "../../exchange/foreign/sink.ts";
import { documentHtml, type ReportDocument, type Section } from "../../report/index.ts";
import type { YieldToEventLoop } from "../../run.ts";
import { version } from "../../version.ts";
import { leftoversOf } from "../store/leftovers.ts";
import type { AuditReport } from "./audit.ts";

/** What was compared, by the names that it was given. */
export interface AuditedNames {
  readonly folder: string;
  readonly original: string;
  readonly retrained?: string | undefined;
  readonly test?: string | undefined;
}

/** The whole report of an audit: what was compared, what was found, and what was left out. */
export function auditDocument(names: AuditedNames, { forgotten, sections, skipped }: AuditReport): ReportDocument {
  const { folder, original, retrained, test } = names;
  const ratings = `${forgotten} ${forgotten === 1 ? "rating" : "ratings"}`;
  const compared = [
    `${folder} has forgotten ${ratings} of its original, ${original}.`,
    retrained === undefined
      ? "No retrained model was given to compare with."
      : `It is compared with ${retrained}, trained again on what remains.`,
    ...(test === undefined ? [] : [`Held-out ratings are those of ${test}.`]),
  ];
  return { title: `Audit of ${folder}`, lead: compared.join(" "), sections: [...sections, ...leftOut(skipped)] };
}

/**
 * Writes the page of an audit in one step. Returns where it is, and the paths of an old page that could not be removed, where there are any.
 * Throws `bad-input`, `conflict` and `aborted` as exports do.
 */
export async function writeAuditPage(
  path: string,
  document: ReportDocument,
  { yieldToEventLoop, ...place }: PlaceOptions & { readonly yieldToEventLoop: YieldToEventLoop },
): Promise<{ readonly html: string; readonly leftovers?: string[] }> {
  const page = await documentHtml(document, { footer: `Lethe ${version}`, yieldToEventLoop });
  const left = await writePage(path, page, place);
  return { html: path, ...(await leftoversOf(path, left)) };
}

function leftOut(skipped: AuditReport["skipped"]): Section[] {
  const rows = Object.entries(skipped);
  if (rows.length === 0) return [];
  const table = { kind: "table" as const, title: "", header: ["audit", "why"], rows };
  return [{ name: "left out", question: "which audits were not run?", parts: [table] }];
}
