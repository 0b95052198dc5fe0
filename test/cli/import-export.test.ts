/** Factors out to the systems that serve them and back, and factors that were trained elsewhere: measured, explained, made to forget. */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { foreignFormats, readForeign, writeForeign } from "../../src/exchange/foreign/index.ts";
import { treeOf } from "../support/lethe.ts";
import {
  expectReadable,
  sandbox,
  tinyCsv,
  tinyItemIds,
  tinyItems,
  tinyRows,
  tinyUserIds,
  tinyUsers,
} from "../support/sandbox.ts";
import { itemId, userId } from "../support/sets.ts";
import { type Confidences, denseAls, dotOf, normalEquations, type Rows, solveDense } from "./dense-als.ts";

const { at, write, run, json, bytesOf } = sandbox();
const number = expect.any(Number);
const text = expect.any(String);

interface Imported {
  readonly status: string;
  readonly objective: number;
  readonly shortfall: {
    readonly gradientNorm: number;
    readonly relativeGradient: number;
    readonly objectiveExcess: number;
    readonly scoreShift: number;
  };
}

const flagsOf: Readonly<Record<string, string>> = {
  mf: "--loss mf --l2 3 --l2-bias 1",
  ials: "--loss ials --l2 3 --alpha 2 --confidence-base 1 --regularizer table",
};

beforeAll(async () => {
  write("ratings.csv", tinyCsv);
  write("pairs.csv", tinyUserIds.flatMap((user) => tinyItemIds.map((item) => `${user},${item}\n`)).join(""));
  write("users.txt", tinyUserIds.join("\n"));
  write("items.txt", tinyItemIds.join("\n"));
  await Promise.all([
    json("train ratings.csv --factors 2 --l2 3 --l2-bias 1 --out mf"),
    json("train ratings.csv --model ials --factors 2 --l2 3 --alpha 2 --out ials"),
  ]);
});

/** Formats that keep no outside ids, and what says them. */
const withoutIds = ["spark", "safetensors"];
const idsOf: Readonly<Record<string, unknown>> = {
  spark: { users: "labels", items: "labels" },
  safetensors: { users: "order", items: "order" },
};
const outsideIds = "--user-ids @users.txt --item-ids @items.txt";

const allScores = async (model: string): Promise<number[]> =>
  (await json<{ scores: number[] }>(`predict ${model} --pairs pairs.csv`)).scores;

function largestGap(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((most, x, k) => Math.max(most, Math.abs(x - b[k])), 0);
}

