/** From an erasure request to a model folder without the forgotten data, and its certificate. */

import type { Rows } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import type { Fingerprint } from "../../exchange/files/replace.ts";
import { checkTarget } from "../../exchange/model/target.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { GivenSettings } from "../../method/method.ts";
import { inParts } from "../../run.ts";
import type { Certificate } from "../../training/certificate.ts";
import { certifySmooth } from "../../training/certify.ts";
import type { TrainStatus } from "../../training/factors/descent.ts";
import { checkStarts, hasOtherStarts, type OtherStarts, otherStarts } from "../../training/other-starts.ts";
import type { Beginning, TrainedModel } from "../../training/trained-model.ts";
import type { ForgetOptions, Forgotten, Guarantee } from "../../unlearning/index.ts";
import { type NamedUnlearner, unlearnerNamed, usualUnlearner } from "../choosing/methods.ts";
import { type ForgetRequest, requestedRows } from "../choosing/requested-rows.ts";
import type { Unknown } from "../choosing/unknown.ts";
import { runOf, type UseOptions } from "../run.ts";
import { compacted, inOrderWithout } from "../store/compaction.ts";
import { withForgetting } from "../store/forgettings.ts";
import { leftoversOf } from "../store/leftovers.ts";
import { refuseLostErasures } from "../store/lost-erasures.ts";
import { isSourceOf, type NamedModel, openModel, type StoreOptions, storeModel } from "../store/model.ts";
import { ontoItself } from "../store/onto-itself.ts";
import { checkOriginal, withOriginal } from "../store/original.ts";
import { forgottenSentence } from "./forgotten-words.ts";
import { losingAll } from "./losing.ts";
import { type Verification, verificationOf } from "./verification.ts";

/** What forgetting runs with. */
export interface ForgetRowsOptions extends UseOptions, ForgetOptions {}

/** What forgetting reports. Norms are ‖∇J‖ of the objective on what remains; seconds are those of forgetting alone. */
export interface ForgetReport {
  readonly method: string;
  /** Interactions forgotten. */
  readonly rows: number;
  readonly guarantee: Guarantee;
  /** Members that were trained again; only of a model in shards whose other members were left. */
  readonly membersHit?: number | undefined;
  /** How the linear solve ended; only of methods that solve once. */
  readonly solver?: Forgotten["solver"];
  readonly status: TrainStatus;
  /** These four are null for a model without an objective. */
  readonly objective: number | null;
  readonly gradientNorm: number | null;
  readonly gradientNormBefore: number | null;
  readonly tolerance: number | null;
  readonly seconds: number;
  readonly certificateSeconds: number;
  /** Passes over the data that forgetting took. */
  readonly passes: number;
  /** What remains. */
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  readonly certificate: Certificate;
  readonly caveats: readonly string[];
  readonly seed: number;
}

/** Forgets rows of a model in memory: the new model has no trace of ids without data. */
export async function forgetRows(
  named: NamedModel,
  rows: Rows,
  unlearner: NamedUnlearner,
  options: ForgetRowsOptions = {},
): Promise<{ model: NamedModel; report: ForgetReport }> {
  const { interactions } = named.trained;
  refuseAll(rows, interactions.size);
  const run = runOf(options);
  // Before the work: a training that begins anew then adds up in the order in which one on the rest would.
  const ordered = rows.length === 0 ? named : await inOrderWithout(named, rows, run.yieldToEventLoop);
  await run.yieldToEventLoop();
  const forgotten = await unlearner.forget(ordered.trained, rows, run, options);
  const { model, figures } = await whatRemains(forgotten, ordered, run, options);
  return { model, report: { method: unlearner.name, rows: rows.length, ...figures } };
}

/** What is told of a model that is there now, and of the way to it. */
export type Figures = Omit<ForgetReport, "method" | "rows">;

function figuresOf(forgotten: Forgotten, { trained, dataset }: NamedModel, certificate: Certificate): Figures {
  return {
    guarantee: forgotten.guarantee,
    ...(forgotten.membersHit === undefined ? {} : { membersHit: forgotten.membersHit }),
    ...(forgotten.solver === undefined ? {} : { solver: forgotten.solver }),
    status: trained.smooth?.status ?? (certificate.converged ? "converged" : "step-limit"),
    objective: trained.smooth?.value ?? null,
    gradientNorm: trained.smooth?.gradientNorm ?? null,
    gradientNormBefore: forgotten.gradientNormBefore,
    tolerance: trained.smooth?.tolerance ?? null,
    seconds: forgotten.milliseconds.forget / 1000,
    certificateSeconds: forgotten.milliseconds.certify / 1000,
    passes: forgotten.passes,
    users: dataset.userIds.size,
    items: dataset.itemIds.size,
    interactions: trained.interactions.size,
    certificate,
    caveats: forgotten.caveats,
    seed: trained.seed,
  };
}

