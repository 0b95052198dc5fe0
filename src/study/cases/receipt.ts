/** A receipt of a forgetting: what was done, when and by what, and nobody's id. It is not signed. */

import type { Fingerprint } from "../../exchange/files/replace.ts";
import { checkPage, writePage } from "../../exchange/foreign/page.ts";
import { version } from "../../version.ts";
import type { ForgetFolderReport, ForgetFolderRequest } from "./forget.ts";
import { assuranceOf } from "./plain-words.ts";
import type { Verification } from "./verification.ts";

/** Where a receipt went, or why it did not. */
export interface ReceiptWritten {
  readonly file: string;
  readonly written: boolean;
  readonly why?: string;
  /** The receipt itself where it was not written: the same request finds nothing to forget a second time. */
  readonly text?: string;
}

/** The state of the place of a receipt; to be asked before long work. Throws `bad-input` where no receipt can be put. */
export function checkReceipt(file: string, folders: readonly string[]): Promise<Fingerprint> {
  return checkPage(file, folders, "receipt");
}

/** Writes a receipt in one step. Where it cannot be written that is told, with the receipt: the model is in place already. */
export async function writeReceipt(
  file: string,
  expected: Fingerprint,
  report: ForgetFolderReport,
  request: ForgetFolderRequest,
  now: Date,
): Promise<ReceiptWritten> {
  const text = `${JSON.stringify(receiptOf(report, request, now), undefined, 2)}\n`;
  try {
    await writePage(file, text, { expected });
    return { file, written: true };
  } catch (error) {
    return { file, written: false, why: error instanceof Error ? error.message : String(error), text };
  }
}

/** The receipt: of two runs of the same request on the same model only the time differs. A digest of the request is left out: ids are so few that it could be guessed. */
export function receiptOf(report: ForgetFolderReport, request: ForgetFolderRequest, now: Date) {
  const { method, guarantee, certificate, rows, unknown, gone, users, items, interactions } = report;
  return {
    receipt: "lethe-forget",
    receiptVersion: 1,
    time: now.toISOString(),
    digests: { before: report.digestBefore, after: report.digestAfter },
    request: {
      ...{ users: sizeOf(request.users), items: sizeOf(request.items) },
      interactions: request.interactions?.users.length ?? 0,
      before: request.before ?? null,
      unknown: {
        ...{ users: unknown.users.length, items: unknown.items.length, interactions: unknown.interactions.length },
      },
    },
    forgotten: { rows, users: gone.users, items: gone.items },
    remaining: { rows: interactions, users, items },
    ...{ method, guarantee, assurance: assuranceOf(report), status: report.status },
    certificate,
    verification: report.verification && withoutTime(report.verification),
    otherStarts: report.otherStarts,
    versions: { lethe: version, node: process.version },
    signed: false,
  };
}

function withoutTime({ seconds: _, ...verification }: Verification): Omit<Verification, "seconds"> {
  return verification;
}

function sizeOf(ids: readonly string[] = []): number {
  return new Set(ids).size;
}