describe.each(["mf", "ials"])("%s", (model) => {
  let scores: readonly number[];

  beforeAll(async () => {
    scores = await allScores(model);
  });

  /** Tables that have no place for biases take them as two more factors. */
  const alone = (format: string) => format === "npz" || format === "spark";
  const cases = foreignFormats.flatMap(({ name }) =>
    (name === "spark" ? ["float32"] : ["float32", "float64"]).map((precision) => [name, precision] as const),
  );

  test.each(cases)("goes out as %s in %s and comes back with its scores", async (format, precision) => {
    const out = `${model}-${format}-${precision}`;
    const columns = model === "mf" && alone(format);
    const more = `${columns ? " --biases columns" : ""}${format === "spark" ? " --ids positions" : ""}`;
    const exported = await json(`export ${model} --format ${format} --precision ${precision} --out ${out}${more}`);
    expect(exported).toEqual({
      format,
      path: out,
      factors: 2,
      users: tinyUsers,
      items: tinyItems,
      biases: model === "mf",
      mean: model === "mf" ? number : 0,
      // Positions are no longer the ids.
      ...(format === "spark"
        ? { notes: ["users", "items"].map((side) => expect.stringContaining(`${side} are numbered`)) }
        : {}),
    });
    const ids = withoutIds.includes(format) ? outsideIds : "";
    const args = `import ${out} --interactions ratings.csv ${flagsOf[model]} ${ids} --out back-${out}`;
    const report = await json<Imported>(args.replaceAll("  ", " "));
    expect(report).toEqual({
      model,
      format,
      factors: columns ? 4 : 2,
      l2: 3,
      regularizer: format === "spark" && model === "mf" ? "interaction" : "table",
      confidence: model === "ials" ? { base: 1, alpha: 2 } : null,
      confidences: model === "ials" ? { zero: 0, negative: 0, belowOne: 0, least: number } : null,
      stated: expect.any(Object),
      passedOver: [],
      ids: idsOf[format] ?? { users: "file", items: "file" },
      // Digits have no precision of their own.
      precision: format === "csv" ? "float64" : precision,
      users: tinyUsers,
      items: tinyItems,
      interactions: tinyRows.length,
      withoutData: { users: 0, items: 0 },
      shortfall: {
        objective: number,
        gradientNorm: number,
        relativeGradient: number,
        objectiveExcess: number,
        scoreShift: number,
        scoreSpread: number,
        ownOptima: { users: number, items: number, fits: expect.toSatisfy((x) => x === null || typeof x === "object") },
        method: expect.stringMatching(/^(newton|optimum)$/),
        reason: null,
        passes: number,
        solver: "converged",
      },
      polished: false,
      status: expect.stringMatching(/^(converged|step-limit)$/),
      objective: number,
      gradientNorm: number,
      tolerance: number,
      notes: [],
      verdict: { kind: expect.stringMatching(/^(good|usual|suspicious)$/), reason: text },
      meaning: text,
      out: `back-${out}`,
    });
    const back = await allScores(`back-${out}`);
    // Biases as columns are summed in another order.
    if (precision === "float64" && !columns) expect(back).toEqual(scores);
    else expect(largestGap(back, scores)).toBeLessThan(precision === "float64" ? 1e-13 : 1e-5);
    if (columns) return;
    expect(report.shortfall.gradientNorm).toBeLessThan(precision === "float64" ? 1e-7 : 1e-3);
    expect(report.shortfall.relativeGradient).toBeLessThan(precision === "float64" ? 1e-8 : 1e-4);
    expect(Math.abs(report.shortfall.scoreShift)).toBeLessThan(precision === "float64" ? 1e-8 : 1e-4);
  });

  test("a converged model comes back as a converged one", async () => {
    await json(`export ${model} --format safetensors --out again.${model}`);
    const args = `import again.${model} --interactions ratings.csv ${flagsOf[model]} ${outsideIds} --tolerance 1e-7`;
    const report = await json<Imported>(`${args} --out again-${model}`);
    expect(report).toMatchObject({ status: "converged", precision: "float64" });
    expect(await json(`info again-${model} --verify`)).toMatchObject({
      agrees: true,
      certificate: { converged: true },
    });
  });

  test("the same export has the same bytes, and an export is replaced in one step", async () => {
    await json(`export ${model} --format csv --out twice`);
    const once = treeOf(at("twice"));
    await json(`export ${model} --format csv --out twice`);
    expect(treeOf(at("twice"))).toEqual(once);
  });

  test("is told in 80 columns", async () => {
    for (const args of [
      `export ${model} --format parquet --out told-${model}`,
      `import told-${model} --interactions ratings.csv ${flagsOf[model]} --out told`,
      `import told-${model} --interactions ratings.csv ${flagsOf[model]} --polish --out told`,
      "info told --verify",
    ]) {
      const ran = await run(args);
      expect({ stderr: ran.stderr }, args).toEqual({ stderr: "" });
      expectReadable(ran);
    }
  });
});