/** Throws `bad-input` where nothing would be left to be a model of. */
export function refuseAll(rows: Rows, size: number): void {
  if (rows.length < size) return;
  throw new LetheError(
    "bad-input",
    "this request forgets every interaction; no model would be left",
    "delete the model folder instead",
  );
}

/** The model without ids that have no data, and its figures: rows that an approximation left there took part in the certificate before. */
export async function whatRemains(
  forgotten: Forgotten,
  named: NamedModel,
  run: RunContext,
  { curvature }: ForgetOptions,
): Promise<{ model: NamedModel; figures: Figures }> {
  await run.yieldToEventLoop();
  // Its notes of what it forgot are written by whoever stores it.
  const model = compacted({ ...named, trained: forgotten.model, forgotten: undefined });
  const { smooth } = model.trained;
  const same = smooth?.params.length === forgotten.model.smooth?.params.length;
  // At an optimum the rows without data are zero; but σ₁ is found to three digits only where it is large, and from another start.
  const asThere = forgotten.certificate.converged && model.dataset.itemIds.size === named.dataset.itemIds.size;
  if (smooth === undefined || same || asThere)
    return { model, figures: figuresOf(forgotten, model, forgotten.certificate) };
  const certificate = await certifySmooth(smooth, run, { curvature });
  const { objective: value, gradientNorm } = certificate;
  const certified = { ...model, trained: { ...model.trained, smooth: { ...smooth, value, gradientNorm } } };
  return { model: certified, figures: figuresOf(forgotten, certified, certificate) };
}

/** What forgetting into a folder takes. */
export interface ForgetIntoOptions extends ForgetRowsOptions {
  /** What `checkTarget` found at the folder before the model was opened; default: what it finds now. */
  readonly expected?: Fingerprint | undefined;
  /** Replaces another model even where that one has forgotten what this one still has. */
  readonly overwrite?: boolean | undefined;
}

/** How what was forgotten is to be checked by more trainings, before anything is written. */
export interface CheckOptions {
  /** Trains again in the same way without the forgotten data, and compares. */
  readonly verify?: boolean | undefined;
  /** Trains so many times more from random factors, and says whether these end elsewhere. */
  readonly starts?: number | undefined;
}

/** What more trainings have shown. */
export interface Checked {
  /** Null where nobody asked, and where nothing was forgotten. */
  readonly verification: Verification | null;
  /** Null for models without closed forms, and where nothing was forgotten. */
  readonly otherStarts: OtherStarts | null;
}

/** What forgetting into a folder reports. */
export interface StoredForgetReport extends ForgetReport, Checked {
  /** Where the model's training began; null for models without closed forms. */
  readonly begins: Beginning | null;
  /** SHA-256 of the manifests that the model had before, and has now; null for a model that was in no folder. */
  readonly digestBefore: string | null;
  readonly digestAfter: string | null;
  /** How many users and items have lost all their data. */
  readonly gone: { readonly users: number; readonly items: number };
  /** Items among them that the model keeps without data, because others' data refer to them. */
  readonly keptItems: readonly string[];
  /** Whether the model has factors that other systems can take. */
  readonly exportable: boolean;
  /**
   * Where forgotten data may still lie: old contents that could not be removed, what links in the place of the model's files led to, and what
   * writers that died have left. Only where there is any.
   */
  readonly leftovers?: string[];
}

/**
 * Forgets and stores. Forgetting nothing stores the same model, byte for byte. Throws `conflict`, and writes nothing, where the folder has been
 * changed since the model was opened from it, or where another model in it has forgotten what this one would bring back.
 */
export async function forgetInto(
  named: NamedModel,
  rows: Rows,
  unlearner: NamedUnlearner,
  out: string,
  options: ForgetIntoOptions & CheckOptions = {},
): Promise<StoredForgetReport> {
  checkStarts(named.trained, options.starts);
  // Before the long work, not after it.
  const lying = await checkTarget(out);
  const { expected = lying, overwrite = false } = options;
  if (!overwrite) await refuseBringingBack(named, rows, out, lying, runOf(options));
  const nothing = rows.length === 0 && unlearner.name !== "retrain";
  const checks = nothing ? {} : options;
  const [forgetting, checking] = inParts(runOf(options), sharesOf(checks));
  const { model, report } = await forgetRows(named, rows, unlearner, { ...options, ...forgetting });
  const checked = nothing ? unchecked : await checkedBy(model.trained, report.certificate, checks, checking);
  const { method, guarantee, certificate } = report;
  const forgotten = withForgetting(named.forgotten ?? [], { method, guarantee, certificate, rows: rows.length });
  const stored = nothing
    ? await storedAsItIs(named, out, { ...options, expected })
    : await storeModel(out, { ...model, forgotten }, { ...options, expected });
  const { users, items } = losingAll(named, rows);
  return {
    ...{ ...report, ...checked, begins: named.trained.trainer.begins ?? null },
    gone: { users: users.length, items: items.length },
    keptItems: items.filter((id) => stored.dataset.itemIds.find(id) !== undefined),
    exportable: stored.trained.factors !== undefined,
    ...{ digestBefore: named.source?.digest ?? null, digestAfter: stored.source?.digest ?? null },
    ...(await leftoversOf(out, stored.source?.leftovers)),
  };
}

