/** From a model folder to one of the next rows: new, gone and changed interactions in one step, with one certificate. */

import type { Reading, ReadingOptions } from "../../data/reading.ts";
import { checkTarget } from "../../exchange/model/target.ts";
import { goesToOptimum } from "../../training/updated.ts";
import { update } from "../../unlearning/index.ts";
import type { RowChanges } from "../choosing/next/changes.ts";
import { type ChangeCounts, composed } from "../choosing/next/composed.ts";
import { requestedChanges } from "../choosing/next/requested.ts";
import { type Events, type ForgetRequest, type Requested, requestedRows } from "../choosing/requested-rows.ts";
import { runOf } from "../run.ts";
import { withForgetting } from "../store/forgettings.ts";
import { leftoversOf } from "../store/leftovers.ts";
import { refuseLostErasures } from "../store/lost-erasures.ts";
import { isSourceOf, type NamedModel, openModel, storeModel } from "../store/model.ts";
import { ontoItself } from "../store/onto-itself.ts";
import { type Figures, type ForgetIntoOptions, type ForgetRowsOptions, promises, whatRemains } from "./forget.ts";
import { assuranceSentence } from "./plain-words.ts";
import { readRowsFor } from "./rows-for-model.ts";

/** What an update reports: what came, went and changed, and the figures of the model that is there now. */
export interface UpdateReport extends Figures, ChangeCounts {
  readonly method: "exact" | "retrain";
  readonly warnings: readonly string[];
}

/** Puts a model in memory on its next rows: the new model has no trace of ids without data. The same rows change nothing. */
export async function updateRows(
  named: NamedModel,
  changes: RowChanges,
  options: ForgetRowsOptions = {},
): Promise<{ readonly model: NamedModel; readonly report: UpdateReport }> {
  const run = runOf(options);
  const { dataset, next, positions, counts, same, warnings } = await composed(named, changes, run.yieldToEventLoop);
  const method = named.trained.onNextRows || goesToOptimum(named.trained) ? "exact" : "retrain";
  const found = await update(named.trained, next, run, options);
  const { model, figures } = await whatRemains(found, { ...named, dataset, positions }, run, options);
  const report = { method, ...counts, ...figures, warnings } as const;
  return { model: same ? named : model, report };
}

/** What an update of a folder reports. */
export interface StoredUpdateReport extends UpdateReport {
  /** SHA-256 of the manifests that the model had before, and has now; null for a model that was in no folder. */
  readonly digestBefore: string | null;
  readonly digestAfter: string | null;
  /** Where data of an earlier model may still lie; only where there is any. */
  readonly leftovers?: string[];
}

/**
 * Updates and stores. Throws `conflict`, and writes nothing, where the folder has been changed since the model was opened from it, and where another
 * model in it has forgotten what this one would bring back. New rows are brought on purpose, also those of somebody who was forgotten.
 */
export async function updateInto(
  named: NamedModel,
  changes: RowChanges,
  out: string,
  options: ForgetIntoOptions = {},
): Promise<StoredUpdateReport> {
  // Before the long work, not after it.
  const lying = await checkTarget(out);
  const { expected = lying, overwrite = false } = options;
  if (!overwrite && !(await isSourceOf(named, out))) {
    const whole = { ...named.dataset, interactions: named.trained.interactions };
    await refuseLostErasures(whole, changes.remove ?? new Uint32Array(0), out, lying, runOf(options));
  }
  const { model, report } = await updateRows(named, changes, options);
  const noted = model === named ? named : { ...model, forgotten: notesOf(named, report) };
  const stored = await storeModel(out, noted, { ...options, expected });
  return {
    ...report,
    ...{ digestBefore: named.source?.digest ?? null, digestAfter: stored.source?.digest ?? null },
    ...(await leftoversOf(out, stored.source?.leftovers)),
  };
}

/** An update by which nothing went is no forgetting; but what an earlier certificate was of is not there any more. */
function notesOf({ forgotten }: NamedModel, { method, guarantee, certificate, removed }: UpdateReport) {
  if (removed > 0) return withForgetting(forgotten ?? [], { method, guarantee, certificate, rows: removed });
  return forgotten?.map(({ certificate: _, ...note }) => note);
}

/** What is asked of a model folder. */
export interface UpdateRequest extends Omit<ForgetRequest, "interactions"> {
  /** A file of new rows. */
  readonly add?: string | undefined;
  readonly remove?: Events | undefined;
  readonly change?: Events | undefined;
  readonly reading?: ReadingOptions | undefined;
}

/** What updating a folder reports, and whether its method promises an optimum. */
export interface UpdateFolderReport extends StoredUpdateReport, Pick<Requested, "unknown"> {
  /** What the model is now, in plain words. */
  readonly summary: string;
  readonly promised: boolean;
}

/**
 * Updates the model in `folder` into the folder `out`, which may be the same: then a lock beside it keeps a second one from beginning. Throws as
 * `updateInto` does, `conflict` where the lock is held, and `unknown-id` for rows to remove or change that the model does not have.
 */
export function updateFolder(
  folder: string,
  out: string,
  { add, remove, change, reading, ...request }: UpdateRequest,
  options: ForgetIntoOptions = {},
): Promise<UpdateFolderReport> {
  return ontoItself(folder, out, async () => {
    const expected = await checkTarget(out);
    const named = await openModel(folder, options);
    const gone = requestedRows(named, { ...request, interactions: remove });
    // A nightly file may bring nothing; what a repeated pair means is asked when new rows stand beside the others.
    const read =
      add === undefined
        ? undefined
        : await readRowsFor(named.trained, add, { ...reading, empty: "taken", duplicates: "keep" });
    const changes: RowChanges = {
      add: read?.dataset,
      remove: gone.rows,
      change: change && requestedChanges(named, change),
      duplicates: reading?.duplicates,
      idempotent: request.idempotent,
    };
    const report = await updateInto(named, changes, out, { ...options, expected });
    const kept = report.digestAfter === report.digestBefore;
    const promised = !kept && promises({ name: report.method, guarantee: "certified" }, named.trained);
    const left = await leftoversOf(folder, report.leftovers);
    const { unknown } = gone;
    const warnings = [...toldOf(read), ...gone.warnings, ...report.warnings];
    return { ...report, summary: updatedSentence(report, kept), unknown, warnings, promised, ...left };
  });
}

/** The data of an updated model, in words. */
export const updatedData = "training on these interactions";

function updatedSentence(report: UpdateReport, kept: boolean): string {
  return kept ? "Nothing was to be updated." : `The model is up to date. ${assuranceSentence(report, updatedData)}`;
}

/** What is to be said of how new rows were read. */
function toldOf(read: Reading | undefined): readonly string[] {
  return read === undefined ? [] : [...(read.timeless === undefined ? [] : [read.timeless]), ...read.notes];
}
