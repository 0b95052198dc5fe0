/** What `info` says of a model that has forgotten: one plain sentence first, and nothing against it after it. */

import { beforeAll, expect, test } from "vitest";
import { expectReadable, sandbox, tinyCsv } from "../support/sandbox.ts";
import { userId } from "../support/sets.ts";

const { write, run, json } = sandbox();
const id = userId(3);

beforeAll(async () => {
  write("ratings.csv", tinyCsv);
  await json("train ratings.csv --factors 2 --l2 2 --l2-bias 1 --out mf");
  await run("train ratings.csv --model gmf --factors 2 --epochs 2 --out gmf");
});

const oneLine = (text: string) => text.replace(/\s+/g, " ");

test.each([
  ["mf", "exact", 0, /gives: (proved|checked locally)\./, /not proved|not converged|nothing is certified/i],
  ["mf", "retrain", 0, /gives: proved\./, /not proved|not converged|nothing is certified/i],
  ["mf", "sif", 1, /is not proved\./, /gives: |\bexact:|^certified:/],
  ["gmf", "retrain", 1, /gives: proved\./, /not proved|not converged|nothing is certified/i],
  ["gmf", "sif", 1, /is not proved\./, /gives: |\bexact:|^certified:/],
])("%s by %s", async (model, method, status, says, never) => {
  await run(`forget ${model} --users ${id} --method ${method} --out ${model}-${method}`);
  for (const verify of ["", " --verify"]) {
    const told = await run(`info ${model}-${method}${verify}`);
    expect(told.status).toBe(verify === "" ? 0 : status);
    expectReadable(told);
    const { summary } = await json<{ summary: string }>(`info ${model}-${method}${verify}`, told.status ?? 0);
    expect(oneLine(told.stdout).startsWith(summary)).toBe(true);
    expect(summary).toMatch(
      /^This is a model of 1\d\d ratings by 23 users .* It has forgotten \d ratings? in 1 request\./,
    );
    expect(summary).toMatch(says);
    expect(summary).toMatch(verify === "" ? /it was not checked here\.$/ : /and agrees\.$/);
    expect(oneLine(told.stdout)).not.toMatch(never);
  }
});

test("a model that forgot nothing says where its training ended", async () => {
  expect((await json<{ summary: string }>("info mf")).summary).toMatch(
    /^This is a model of 150 ratings by 24 users of 18 items, at the optimum/,
  );
  expect((await json<{ summary: string }>("info gmf")).summary).toMatch(/short of an optimum/);
  expect((await run("info gmf")).stdout).toContain("NOT converged");
});
