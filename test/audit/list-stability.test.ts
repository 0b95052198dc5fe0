/** Laws of the stability of lists: brute force by training again, what no row can reach, and samples. */

import { beforeAll, expect, test } from "vitest";
import { type AuditedModel, type ListStabilityFinding, listStability } from "../../src/audit/index.ts";
import { overlap, topItems } from "../../src/evaluation/ranking.ts";
import { spearman } from "../../src/numeric/statistics.ts";
import { itemScoresOf, refit, type TrainedModel } from "../../src/training/index.ts";
import { run } from "../support/run.ts";
import { expectNear, normals, triplesOf } from "../support/small.ts";
import { batchModel, smoothOf } from "../support/trained.ts";
import { modelAt, optimum, subjectNamed } from "../unlearning/subjects.ts";
import { named, subjectOf } from "./subjects.ts";

let model: AuditedModel;
beforeAll(async () => {
  model = named(await optimum(subjectNamed("mf, bpr")));
});

const found = (on: AuditedModel, settings = {}): Promise<ListStabilityFinding> =>
  listStability.make(settings).run(subjectOf(on, on), run);

/** Means over all rows by training again without each, affected and not. */
async function brute({ trained }: AuditedModel, k: number, again: (row: number) => Promise<TrainedModel>) {
  const triples = triplesOf(trained.interactions);
  const sums = { affected: [0, 0, 0], unaffected: [0, 0, 0] };
  for (const [row, [owner, item]] of triples.entries()) {
    const after = await again(row);
    for (const user of new Set(triples.map(([u]) => u))) {
      const own = new Set(triples.flatMap(([u, i]) => (u === user ? [i] : [])));
      const [x, y] = [trained, after].map((one) => itemScoresOf(one, user));
      const [a, b] = [topItems(x, k, own), topItems(y, k, own)];
      if (a.length === 0) continue;
      const both = Array.from(new Set([...a, ...b]));
      const sum =
        sums[user === owner || triples.some(([u, i]) => u === user && i === item) ? "affected" : "unaffected"];
      sum[0]++;
      sum[1] += overlap(a, b);
      sum[2] += spearman(
        both.map((i) => x[i]),
        both.map((i) => y[i]),
      );
    }
  }
  const means = ([n, shared, rank]: number[]) => [n, shared / n, rank / n];
  return [...means(sums.affected), ...means(sums.unaffected)];
}

const numbers = ({ affected, unaffected }: ListStabilityFinding) =>
  [affected, unaffected].flatMap(({ lists, overlap: shared, rankCorrelation }) => [
    lists,
    shared ?? Number.NaN,
    rankCorrelation ?? Number.NaN,
  ]);

test("by brute force: every row is left out by training again", async () => {
  const { size } = model.trained.interactions;
  const wanted = await brute(model, 3, (row) => refit(model.trained, Uint32Array.of(row), 1, run));
  const finding = await found(model, { rows: size, k: 3 });
  expectNear(numbers(finding), wanted, 1e-6);
  expect([finding.k, finding.rows, finding.failed]).toEqual([3, size, 0]);
  expect(finding.affected.overlap).toBeLessThan(1);
  expect(finding.affected.overlap).toBeLessThan(finding.unaffected.overlap ?? 0);
}, 30_000);

test("takes as many rows and users as it is told, drawn by its seed", async () => {
  const some = await found(model, { rows: 4, users: 2 });
  expect([some.rows, some.affected.lists <= 8, some.unaffected.lists]).toEqual([4, true, 8]);
  expect(await found(model, { rows: 4, users: 2 })).toEqual(some);
  expect(await found(model, { rows: 4, users: 2, seed: 3 })).not.toEqual(some);
});

test("a model that is not at its optimum is trained again, and what ends early is counted", async () => {
  const smooth = smoothOf(model.trained);
  const recipe = { optimizer: "adam", epochs: 2, batch: 16, learningRate: 0.05 } as const;
  const trainer = batchModel(smooth.objective, smooth, recipe).trainer;
  const { interactions, keys, negatives } = smooth.objective;
  const early = named(await trainer.train({ interactions, keys, negatives }, 1, run));
  const finding = await found(early, { rows: 3, users: 20, k: 3 });
  expect(finding.failed).toBe(0);
  const stuck = { ...trainer, toOptimum: true };
  stuck.train = async (...given) => ({ ...(await trainer.train(...given)), trainer: stuck });
  expect((await found(named({ ...early.trained, trainer: stuck }), { rows: 3, users: 2 })).failed).toBe(3);
  expect(finding.unaffected.lists).toBeGreaterThan(0);
});

test("of a model that is off its optimum compares two trainings, one with the row and one without", async () => {
  const off = named(modelAt(model.trained, normals(smoothOf(model.trained).params.length, 3)));
  const settings = { rows: 6, k: 3 };
  expectNear(numbers(await found(off, settings)), numbers(await found(model, settings)), 1e-6);
});

test("shows bars of both kinds of users", async () => {
  const parts = listStability.make({}).parts?.(await found(model, { rows: 2, users: 3 })) ?? [];
  expect(parts[0].kind === "bars" && parts[0].bars.length).toBe(4);
});
