/** A factor model trained elsewhere: read, joined with the interactions that it was trained on, measured, and stored. */

import type { Dataset, Ids } from "../../data/dataset.ts";
import { idsOf } from "../../data/dataset.ts";
import { type Interactions, interactionsOf } from "../../data/interactions.ts";
import { type ReadingOptions, readInteractions } from "../../data/reading.ts";
import { LetheError } from "../../errors.ts";
import type { ForeignFactors } from "../../exchange/foreign/factors.ts";
import { readForeign } from "../../exchange/foreign/index.ts";
import { checkTarget } from "../../exchange/model/target.ts";
import { putValues } from "../../model/tensors.ts";
import { differentiable } from "../../objective/differentiable.ts";
import { objectiveSettings } from "../../objective/factor-settings.ts";
import type { FactorizationSettings } from "../../objective/factorization.ts";
import { nameKeys } from "../../objective/negatives.ts";
import type { Objective } from "../../objective/objective.ts";
import type { TrainStatus } from "../../training/factors/descent.ts";
import { minimise } from "../../training/minimise.ts";
import { type Suboptimality, suboptimalityOf } from "../../training/suboptimality.ts";
import { smoothModel } from "../../training/trained-model.ts";
import { alsNewton } from "../../training/trainer.ts";
import { type Declared, settingsOf } from "../choosing/declared.ts";
import { runOf, type UseOptions } from "../run.ts";
import { storeModel } from "../store/model.ts";

/** What is imported, and what is said of it. */
export interface ImportRequest extends UseOptions, Declared {
  /** The file or folder of the factors. */
  readonly path: string;
  /** Name of its format; by default its bytes tell. */
  readonly format?: string | undefined;
  readonly interactions: string;
  readonly reading?: ReadingOptions | undefined;
  /** Outside ids in the order of rows, for formats that have positions only. */
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
  /** What the file states of its training. */
  readonly stated: Readonly<Record<string, number | string | boolean>>;
  readonly precision: string;
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
  /** What this means for explaining and forgetting. */
  readonly meaning: string;
  readonly out: string;
}

/** Imports a model into a folder. */
export async function importModel(request: ImportRequest, out: string): Promise<ImportReport> {
  const expected = await checkTarget(out);
  const { factors: foreign, format } = await readForeign(request.path, request.format, { signal: request.signal });
  const settings = settingsOf(format, foreign, request);
  // One pair has one confidence.
  const reading = { duplicates: settings.confidence ? ("sum" as const) : ("keep" as const), ...request.reading };
  const read = (await readInteractions(request.interactions, reading)).dataset;
  const dataset = joined(foreign, read, request);
  const run = runOf(request);
  const objective = differentiable(
    objectiveSettings(settings),
    dataset.interactions,
    nameKeys(dataset.userIds.list, dataset.itemIds.list),
  );
  const params = paramsFrom(objective, foreign);
  const { tolerance = 1e-8 } = request;
  const shortfall = await suboptimalityOf(objective, params, run);
  const optimum = request.polish ? await minimise(objective, params, run, { tolerance }) : undefined;
  const status: TrainStatus = optimum?.status ?? (shortfall.gradientNorm <= tolerance ? "converged" : "step-limit");
  const [value, gradientNorm] = optimum
    ? [optimum.value, optimum.gradientNorm]
    : [shortfall.objective, shortfall.gradientNorm];
  const trained = smoothModel({
    ...{ objective, params: optimum?.params ?? params, status, value, gradientNorm, tolerance },
    trainer: alsNewton(objective.settings, optimum ? "imported, polished" : "imported"),
    seed: 0,
    origin: "imported",
  });
  await storeModel(out, { trained, dataset }, { signal: request.signal, expected });
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
    stated: foreign.stated,
    precision: foreign.precision,
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
    meaning: meaningOf(shortfall, optimum !== undefined, status),
    out,
  };
}

function meaningOf({ scoreShift }: Suboptimality, polished: boolean, status: TrainStatus): string {
  if (status === "converged")
    return `${polished ? "polished: it" : "it"} is at an optimum of this objective: influence and forgetting mean what they say`;
  if (polished) return "polishing did not reach an optimum: influence and forgetting are approximate";
  const shift = Number.isNaN(scoreShift) ? "an unknown amount" : `about ${scoreShift.toPrecision(2)} (RMS)`;
  return `it is not at an optimum of this objective: reaching it would move the scores of the training pairs by ${shift}; influences smaller than that mean little, and forgetting will move the model by as much as it forgets and polishes; import with \`polish\`, or check the loss and its L2`;
}

/** The set of the interactions under the rows of the factors. */
function joined(foreign: ForeignFactors, read: Dataset, request: ImportRequest): Dataset {
  const { factors, userFactors, itemFactors } = foreign;
  const users = namesOf("user", request.userIds ?? foreign.userIds, userFactors.length / factors, read.userIds);
  const items = namesOf("item", request.itemIds ?? foreign.itemIds, itemFactors.length / factors, read.itemIds);
  const { interactions } = read;
  return {
    interactions: renumbered(
      interactions,
      placesOf("user", read.userIds, users),
      placesOf("item", read.itemIds, items),
      users.size,
      items.size,
    ),
    userIds: users,
    itemIds: items,
    itemInfo: read.itemInfo,
  };
}

/** The ids of the rows: as given, or the positions themselves where the interactions speak in positions. */
function namesOf(what: string, given: readonly string[] | undefined, rows: number, read: Ids): Ids {
  if (given !== undefined && given.length !== rows)
    throw new LetheError(
      "bad-input",
      `${given.length} ${what} ids for ${rows} rows of ${what} factors`,
      "give one id for every row, each once",
    );
  if (given !== undefined) return idsOf(given);
  const position = /^(0|[1-9]\d{0,9})$/;
  const wrong = read.list.find((id) => !position.test(id) || Number(id) >= rows);
  if (wrong !== undefined)
    throw new LetheError(
      "bad-input",
      `the factors have ${rows} ${what} rows without ids, and the interactions have a ${what} ${JSON.stringify(wrong)}, which is no position`,
      `give the ids in the order of rows with \`${what}Ids\``,
    );
  return idsOf(Array.from({ length: rows }, (_, k) => String(k)));
}

function placesOf(what: string, read: Ids, rows: Ids): Uint32Array {
  return Uint32Array.from(read.list, (id) => {
    const row = rows.find(id);
    if (row === undefined)
      throw new LetheError(
        "bad-input",
        `the interactions have a ${what} ${JSON.stringify(id)} of whom the factors have no row`,
        "give the interactions that the model was trained on",
      );
    return row;
  });
}

function renumbered(set: Interactions, users: Uint32Array, items: Uint32Array, userCount: number, itemCount: number) {
  return interactionsOf({
    userCount,
    itemCount,
    users: set.users.map((u) => users[u]),
    items: set.items.map((i) => items[i]),
    ratings: set.ratings,
    times: set.times,
  });
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
