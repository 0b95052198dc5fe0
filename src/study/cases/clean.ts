/** Which interactions or users spoil a model: how suspicious each is, what removing them does to the held-out error, and what to do. */

import type { Dataset } from "../../data/dataset.ts";
import { LetheError } from "../../errors.ts";
import { worseStatus } from "../../linear/status.ts";
import type { GivenSettings } from "../../method/method.ts";
import { runOf, type UseOptions } from "../run.ts";
import type { NamedModel } from "../store/model.ts";
import type { Cleaned, Suspect } from "./clean/cleaned.ts";
import { errorOn, type Trial, trialOf } from "./clean/held.ts";
import type { Changes } from "./clean/into.ts";
import { certainlyBehind, pushedNames } from "./clean/pushed.ts";
import { orRelabel, recommendationOf } from "./clean/recommendation.ts";
import { canRelabel, otherRatings, relabelTrial } from "./clean/relabelling.ts";
import { playersIn, removals, rowsOfFirst } from "./clean/removals.ts";
import { type Scoring, type Suspicion, suspicionOf, usualScoring } from "./clean/suspicion.ts";
import { inStages } from "./compare/stages.ts";
import { finite } from "./plain-estimate.ts";

/** What is looked for, and how. */
export interface CleanRequest {
  readonly players?: Scoring["players"] | undefined;
  /** An estimator or a valuer; default the cheapest that the model has what it needs for. */
  readonly method?: string | undefined;
  readonly settings?: GivenSettings | undefined;
  /** What the method values players for: the fit of their own rows, or of held-out ones. */
  readonly measure?: Scoring["measure"] | undefined;
  /** The suspicious end of the values; default high for the own fit, low for that of others. */
  readonly tail?: Scoring["tail"] | undefined;
  /** A share or a number of the model's own rows, where no others are given. */
  readonly holdout?: string | undefined;
  /** Trainings without as many at random, for each share. */
  readonly draws?: number | undefined;
  readonly seed?: number | undefined;
}

/** What it takes beside the request. */
export interface CleanOptions extends UseOptions {
  /** Held-out interactions, which the model was not trained on. */
  readonly test?: Dataset | undefined;
}

/** What was found, and what it changes in the interactions where the advice is followed. */
export interface FoundSuspects {
  readonly cleaned: Cleaned;
  readonly changes: Changes;
}

const shares = [0.01, 0.02, 0.05, 0.1];

/** Looks for what spoils a model. The model is left as it is. Throws `bad-input` and `unsupported` where that cannot be told. */
export async function cleanModel(
  named: NamedModel,
  request: CleanRequest = {},
  options: CleanOptions = {},
): Promise<FoundSuspects> {
  const { trained } = named;
  const { seed = 1, draws = 3, holdout = "20%" } = request;
  refuseMisfits(request, options.test);
  const scoring = scoringOf(named, request);
  const next = inStages(runOf(options), [
    { name: "held out", share: 2 },
    { name: "suspicion", share: 2 },
    ...(options.test === undefined ? [{ name: "all rows", share: 2 }] : []),
    { name: "removals", share: shares.length * (1 + draws) },
    { name: "other ratings", share: 2 },
  ]);
  const trial = await trialOf(named, { test: options.test, holdout, seed }, next());
  const onTrial = await suspicionOf(trial.model, scoring, trial.choosingRows, next());
  // Rows that were held out are scored, too: by the model that has seen them.
  const all = trial.model === trained ? onTrial : await suspicionOf(trained, scoring, trial.choosingRows, next());
  const pushing = certainlyBehind(all);
  const behind = { players: pushing, share: pushing / all.players.count };
  const asked = pushing > 0 ? [...new Set([...shares, behind.share])].sort((a, b) => a - b) : shares;
  const found = await removals(trial, onTrial, { shares: asked, draws, seed }, next());
  const removing = recommendationOf(trial, found, behind);
  const mayRelabel = removing.advice === "remove" && scoring.players === "interactions" && canRelabel(trial.model);
  const run = next();
  const first = rowsOfFirst(onTrial.players, onTrial.order, playersIn(removing.share, onTrial.players));
  const relabelled = mayRelabel ? await relabelTrial(trial, found.whole, first, run) : undefined;
  const recommendation = orRelabel(removing, found, relabelled);
  const going = rowsOfFirst(all.players, all.order, goingOf(recommendation, all));
  // Of the model that has seen the held-out rows, what they say is in it already.
  const held = trial.model === trained ? trial.choosingRows : undefined;
  const others = mayRelabel ? await otherRatings(trained, going, held, run) : new Map<number, number>();
  const { userCount: users, itemCount: items, size } = trained.interactions;
  const { method, measure, tail } = scoring;
  const cleaned: Cleaned = {
    model: { kind: trained.kind, users, items, interactions: size },
    players: { kind: scoring.players, count: all.players.count },
    ...{ method, measure, tail, seed },
    held: { from: trial.from, choosing: trial.choosingRows.users.length, judging: trial.judgingRows },
    error: errorWords(trial, found.whole),
    curve: found.curve,
    recommendation,
    ...(all.pushed === undefined ? {} : { pushed: pushedNames(named, all) }),
    ...(relabelled === undefined ? {} : { relabelled }),
    suspects: suspectsOf(named, scoring, all, recommendation, others),
    status: worseStatus(found.status, worseStatus(onTrial.status, all.status)),
    notes: [...new Set([...onTrial.notes, ...all.notes])],
    warnings: trial.warnings,
  };
  const relabels = recommendation.advice === "relabel";
  const none = new Uint32Array(0);
  return {
    cleaned,
    changes: relabels ? { removed: none, relabelled: others } : { removed: going, relabelled: new Map() },
  };
}

