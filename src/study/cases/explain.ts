/** Why a score is what it is: the ratings that it rests on, and what it would be without each. */

import type { Rows } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import { estimators } from "../../influence/index.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { worseStatus } from "../../linear/status.ts";
import { type Estimate, type PreparedEstimator, worstOf } from "../../method/estimator.ts";
import { makeNamed } from "../../method/method.ts";
import { groupPlayers, interactionPlayers, itemPlayers, type Players, userPlayers } from "../../method/players.ts";
import { asksEveryPlayer, kindOfValue, usualEstimator } from "../choosing/methods.ts";
import type { NamedModel } from "../store/model.ts";
import { distributionOf, explainablePairs, type InfluenceDistribution, isExplained } from "./explain-distribution.ts";
import { noteOf, playersNote, toldBy, worth } from "./explain-notes.ts";
import {
  estimatorFor,
  measured,
  type NearRows,
  type Question,
  questionOf,
  refuseJoint,
  rowsNear,
  whatIsAsked,
} from "./explain-question.ts";
import type { ExplainRequest, Explanation, PlayerExplanation, Reason } from "./explanation.ts";
import { requireStale, staleOf } from "./stale.ts";

/** Explains one score by single interactions; throws `unknown-id` and `unsupported`. */
export function explain(named: NamedModel, request: ExplainRequest): Promise<Explanation> {
  return explainedBy(byRows, named, request);
}

/** Explains one score by whole users, whole items or named groups; throws as `explain` does. */
export function explainPlayers(named: NamedModel, request: ExplainRequest): Promise<PlayerExplanation> {
  return explainedBy(byPlayers, named, request);
}

/** A pair, by outside ids. */
export type AskedPair = Pick<ExplainRequest, "user" | "item">;

/**
 * Explains each of these scores by itself, one after another: what a method prepares is prepared once. Throws as `explain` does, on an unknown id
 * before the first.
 */
export async function* explainEach(
  named: NamedModel,
  pairs: readonly AskedPair[],
  request: Omit<ExplainRequest, keyof AskedPair>,
): AsyncGenerator<Explanation | PlayerExplanation> {
  const answer = (request.players ?? "interactions") === "interactions" ? byRows : byPlayers;
  const asked = pairs.map((pair, k) => {
    const own = { ...request, ...pair };
    return { own, question: ofPair(k, () => answer.question(named, own)) };
  });
  const prepared = await estimatorFor(asked[0].question, request);
  try {
    for (const [k, { own, question }] of asked.entries()) {
      yield await answer.told(named, question, own, prepared);
      question.run.onProgress?.({ phase: "pair", step: k + 1, fraction: (k + 1) / asked.length });
      await question.run.yieldToEventLoop();
    }
  } finally {
    prepared.close();
  }
}

/** The question of a pair; an id that is none is one of the pair at this place. */
function ofPair<Asked>(place: number, ask: () => Asked): Asked {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof LetheError) || error.code !== "unknown-id") throw error;
    throw new LetheError(error.code, error.message, error.advice, `pairs.${place}`);
  }
}

/** A kind of explanation: what is asked, checked before long work, and what is answered. */
interface Answer<Told> {
  question(named: NamedModel, request: ExplainRequest): Question;
  told(named: NamedModel, question: Question, request: ExplainRequest, prepared: PreparedEstimator): Promise<Told>;
}

async function explainedBy<Told>(answer: Answer<Told>, named: NamedModel, request: ExplainRequest): Promise<Told> {
  const question = answer.question(named, request);
  const prepared = await estimatorFor(question, request);
  try {
    return await answer.told(named, question, request, prepared);
  } finally {
    prepared.close();
  }
}