const unchecked: Checked = { verification: null, otherStarts: null };

/** A training takes about as long as two forgettings. */
function sharesOf({ verify, starts = 0 }: CheckOptions): [forget: number, checks: number] {
  return [1, 2 * ((verify ? 1 : 0) + starts)];
}

/** The trainings that were asked for, on what remains. */
async function checkedBy(
  trained: TrainedModel,
  certificate: Certificate,
  { verify = false, starts = 0 }: CheckOptions,
  run: RunContext,
): Promise<Checked> {
  const [again, others] = inParts(run, [verify ? 1 : 0, starts]);
  return {
    verification: verify ? await verificationOf(trained, again) : null,
    otherStarts: hasOtherStarts(trained) ? await otherStarts(trained, starts, certificate, others) : null,
  };
}

/** Throws `conflict` where another model at `out` has forgotten what this one would bring back. */
export async function refuseBringingBack(
  named: NamedModel,
  rows: Rows,
  out: string,
  lying: Fingerprint,
  run: RunContext,
): Promise<void> {
  if (await isSourceOf(named, out)) return;
  const whole = { ...named.dataset, interactions: named.trained.interactions };
  await refuseLostErasures(whole, rows, out, lying, run);
}

/** Stores the same model, byte for byte; in its own folder there is nothing to write. */
async function storedAsItIs(named: NamedModel, out: string, options: StoreOptions): Promise<NamedModel> {
  return (await isSourceOf(named, out)) ? named : storeModel(out, named, options);
}

/** An erasure request to a model folder. */
export interface ForgetFolderRequest extends ForgetRequest {
  /** Name of an unlearner; default: `usualUnlearner`. */
  readonly method?: string | undefined;
  /** The form that the paper prints, where that is another. */
  readonly literal?: boolean | undefined;
  /** Settings of the unlearner. */
  readonly settings?: GivenSettings | undefined;
}

/** What forgetting into a folder takes from a folder. */
export interface ForgetFolderOptions extends ForgetIntoOptions, CheckOptions {
  /** A new folder for the model as it was, which an audit compares with. */
  readonly keepOriginal?: string | undefined;
}

/** What forgetting from a folder reports, and whether the method promises an optimum. */
export interface ForgetFolderReport extends StoredForgetReport {
  /** What was done and what is proved of it, in one plain sentence or two. */
  readonly summary: string;
  readonly promised: boolean;
  /** What was asked for and is not in the model. */
  readonly unknown: Unknown;
  /** Look-alikes of what was asked for, and what became of them. */
  readonly warnings: readonly string[];
  /** Where the model is kept as it was. */
  readonly original?: string | undefined;
}

/**
 * Forgets from the model in `folder` into the folder `out`, which may be the same: then a lock beside it keeps a second one from beginning.
 * Throws `conflict` as `forgetInto` does, and where the lock is held.
 */
export async function forgetFolder(
  folder: string,
  out: string,
  request: ForgetFolderRequest,
  options: ForgetFolderOptions = {},
): Promise<ForgetFolderReport> {
  return ontoItself(folder, out, async () => {
    const expected = await checkTarget(out);
    await checkOriginal(options.keepOriginal, [folder, out]);
    const model = await openModel(folder, options);
    const { rows, unknown, warnings, unlearner } = plannedForgetting(model, request);
    const kept = rows.length === 0 && unlearner.name !== "retrain";
    const report = await withOriginal(model, kept ? undefined : options.keepOriginal, options, () =>
      forgetInto(model, rows, unlearner, out, { ...options, expected }),
    );
    const told = { request, unknown, rows: rows.length, kept: report.keptItems };
    const left = await leftoversOf(folder, report.leftovers);
    return {
      ...report,
      summary: forgottenSentence(told, report),
      ...{ unknown, warnings, promised: !kept && promises(unlearner, model.trained), ...left },
      ...(kept || options.keepOriginal === undefined ? {} : { original: options.keepOriginal }),
    };
  });
}

/** The rows of a request, and the unlearner that is to forget them. */
export function plannedForgetting(model: NamedModel, request: ForgetFolderRequest) {
  const found = requestedRows(model, request);
  // Who names no method and nothing to forget wants no training.
  const method = request.method ?? (found.rows.length === 0 ? "exact" : usualUnlearner(model));
  const settings = { ...(request.literal === true ? { form: "printed" } : {}), ...request.settings };
  return { ...found, unlearner: unlearnerNamed(method, model.trained, settings) };
}

/** Whether forgetting is to end at an optimum: retraining ends where the model's own trainer does, and batches alone reach none. */
export function promises(
  { name, guarantee }: Pick<NamedUnlearner, "name" | "guarantee">,
  { trainer, smooth }: TrainedModel,
): boolean {
  if (guarantee === "approximate") return false;
  return trainer.toOptimum || (name !== "retrain" && smooth !== undefined);
}
