/** Which interactions, or users, to keep, so that a model trained on them alone is best; and whether that is better than chance. */

import type { Dataset } from "../../data/dataset.ts";
import type { HoldoutSize } from "../../data/splitting.ts";
import { LetheError } from "../../errors.ts";
import { estimators } from "../../influence/index.ts";
import { influenceFunction } from "../../influence/influence-function.ts";
import { drawnOrder } from "../../judging/draws.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { worseStatus } from "../../linear/status.ts";
import { measuredBy } from "../../method/measure.ts";
import { type GivenSettings, methodNamed, unmetNeed } from "../../method/method.ts";
import type { Players } from "../../method/players.ts";
import { trainInTurn } from "../../method/trainings.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { holdoutOf } from "../choosing/holdout.ts";
import { runOf, type UseOptions } from "../run.ts";
import type { NamedModel } from "../store/model.ts";
import { errorOn, type Trial, trialOf } from "./clean/held.ts";
import type { Changes } from "./clean/into.ts";
import { pairedInterval, studentReach } from "./clean/paired.ts";
import { rowsOfFirst } from "./clean/removals.ts";
import { type Scoring, type Suspicion, usualScoring } from "./clean/suspicion.ts";
import { inStages } from "./compare/stages.ts";
import { crossFitted } from "./subset/cross-fitted.ts";
import type { Subset } from "./subset/subset.ts";

/** What is kept, and how it is chosen. */
export interface SubsetRequest {
  /** A share or a number of the players. */
  readonly keep?: string | undefined;
  readonly players?: Scoring["players"] | undefined;
  readonly method?: string | undefined;
  readonly settings?: GivenSettings | undefined;
  readonly measure?: Subset["measure"] | undefined;
  /** The end of the values that is kept; default high of fit, low of own-fit. */
  readonly tail?: Scoring["tail"] | undefined;
  readonly folds?: number | undefined;
  /** A share or a number of the model's own rows to judge by, where no others are given. */
  readonly holdout?: string | undefined;
  /** Subsets at random to compare with. */
  readonly draws?: number | undefined;
  readonly seed?: number | undefined;
}

/** What it takes beside the request. */
export interface SubsetOptions extends UseOptions {
  readonly test?: Dataset | undefined;
  /** Whether the subset of the model's own rows is wanted, beside the verdict. */
  readonly choose?: boolean | undefined;
}

/** What was found, and what goes of the model's own rows. */
export interface FoundSubset {
  readonly subset: Subset;
  readonly changes: Changes;
}

/** Chooses what to keep. The model is left as it is. Throws `bad-input` and `unsupported`. */
export async function subsetOf(
  named: NamedModel,
  request: SubsetRequest = {},
  options: SubsetOptions = {},
): Promise<FoundSubset> {
  const { trained } = named;
  const { seed = 1, draws = 5, folds = 5, keep = "50%", holdout = "20%" } = request;
  const size = holdoutOf(keep, "keep") ?? { fraction: 0.5 };
  const scoring = scoringOf(trained, request);
  const next = inStages(runOf(options), [
    { name: "held out", share: 2 },
    { name: "values", share: folds },
    { name: "trainings", share: 1 + draws },
    { name: "all rows", share: folds },
  ]);
  const trial = await trialOf(named, { test: options.test, holdout, seed }, next());
  const values = await crossFitted(trial.model, scoring, { folds, seed }, next());
  const count = keptOf(size, values.players);
  const judged = await judgedAgainst(trial, values, { count, draws, seed }, next());
  const run = next();
  const own =
    options.choose && trial.model !== trained ? await crossFitted(trained, scoring, { folds, seed }, run) : values;
  const { userCount: users, itemCount: items, size: interactions } = trained.interactions;
  const { players: kind, method, measure, tail } = scoring;
  const subset: Subset = {
    model: { kind: trained.kind, users, items, interactions },
    players: { kind, count: values.players.count },
    keep: { share: count / values.players.count, players: count },
    ...{ method, measure, tail, folds, seed },
    held: { from: trial.from, judging: trial.choosingRows.users.length + trial.judgingRows },
    ...judged.found,
    status: worseStatus(judged.status, worseStatus(values.status, own.status)),
    notes: [...new Set([...values.notes, ...own.notes])],
    warnings: trial.warnings,
  };
  return { subset, changes: { removed: droppedOf(own, keptOf(size, own.players)), relabelled: new Map() } };
}

function scoringOf(trained: TrainedModel, request: SubsetRequest): Scoring & Pick<Subset, "measure"> {
  const { players = "interactions", measure = "fit", settings } = request;
  const { method = usualMethod(trained, measure), tail = measure === "fit" ? "high" : "low" } = request;
  // What is kept comes first.
  return { players, method, settings, measure, tail };
}