describe("models of other kinds", () => {
  test("whose scores are dot products go out, biases and all; others are refused", async () => {
    const trained = "--epochs 2 --l2 1 --learning-rate 0.05";
    await json(`train ratings.csv --model mf --loss logistic --set biases=true --factors 2 ${trained} --out liked`);
    await json(`train ratings.csv --model gmf --factors 2 ${trained} --out gmf`);
    await json(`train ratings.csv --model light-gcn --factors 2 ${trained} --out graph`);
    await json(`train ratings.csv --model mlp --set layers=4,2 ${trained} --out mlp`);
    for (const name of ["liked", "graph"]) {
      await json(`export ${name} --format npz --precision float64 --biases columns --out ${name}.npz`);
      const { factors } = await readForeign(at(`${name}.npz`));
      const d = factors.factors;
      const row = (table: Float64Array, k: number) => Array.from(table.subarray(k * d, (k + 1) * d));
      const dots = tinyUserIds.flatMap((_, u) =>
        tinyItemIds.map((_, i) => dotOf(row(factors.userFactors, u), row(factors.itemFactors, i))),
      );
      expect(largestGap(dots, await allScores(name)), name).toBeLessThan(1e-12);
    }
    for (const name of ["gmf", "mlp"]) {
      const refused = await run(`export ${name} --format npz --out ${name}.npz`);
      expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining(`${name} are no dot products`) });
    }
  });
});

// A model of implicit's kind: confidences α·r, and no base.
const l2 = 1.5;
const alpha = 2;
const [users, items] = [14, 10];
const liked = tinyRows.filter(([u, i]) => u < users && i < items);
const confidences: Confidences = Array.from({ length: users }, (_, u) =>
  Array.from({ length: items }, (_, i) => alpha * (liked.find(([v, j]) => v === u && j === i)?.[2] ?? 0)),
);
const positions = `user,item,rating\n${liked.map((row) => `${row.join()}\n`).join("")}`;
const named = `user,item,rating\n${liked.map(([u, i, r]) => `${userId(u)},${itemId(i)},${r}\n`).join("")}`;
const idList = (count: number, idOf: (k: number) => string) => Array.from({ length: count }, (_, k) => idOf(k));
const converged = denseAls(confidences, { factors: 2, l2, sweeps: 20_000 });

/** Writes rows of factors as implicit saves them: no ids, and what it states. */
function saveAls(name: string, rows: { users: Rows; items: Rows }): Promise<unknown> {
  const model = {
    factors: 2,
    userFactors: Float64Array.from(rows.users.flat()),
    itemFactors: Float64Array.from(rows.items.flat()),
    stated: { regularization: l2, alpha },
    precision: "float64" as const,
  };
  return writeForeign(at(name), "npz", model, { precision: "float64" });
}

