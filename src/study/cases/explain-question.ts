/** What a score is asked by: the question of an explanation, checked, and the rows near it. */

import { indexOf } from "../../data/dataset.ts";
import type { Rows } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import { estimators } from "../../influence/index.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { PreparedEstimator } from "../../method/estimator.ts";
import { measureOf } from "../../method/measure.ts";
import { makeNamed } from "../../method/method.ts";
import type { Pairs } from "../../model/model.ts";
import { jointScoreTarget, scoreTarget, targetValue } from "../../objective/target.ts";
import { basePartsOf, baseScore } from "../../training/base-score.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { usualEstimator } from "../choosing/methods.ts";
import { runOf } from "../run.ts";
import type { NamedModel } from "../store/model.ts";
import type { ExplainRequest } from "./explanation.ts";

/** A question about one score, or several together, by indices. */
export interface Question {
  readonly trained: TrainedModel;
  readonly user: number;
  readonly item: number;
  /** The user and the item, and what is asked about with them. */
  readonly pairs: Pairs;
  readonly method: string;
  readonly measure: ReturnType<typeof measureOf>;
  readonly run: RunContext;
}

/** The question of a request; throws `unknown-id`, `unsupported`, and `bad-input` on a name or a setting that is none. */
export function questionOf({ trained, dataset }: NamedModel, request: ExplainRequest): Question {
  const { method = usualEstimator(trained) } = request;
  // Before the ids: a name that is none is told first.
  makeNamed(estimators, method, trained, request.settings);
  const { users = [], items = [] } = request.pairs ?? {};
  const pairs = {
    users: Uint32Array.from([request.user, ...users], (id) => indexOf(dataset.userIds, id, "user")),
    items: Uint32Array.from([request.item, ...items], (id) => indexOf(dataset.itemIds, id, "item")),
  };
  const [user, item] = [pairs.users[0], pairs.items[0]];
  const target = request.pairs ? jointScoreTarget(pairs, request.together ?? "sum") : scoreTarget(user, item);
  return { trained, user, item, pairs, method, measure: measureOf(target, trained.unit), run: runOf(request) };
}

/** Refuses a joint score: how long it is right is not known. */
export function refuseJoint({ pairs }: ExplainRequest): void {
  if (pairs !== undefined)
    throw new LetheError(
      "bad-input",
      "`staleWithin` is about one pair, and several are asked about together",
      "ask about one pair, or leave out `staleWithin`",
    );
}

/** The estimator that is asked, prepared; the caller closes it. */
export function estimatorFor(
  { trained, method, run }: Question,
  { settings }: Pick<ExplainRequest, "settings">,
): Promise<PreparedEstimator> {
  return makeNamed(estimators, method, trained, settings).prepare(trained, run);
}

/** The score that is asked about, and what it is made of. */
export function whatIsAsked({ dataset }: NamedModel, { trained, pairs, measure }: Question, request: ExplainRequest) {
  const { together = "sum" } = request;
  const bases = Array.from(pairs.users, (user, k) => baseScore(trained, user, pairs.items[k]));
  const base = bases.reduce((sum, x) => sum + x, 0) / (together === "mean" ? bases.length : 1);
  return {
    user: request.user,
    item: request.item,
    title: dataset.itemInfo.get(request.item)?.title ?? null,
    score: measured(trained, measure),
    ...(request.pairs === undefined ? {} : { joint: { pairs: bases.length, together } }),
    unit: trained.unit,
    base,
    baseOf: basePartsOf(trained),
  };
}

/** The measured score; NaN of a measure without a target. */
export function measured(trained: TrainedModel, { target }: Question["measure"]): number {
  return target === undefined ? Number.NaN : targetValue(target, (pairs) => trained.scores(pairs));
}

/** The rows of the users, those of the items that are others', and how many the items have. */
export interface NearRows {
  readonly own: Rows;
  readonly others: Rows;
  readonly ofItem: number;
}

/** The rows near the pairs. */
export function rowsNear({ interactions }: TrainedModel, pairs: Pairs): NearRows {
  const { byUser, byItem, users } = interactions;
  const [asked, askedItems] = [new Set(pairs.users), new Set(pairs.items)];
  const rowsOf = ({ start, rows }: typeof byUser, keys: Iterable<number>) =>
    Uint32Array.from([...keys].flatMap((key) => [...rows.subarray(start[key], start[key + 1])])).sort();
  const ofItem = rowsOf(byItem, askedItems);
  return { own: rowsOf(byUser, asked), others: ofItem.filter((row) => !asked.has(users[row])), ofItem: ofItem.length };
}
