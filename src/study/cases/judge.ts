/** How far methods of influence may be trusted: each values the same players, and judges compare that with trainings. */

import type { Dataset } from "../../data/dataset.ts";
import { LetheError } from "../../errors.ts";
import type { Candidate, Judge, JudgingSubject, PreparedJudge } from "../../judging/judge.ts";
import { recorded } from "../../judging/keys.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import {
  type Estimate,
  type EstimateRun,
  type Estimator,
  type PreparedEstimator,
  worstOf,
} from "../../method/estimator.ts";
import type { Measure } from "../../method/measure.ts";
import { type GivenSettings, unmetNeed } from "../../method/method.ts";
import type { Players } from "../../method/players.ts";
import type { OpenTrainings } from "../../method/trainings.ts";
import { budgetOf } from "../choosing/budget.ts";
import { heldRows } from "../choosing/measures.ts";
import { trainingPool } from "../pool/pool.ts";
import { usualWorkers } from "../pool/workers.ts";
import { runOf, type UseOptions } from "../run.ts";
import type { NamedModel } from "../store/model.ts";
import { settingsByOwner } from "./compare/choosing.ts";
import { inStages, stageOf } from "./compare/stages.ts";
import { type Chosen, checkTaking, chosenJudges, chosenMethods, withTrainings } from "./judge/candidates.ts";
import type { Judged, JudgedCell, JudgedMethod, UsedJudge } from "./judge/judged.ts";
import { drawnPlayers, drawnScores, namedMeasures } from "./judge/subject.ts";

/** What is judged. */
export interface JudgeRequest {
  /** Names of estimators and valuers; default: those whose work does not grow with the players. */
  readonly methods?: readonly string[] | undefined;
  /** Names of judges; default: all that the model allows. */
  readonly judges?: readonly string[] | undefined;
  readonly players?: "interactions" | "users" | undefined;
  /** Players at most, drawn by the seed; default 100. */
  readonly count?: number | undefined;
  /** Words for measures (`measureData` has them); default: scores of drawn pairs. */
  readonly measure?: readonly string[] | undefined;
  /** How many pairs are drawn; default 5. */
  readonly pairs?: number | undefined;
  /** Of a method or a judge as NAME.setting. */
  readonly settings?: GivenSettings | undefined;
  /** Of each method that can stop: a time, or a number of trainings. */
  readonly budget?: string | undefined;
  /** A folder for results of trainings. */
  readonly pool?: string | undefined;
  /** Threads that train. */
  readonly workers?: number | undefined;
  readonly seed?: number | undefined;
}

/** What judging takes beside the request. */
export interface JudgeOptions extends UseOptions {
  /** Held-out interactions: what fits and metrics are measured on, and pairs to draw from. */
  readonly test?: Dataset | undefined;
  /** Who trains; default: a pool. */
  readonly openTrainings?: OpenTrainings | undefined;
}

/** A method with its values and what they cost. */
interface Valued {
  readonly row: Omit<JudgedMethod, "judgements">;
  readonly candidate: Candidate;
}

/** Lets methods value players, and judges judge the values. The model is left as it is. Throws `bad-input` on settings of what takes no part. */
export async function judgeMethods(
  named: NamedModel,
  request: JudgeRequest = {},
  options: JudgeOptions = {},
): Promise<Judged> {
  const run = runOf(options);
  const { methods, judges, skipped, skippedJudges } = chosenBy(named, request);
  const { subject, fitted, told } = await subjectBy(named, request, options, run);
  const stages = [...methods, ...judges].map(({ name, entry }) => stageOf(name, entry.cost));
  const next = inStages(run, stages);
  const valued: Valued[] = [];
  for (const method of methods) {
    const one = await valuedBy(method, subject, fitted, request, next()).catch(refusalOf);
    if (typeof one === "string") skipped[method.name] = one;
    else valued.push(one);
  }
  const used: UsedJudge[] = [];
  const judgements: Record<string, JudgedCell>[] = valued.map(() => ({}));
  for (const judge of judges) {
    const found = await judgedBy(judge, subject, valued, next()).catch(refusalOf);
    if (typeof found === "string") skippedJudges[judge.name] = found;
    else {
      used.push(found.used);
      found.cells.forEach((cell, k) => {
        judgements[k][judge.name] = cell;
      });
    }
  }
  const rows = valued.map(({ row }, k) => ({ ...row, judgements: judgements[k] }));
  return { ...told, judges: used, rows, skipped, skippedJudges, warnings: warningsOf(named, subject.players.count) };
}

/** The methods and judges that take part. */
function chosenBy({ trained }: NamedModel, request: JudgeRequest) {
  const settings = settingsByOwner(request.settings);
  const [skipped, skippedJudges]: Record<string, string>[] = [{}, {}];
  const { trainings } = budgetOf(request.budget);
  const methods = chosenMethods(request.methods, trained, withTrainings(settings, request.methods, trainings), skipped);
  const judges = chosenJudges(request.judges, trained, settings, skippedJudges);
  const taking = [...methods, ...judges].map(({ name }) => name);
  checkTaking(settings, taking);
  return { methods, judges, skipped, skippedJudges };
}

