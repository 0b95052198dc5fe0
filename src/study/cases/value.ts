/** What users, items or interactions are worth to measures of a model, by any method that tells it. */

import type { ReadingOptions } from "../../data/reading.ts";
import { LetheError } from "../../errors.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import type { EstimateRun } from "../../method/estimator.ts";
import type { Measure } from "../../method/measure.ts";
import { type GivenSettings, type Method, makeNamed, methodNamed } from "../../method/method.ts";
import { ownOf } from "../../method/own.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { unitNeeds } from "../../valuation/units/units.ts";
import { type Budget, budgetOf } from "../choosing/budget.ts";
import {
  chosenPlayers,
  type NamedInteraction,
  type NamedPlayers,
  type PlayerChoice,
} from "../choosing/chosen-players.ts";
import { heldRows, type MeasureData, measureData, measureFrom, measureLabel, ownFit } from "../choosing/measures.ts";
import { valuing } from "../choosing/valuing.ts";
import { trainingPool } from "../pool/pool.ts";
import { usualWorkers } from "../pool/workers.ts";
import { runOf, type UseOptions } from "../run.ts";
import type { NamedModel } from "../store/model.ts";
import { finite, plainEstimate } from "./plain-estimate.ts";
import { readHeldOut } from "./rows-for-model.ts";

/** What is to be valued, and how. */
export interface ValueRequest extends PlayerChoice {
  /** An estimator or a valuer. */
  readonly method: string;
  readonly settings?: GivenSettings | undefined;
  /** Words for measures: see `measureData`; or `own-fit` alone. */
  readonly measure: readonly string[];
  /** A file of held-out interactions. */
  readonly test?: string | undefined;
  /** How that file is read. */
  readonly reading?: ReadingOptions | undefined;
  /** A time, or a number of trainings. */
  readonly budget?: string | undefined;
  /** A folder for results of trainings. */
  readonly pool?: string | undefined;
  /** Threads that train. */
  readonly workers?: number | undefined;
}

/** A measure as it was asked for. */
export interface MeasuredModel {
  readonly measure: string;
  readonly label: string;
  readonly unit: string;
  /** Of the whole model; null where every player has a measure of its own. */
  readonly value: number | null;
}

/** What players are worth, as plain data. What is not known is null. */
export interface ValueReport {
  readonly method: string;
  readonly of: PlayerChoice["players"];
  readonly measures: readonly MeasuredModel[];
  /** Outside ids. */
  readonly players: readonly (string | NamedInteraction)[];
  /** Titles of the items, where there are any. */
  readonly titles?: readonly (string | null)[] | undefined;
  /** Interactions of each player. */
  readonly rows: readonly number[];
  /** Of methods that value sets of players: places in `players`. Then there is one value a set. */
  readonly sets?: readonly (readonly number[])[] | undefined;
  /** By measure and player: measure(model) − measure(model had the player never been there). */
  readonly values: readonly (readonly (number | null)[])[];
  readonly standardErrors?: readonly (readonly (number | null)[])[] | undefined;
  /** 95 %, lower end first. */
  readonly intervals?: readonly (readonly (readonly [number, number] | null)[])[] | undefined;
  readonly statuses: readonly (readonly SolveStatus[])[];
  /** The worst of them. */
  readonly status: SolveStatus;
  /** Trainings, minimisations or solves that it took, found in the pool or not. */
  readonly trainings: number;
  readonly residual: number;
  readonly seed: number;
  readonly notes: readonly string[];
}

/** Values players. Throws `bad-input` on fields that do not fit each other, `unknown-id`, and `unsupported` where the model lacks what the method needs. */
export async function valuePlayers(
  named: NamedModel,
  request: ValueRequest,
  options: UseOptions = {},
): Promise<ValueReport> {
  const run = runOf(options);
  const { trained } = named;
  const budget = budgetOf(request.budget);
  const estimator = methodOf(trained, request, budget);
  const chosen = chosenPlayers(named, request);
  const asked = await askedMeasures(named, request);
  const known = new Map(asked.measures.map(({ measure, data }) => [measure, data]));
  const estimating = await estimateRun(named, chosen, request, { run, budget, known });
  const prepared = await estimator.prepare(trained, estimating);
  try {
    const measures = asked.measures.map(({ measure }) => measure);
    const estimate = asked.own
      ? await ownOf(prepared, trained, chosen.players, estimating)
      : await prepared.estimate(measures, chosen.players);
    const told = asked.own ? [ownMeasure(trained)] : await measuredBy(named, asked, run);
    return {
      ...{ method: request.method, of: request.players, measures: told, ...playersOf(named, chosen, request.players) },
      ...plainEstimate(estimate, told.length),
      ...{ seed: request.seed, notes: [...asked.notes, ...(estimate.notes ?? [])] },
    };
  } finally {
    prepared.close();
  }
}

