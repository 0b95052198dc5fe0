/** What does a nightly update cost beside training again, does it give the same model, and how long does a request of access take? MovieLens-1M. */

import type { Dataset, Interactions } from "../src/data/index.ts";
import type { Kernels } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import { keyedUniform } from "../src/numeric/random.ts";
import {
  type ChangedRow,
  compacted,
  type NamedModel,
  planOf,
  subjectOf,
  type TrainPlan,
  trainOn,
  updateRows,
} from "../src/study/index.ts";
import { movielens, penalties } from "./movielens.ts";
import type { Report } from "./report.ts";
import { ms, percent, sci } from "./timing.ts";

type Choice = (row: number, set: Interactions) => boolean;

/** A night's changes: rows that are not in the model and come, that are in it and go, and that get another rating. */
interface Night {
  readonly name: string;
  readonly comes?: Choice;
  readonly goes?: Choice;
  readonly changes?: Choice;
}

const share =
  (seed: number, part: number): Choice =>
  (row) =>
    keyedUniform(seed, row, 0, 0) < part;

const nights: readonly Night[] = [
  { name: "1 new user", comes: (row, { users }) => users[row] === 100 },
  { name: "0.1 % added", comes: share(1, 0.001) },
  { name: "1 % added", comes: share(1, 0.01) },
  { name: "2.5 % of users added", comes: (row, { users }) => users[row] % 40 === 7 },
  {
    name: "0.5 % added, 0.2 % removed, 0.2 % changed",
    comes: share(1, 0.005),
    goes: share(2, 0.002),
    changes: share(3, 0.002),
  },
];

const factors = 8;

/** Arguments: `threads=N`. */
export async function run(args: readonly string[]): Promise<Report> {
  const threads = Number(args.find((arg) => arg.startsWith("threads="))?.slice(8) ?? 2);
  const whole = await movielens();
  const kernels = openKernels({ threads });
  const plan = planOf({ model: "mf", loss: "squared", settings: { factors }, l2: penalties[factors], l2Bias: 5 });
  const updates = [];
  for (const night of nights) {
    updates.push(await measured(whole, night, plan, kernels));
    process.stderr.write(`${JSON.stringify(updates.at(-1))}\n`);
  }
  const subjects = await asked(await trainOn(whole, plan, { kernels }), kernels);
  await kernels.close();
  return {
    tables: [
      {
        id: "nights",
        caption: `lethe update on MovieLens-1M (mf, ${factors} factors, λ ${penalties[factors]}, mean learned), everything to ‖∇J‖ ≤ 1e-8, ${threads} threads`,
        header: [
          "update",
          "rows",
          "update",
          "certificate",
          "passes",
          "‖∇J‖",
          "training again",
          "update / training",
          "largest difference of 1 M predictions",
          "certificate says",
        ],
        rows: updates.map((one) => [
          one.name,
          one.rows.toLocaleString("en"),
          ms(one.update),
          ms(one.certify),
          String(Math.round(one.passes)),
          sci(one.gradientNorm),
          ms(one.training),
          percent(one.update / one.training),
          sci(one.largestDifference),
          one.scope,
        ]),
      },
      {
        id: "subjects",
        caption: `lethe subject on the same model, ${threads} threads: the person is forgotten exactly, and the first ten items of all others are compared`,
        header: [
          "person",
          "interactions",
          "seconds",
          "own list: goes",
          "other lists that change",
          "other first items that change",
        ],
        rows: subjects.map((one) => [
          one.name,
          one.interactions.toLocaleString("en"),
          one.seconds.toFixed(1),
          `${one.going} of 10`,
          one.changed.toLocaleString("en"),
          one.firstChanged.toLocaleString("en"),
        ]),
      },
    ],
    figures: { updates, subjects },
  };
}

function rowsOf(set: Interactions, choice: Choice = () => false): Uint32Array {
  return Uint32Array.from(set.users.keys()).filter((row) => choice(row, set));
}

/** The rows as a set of their own, under ids in order of first appearance. */
function part(whole: Dataset, rows: Uint32Array): Dataset {
  return { ...whole, interactions: whole.interactions.select(rows) };
}

async function measured(whole: Dataset, { name, comes, goes, changes }: Night, plan: TrainPlan, kernels: Kernels) {
  const set = whole.interactions;
  const coming = new Set(rowsOf(set, comes));
  const stays = rowsOf(set, (row) => !coming.has(row));
  const named: NamedModel = compacted(await trainOn(part(whole, stays), plan, { kernels }));
  const there = named.dataset.interactions;
  const remove = rowsOf(there, goes);
  const gone = new Set(remove);
  const change: ChangedRow[] = Array.from(
    rowsOf(there, (row, all) => !gone.has(row) && changes?.(row, all) === true),
    (row) => ({
      row,
      rating: 6 - there.ratings[row],
    }),
  );
  const add = part(whole, Uint32Array.from(coming).sort());
  const { model, report } = await updateRows(named, { add, remove, change }, { kernels });
  const begun = performance.now();
  const again = await trainOn(model.dataset, plan, { kernels, seed: 9 });
  const training = performance.now() - begun;
  const [a, b] = [model, again].map(({ trained }) => trained.scores(model.dataset.interactions));
  return {
    ...{ name, rows: coming.size + remove.length + change.length, training },
    update: 1000 * report.seconds,
    certify: 1000 * report.certificateSeconds,
    passes: report.passes,
    gradientNorm: report.gradientNorm ?? Number.NaN,
    scope: report.certificate.scope,
    largestDifference: a.reduce((most, score, k) => Math.max(most, Math.abs(score - b[k])), 0),
  };
}

/** The people with the fewest, the median and the most interactions. */
async function asked(named: NamedModel, kernels: Kernels) {
  const { start } = named.trained.interactions.byUser;
  const countOf = (user: number) => start[user + 1] - start[user];
  const bySize = Array.from({ length: start.length - 1 }, (_, user) => user).sort(
    (a, b) => countOf(a) - countOf(b) || a - b,
  );
  const people = [
    ["fewest", bySize[0]],
    ["median", bySize[bySize.length >> 1]],
    ["most", bySize[bySize.length - 1]],
  ] as const;
  const out = [];
  for (const [name, user] of people) {
    const found = await subjectOf(named, { user: named.dataset.userIds.list[user], count: 10 }, { kernels });
    const { without } = found;
    if ("notDetermined" in without) throw new Error(without.notDetermined);
    const { changed, firstChanged } = without.others;
    out.push({
      name,
      interactions: countOf(user),
      seconds: found.seconds,
      going: without.own.going,
      changed,
      firstChanged,
    });
    process.stderr.write(`${JSON.stringify(out.at(-1))}\n`);
  }
  return out;
}