/** One solve tells of all players, where a model has what it takes. */
function usualMethod(trained: TrainedModel, measure: Scoring["measure"]): string {
  const { entry } = methodNamed(estimators, influenceFunction.name);
  return measure === "fit" && unmetNeed(entry, trained) === undefined ? entry.name : usualScoring(trained);
}

/** How many players are kept: one at least. Throws `bad-input` where that is all of them. */
function keptOf(size: HoldoutSize, { count, kind }: Players): number {
  const wanted = "count" in size ? size.count : Math.max(1, Math.round(size.fraction * count));
  if (wanted < count) return wanted;
  throw new LetheError(
    "bad-input",
    `\`keep\`: ${wanted} of ${count} ${kind} are all that there are to choose from`,
    "keep fewer, or a share such as 50%",
    "keep",
  );
}

/** The rows of the players behind the first `kept`. */
function droppedOf({ players, order }: Pick<Suspicion, "players" | "order">, kept: number): Uint32Array {
  return rowsOfFirst(players, order.subarray(kept), players.count - kept);
}

async function judgedAgainst(
  trial: Trial,
  values: Suspicion,
  { count, draws, seed }: { readonly count: number; readonly draws: number; readonly seed: number },
  run: RunContext,
) {
  const { model, measures, pooling } = trial;
  const { players } = values;
  const groups = [...measures.keys()];
  const whole = await measuredBy(measures, (pairs) => model.scores(pairs), run);
  const trainings = await trainInTurn(model, measures, { ...run, onProgress: undefined });
  let status: SolveStatus = "converged";
  const trainedOn = async (order: Uint32Array) => {
    const found = await trainings.without(droppedOf({ players, order }, count));
    status = worseStatus(status, found.status);
    const step = trainings.trained();
    run.onProgress?.({ phase: "trainings", step, fraction: step / (1 + draws) });
    return found.values;
  };
  try {
    const chosen = await trainedOn(values.order);
    const random: Float64Array[] = [];
    for (let n = 0; n < draws; n++)
      random.push(await trainedOn(await drawnOrder({ model, players }, seed, ["subset", n], run)));
    const errors = (found: Float64Array) => errorOn(trial, found, groups);
    const typical = meanErrors(random, pooling.squared);
    const drawn = random.map(errors);
    const interval = pairedInterval(typical, chosen, pooling, groups);
    const told = { all: errors(whole), chosen: errors(chosen), random: { draws: drawn, ...meanOf(drawn) } };
    return { status, found: verdictOf(trial, told, errors(chosen) - errors(typical), interval) };
  } finally {
    await trainings.close();
  }
}

/** The errors of groups over several trainings: means, or roots of means of squares. */
function meanErrors(several: readonly Float64Array[], squared: boolean): Float64Array {
  return several[0].map((_, g) => {
    const sum = several.reduce((total, errors) => total + (squared ? errors[g] ** 2 : errors[g]), 0) / several.length;
    return squared ? Math.sqrt(sum) : sum;
  });
}

/** The mean over draws, and where the mean of all draws lies with 95 %; null of one draw. */
function meanOf(drawn: readonly number[]) {
  const count = drawn.length;
  const mean = drawn.reduce((sum, error) => sum + error, 0) / count;
  if (count === 1) return { mean, interval: null };
  const squares = drawn.reduce((sum, error) => sum + (error - mean) ** 2, 0);
  const reach = studentReach(count - 1) * Math.sqrt(squares / (count - 1) / count);
  return { mean, interval: [mean - reach, mean + reach] as const };
}

type Told = Pick<Subset["error"], "all" | "chosen" | "random">;

function verdictOf({ model }: Trial, told: Told, difference: number, interval: Subset["interval"]) {
  const lower = model.unit === "rating";
  const isCertain = interval !== null && (lower ? interval[1] < 0 : interval[0] > 0);
  const isBetter = isCertain && told.random.draws.every((drawn) => (lower ? told.chosen < drawn : told.chosen > drawn));
  const measure = lower
    ? ({ measure: "rmse", better: "lower" } as const)
    : ({ measure: "ndcg@10", better: "higher" } as const);
  const word = lower ? "RMSE" : "NDCG@10";
  const ends =
    interval === null
      ? "too few users are held out to tell"
      : `difference ${figure(interval[0])} to ${figure(interval[1])} with 95 %`;
  const figures = `${word} ${figure(told.chosen)}, ${figure(told.random.mean)} of as many at random (${ends}), ${figure(told.all)} of all`;
  const text = isBetter
    ? `the choice is better than chance: ${figures}`
    : `the choice is not certainly better than chance: ${figures}`;
  return { error: { ...measure, ...told }, difference, interval, isBetter, text };
}

function figure(value: number): string {
  return value.toFixed(4).replace("-", "−");
}
