/** Numbers of implicit feedback as other systems take them: below 1, below 0 and 0, each against alternating least squares over every pair. */

import { beforeAll, describe, expect, test } from "vitest";
import { type ForeignFactors, writeForeign } from "../../src/exchange/foreign/index.ts";
import { errorOf } from "../support/lethe.ts";
import { expectReadable, sandbox, tinyRows } from "../support/sandbox.ts";
import { denseAls, dotOf, normalEquations, type Rows, solveDense } from "./dense-als.ts";

const { at, write, run, json } = sandbox();
const [users, items] = [14, 10];
const some = tinyRows.filter(([u, i]) => u < users && i < items);
const keys = (count: number) => Array.from({ length: count }, (_, k) => k);

interface Kind {
  readonly name: string;
  /** The number of a pair, of its rating from 1 to 5. */
  readonly numberOf: (rating: number, row: number) => number;
  readonly base: 0 | 1;
  readonly alpha: number;
  readonly l2: number;
  readonly spark: boolean;
}

const kinds: readonly Kind[] = [
  { name: "BM25 weights in implicit", numberOf: (r) => r / 7, base: 0, alpha: 1, l2: 0.4, spark: false },
  { name: "dislikes in implicit", numberOf: (r) => (r > 2 ? r : -r), base: 0, alpha: 2, l2: 1.5, spark: false },
  { name: "zeros in implicit", numberOf: (r, k) => (k % 4 === 0 ? 0 : r), base: 0, alpha: 1, l2: 1.5, spark: false },
  {
    name: "zeros and dislikes in Spark",
    numberOf: (r, k) => (k % 4 === 0 ? 0 : k % 5 === 0 ? -r : r),
    base: 1,
    alpha: 2,
    l2: 0.3,
    spark: true,
  },
  { name: "parts of plays in Spark", numberOf: (r) => r / 100, base: 1, alpha: 3, l2: 0.05, spark: true },
];

/** Not quite 0, which would be no interaction. */
const outOfSum = -1e-300;

