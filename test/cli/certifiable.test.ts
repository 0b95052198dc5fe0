/** `train --certifiable`: the global optimum with its proof, and what the proof costs. */

import { beforeAll, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { expectReadable, sandbox } from "../support/sandbox.ts";

const { write, run, json } = sandbox();

interface Proof {
  readonly kind: string;
  readonly scope: string;
  readonly rmsBound: number;
}

interface Told {
  readonly status: string;
  readonly objective: number;
  readonly l2: number;
  readonly warnings: readonly string[];
  readonly certificate: Proof;
  readonly certifiable: {
    readonly rank: number;
    readonly factors: number;
    readonly l2: number;
    readonly l2Bias: number | null;
    readonly regularizer: string;
    readonly heldOutError: number | null;
    readonly path: readonly { readonly rank: number; readonly error: number; readonly regularizer: string }[];
    readonly uncertified: { readonly factors: number; readonly l2: number; readonly error: number } | null;
    readonly seconds: { readonly path: number; readonly training: number; readonly certificate: number };
  };
}

const set = plantedFactors({ users: 60, items: 40, ratings: 900, factors: 2, noise: 0.4, seed: 3 }).interactions;
const lines = Array.from(set.ratings, (r, k) => `u${set.users[k]},i${set.items[k]},${r}`);

beforeAll(() => write("ratings.csv", `user,item,rating\n${lines.join("\n")}\n`));

const given = "train ratings.csv --certifiable --l2 3";

test("with a λ the model is its global optimum, with one factor more than its rank", async () => {
  const { certificate, certifiable, status } = await json<Told>(`${given} --out proved`);
  expect(status).toBe("converged");
  expect(certificate).toMatchObject({ kind: "global", scope: "global" });
  expect(certifiable).toMatchObject({ factors: certifiable.rank + 1, l2: 3, l2Bias: 5, regularizer: "table" });
  expect(certifiable.rank).toBeGreaterThan(1);
  expect(certifiable).toMatchObject({ heldOutError: null, path: [], uncertified: null });
  expect(await json("info proved --verify")).toMatchObject({ certificate: { kind: "global" } });
});

test("random starts with as many factors end with the same scores", async () => {
  const { objective, certifiable } = await json<Told>(`${given} --out proved`);
  const random = await json<Told>(
    `train ratings.csv --l2 3 --factors ${certifiable.factors} --start random --seed 5 --out random`,
  );
  expect(Math.abs(random.objective / objective - 1)).toBeLessThan(1e-10);
  write("pairs.csv", `user,item\n${lines.map((line) => line.replace(/,[^,]*$/, "")).join("\n")}\n`);
  const scores = async (folder: string) =>
    (await json<{ scores: number[] }>(`predict ${folder} --pairs pairs.csv`)).scores;
  const [here, there] = [await scores("proved"), await scores("random")];
  here.forEach((score, k) => {
    expect(Math.abs(score - there[k])).toBeLessThan(1e-6);
  });
});

test("what forgets from it is proved as well, and ends where retraining does", async () => {
  await json(`${given} --out proved`);
  for (const method of ["exact", "retrain"]) {
    const told = await json<Told>(`forget proved --users u7 --method ${method} --out ${method}`);
    expect(told.certificate).toMatchObject({ scope: "global" });
    expect(told.certificate.rmsBound).toBeLessThan(1e-4);
  }
});

test.each(["--biases none --mean 3", "--regularizer interaction --l2 0.1 --l2-bias 0.02", "--model ials --l2 8"])(
  "%s is proved likewise",
  async (args) => {
    const told = await json<Told>(
      `train ratings.csv --certifiable ${args.includes("--l2 ") ? "" : "--l2 3 "}${args} --out other`.replace(
        / +/g,
        " ",
      ),
    );
    expect(told.certificate.kind).toBe("global");
    expect(told.certifiable.factors).toBe(told.certifiable.rank + 1);
    expect(told.certifiable.rank).toBeGreaterThan(1);
  },
);

test("a gap that does not close for want of factors ends with 1, and the remedies close it", async () => {
  const { certifiable } = await json<Told>(`${given} --out proved`);
  const ran = await run(`${given} --factors ${certifiable.rank - 2} --out open`);
  expect(ran.status).toBe(1);
  expect(ran.stdout).toContain("NOT certified: local");
  const { objective } = await json<Told>(`train ratings.csv --l2 3 --factors ${certifiable.rank - 2} --out usual`);
  const { certificate } = await json<{ certificate: Proof & { objective: number } }>("info open --verify");
  expect(certificate.scope).toBe("local");
  expect(certificate.objective).toBeCloseTo(objective, 8);
  expect(ran.stderr.replace(/\s+/g, " ")).toMatch(/raise --factors above \d+, or raise --l2 above 3/);
  expectReadable(ran);
  expect((await run(`${given} --factors ${certifiable.factors} --out open`)).status).toBe(0);
  expect(
    (await run(`train ratings.csv --certifiable --l2 6 --factors ${certifiable.rank - 2} --out open`)).status,
  ).toBe(0);
});

test("text says first that it is certified, and what the proof costs", async () => {
  const ran = await run(`${given} --out proved`);
  expect(ran.stdout.split("\n")[2]).toMatch(/^certified: global: /);
  expect(ran.stdout.replace(/\s+/g, " ")).toMatch(/the proof costs: .*\d+ factors \(rank \d+, table L2 λ 3\)/);
  expectReadable(ran);
});

test("without a λ the cheapest place on the path is taken, and the model of all rows is proved", async () => {
  const told = await json<Told & { l2From: string }>("train ratings.csv --certifiable --out found");
  expect(told).toMatchObject({ l2From: "data", certificate: { scope: "global" }, l2: told.certifiable.l2 });
  const { path, rank, factors, heldOutError, uncertified, seconds } = told.certifiable;
  expect(factors).toBe(rank + 1);
  expect(new Set(path.map(({ regularizer }) => regularizer))).toEqual(new Set(["table", "interaction"]));
  const { regularizer, l2Bias } = told.certifiable;
  expect(l2Bias).toBeCloseTo(regularizer === "table" ? 5 : (5 * Math.sqrt(60 * 40)) / 900, 1);
  const lowest = Math.min(...path.map(({ error }) => error));
  expect(heldOutError ?? 9).toBeLessThanOrEqual(1.002 * lowest);
  expect(uncertified?.factors).toBe(8);
  expect(Math.abs((uncertified?.error ?? 0) / lowest - 1)).toBeLessThan(0.1);
  expect(seconds.path).toBeGreaterThan(seconds.certificate);
  const again = await json<Told>(
    `train ratings.csv --certifiable --l2 ${told.l2} --l2-bias ${told.certifiable.l2Bias} --regularizer ${told.certifiable.regularizer} --out again`,
  );
  expect(again.objective).toBe(told.objective);
  const text = (await run("train ratings.csv --certifiable --out found")).stdout;
  expect(text.replace(/\s+/g, " ")).toMatch(
    /the proof costs: RMSE 0\.\d+ on held-out rows against 0\.\d+ of 8 factors without a proof, \d+ factors/,
  );
});

test("rows that are held out chose no λ; with --refit all rows have the factors that they need", async () => {
  const found = "train ratings.csv --certifiable --regularizer table --holdout 10%";
  const kept = await json<Told & { interactions: number }>(`${found} --out kept`);
  const all = await json<Told & { interactions: number }>(`${found} --refit --out all`);
  expect(kept.interactions).toBeLessThan(all.interactions);
  expect(all.l2).toBe(kept.l2);
  const few = await json<Told>(`${given} --holdout 60% --out kept`);
  const again = await json<Told>(`${given} --holdout 60% --refit --out all`);
  expect(again.certifiable.rank).toBeGreaterThan(few.certifiable.factors);
  for (const { certificate, certifiable } of [kept, all, few, again]) {
    expect(certificate.scope).toBe("global");
    expect(certifiable.factors).toBe(certifiable.rank + 1);
  }
});

test("--regularizer, --l2-bias and --factors bound what is looked at", async () => {
  const told = await json<Told>(
    "train ratings.csv --certifiable --regularizer table --l2-bias 3 --factors 6 --out bound",
  );
  const { path, l2Bias, rank, regularizer } = told.certifiable;
  expect({ l2Bias, regularizer }).toEqual({ l2Bias: 3, regularizer: "table" });
  for (const place of path) expect(place).toMatchObject({ regularizer: "table" });
  expect(rank).toBeLessThan(6);
  const none = await run("train ratings.csv --certifiable --factors 1 --out none");
  expect(none).toMatchObject({ status: 2, stdout: "" });
  expect(none.stderr).toContain("--factors 1");
});

test.each([
  ["--start random", /--start beside --certifiable/],
  ["--shards 2", /--shards beside --certifiable/],
  ["--trainer sisa", /--trainer beside --certifiable/],
  ["--loss bpr", /--certifiable is for mf with squared loss/],
  ["--model light-gcn", /--certifiable is for mf with squared loss/],
  ["--model boosting", /--certifiable is for models that minimise an objective/],
])("beside %s it is refused", async (args, why) => {
  const ran = await run(`train ratings.csv --certifiable ${args} --out refused`);
  expect(ran).toMatchObject({ status: 2, stdout: "" });
  expect(ran.stderr.replace(/\s+/g, " ")).toMatch(why);
});