/** What is asked about, and what is told of it. */
async function subjectBy(
  named: NamedModel,
  request: JudgeRequest,
  { test, openTrainings: given }: JudgeOptions,
  run: RunContext,
) {
  const { trained: model, dataset } = named;
  const { players: kind = "users", count = 100, pairs = 5, seed = 1, measure, pool, workers } = request;
  const held = test && heldRows(named, test).held;
  const asked =
    measure === undefined ? await drawnScores(named, held, { pairs, seed }, run) : namedMeasures(named, measure, held);
  const known = new Map(asked.map(({ measure: one, data }) => [one, data]));
  const { source } = named;
  const openTrainings =
    given ?? (await trainingPool({ source, place: pool, known, workers: workers ?? usualWorkers(model) }));
  const measures = asked.map(({ measure }) => measure);
  const players = await drawnPlayers(model, measures, { players: kind, count, seed }, run);
  const fitted = new Set<string>();
  const subject: JudgingSubject = { model, dataset, players, measures, seed, fitted, openTrainings };
  const { userCount: users, itemCount: items, size } = model.interactions;
  const told = {
    model: { kind: model.kind, users, items, interactions: size },
    players: { kind, count: players.count },
    measures: asked.map(({ name, measure }) => ({ name, unit: measure.unit })),
    seed,
  };
  return { subject, fitted, told };
}

async function valuedBy(
  { name, entry, made, settings }: Chosen<Estimator>,
  { model, measures, players, openTrainings }: JudgingSubject,
  fitted: Set<string>,
  { budget }: JudgeRequest,
  run: RunContext,
): Promise<Valued> {
  const begun = performance.now();
  const passed = () => (performance.now() - begun) / 1000;
  let pooled = 0;
  const counting = recorded(openTrainings, fitted, (trained) => {
    pooled += trained;
  });
  const { seconds } = budgetOf(budget);
  const secondsLeft = seconds === undefined ? undefined : () => seconds - passed();
  const prepared = await made.prepare(model, { ...run, openTrainings: counting, secondsLeft });
  const estimate = await estimateOr(prepared, measures, players).finally(() => prepared.close());
  const trainings = entry.cost === "a training a player" ? Math.max(pooled, estimate.evaluations) : pooled;
  return {
    row: {
      ...{ method: name, settings, seconds: passed(), evaluations: estimate.evaluations, trainings },
      ...{ status: worstOf(estimate), notes: estimate.notes ?? [] },
    },
    candidate: {
      ...{ name, estimator: made, estimate, family: entry.properties?.family, cost: entry.cost },
      unmet: (other) => unmetNeed(entry, other),
    },
  };
}

/** What a method says of measures. One that values players for their own rows alone says nothing of them, and judges of own values are left. */
async function estimateOr(
  prepared: PreparedEstimator,
  measures: readonly Measure[],
  players: Players,
): Promise<Estimate> {
  const found = await prepared.estimate(measures, players).catch((error) => {
    if (prepared.own === undefined) throw error;
    return refusalOf(error);
  });
  if (typeof found !== "string") return found;
  const values = new Float64Array(measures.length * players.count).fill(Number.NaN);
  const statuses = Array.from(values, () => "converged" as const);
  return { values, statuses, residual: 0, evaluations: 0, notes: [found] };
}

async function judgedBy(
  { name, made, settings }: Chosen<Judge>,
  subject: JudgingSubject,
  valued: readonly Valued[],
  run: RunContext,
): Promise<{ readonly used: UsedJudge; readonly cells: readonly JudgedCell[] }> {
  const begun = performance.now();
  const prepared = await made.prepare(subject, run);
  const seconds = (performance.now() - begun) / 1000;
  const trainings = prepared.trainings();
  try {
    const cells: JudgedCell[] = [];
    for (const { candidate } of valued) cells.push(await cellOf(made, prepared, candidate, run));
    const { question, better, axis = null } = made;
    const figures = finite(prepared.figures);
    return { used: { judge: name, settings, question, better, axis, figures, seconds, trainings }, cells };
  } finally {
    await prepared.close();
  }
}

async function cellOf(
  judge: Judge,
  prepared: PreparedJudge,
  candidate: Candidate,
  run: EstimateRun,
): Promise<JudgedCell> {
  const begun = performance.now();
  const before = prepared.trainings();
  const unfit = judge.unfit?.(candidate);
  const found = unfit ?? (await prepared.of(candidate, run).catch(refusalOf));
  const cost = { seconds: (performance.now() - begun) / 1000, trainings: prepared.trainings() - before };
  if (typeof found === "string")
    return { ...cost, value: null, interval: null, figures: {}, curves: {}, status: null, reason: found, notes: [] };
  const { value, interval, figures, curves = {}, status, notes = [] } = found;
  const told = interval?.every(Number.isFinite) ? interval : null;
  return {
    ...{ value: orNull(value), interval: told, figures: finite(figures), curves, status },
    ...{ ...cost, reason: null, notes },
  };
}

const orNull = (value: number) => (Number.isFinite(value) ? value : null);
const finite = (figures: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, orNull(value)]));

/** Why something could not be done, in words; what is no refusal is thrown on. */
function refusalOf(error: unknown): string {
  // Names and settings were checked before: bad input is then about players that a method does not value, or measures.
  if (error instanceof LetheError && (error.code === "unsupported" || error.code === "bad-input")) return error.message;
  throw error;
}

function warningsOf({ trained }: NamedModel, players: number): string[] {
  const { smooth, trainer } = trained;
  const warnings =
    smooth !== undefined && smooth.status !== "converged" && !trainer.toOptimum
      ? [
          "the model is at no optimum: trainings on subsets differ from it by where the epochs end, too, and judges see that noise",
        ]
      : [];
  if (players < 20) warnings.push(`${players} players are few: figures by rank say little`);
  return warnings;
}
