/** Which items to ask somebody new about next: those whose ratings tell most of all the others. */

import { indexOf } from "../../data/dataset.ts";
import { LetheError } from "../../errors.ts";
import { type Newcomers, newcomersOf, type Wanted } from "../../influence/newcomer/newcomer.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { runOf, type UseOptions } from "../run.ts";
import type { NamedModel } from "../store/model.ts";

/** What was answered so far, and what is asked for. */
export interface AskRequest {
  /** Outside ids of items, and what the person rated them. */
  readonly answers?: { readonly items: readonly string[]; readonly ratings: readonly number[] } | undefined;
  /** What is to be predicted well: every item alike, or ratings that people give. */
  readonly wanted?: Wanted | undefined;
  /** How likely a person can answer: as many as have rated the item, or whoever is asked. */
  readonly known?: "popularity" | "all" | undefined;
  readonly count?: number | undefined;
}

/** An item to ask about. */
export interface Question {
  readonly item: string;
  readonly title: string | null;
  /** The share of people who have rated it. */
  readonly known: number;
  /** What the answers so far say of it. */
  readonly score: number;
  /** By how much the expected squared error falls with its answer, in rating². */
  readonly gain: number;
  /** The expected RMSE with its answer, and those of the questions before it. */
  readonly expectedRmse: number;
}

/** What to ask next. */
export interface Asked {
  readonly answers: readonly { readonly item: string; readonly title: string | null; readonly rating: number }[];
  /** The RMSE of predictions that is expected from the answers so far, with the noise of ratings. */
  readonly expectedRmse: number;
  readonly wanted: Wanted;
  readonly known: "popularity" | "all";
  /** In the order in which to ask: each where all before it were answered. What is answered does not change the order. */
  readonly questions: readonly Question[];
  readonly warnings: readonly string[];
}

/** Plans the next questions; throws `unknown-id`, `bad-input` and `unsupported`. */
export async function askNext(named: NamedModel, request: AskRequest, options: UseOptions = {}): Promise<Asked> {
  const { answers = { items: [], ratings: [] }, wanted = "items", known = "popularity", count = 5 } = request;
  const run = runOf(options);
  const items = answers.items.map((id) => indexOf(named.dataset.itemIds, id, "item"));
  refuseRepeats(answers.items);
  const newcomers = newcomersOf(named.trained, wanted);
  const titleOf = (id: string) => named.dataset.itemInfo.get(id)?.title ?? null;
  return {
    answers: answers.items.map((item, k) => ({ item, title: titleOf(item), rating: answers.ratings[k] })),
    expectedRmse: rmseOf(newcomers, newcomers.expected(items)),
    ...{ wanted, known },
    questions: await questionsOf(named, newcomers, { items, ratings: answers.ratings, known, count }, run),
    warnings: warningsOf(named, answers),
  };
}

interface Plan {
  readonly items: readonly number[];
  readonly ratings: readonly number[];
  readonly known: "popularity" | "all";
  readonly count: number;
}

async function questionsOf(
  { dataset, trained }: NamedModel,
  newcomers: Newcomers,
  { items, ratings, known, count }: Plan,
  run: RunContext,
): Promise<Question[]> {
  const scores = newcomers.scores(items, ratings);
  const asked = [...items];
  const found: Question[] = [];
  let before = newcomers.expected(asked);
  while (found.length < count) {
    const after = await newcomers.withOneMore(asked, run);
    const chosen = bestItem(trained.keys.items, newcomers, { asked, known }, (i) => before - after[i]);
    if (chosen === undefined) return found;
    const id = dataset.itemIds.list[chosen];
    found.push({
      ...{ item: id, title: dataset.itemInfo.get(id)?.title ?? null, known: newcomers.known[chosen] },
      ...{ score: scores[chosen], gain: before - after[chosen], expectedRmse: rmseOf(newcomers, after[chosen]) },
    });
    before = after[chosen];
    asked.push(chosen);
    run.onProgress?.({ phase: "question", step: found.length, fraction: found.length / count });
  }
  return found;
}

/** The item with the greatest expected gain that was not asked about; of equals the first by outside ids. */
export function bestItem(
  keys: ArrayLike<number>,
  newcomers: Newcomers,
  { asked, known }: { readonly asked: readonly number[]; readonly known: "popularity" | "all" },
  gainOf: (item: number) => number,
): number | undefined {
  const gone = new Set(asked);
  let [best, most] = [-1, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < newcomers.known.length; i++) {
    if (newcomers.known[i] === 0 || gone.has(i)) continue;
    const expected = gainOf(i) * (known === "popularity" ? newcomers.known[i] : 1);
    if (expected > most || (expected === most && keys[i] < keys[best])) [best, most] = [i, expected];
  }
  return best < 0 ? undefined : best;
}

function rmseOf({ noise }: Newcomers, error: number): number {
  return Math.sqrt(error + noise);
}

function refuseRepeats(items: readonly string[]): void {
  const twice = items.find((item, k) => items.indexOf(item) !== k);
  if (twice === undefined) return;
  throw new LetheError(
    "bad-input",
    `\`answers\`: item ${JSON.stringify(twice)} is rated more than once`,
    "give one rating of it, the last",
    "answers",
  );
}

function warningsOf({ trained }: NamedModel, { items, ratings }: NonNullable<AskRequest["answers"]>): string[] {
  const [least, most] = trained.interactions.ratings.reduce(
    ([low, high], rating) => [Math.min(low, rating), Math.max(high, rating)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  return items.flatMap((item, k) =>
    ratings[k] >= least && ratings[k] <= most
      ? []
      : [
          `item ${JSON.stringify(item)} is rated ${ratings[k]}, and the model was trained on ratings from ${least} to ${most}`,
        ],
  );
}
