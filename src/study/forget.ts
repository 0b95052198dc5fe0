/** From an erasure request to a model folder without the forgotten data, and its certificate. */

import { indexOf } from "../data/dataset.ts";
import type { Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import { lockFolder } from "../exchange/files/lock.ts";
import type { Fingerprint } from "../exchange/files/replace.ts";
import { realFolder } from "../exchange/files/temporaries.ts";
import { checkTarget } from "../exchange/model/target.ts";
import { type Certificate, certify } from "../training/certificate.ts";
import type { TrainStatus } from "../training/descent.ts";
import { certifyScored } from "../training/scored/certificate.ts";
import { type AnyTrained, isFactorTrained } from "../training/trained.ts";
import type { ForgetOptions, Forgotten, Guarantee } from "../unlearning/index.ts";
import { refuseLostErasures } from "./lost-erasures.ts";
import { type NamedUnlearner, unlearnerNamed, usualUnlearner } from "./methods.ts";
import { compacted, isSourceOf, type NamedModel, openModel, storeModel } from "./model.ts";

/** What to forget, by outside ids: all of a user, all of an item, or single interactions. */
export interface ForgetRequest {
  readonly users?: readonly string[] | undefined;
  readonly items?: readonly string[] | undefined;
  readonly interactions?: { readonly users: readonly string[]; readonly items: readonly string[] } | undefined;
}

/** The rows of a request, ascending; throws `unknown-id` for a user, item or pair that the model does not have. */
export function rowsOf({ dataset, trained }: NamedModel, request: ForgetRequest): Rows {
  const { byUser, byItem, items } = trained.objective.interactions;
  const chosen = new Set<number>();
  for (const id of request.users ?? []) {
    const user = indexOf(dataset.userIds, id, "user");
    for (let k = byUser.start[user]; k < byUser.start[user + 1]; k++) chosen.add(byUser.rows[k]);
  }
  for (const id of request.items ?? []) {
    const item = indexOf(dataset.itemIds, id, "item");
    for (let k = byItem.start[item]; k < byItem.start[item + 1]; k++) chosen.add(byItem.rows[k]);
  }
  request.interactions?.users.forEach((userId, n) => {
    const itemId = request.interactions?.items[n] ?? "";
    const user = indexOf(dataset.userIds, userId, "user");
    const item = indexOf(dataset.itemIds, itemId, "item");
    const before = chosen.size;
    let found = false;
    for (let k = byUser.start[user]; k < byUser.start[user + 1]; k++)
      if (items[byUser.rows[k]] === item) {
        chosen.add(byUser.rows[k]);
        found = true;
      }
    if (!found && chosen.size === before)
      throw new LetheError(
        "unknown-id",
        `pair ${n + 1} of the request: user ${JSON.stringify(userId)} has no rating of item ${JSON.stringify(itemId)} in this model`,
        "it was never seen, or is already forgotten",
      );
  });
  return Uint32Array.from(chosen).sort();
}

/** What forgetting reports. Norms are ‖∇J‖ of the objective on what remains; seconds are those of forgetting alone. */
export interface ForgetReport {
  readonly method: string;
  /** Interactions forgotten. */
  readonly rows: number;
  readonly guarantee: Guarantee;
  readonly status: TrainStatus;
  readonly objective: number;
  readonly gradientNorm: number;
  readonly gradientNormBefore: number;
  readonly tolerance: number;
  readonly seconds: number;
  readonly certificateSeconds: number;
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
  options: ForgetOptions = {},
): Promise<{ model: NamedModel; report: ForgetReport }> {
  const { interactions } = named.trained.objective;
  if (rows.length === interactions.size)
    throw new LetheError(
      "bad-input",
      "this request forgets every interaction; no model would be left",
      "delete the model folder instead",
    );
  const forgotten = await unlearner.forget(named.trained, rows, options);
  const { model, certificate } = whatRemains(forgotten, named, options);
  const { trained } = model;
  return {
    model,
    report: {
      method: unlearner.name,
      rows: rows.length,
      guarantee: forgotten.guarantee,
      status: trained.status,
      objective: trained.value,
      gradientNorm: trained.gradientNorm,
      gradientNormBefore: forgotten.gradientNormBefore,
      tolerance: trained.tolerance,
      seconds: forgotten.milliseconds.forget / 1000,
      certificateSeconds: forgotten.milliseconds.certify / 1000,
      users: model.dataset.userIds.size,
      items: model.dataset.itemIds.size,
      interactions: trained.objective.interactions.size,
      certificate,
      caveats: forgotten.caveats,
      seed: trained.seed,
    },
  };
}

/** The model without ids that have no data, and its certificate: rows that an approximation left there took part in the one before. */
function whatRemains(
  forgotten: Forgotten<AnyTrained>,
  { dataset, source }: NamedModel,
  { kernels, curvature }: ForgetOptions,
): { model: NamedModel; certificate: Certificate } {
  const model = compacted({ trained: forgotten.trained, dataset, source });
  const { trained } = model;
  const { params, tolerance } = trained;
  // At an optimum the rows without data are zero.
  if (forgotten.certificate.converged || params.length === forgotten.trained.params.length)
    return { model, certificate: forgotten.certificate };
  const certificate = isFactorTrained(trained)
    ? certify(trained.objective, params, tolerance, kernels, { curvature })
    : certifyScored(trained.objective, params, tolerance);
  const { objective: value, gradientNorm } = certificate;
  return { model: { ...model, trained: { ...trained, value, gradientNorm } }, certificate };
}

/** What forgetting into a folder takes. */
export interface ForgetIntoOptions extends ForgetOptions {
  /** What `checkTarget` found at the folder before the model was opened; default: what it finds now. */
  readonly expected?: Fingerprint | undefined;
  /** Replaces another model even where that one has forgotten what this one still has. */
  readonly overwrite?: boolean | undefined;
}

/** What forgetting into a folder reports. */
export interface StoredForgetReport extends ForgetReport {
  /** SHA-256 of the manifests that the model had before, and has now; null for a model that was in no folder. */
  readonly digestBefore: string | null;
  readonly digestAfter: string | null;
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
  options: ForgetIntoOptions = {},
): Promise<StoredForgetReport> {
  // Before the long work, not after it.
  const lying = await checkTarget(out);
  const { expected = lying, overwrite = false } = options;
  if (!overwrite && !(await isSourceOf(named, out)))
    await refuseLostErasures(
      { ...named.dataset, interactions: named.trained.objective.interactions },
      rows,
      out,
      lying,
    );
  const { model, report } = await forgetRows(named, rows, unlearner, options);
  const nothing = rows.length === 0 && unlearner.name !== "retrain";
  const { method, guarantee, certificate } = report;
  const forgotten = { method, guarantee, certificate: { ...certificate } };
  const stored = await storeModel(out, nothing ? named : { ...model, forgotten }, { ...options, expected });
  return { ...report, digestBefore: named.source?.digest ?? null, digestAfter: stored.source?.digest ?? null };
}

/** An erasure request to a model folder. */
export interface ForgetFolderRequest extends ForgetRequest {
  /** Name of an unlearner; default: `usualUnlearner`. */
  readonly method?: string | undefined;
  /** The form that the paper prints. */
  readonly literal?: boolean | undefined;
}

/** What forgetting from a folder reports, and whether the method promises an optimum. */
export interface ForgetFolderReport extends StoredForgetReport {
  readonly promised: boolean;
}

/**
 * Forgets from the model in `folder` into the folder `out`, which may be the same: then a lock beside it keeps a second one from beginning.
 * Throws `conflict` as `forgetInto` does, and where the lock is held.
 */
export async function forgetFolder(
  folder: string,
  out: string,
  request: ForgetFolderRequest,
  options: ForgetIntoOptions = {},
): Promise<ForgetFolderReport> {
  const real = await realFolder(folder);
  const lock = real === (await realFolder(out)) ? await lockFolder(real, folder) : undefined;
  try {
    const expected = await checkTarget(out);
    const model = await openModel(folder);
    const rows = rowsOf(model, request);
    // Who names no method and nothing to forget wants no training.
    const method = request.method ?? (rows.length === 0 ? "exact" : usualUnlearner(model));
    const unlearner = unlearnerNamed(method, model.trained.objective.kind, { literal: request.literal === true });
    const report = await forgetInto(model, rows, unlearner, out, { ...options, expected });
    const kept = rows.length === 0 && method !== "retrain";
    return { ...report, promised: !kept && promises(unlearner, model.trained) };
  } finally {
    await lock?.release();
  }
}

/** Whether forgetting is to end at an optimum: retraining ends where the model's own training does, and batches alone reach none. */
function promises({ name, guarantee }: NamedUnlearner, trained: AnyTrained): boolean {
  if (guarantee === "approximate") return false;
  const { recipe } = isFactorTrained(trained) ? {} : trained;
  return name !== "retrain" || recipe === undefined || recipe.polish || recipe.optimizer === "newton";
}
