/** What an audit found, as a report. */

import type { ReportDocument, Section } from "../../report/part.ts";
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

function leftOut(skipped: AuditReport["skipped"]): Section[] {
  const rows = Object.entries(skipped);
  if (rows.length === 0) return [];
  const table = { kind: "table" as const, title: "", header: ["audit", "why"], rows };
  return [{ name: "left out", question: "which audits were not run?", parts: [table] }];
}