function methodOf(model: TrainedModel, request: ValueRequest, { seconds, trainings }: Budget) {
  const { method, settings } = request;
  const { entry } = methodNamed(valuing, method);
  refuseOtherUnits(entry, request);
  const counts = Object.hasOwn(entry.settings, "trainings");
  const stops = counts || entry.cost === "a training a player";
  if (trainings !== undefined && !counts)
    throw new LetheError(
      "bad-input",
      `\`budget\`: ${method} has no number of trainings to choose`,
      stops ? "give a time, such as 10m, or fewer players with `count`" : "leave `budget` out",
      "budget",
    );
  if (seconds !== undefined && !stops)
    throw new LetheError(
      "bad-input",
      `\`budget\`: ${method} does not stop before its end`,
      "leave `budget` out",
      "budget",
    );
  const given = { ...settings, ...(trainings === undefined ? {} : { trainings }) };
  return makeNamed(valuing, method, model, given);
}

/** Units have no rows: methods that take rows away would find that they are worth nothing. */
function refuseOtherUnits({ name, needs }: Method<unknown>, { players, measure }: ValueRequest): void {
  const ofUnits = ({ needs: all }: Pick<Method<unknown>, "needs">) => unitNeeds.some((need) => all.includes(need));
  const those = valuing.methods.filter(ofUnits).map((one) => one.name);
  if (ofUnits({ needs }) !== (players === "units"))
    throw new LetheError(
      "bad-input",
      `\`players\`: ${name} values ${players === "units" ? "what has rows" : "the units of the model"}, and ${players} were asked for`,
      players === "units" ? `units are valued by ${those.join(", ")}` : "ask for units, or choose another `method`",
      "players",
    );
  if (players === "units" && measure.includes(ownFit))
    throw new LetheError(
      "bad-input",
      `\`measure\`: units have no rows of their own`,
      "ask for another measure",
      "measure",
    );
}

interface AskedMeasures {
  readonly measures: readonly { readonly word: string; readonly data: MeasureData; readonly measure: Measure }[];
  readonly own: boolean;
  readonly notes: readonly string[];
}

async function askedMeasures(
  named: NamedModel,
  { measure: words, test, reading }: ValueRequest,
): Promise<AskedMeasures> {
  const own = words.includes(ownFit);
  if (own && words.length > 1)
    throw new LetheError(
      "bad-input",
      `\`measure\`: ${ownFit} is another measure for each player`,
      "ask for it alone",
      "measure",
    );
  if (own) return { measures: [], own, notes: [] };
  const rows = await readHeldOut(named.trained, test, reading);
  const { held, unknown = 0 } = rows === undefined ? {} : heldRows(named, rows);
  const measures = [...new Set(words)].map((word) => {
    const data = measureData(word, named, held);
    return { word, data, measure: measureFrom(data, named.trained) };
  });
  const left = `${unknown} held-out row${unknown === 1 ? " has" : "s have"} a user or an item that the model does not have, and count for nothing`;
  return { measures, own, notes: unknown > 0 ? [left] : [] };
}

function ownMeasure({ unit }: TrainedModel): MeasuredModel {
  return {
    measure: ownFit,
    label: "fit of the player's own rows",
    unit: unit === "rating" ? "rating²" : "nats",
    value: null,
  };
}

async function measuredBy({ trained, dataset }: NamedModel, { measures }: AskedMeasures, run: RunContext) {
  const out: MeasuredModel[] = [];
  for (const { word, data, measure } of measures) {
    const { unit } = measure;
    const label = measureLabel(data, measure, dataset);
    const value = await measure.of(async (pairs) => trained.scores(pairs), run);
    out.push({ measure: word, label, unit, value: finite(value) });
  }
  return out;
}

function playersOf({ dataset }: NamedModel, { players, names }: NamedPlayers, kind: PlayerChoice["players"]) {
  const itemOf = (name: string | NamedInteraction) => (typeof name === "string" ? name : name.item);
  const titles = names.map((name) => dataset.itemInfo.get(itemOf(name))?.title ?? null);
  const rows = names.map((_, k) => players.rows(k).length);
  return { players: names, rows, ...(kind === "users" || titles.every((title) => title === null) ? {} : { titles }) };
}

interface Resources {
  readonly run: RunContext;
  readonly budget: Budget;
  readonly known: ReadonlyMap<Measure, MeasureData>;
}

async function estimateRun(
  { trained, source }: NamedModel,
  { players }: NamedPlayers,
  { pool: place, workers }: ValueRequest,
  { run, budget: { seconds, trainings }, known }: Resources,
): Promise<EstimateRun> {
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  let told = false;
  const fraction = (found: number) =>
    Math.min(1, Math.max(found / (trainings ?? players.count), elapsed() / (seconds ?? 1e9)));
  const openTrainings = await trainingPool({
    ...{ source, place, known, workers: workers ?? usualWorkers(trained) },
    // Of methods that say themselves where they are nothing else is told.
    onFound: (found) => void (told || run.onProgress?.({ phase: "trainings", step: found, fraction: fraction(found) })),
  });
  return {
    ...run,
    openTrainings,
    onProgress: (progress) => {
      told = true;
      run.onProgress?.(progress);
    },
    secondsLeft: seconds === undefined ? undefined : () => seconds - elapsed(),
  };
}
