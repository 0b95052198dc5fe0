/** A factor model trained elsewhere: read, joined with the interactions that it was trained on, measured, and stored. */

import type { Dataset } from "../../data/dataset.ts";
import { type ReadingOptions, readInteractions } from "../../data/reading.ts";
import type { ForeignFactors, ForeignReadOptions } from "../../exchange/foreign/factors.ts";
import { readForeign } from "../../exchange/foreign/index.ts";
import type { Positions } from "../../exchange/model/manifest.ts";
import { checkTarget } from "../../exchange/model/target.ts";
import { putValues } from "../../model/tensors.ts";
import { differentiable } from "../../objective/differentiable.ts";
import { objectiveSettings } from "../../objective/factor-settings.ts";
import type { FactorizationSettings } from "../../objective/factorization.ts";
import { nameKeys } from "../../objective/negatives.ts";
import type { Objective, ObjectiveSettings } from "../../objective/objective.ts";
import type { TrainStatus } from "../../training/factors/descent.ts";
import { minimise } from "../../training/minimise.ts";
import { type Suboptimality, suboptimalityOf } from "../../training/suboptimality.ts";
import { askedOr, toleranceOn, usualTolerance } from "../../training/tolerance.ts";
import { smoothModel, type TrainedModel } from "../../training/trained-model.ts";
import { alsNewton } from "../../training/trainer.ts";
import { type Declared, settingsOf } from "../choosing/declared.ts";
import { runOf, type UseOptions } from "../run.ts";
import { compacted } from "../store/compaction.ts";
import { leftoversOf } from "../store/leftovers.ts";
import { storeModel } from "../store/model.ts";
import { type ConfidenceReport, confidentRows } from "./confidences.ts";
import { type Verdict, verdictOf } from "./import-verdict.ts";
import { type ImportedRows, importedRows } from "./imported-rows.ts";
import { keptSettings } from "./kept-settings.ts";

/** What is imported, and what is said of it. */
export interface ImportRequest extends UseOptions, Declared {
  /** The file or folder of the factors. */
  readonly path: string;
  /** Name of its format; by default its bytes tell. */
  readonly format?: string | undefined;
  /** Names of tables in the file, where they are not the usual ones. */
  readonly names?: ForeignReadOptions["names"];
  readonly interactions: string;
  readonly reading?: ReadingOptions | undefined;
  /** Labels of the file's ids, label k that of id k; outside ids in the order of rows where the file has no ids. */
  readonly userIds?: readonly string[] | undefined;
  readonly itemIds?: readonly string[] | undefined;
  /** Minimises the objective from the imported factors, and stores the optimum. */
  readonly polish?: boolean | undefined;
  readonly tolerance?: number | undefined;
}

/** What importing reports. */
export interface ImportReport {
  readonly model: "ials" | "mf";
  readonly format: string;
  readonly factors: number;
  readonly l2: number;
  readonly regularizer: string;
  readonly confidence: FactorizationSettings["confidence"] | null;
  /** How the numbers were taken as confidences; null for ratings. */
  readonly confidences: ConfidenceReport | null;
  /** What the file states of its training. */
  readonly stated: Readonly<Record<string, number | string | boolean>>;
  /** What else the file holds: names of arrays and tensors that were not read. */
  readonly passedOver: readonly string[];
  readonly precision: string;
  /** Where the outside ids of rows come from. */
  readonly ids: ImportedRows["ids"];
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  /** Rows of the factors whose id has no interaction: they are not stored. */
  readonly withoutData: { readonly users: number; readonly items: number };
  /** How far the factors are from an optimum of the declared objective, as they came. */
  readonly shortfall: Suboptimality;
  readonly polished: boolean;
  readonly status: TrainStatus;
  readonly objective: number;
  readonly gradientNorm: number;
  readonly tolerance: number;
  /** What is special about the numbers, in words. */
  readonly notes: readonly string[];
  /** What is to be thought of the model as it came. */
  readonly verdict: Verdict;
  /** What this means for explaining and forgetting. */
  readonly meaning: string;
  readonly out: string;
  /** Where data of an earlier model, or of a writer that died, may still lie: what could not be removed, where there is any. */
  readonly leftovers?: string[];
}