describe("factors of a plain ALS loop", () => {
  interface Explained {
    readonly score: number;
    readonly byItem: { readonly item: string; readonly influence: number }[];
  }

  beforeAll(async () => {
    write("positions.csv", positions);
    write("named.csv", named);
    write("user-ids.txt", idList(users, userId).join("\n"));
    write("item-ids.txt", idList(items, itemId).join("\n"));
    await saveAls("converged.npz", converged);
    await saveAls("early.npz", denseAls(confidences, { factors: 2, l2, sweeps: 2 }));
    await json("import converged.npz --interactions positions.csv --out als");
  });

  const rowsWithData = (side: 0 | 1) => new Set(liked.map((row) => row[side])).size;

  test("are at an optimum of the objective that the format means: positions for ids, α·r without a base", async () => {
    const report = await json<Imported>("import converged.npz --interactions positions.csv --out als-again");
    expect(report).toMatchObject({
      model: "ials",
      format: "npz",
      l2,
      regularizer: "table",
      confidence: { base: 0, alpha },
      stated: { regularization: l2, alpha },
      users: rowsWithData(0),
      items: rowsWithData(1),
      withoutData: { users: users - rowsWithData(0), items: items - rowsWithData(1) },
      status: "converged",
    });
    expect(report.shortfall.gradientNorm).toBeLessThan(1e-10);
    expect(report.shortfall.relativeGradient).toBeLessThan(1e-10);
    expect(report.shortfall.scoreShift).toBeLessThan(1e-10);
    expect(treeOf(at("als-again"))).toEqual(treeOf(at("als")));
    expect(await json("info als --verify")).toMatchObject({ agrees: true, certificate: { converged: true } });
  });

  test("have J as it is defined, over every pair", async () => {
    const { objective } = await json<Imported>("import converged.npz --interactions positions.csv --out als-again");
    const square = (rows: Rows) => rows.flat().reduce((sum, x) => sum + x * x, 0);
    let sum = 0.5 * l2 * (square(converged.users) + square(converged.items));
    confidences.forEach((row, u) => {
      row.forEach((c, i) => {
        const score = dotOf(converged.users[u], converged.items[i]);
        sum += c > 0 ? 0.5 * c * (1 - score) ** 2 : 0.5 * score ** 2;
      });
    });
    expect(objective / sum).toBeCloseTo(1, 12);
  });

  test("keep the ids that are given in the order of rows", async () => {
    const ids = "--user-ids @user-ids.txt --item-ids @item-ids.txt";
    await json(`import converged.npz --interactions named.csv ${ids} --out als-named`);
    const [u, i] = liked[0];
    write("one-named.csv", `${userId(u)},${itemId(i)}\n`);
    write("one.csv", `${u},${i}\n`);
    const { scores } = await json<{ scores: number[] }>("predict als-named --pairs one-named.csv");
    expect(await json("predict als --pairs one.csv")).toEqual({ scores });
    expect(scores[0]).toBeCloseTo(dotOf(converged.users[u], converged.items[i]), 14);
  });

  test.each([0, 2, 6])("contributions for user %i are those of the closed form, and sum to the score", async (u) => {
    const own = liked.filter(([v]) => v === u).map(([, i]) => i);
    expect(own.length).toBeGreaterThan(1);
    const { matrix, right } = normalEquations(confidences[u], converged.items, l2);
    for (const item of [...new Set(liked.map(([, i]) => i))].slice(0, 3)) {
      const found = await json<Explained>(`explain als --user ${u} --item ${item} -n 100 --method contributions`);
      const solved = solveDense(matrix, converged.items[item]);
      expect(found.byItem.map((reason) => Number(reason.item)).sort()).toEqual([...own].sort());
      for (const { item: other, influence } of found.byItem) {
        const j = Number(other);
        expect(Math.abs(influence - dotOf(solved, converged.items[j]) * confidences[u][j])).toBeLessThan(1e-9);
      }
      const sum = found.byItem.reduce((total, { influence }) => total + influence, 0);
      const resolved = dotOf(converged.items[item], solveDense(matrix, right));
      expect(Math.abs(sum - resolved)).toBeLessThan(1e-9);
      expect(Math.abs(sum - found.score)).toBeLessThan(1e-9);
    }
  });

  test("that were stopped early fall short of it, and contributions sum to the re-solved score", async () => {
    const report = await json<Imported & { meaning: string }>(
      "import early.npz --interactions positions.csv --out early",
    );
    expect(report).toMatchObject({ status: "step-limit", meaning: expect.stringContaining("--polish") });
    expect(report.shortfall.gradientNorm).toBeGreaterThan(1e-3);
    expect(report.shortfall.relativeGradient).toBeGreaterThan(1e-4);
    expect(await json("info early --verify", 1)).toMatchObject({ agrees: true, certificate: { converged: false } });
    const early = denseAls(confidences, { factors: 2, l2, sweeps: 2 });
    const [u, i] = liked[0];
    const { matrix, right } = normalEquations(confidences[u], early.items, l2);
    const resolved = dotOf(early.items[i], solveDense(matrix, right));
    const found = await json<Explained>(`explain early --user ${u} --item ${i} -n 100 --method contributions`);
    const sum = found.byItem.reduce((total, { influence }) => total + influence, 0);
    expect(Math.abs(sum - resolved)).toBeLessThan(1e-9);
    expect(Math.abs(found.score - resolved)).toBeGreaterThan(1e-6);
  });

  test("--polish brings them to the optimum, where more sweeps lead", async () => {
    const report = await json<Imported>("import early.npz --interactions positions.csv --polish --out polished");
    expect(report).toMatchObject({ polished: true, status: "converged" });
    expect(report.shortfall.gradientNorm).toBeGreaterThan(1e-3);
    const { objective } = await json<Imported>("import converged.npz --interactions positions.csv --out als-again");
    expect(report.objective / objective).toBeCloseTo(1, 10);
    expect(report.objective).toBeLessThan((report.shortfall as unknown as { objective: number }).objective);
    expect(await json("info polished --verify")).toMatchObject({ agrees: true });
    write("some.csv", liked.map(([u, i]) => `${u},${i}\n`).join(""));
    const [one, other] = await Promise.all(
      ["polished", "als"].map((name) => json<{ scores: number[] }>(`predict ${name} --pairs some.csv`)),
    );
    expect(largestGap(one.scores, other.scores)).toBeLessThan(1e-7);
  });

  test("that cannot be polished to a tolerance end with 1, and are stored and marked", async () => {
    const args = "import early.npz --interactions positions.csv --polish --tolerance 1e-30 --out short";
    expect(await json(args, 1)).toMatchObject({ polished: true, tolerance: 1e-30 });
    expect(await json("info short --verify", 1)).toMatchObject({ agrees: true });
  });

  test("forget a user: the rows are gone from what is exported then", async () => {
    const ids = "--user-ids @user-ids.txt --item-ids @item-ids.txt";
    await json(`import converged.npz --interactions named.csv ${ids} --out als-named`);
    await json("export als-named --format csv --out before");
    const report = await json<{ users: number }>(`forget als-named --users ${userId(2)} --out als-after`);
    // No training here would be one in the way of another system.
    expect(report).toMatchObject({ begins: "random", summary: expect.not.stringContaining("in the same way") });
    expect(report).toMatchObject({ method: "exact", status: "converged", users: rowsWithData(0) - 1 });
    for (const format of ["csv", "parquet", "npz", "safetensors"]) {
      await json(`export als-after --format ${format} --precision float64 --out after-${format}`);
      const { factors } = await readForeign(at(`after-${format}`));
      expect(factors.userFactors).toHaveLength(2 * (rowsWithData(0) - 1));
      if (withoutIds.includes(format)) continue;
      expect(factors.userIds).not.toContain(userId(2));
      expect(factors.userIds).toHaveLength(rowsWithData(0) - 1);
    }
    const idsIn = (name: string) =>
      readFileSync(at(`${name}/users.csv`), "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.split(",")[0]);
    expect(idsIn("before")).toContain(userId(2));
    expect(idsIn("after-csv")).toEqual(idsIn("before").filter((id) => id !== userId(2)));
    expect(bytesOf("after-csv")).not.toContain(userId(2));
    expect(bytesOf("als-after")).not.toContain(userId(2));
  });

  test("forget to where ALS without the user goes on to from the same items", async () => {
    await json("forget als --users 2 --out als-without");
    const rest = denseAls(
      confidences.filter((_, u) => u !== 2),
      { factors: 2, l2, sweeps: 20_000, from: converged.items },
    );
    const others = Array.from({ length: users }, (_, u) => u).filter((u) => u !== 2);
    const pairs = liked.filter(([u]) => u !== 2);
    write("rest.csv", pairs.map(([u, i]) => `${u},${i}\n`).join(""));
    const { scores } = await json<{ scores: number[] }>("predict als-without --pairs rest.csv");
    const expected = pairs.map(([u, i]) => dotOf(rest.users[others.indexOf(u)], rest.items[i]));
    expect(largestGap(scores, expected)).toBeLessThan(1e-6);
  });
});