const byRows: Answer<Explanation> = {
  question(named, request) {
    const question = questionOf(named, request);
    if (request.staleWithin !== undefined) {
      refuseJoint(request);
      requireStale({ ...question, settings: request.settings });
    }
    return question;
  },
  async told(named, question, request, prepared) {
    const { trained, method } = question;
    const near = rowsNear(trained, question.pairs);
    // Where nothing cheap can rank the rows, all of them are asked.
    const slow = asksEveryPlayer(method) && !asksEveryPlayer(usualEstimator(trained));
    const ask = async (rows: Rows) => {
      const chosen = slow ? await strongest(question, rows, request) : rows;
      return reasons(named, prepared, question, chosen, request);
    };
    const own = await ask(near.own);
    const others = await ask(near.others);
    const distribution = request.distribution ? await distributionFor(prepared, question, near) : {};
    return {
      ...whatIsAsked(named, question, request),
      byItem: await withValidity(question, own, request),
      byUser: await withValidity(question, others, request),
      method,
      status: worseStatus(own.status, others.status),
      ratings: { ofUser: near.own.length, ofItem: near.ofItem },
      ...(request.staleWithin === undefined ? {} : { staleWithin: request.staleWithin }),
      ...distribution,
      note:
        noteOf(method, slow ? usualEstimator(trained) : undefined, trained.unit) +
        worth(trained, method) +
        toldBy(own, others),
    };
  },
};

const byPlayers: Answer<PlayerExplanation> = {
  question(named, request) {
    refuseForPlayers("staleWithin", request.staleWithin !== undefined);
    refuseForPlayers("distribution", request.distribution === true);
    return questionOf(named, request);
  },
  async told(named, question, request, prepared) {
    const { trained, method } = question;
    const { players, names } = playersOf(named, rowsNear(trained, question.pairs), request);
    const estimate = await prepared.estimate([question.measure], players);
    const found = whatIsAsked(named, question, request);
    const { positive = false, count = 10 } = request;
    const { values } = estimate;
    const order = Array.from(values.keys())
      .filter((k) => !positive || values[k] > 0)
      .sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b)
      .slice(0, count);
    return {
      ...found,
      players: players.kind as PlayerExplanation["players"],
      byPlayer: order.map((k) => ({
        player: names[k],
        title: players.kind === "items" ? (named.dataset.itemInfo.get(names[k])?.title ?? null) : null,
        rows: players.rows(k).length,
        influence: values[k],
        without: scoreWithout(method, found.score, values[k]),
        status: estimate.statuses[k],
        ...intervalOf(estimate, k),
      })),
      method,
      status: worstOf(estimate),
      note: playersNote(method, trained) + worth(trained, method) + toldBy(estimate),
    };
  },
};

function refuseForPlayers(field: "staleWithin" | "distribution", asked: boolean): void {
  if (asked)
    throw new LetheError(
      "bad-input",
      `\`${field}\` is about single interactions, and whole users, items or groups are asked about`,
      `ask about single interactions, or leave out \`${field}\``,
    );
}

/** The distribution of the influences of all rows near. */
async function distributionFor(
  prepared: PreparedEstimator,
  { measure, trained, user, item, method }: Question,
  near: NearRows,
): Promise<{ readonly distribution: InfluenceDistribution }> {
  const rows = Uint32Array.from([...near.own, ...near.others]);
  const { values, statuses } = await prepared.estimate([measure], interactionPlayers(rows));
  const explainable = asksEveryPlayer(method)
    ? { pairs: 1, explained: isExplained(values, statuses) ? 1 : 0 }
    : await explainablePairs(prepared, trained, user, item);
  return { distribution: { ...distributionOf(values), explainable } };
}