/** Imports a model into a folder. */
export async function importModel(request: ImportRequest, out: string): Promise<ImportReport> {
  const expected = await checkTarget(out);
  const { names, signal } = request;
  const { factors: foreign, format } = await readForeign(request.path, request.format, { names, signal });
  const settings = settingsOf(format, foreign, request, { ...request, out });
  // One pair has one confidence.
  const implicit = { duplicates: "sum", rating: "optional" } as const;
  const reading = { ...(settings.confidence ? implicit : {}), ...request.reading };
  const { dataset: read, notes, timeless = [] } = await readInteractions(request.interactions, reading);
  const confident =
    settings.confidence && (await confidentRows(read, settings.confidence, request.interactions, reading));
  const { dataset, ids } = importedRows(foreign, confident?.dataset ?? read, request);
  const run = runOf(request);
  const { objective, params, dataset: kept } = startOf(settings, dataset, foreign);
  const wanted = toleranceOn(objective, askedOr(request, { relativeTolerance: usualTolerance }));
  const { tolerance } = wanted;
  const cameAs = await suboptimalityOf(objective, params, run, tolerance);
  const optimum = request.polish ? await minimise(objective, params, run, wanted) : undefined;
  const status: TrainStatus = optimum?.status ?? (cameAs.gradientNorm <= tolerance ? "converged" : "step-limit");
  const [value, gradientNorm] = optimum
    ? [optimum.value, optimum.gradientNorm]
    : [cameAs.objective, cameAs.gradientNorm];
  const parts = { objective, seed: 0, origin: "imported", ...wanted } as const;
  const asItCame = smoothModel({
    ...{ ...parts, params, status, value: cameAs.objective, gradientNorm: cameAs.gradientNorm },
    trainer: importedTrainer(objective.settings, "imported"),
  });
  const trained = optimum
    ? smoothModel({ ...parts, ...optimum, trainer: importedTrainer(objective.settings, "imported, polished") })
    : asItCame;
  const shortfall = optimum ? measured(cameAs, asItCame, trained) : cameAs;
  const { iterations } = foreign.stated;
  const verdict = verdictOf(shortfall, settings, typeof iterations === "number" ? iterations : undefined);
  const settled = keptSettings(foreign.stated);
  const { source } = await storeModel(
    out,
    { trained, dataset: kept, positions: positionsOf(ids, dataset), foreign: { format, stated: settled.stated } },
    { signal, expected },
  );
  const { byUser, byItem } = dataset.interactions;
  const empty = (start: Uint32Array) => start.reduce((n, at, k) => n + (k > 0 && at === start[k - 1] ? 1 : 0), 0);
  const withoutData = { users: empty(byUser.start), items: empty(byItem.start) };
  return {
    model: settings.confidence ? "ials" : "mf",
    format,
    factors: foreign.factors,
    l2: settings.l2,
    regularizer: settings.regularizer,
    confidence: settings.confidence ?? null,
    confidences: confident?.report ?? null,
    stated: foreign.stated,
    passedOver: foreign.passedOver ?? [],
    precision: foreign.precision,
    ids,
    users: dataset.userIds.size - withoutData.users,
    items: dataset.itemIds.size - withoutData.items,
    interactions: dataset.interactions.size,
    withoutData,
    shortfall,
    polished: optimum !== undefined,
    status,
    objective: value,
    gradientNorm,
    tolerance,
    notes: [...notes, ...[timeless].flat(), ...(confident?.notes ?? []), ...settled.notes],
    verdict,
    meaning: meaningOf(shortfall, verdict, optimum !== undefined, status),
    out,
    ...(await leftoversOf(out, source?.leftovers)),
  };
}

/** How far the optimum is that polishing has found, in the place of the estimate. */
function measured(shortfall: Suboptimality, from: TrainedModel, to: TrainedModel): Suboptimality {
  const { users, items } = from.interactions;
  const [before, after] = [from, to].map(({ scores }) => scores({ users, items }));
  const squares = before.reduce((sum, score, k) => sum + (after[k] - score) ** 2, 0);
  return {
    ...shortfall,
    objectiveExcess: shortfall.objective - (to.smooth?.value ?? shortfall.objective),
    scoreShift: Math.sqrt(squares / Math.max(1, before.length)),
    ...{ method: "polished", reason: null },
  };
}

/** Nobody knows where another system began: no training here would be one in the same way. */
const importedTrainer = (settings: ObjectiveSettings, name: string) => alsNewton(settings, { name, begins: "random" });

/** The declared objective at the imported factors, without rows that have no interaction: what is measured is what is stored. */
function startOf(settings: FactorizationSettings, whole: Dataset, foreign: ForeignFactors) {
  const keys = nameKeys(whole.userIds.list, whole.itemIds.list);
  const objective = differentiable(objectiveSettings(settings), whole.interactions, keys);
  const params = paramsFrom(objective, foreign);
  const trained = smoothModel({
    ...{ objective, params, status: "step-limit", value: 0, gradientNorm: 0 },
    ...{ trainer: importedTrainer(objective.settings, "imported"), seed: 0 },
  });
  const { dataset, trained: kept } = compacted({ trained, dataset: whole });
  return { dataset, objective: kept.smooth?.objective ?? objective, params: kept.smooth?.params ?? params };
}

function meaningOf(
  { scoreShift, reason }: Suboptimality,
  { kind }: Verdict,
  polished: boolean,
  status: TrainStatus,
): string {
  if (status === "converged")
    return `${polished ? "polished: it" : "it"} is at an optimum of this objective: influence and forgetting mean what they say`;
  if (polished) return "polishing did not reach an optimum: influence and forgetting are approximate";
  // What is usual or good was trained as it is declared.
  const remedy = `import with \`polish\`${kind === "suspicious" ? ", or check the loss and its L2" : ""}`;
  if (scoreShift === null)
    return `how far it is from an optimum of this objective is ${reason}: influences mean little, and forgetting will polish the model as well as forget; ${remedy}`;
  return `it is not at an optimum of this objective: reaching it would move the scores of the training pairs by about ${scoreShift.toPrecision(2)} (RMS); influences smaller than that mean little, and forgetting will move the model by as much as it forgets and polishes; ${remedy}`;
}

/** Rows of the tables that are known by position. */
function positionsOf(ids: ImportedRows["ids"], { interactions }: Dataset): Positions | undefined {
  const { userCount, itemCount } = interactions;
  const positions = {
    ...(ids.users === "positions" ? { users: userCount } : {}),
    ...(ids.items === "positions" ? { items: itemCount } : {}),
  };
  return Object.keys(positions).length === 0 ? undefined : positions;
}

function paramsFrom({ tensors, parameterCount }: Objective, foreign: ForeignFactors): Float64Array {
  const values: Readonly<Record<string, Float64Array | undefined>> = {
    user_factors: foreign.userFactors,
    item_factors: foreign.itemFactors,
    user_bias: foreign.userBias,
    item_bias: foreign.itemBias,
  };
  const params = new Float64Array(parameterCount);
  for (const tensor of tensors) {
    const found = values[tensor.name];
    if (found) putValues(tensor, found, params);
  }
  return params;
}
