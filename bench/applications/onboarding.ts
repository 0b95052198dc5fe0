/** People whom the model has not seen are asked about items, and answer those that they have rated: how well are their other ratings predicted? */

import { newcomersOf } from "../../src/influence/newcomer/newcomer.ts";
import { type Kernels, runContext } from "../../src/kernel/run-context.ts";
import { randomOf } from "../../src/numeric/random.ts";
import type { NamedModel } from "../../src/study/index.ts";
import { refit } from "../../src/training/refit.ts";
import type { TrainedModel } from "../../src/training/trained-model.ts";
import type { Table } from "../report.ts";
import type { NewcomersAsked } from "./strategies.ts";
import { strategiesOf } from "./strategies.ts";

/** A person: the ratings that they may answer with, and those that judge. */
interface Person {
  readonly pool: ReadonlyMap<number, number>;
  readonly judge: readonly { readonly item: number; readonly rating: number }[];
}

const answersWanted = 5;
const mostAsked = 1000;

/** The table of strategies: squared errors with intervals over people, against asking about what is most popular. */
export async function onboarding(
  { named, kernels }: { readonly named: NamedModel; readonly kernels: Kernels },
  count: number,
): Promise<Table> {
  const run = runContext(kernels);
  const { trained } = named;
  const fresh = newPeople(trained, count);
  const model = await refit(trained, rowsOfPeople(trained, fresh), trained.seed, run);
  const newcomers = newcomersOf(model, "items");
  const people = fresh.map((user) => personOf(trained, user, newcomers.known));
  const strategies = strategiesOf(newcomers, run);
  const outcomes: { name: string; answered: Outcome; asked: Outcome; questions: number }[] = [];
  for (const [name, choose] of Object.entries(strategies)) {
    const found = [];
    for (const person of people) found.push(await interview(person, choose));
    outcomes.push({
      name,
      answered: errorsOf(
        newcomers,
        people,
        found.map(({ all }) => all),
      ),
      asked: errorsOf(
        newcomers,
        people,
        found.map(({ first }) => first),
      ),
      questions: found.reduce((sum, { questions }) => sum + questions, 0) / people.length,
    });
  }
  await kernels.close();
  const [base] = outcomes;
  const none = errorsOf(
    newcomers,
    people,
    people.map(() => []),
  );
  return {
    id: "ask",
    caption: `RMSE of the other ratings of ${people.length} people whom the model has not seen (MovieLens-1M, 8 factors, λ 15); without any answer ${none.rmse.toFixed(4)}`,
    header: [
      "asked",
      "after 5 answers",
      "less that of popularity, 95 %",
      "questions for them",
      "after 5 questions",
      "less that of popularity, 95 %",
    ],
    rows: outcomes.map(({ name, answered, asked, questions }) => [
      name,
      answered.rmse.toFixed(4),
      against(answered, base.answered),
      questions.toFixed(0),
      asked.rmse.toFixed(4),
      against(asked, base.asked),
    ]),
  };
}

function newPeople({ interactions: { byUser, userCount } }: TrainedModel, count: number): number[] {
  const random = randomOf(5, "new people");
  return Array.from({ length: userCount }, (_, user) => ({ user, at: random.uniform() }))
    .sort((a, b) => a.at - b.at)
    .map(({ user }) => user)
    .filter((user) => byUser.start[user + 1] - byUser.start[user] >= 20)
    .slice(0, count);
}

function rowsOfPeople({ interactions: { users, size } }: TrainedModel, people: readonly number[]): Uint32Array {
  const gone = new Set(people);
  return Uint32Array.from({ length: size }, (_, row) => row).filter((row) => gone.has(users[row]));
}

function personOf({ interactions }: TrainedModel, user: number, known: Float64Array): Person {
  const { byUser, items, ratings } = interactions;
  const random = randomOf(6, "pool", user);
  const rows = Array.from(byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]))
    .filter((row) => known[items[row]] > 0)
    .map((row) => ({ row, at: random.uniform() }))
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => ({ item: items[row], rating: ratings[row] }));
  const half = rows.length >> 1;
  return { pool: new Map(rows.slice(0, half).map(({ item, rating }) => [item, rating])), judge: rows.slice(half) };
}

/** Asks until five answers: the answers, those of the first five questions, and how many questions it took. */
async function interview({ pool }: Person, choose: NewcomersAsked) {
  const answered: number[] = [];
  const asked = new Set<number>();
  let first: number[] | undefined;
  while (answered.length < Math.min(answersWanted, pool.size) && asked.size < mostAsked) {
    const item = await choose(answered, asked);
    asked.add(item);
    if (pool.has(item)) answered.push(item);
    if (asked.size === answersWanted) first = [...answered];
  }
  return { all: answered, first: first ?? answered, questions: asked.size };
}

/** Squared errors by person, and the RMSE over all of their ratings. */
interface Outcome {
  readonly errors: readonly number[];
  readonly weights: readonly number[];
  readonly rmse: number;
}

function errorsOf(
  newcomers: ReturnType<typeof newcomersOf>,
  people: readonly Person[],
  answers: readonly (readonly number[])[],
): Outcome {
  const errors = people.map(({ pool, judge }, k) => {
    const scores = newcomers.scores(
      answers[k],
      answers[k].map((item) => pool.get(item) as number),
    );
    return judge.reduce((sum, { item, rating }) => sum + (scores[item] - rating) ** 2, 0);
  });
  const weights = people.map(({ judge }) => judge.length);
  return { errors, weights, rmse: Math.sqrt(total(errors) / total(weights)) };
}

/** The interval of a difference of RMSE, people independent and their two errors paired (ratio of sums). */
function against(one: Outcome, base: Outcome): string {
  if (one === base) return "";
  const differences = one.errors.map((error, k) => error - base.errors[k]);
  const weight = total(one.weights);
  const mean = total(differences) / weight;
  const squares = differences.reduce((sum, d, k) => sum + (d - mean * one.weights[k]) ** 2, 0);
  const scale = one.rmse + base.rmse;
  const reach = (1.96 * Math.sqrt(squares)) / weight / scale;
  const middle = one.rmse - base.rmse;
  return `${(middle - reach).toFixed(4)} to ${(middle + reach).toFixed(4)}`;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
