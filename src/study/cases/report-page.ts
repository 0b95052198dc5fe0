/** A report as one page of HTML, and on disk. */

import { writePage } from "../../exchange/foreign/page.ts";
import type { PlaceOptions } from "../../exchange/foreign/sink.ts";
import { documentHtml, type ReportDocument } from "../../report/index.ts";
import type { YieldToEventLoop } from "../../run.ts";
import { version } from "../../version.ts";
import { leftoversOf } from "../store/leftovers.ts";

/** A report as one page. */
export function reportPage(document: ReportDocument, yieldToEventLoop: YieldToEventLoop): Promise<string> {
  return documentHtml(document, { footer: `Lethe ${version}`, yieldToEventLoop });
}

/**
 * Writes a report as one page in one step. Returns where it is, and the paths of an old page that could not be removed, where there are any.
 * Throws `bad-input`, `conflict` and `aborted` as exports do.
 */
export async function writeReportPage(
  path: string,
  document: ReportDocument,
  { yieldToEventLoop, ...place }: PlaceOptions & { readonly yieldToEventLoop: YieldToEventLoop },
): Promise<{ readonly html: string; readonly leftovers?: string[] }> {
  const left = await writePage(path, await reportPage(document, yieldToEventLoop), place);
  return { html: path, ...(await leftoversOf(path, left)) };
}
