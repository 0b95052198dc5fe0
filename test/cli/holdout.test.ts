/** Rows that are held out of training: the error on them, and that they are in no model. */

import { beforeAll, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { sandbox } from "../support/sandbox.ts";

const { write, run, json } = sandbox();

interface Told {
  readonly interactions: number;
  readonly objective: number;
  readonly error: {
    readonly train: number;
    readonly test: number | null;
    readonly mean: number | null;
    readonly rows: { readonly train: number; readonly test: number; readonly unknown: number };
  };
  readonly ranking: { readonly test: number; readonly popular: number } | null;
}

const set = plantedFactors({ users: 60, items: 40, ratings: 900, factors: 2, noise: 0.4, seed: 3 }).interactions;
const lines = Array.from(set.ratings, (r, k) => `u${set.users[k]},i${set.items[k]},${r}`);
const csv = (rows: readonly string[]) => `user,item,rating\n${rows.join("\n")}\n`;

beforeAll(() => {
  write("ratings.csv", csv(lines));
  write("backwards.csv", csv([...lines].reverse()));
});

test("held-out ratings are in no model, and are better predicted than by the mean", async () => {
  const told = await json<Told>("train ratings.csv --holdout 10% --factors 2 --out kept");
  const { train, test: tested, mean, rows } = told.error;
  expect(rows.train + rows.test + rows.unknown).toBe(900);
  expect(told.interactions).toBe(rows.train);
  expect(rows.test).toBeGreaterThan(50);
  expect(tested ?? 9).toBeLessThan(0.9 * (mean ?? 0));
  expect(train).toBeLessThan(tested ?? 0);
  expect(await json("info kept")).toMatchObject({ counts: { interactions: rows.train } });
  const text = await run("train ratings.csv --holdout 10% --factors 2 --out kept");
  expect(text.stdout).toMatch(/held-out ratings: RMSE 0\.\d+, and [01]\.\d+ of predicting the mean/);
  expect(text.stdout).toContain("they are not in the model");
});

test("which rows are held out follows from ids and the seed, not from the order of rows, and 0.1 is 10%", async () => {
  const of = async (args: string) => (await json<Told>(`train ${args} --factors 2 --out some`)).error;
  const first = await of("ratings.csv --holdout 10%");
  const turned = await of("backwards.csv --holdout 0.1");
  expect(turned.rows).toEqual(first.rows);
  expect(turned.test).toBeCloseTo(first.test ?? 0, 6);
  expect((await of("ratings.csv --holdout 10% --seed 2")).test).not.toBeCloseTo(first.test ?? 0, 6);
  expect((await of("ratings.csv --holdout 45")).rows).toMatchObject({ train: 855 });
});

test("with --refit the model has all rows, with the λ that was found without the held-out ones", async () => {
  const kept = await json<Told & { l2: number }>("train ratings.csv --holdout 10% --factors 2 --out kept");
  const again = await json<Told & { l2: number }>("train ratings.csv --holdout 10% --refit --factors 2 --out again");
  expect(again).toMatchObject({ interactions: 900, l2: kept.l2, error: kept.error });
  const whole = await json<Told>(`train ratings.csv --l2 ${kept.l2} --factors 2 --out whole`);
  expect(again.objective).toBe(whole.objective);
});

test("models that rank are measured by the ranks of what was held out", async () => {
  const told = await json<Told>("train ratings.csv --model ials --holdout 10% --factors 2 --out ranked");
  expect(told.error).toMatchObject({ metric: "rmse", unit: "preference", test: null, mean: null });
  for (const figure of [told.ranking?.test, told.ranking?.popular]) expect(figure).toBeGreaterThan(0);
  const batches = await json<Told>("train ratings.csv --loss bpr --epochs 2 --holdout 10% --out ranked");
  expect(batches).toMatchObject({ error: { metric: "loss", unit: "nats" }, ranking: { metric: "ndcg@10" } });
});

test.each(["100%", "0", "x", "0%", "-1", "1.5", "900", "5000"])("--holdout %s is refused", async (asked) => {
  const ran = await run(`train ratings.csv --holdout=${asked} --out refused`);
  expect(ran).toMatchObject({ status: 2, stdout: "" });
  expect(ran.stderr).toMatch(/held out|expected a share or a number of interactions/);
});