/** How many players the advice is for, among all of them. */
function goingOf({ advice, share }: Cleaned["recommendation"], { players }: Suspicion): number {
  return advice === "keep" ? 0 : playersIn(share, players);
}

function refuseMisfits({ measure, holdout, method, settings }: CleanRequest, test: Dataset | undefined): void {
  if (measure === "fit" && test === undefined)
    throw new LetheError(
      "bad-input",
      "`measure`: rows that the model was trained on cannot tell what spoils the fit of others",
      "give held-out rows by `test`, or leave `measure` out",
      "measure",
    );
  if (measure === "push" && (method ?? settings) !== undefined)
    throw new LetheError(
      "bad-input",
      "`method`: how far players are behind a push is told in one way",
      "leave `method` and `settings` out, or ask for another `measure`",
      "method",
    );
  if (holdout !== undefined && test !== undefined)
    throw new LetheError(
      "bad-input",
      "`holdout`: with `test` nothing of the model's own is held out",
      "leave one of the two out",
      "holdout",
    );
}

function scoringOf({ trained }: NamedModel, request: CleanRequest): Scoring {
  const { players = "interactions", measure = "own-fit", settings } = request;
  const { tail = measure === "fit" ? "low" : "high" } = request;
  if (measure === "push") return { players, method: "pushed-items", measure, tail };
  const { method = usualScoring(trained) } = request;
  return { players, method, settings, measure, tail };
}

function errorWords(trial: Trial, whole: Float64Array): Cleaned["error"] {
  const keepAll = errorOn(trial, whole, trial.judging);
  return trial.model.unit === "rating"
    ? { measure: "rmse", better: "lower", keepAll }
    : { measure: "ndcg@10", better: "higher", keepAll };
}

function suspectsOf(
  { trained, dataset }: NamedModel,
  { players: kind }: Scoring,
  all: Suspicion,
  recommendation: Cleaned["recommendation"],
  others: ReadonlyMap<number, number>,
): Suspect[] {
  const { users, items, ratings } = trained.interactions;
  const { players, order, values } = all;
  const going = goingOf(recommendation, all);
  const why = goesBecause(all);
  return Array.from(order, (k, place) => {
    const rows = players.rows(k);
    const item = dataset.itemIds.list[items[rows[0]]];
    const about =
      kind === "users" ? {} : { item, title: dataset.itemInfo.get(item)?.title ?? null, rating: ratings[rows[0]] };
    const goes = place < going;
    const other = others.get(rows[0]);
    const relabels = goes && kind === "interactions" && others.size > 0;
    const keeps = !goes || (recommendation.advice === "relabel" && other === undefined);
    return {
      user: dataset.userIds.list[users[rows[0]]],
      ...about,
      ...{ rows: rows.length, value: finite(values[k]), advice: keeps ? ("keep" as const) : recommendation.advice },
      ...(relabels ? { relabel: other ?? null } : {}),
      reason: keeps ? keptBecause(recommendation, goes) : why,
    };
  });
}

function goesBecause(all: Suspicion): string {
  if (certainlyBehind(all) > 0) return "behind an item that is pushed";
  return "among the most suspicious, and the held-out error falls without them";
}

function keptBecause({ advice }: Cleaned["recommendation"], suspicious: boolean): string {
  if (suspicious) return "suspicious, but the rating that it would get is the one that it has";
  return advice === "keep"
    ? "the held-out error does not certainly fall without the most suspicious"
    : "less suspicious than those whose removal helps most";
}