/** Users who rated the item, items that the user rated, or groups as given. */
function playersOf(
  { trained, dataset }: NamedModel,
  near: NearRows,
  { players = "users" }: ExplainRequest,
): { readonly players: Players; readonly names: readonly string[] } {
  const { interactions } = trained;
  if (typeof players !== "string")
    return { players: groupPlayers(players.map(({ rows }) => rows)), names: players.map(({ name }) => name) };
  if (players === "interactions") throw new LetheError("internal", "single interactions are explained by `explain`");
  const keys = players === "users" ? interactions.users : interactions.items;
  const chosen = [...new Set(Array.from([...near.own, ...near.others], (row) => keys[row]))].sort((a, b) => a - b);
  const ids = players === "users" ? dataset.userIds : dataset.itemIds;
  const made = players === "users" ? userPlayers(interactions, chosen) : itemPlayers(interactions, chosen);
  return { players: made, names: chosen.map((k) => ids.list[k]) };
}

async function reasons(
  { dataset }: NamedModel,
  prepared: PreparedEstimator,
  { trained, measure, method }: Question,
  rows: Rows,
  { positive = false }: ExplainRequest,
): Promise<Reasons> {
  const { users, items, ratings } = trained.interactions;
  const estimate = await prepared.estimate([measure], interactionPlayers(rows));
  const { values } = estimate;
  const whole = measured(trained, measure);
  const order = Array.from(rows.keys())
    .filter((k) => !positive || values[k] > 0)
    .sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || rows[a] - rows[b]);
  const list = order.map((k): Reason => {
    const itemId = dataset.itemIds.list[items[rows[k]]];
    return {
      user: dataset.userIds.list[users[rows[k]]],
      item: itemId,
      title: dataset.itemInfo.get(itemId)?.title ?? null,
      rating: ratings[rows[k]],
      influence: values[k],
      without: scoreWithout(method, whole, values[k]),
      status: estimate.statuses[k],
      ...intervalOf(estimate, k),
    };
  });
  return {
    list,
    rows: Uint32Array.from(order, (k) => rows[k]),
    status: worstOf(estimate),
    notes: estimate.notes ?? [],
  };
}

/** The ends of value k, where the method has any. */
function intervalOf({ intervals }: Estimate, k: number): { interval?: [number, number] | null } {
  if (intervals === undefined) return {};
  const [lower, upper] = intervals.subarray(2 * k, 2 * k + 2);
  return { interval: Number.isNaN(lower) ? null : [lower, upper] };
}

/** What is left of a score without what a number stands for; null where the number is no part of a score. */
function scoreWithout(method: string, score: number, value: number): number | null {
  const kind = kindOfValue(method);
  return kind === "relative" || kind === "vote" ? null : score - value;
}

/** Reasons in their order, the row of each, the worst status, and what the estimate says of itself. */
interface Reasons {
  readonly list: readonly Reason[];
  readonly rows: Rows;
  readonly status: SolveStatus;
  readonly notes: readonly string[];
}

/** As many reasons as are asked for, each with how far the rows may move where that is asked. */
async function withValidity(
  question: Question,
  { list, rows }: Reasons,
  { count = 10, settings, staleWithin }: ExplainRequest,
): Promise<readonly Reason[]> {
  const listed = list.slice(0, count);
  if (staleWithin === undefined) return listed;
  const within = await staleOf({ ...question, settings }, rows.subarray(0, count), staleWithin);
  return listed.map((reason, k) => ({ ...reason, validWithin: within[k] }));
}

/** The rows that a cheap estimator ranks first: as many as are asked for, in the order that is asked for. */
async function strongest(
  { trained, measure, run }: Question,
  rows: Rows,
  { count = 10, positive = false }: ExplainRequest,
): Promise<Rows> {
  if (rows.length <= count) return rows;
  const prepared = await makeNamed(estimators, usualEstimator(trained), trained).prepare(trained, run);
  try {
    const { values } = await prepared.estimate([measure], interactionPlayers(rows));
    const size = (k: number) => (positive ? values[k] : Math.abs(values[k]));
    const order = Array.from(rows.keys()).sort((a, b) => size(b) - size(a) || a - b);
    return Uint32Array.from(order.slice(0, count), (k) => rows[k]).sort();
  } finally {
    prepared.close();
  }
}