describe.each(kinds)("$name", ({ name, numberOf, base, alpha, l2, spark }) => {
  const stem = name.replaceAll(" ", "-");
  const rows = some.map(([u, i, r], row) => [u, i, numberOf(r, row)] as const);
  const signed = (r: number) => (r === 0 ? (base === 0 ? outOfSum : 0) : Math.sign(r) * (base + alpha * Math.abs(r)));
  const confidences = keys(users).map((u) =>
    keys(items).map((i) => {
      const own = rows.find(([v, j]) => v === u && j === i);
      return own ? signed(own[2]) : 0;
    }),
  );
  const settings = { factors: 2, l2, sweeps: 20_000, perLiked: spark };
  const converged = denseAls(confidences, settings);
  const format = spark ? "csv" : "npz";
  const flags = spark ? `--loss ials --alpha ${alpha} --confidence-base 1 --regularizer interaction --l2 ${l2}` : "";
  const args = `import ${stem}.${format} --interactions ${stem}.rows ${flags} --out ${stem}`.replaceAll("  ", " ");

  beforeAll(async () => {
    write(`${stem}.rows`, `user,item,rating\n${rows.map((row) => `${row.join()}\n`).join("")}`);
    const model: ForeignFactors = {
      factors: 2,
      userFactors: Float64Array.from(converged.users.flat()),
      itemFactors: Float64Array.from(converged.items.flat()),
      ...(spark ? { userIds: keys(users).map(String), itemIds: keys(items).map(String) } : {}),
      stated: { regularization: l2, alpha },
      precision: "float64",
    };
    await writeForeign(at(`${stem}.${format}`), format, model, { precision: "float64" });
    await json(args);
  });

  test("factors of the plain loop are at an optimum of J", async () => {
    const report = await json<{ shortfall: { gradientNorm: number }; objective: number }>(args);
    expect(report).toMatchObject({ model: "ials", status: "converged", confidence: { base, alpha } });
    expect(report.shortfall.gradientNorm).toBeLessThan(1e-9);
    expect(Math.max(...converged.users.flat().map(Math.abs))).toBeGreaterThan(0.1);
    const squares = (table: Rows, all: Rows) =>
      table.reduce((sum, row, k) => sum + dotOf(row, row) * (spark ? all[k].filter((c) => c > 0).length : 1), 0);
    const byItem = keys(items).map((i) => confidences.map((row) => row[i]));
    let sum = l2 * (squares(converged.users, confidences) + squares(converged.items, byItem));
    confidences.forEach((row, u) => {
      row.forEach((c, i) => {
        sum += (c === 0 ? 1 : Math.abs(c)) * ((c > 0 ? 1 : 0) - dotOf(converged.users[u], converged.items[i])) ** 2;
      });
    });
    expect((2 * report.objective) / sum).toBeCloseTo(1, 12);
    expect(await json(`info ${stem} --verify`)).toMatchObject({ agrees: true, certificate: { converged: true } });
  });

  test("what is special about the numbers is counted and said", async () => {
    const zero = rows.filter(([, , r]) => r === 0).length;
    const left = rows.filter(([, , r]) => r !== 0 || base === 0).map(([, , r]) => base + alpha * Math.abs(r));
    const report = await json<{ notes: string[]; interactions: number }>(args);
    expect(report).toMatchObject({
      interactions: left.length,
      confidences: {
        zero,
        negative: rows.filter(([, , r]) => r < 0).length,
        belowOne: left.filter((c) => c < 1).length,
        least: Math.min(...left),
      },
    });
    const told = await run(args);
    expectReadable(told);
    const lines = told.stdout.replaceAll("\n", " ");
    for (const note of report.notes) expect(lines).toContain(note);
    const said = report.notes.join("; ");
    expect(said.includes("are below 0: not liked")).toBe(rows.some(([, , r]) => r < 0));
    expect(said.includes("are 0: no interaction, and left out")).toBe(zero > 0 && base === 1);
    expect(said.includes("takes the pair out of the sum")).toBe(zero > 0 && base === 0);
    expect(said.includes("a pair without an interaction has 1")).toBe(left.some((c) => c < 1));
  });

  test("forgetting a user ends where the loop without them goes on to", async () => {
    await json(`forget ${stem} --users 6 --out ${stem}-less`);
    const rest = denseAls(
      confidences.filter((_, u) => u !== 6),
      { ...settings, from: converged.items },
    );
    const others = keys(users).filter((u) => u !== 6);
    const pairs = rows.filter(([u, , r]) => u !== 6 && r > 0);
    write("rest.csv", pairs.map(([u, i]) => `${u},${i}\n`).join(""));
    const { scores } = await json<{ scores: number[] }>(`predict ${stem}-less --pairs rest.csv`);
    pairs.forEach(([u, i], k) => {
      expect(Math.abs(scores[k] - dotOf(rest.users[others.indexOf(u)], rest.items[i]))).toBeLessThan(1e-6);
    });
  });

  test("contributions are those of the closed form, none for a pair that is not liked", async () => {
    const u = 2;
    const [, item] = rows.find(([v, , r]) => v === u && r > 0) ?? [0, 0];
    const { matrix } = normalEquations(confidences[u], converged.items, l2, spark);
    const solved = solveDense(matrix, converged.items[item]);
    const { byItem } = await json<{ byItem: { item: string; influence: number }[] }>(
      `explain ${stem} --user ${u} --item ${item} -n 100 --method contributions`,
    );
    expect(byItem.length).toBeGreaterThan(1);
    for (const { item: other, influence } of byItem) {
      const c = Math.max(0, confidences[u][Number(other)]);
      expect(Math.abs(influence - c * dotOf(solved, converged.items[Number(other)]))).toBeLessThan(1e-9);
    }
  });
});

describe("what cannot be a confidence", () => {
  beforeAll(async () => {
    const one = Float64Array.of(0.5, 0.5);
    const model = { factors: 1, userFactors: one, itemFactors: one, stated: {}, precision: "float32" as const };
    await writeForeign(at("two.npz"), "npz", model);
  });

  test("is refused with the line of the file, whatever came before", async () => {
    write("huge.csv", "user,item,rating\n0,0,1\n1,1,2\n0,1,1e149\n1,0,3\n");
    const args = "import two.npz --interactions huge.csv --l2 1 --alpha 100 --out m --json";
    expect(errorOf(await run(args))).toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/^huge\.csv, line 4: 1e\+149 gives a confidence of 1e\+151/),
      advice: expect.stringContaining("--alpha"),
    });
    expect((await run(args.replace("--alpha 100", "--alpha 2"))).status).toBe(0);
  });

  test("nothing but zeros is no set of interactions", async () => {
    write("nothing.csv", "user,item,rating\n0,0,0\n1,1,0\n");
    const args = "import two.npz --interactions nothing.csv --l2 1 --confidence-base 1 --out m --json";
    expect(errorOf(await run(args)).message).toContain("every number is 0");
  });
});
