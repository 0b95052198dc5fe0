/** `lethe fidelity` on the command line: the table, the scatter and the points, for models at an optimum and trained by batches. */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import type { Fidelity } from "../../src/study/cases/fidelity/fidelity.ts";
import { fidelityReport } from "../../src/study/cases/fidelity/report.ts";
import { predictPairs } from "../../src/study/cases/recommend.ts";
import { openModel } from "../../src/study/store/model.ts";
import { treeOf } from "../support/lethe.ts";
import { expectReadable, sandbox, tinyCsv, tinyItems, tinyRows, tinyUsers } from "../support/sandbox.ts";
import { ratingsCsv, rows, small } from "../support/sets.ts";

const box = sandbox();

beforeAll(async () => {
  box.write("ratings.csv", ratingsCsv);
  box.write("tiny.csv", tinyCsv);
  await box.json(`train ratings.csv ${small} --out model`);
  await box.json(`train tiny.csv --model ials ${"--factors 2 --l2 1"} --out likes`);
  await box.json("train tiny.csv --model gmf --factors 2 --epochs 3 --out network");
});

function withoutSeconds(document: unknown): unknown {
  return JSON.parse(JSON.stringify(document, (key, value) => (/seconds/i.test(key) ? undefined : value)));
}

describe("lethe fidelity", () => {
  test("prints a table and what it means, draws a scatter, and leaves the model as it is", async () => {
    const before = treeOf(box.at("model"));
    const ran = await box.run("fidelity model --pairs 8 --svg plot.svg --csv points.csv --html page.html");
    expect(ran).toMatchObject({ status: 0, stderr: expect.stringContaining("8 pairs are few") });
    expectReadable(ran);
    expect(ran.stdout).toMatch(/method +Pearson +Spearman +slope +error +s a pair/);
    expect(ran.stdout.replace(/\s+/g, " ")).toMatch(/newton-step comes nearest: half of its influences are within/);
    const svg = readFileSync(box.at("plot.svg"), "utf8");
    expect(svg).toMatch(/^<svg.*<\/svg>\s*$/s);
    // Four methods of eight points each, and the line on which they would agree.
    expect(svg).toContain("stroke-dasharray");
    expect(readFileSync(box.at("points.csv"), "utf8").trimEnd().split("\n")).toHaveLength(1 + 4 * 8);
    expect(readFileSync(box.at("page.html"), "utf8")).toContain("How near do methods of influence come");
    expect(treeOf(box.at("model"))).toEqual(before);
  });

  test("is right about leave-one-out: each truth is the score less the score of a model trained without the row", async () => {
    const { methods, pairs, rows: each } = await box.json<Fidelity>("fidelity model --pairs 3 --rows 2");
    expect([pairs, each]).toEqual([3, 2]);
    const { points } = methods[0];
    expect(points).toHaveLength(6);
    const [{ user, item, ofUser, ofItem, truth, estimate }] = points;
    box.write("row.csv", `${ofUser},${ofItem}\n`);
    await box.json("forget model --interactions row.csv --out less");
    const scoreOf = async (folder: string) =>
      predictPairs(await openModel(box.at(folder)), [user], [item])[0] as number;
    expect(truth).toBeCloseTo((await scoreOf("model")) - (await scoreOf("less")), 6);
    expect(Math.sign(estimate)).toBe(Math.sign(truth));
    for (const point of points) expect([point.ofUser === point.user, point.ofItem === point.item]).toContain(true);
  });

  test("leave-one-out agrees with itself, and better methods come nearer", async () => {
    const { methods } = await box.json<Fidelity>(
      "fidelity model --pairs 12 --methods leave-one-out,newton-step,fast-influence-block,contributions",
      0,
      expect.anything(),
    );
    const [same, newton, block, shares] = methods;
    expect(same).toMatchObject({ method: "leave-one-out" });
    expect(same.pearson).toBeCloseTo(1, 9);
    expect(same.medianError).toBeLessThan(1e-6);
    expect(newton.medianError).toBeLessThan(block.medianError as number);
    expect(shares.notes.join()).toContain("order alone");
  });

  test.each([
    ["likes", "--pairs 4"],
    ["network", "--pairs 2"],
  ])("works for %s", async (model, more) => {
    const { methods, truth, warnings } = await box.json<Fidelity>(`fidelity ${model} ${more}`);
    expect(methods.map(({ method }) => method)).toContain("fast-influence");
    for (const { points } of methods) for (const point of points) expect(Number.isFinite(point.truth)).toBe(true);
    expect(truth.trainings).toBeGreaterThan(0);
    for (const said of ["from the start", "with --polish"])
      expect(warnings.some((told) => told.includes(said))).toBe(model === "network");
  });

  test("finds every pair without a row, where as many are asked for", async () => {
    const there = tinyUsers * tinyItems - tinyRows.length;
    const { pairs, warnings } = await box.json<Fidelity>("fidelity likes --pairs 1000 --methods fast-influence");
    expect(pairs).toBe(there);
    expect(warnings).toContain(`there are no more than ${there} such pairs`);
  });

  test("has fewer pairs by default where leaving a row out is training again", async () => {
    const few = await box.json<Fidelity>("fidelity network --methods fast-influence");
    const many = await box.json<Fidelity>("fidelity likes --methods fast-influence");
    expect([few.pairs, many.pairs]).toEqual([5, 30]);
  });

  test("has the same document each time, whatever the threads, but for the seconds", async () => {
    const asked = "fidelity model --pairs 4";
    const [one, two] = [await box.json(`${asked} --threads 1`), await box.json(`${asked} --threads 2`)];
    expect(withoutSeconds(two)).toEqual(withoutSeconds(one));
    expect(withoutSeconds(await box.json(`${asked} --seed 2`))).not.toEqual(withoutSeconds(one));
  });

  test("takes pairs of a test file, and of users and items without a row else", async () => {
    box.write("held.csv", ratingsCsv);
    const pairsOf = ({ methods }: Fidelity) => methods[0].points.map(({ user, item }) => `${user},${item},`);
    const own = pairsOf(await box.json<Fidelity>("fidelity model --pairs 6 --test held.csv --methods fast-influence"));
    const others = pairsOf(await box.json<Fidelity>("fidelity model --pairs 6 --methods fast-influence"));
    expect([own, others].map((list) => list.filter((pair) => ratingsCsv.includes(pair)).length)).toEqual([6, 0]);
    expect(rows.length).toBeLessThan(40 * 30);
  });

  test("says what it means, for good methods and bad", () => {
    const method = { settings: {}, spearman: 1, slope: 1, prepareSeconds: 0, secondsAPair: 0, points: [], notes: [] };
    const point = { user: "u", item: "i", ofUser: "u", ofItem: "j", estimate: 1, truth: 1 };
    const told = (pearson: number, medianError: number, count = 8) =>
      JSON.stringify(
        fidelityReport({
          ...{ model: { kind: "mf", users: 1, items: 1, interactions: 1 }, pairs: 1, rows: 1, seed: 1, unit: "rating" },
          truth: { trainings: 1, seconds: 1, status: "converged" },
          methods: [
            { ...method, method: "some", status: "converged", pearson, medianError, points: Array(count).fill(point) },
          ],
          ...{ skipped: {}, warnings: [] },
        }),
      );
    expect(told(0.99, 0.03)).toContain("may stand in for training again");
    expect(told(0.99, 0.6)).toContain("order of its influences more than their sizes");
    expect(told(0.3, 0.6)).toContain("does not foretell");
    expect(told(0.3, 0.6)).toContain("within 60 %");
    expect(told(0.3, 17)).toContain("off by more than 17 times");
    expect(told(1, 0.01, 2)).toContain("so few pairs do not tell");
  });

  test("ends with 1 where a training without a row did not converge, and says so", async () => {
    await box.json(`train ratings.csv ${small} --tolerance 1e-30 --out marked`, 1, expect.anything());
    const ran = await box.run("fidelity marked --pairs 5 --methods fast-influence");
    expect(ran.status).toBe(1);
    expect(ran.stdout).toMatch(/trainings +step-limit/);
  });

  test.each([
    ["fidelity model --methods magic", "magic"],
    ["fidelity model --pairs 0", "--pairs"],
    ["fidelity model --methods newton-step --set fast-influence.form=block", "takes no part"],
    ["fidelity model --svg model/plot.svg", "inside model"],
    ["fidelity model --svg same.svg --csv same.svg", "both name same.svg"],
    ["fidelity nowhere", "nowhere"],
  ])("%s is refused", async (args, said) => {
    const ran = await box.run(args);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(said);
  });
});
