/** What more trainings say of a forgetting: training again in the same way, and random starts. */

import { existsSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import type { Forgetting } from "../../src/study/verbs/forget.ts";
import { errorOf } from "../support/lethe.ts";
import { expectReadable, sandbox } from "../support/sandbox.ts";
import { csvOf, userId } from "../support/sets.ts";

const { at, write, run, json, bytesOf } = sandbox();

/** Sixty users with two tastes. */
const planted = plantedFactors({ users: 60, items: 40, ratings: 600, factors: 2, seed: 1 }).interactions;
const ratings = csvOf(Array.from(planted.ratings, (r, k) => [planted.users[k], planted.items[k], r] as const));
/** Settings with which the objective has several optima. */
const many = "--factors 6 --l2 0.5 --l2-bias 1";
const flat = (text: string) => text.replace(/\s+/g, " ");
const gone = `--users ${userId(3)},${userId(5)}`;
/** Every document of a forgetting of these two, whatever its status. */
async function forgotten(folder: string, flags: string) {
  const args = `forget ${folder} ${gone} --out ${folder}-out --overwrite ${flags}`.trimEnd();
  const { status, stdout } = await run(`${args} --json`);
  const text = await run(args);
  expectReadable(text);
  expect(text.status).toBe(status);
  return { status, report: JSON.parse(stdout) as Forgetting, text: flat(text.stdout) };
}

beforeAll(async () => {
  write("one.csv", ratings);
  await json("train one.csv --factors 3 --l2 3 --l2-bias 1 --out plain");
  await json("train one.csv --model ials --factors 3 --l2 20 --out implicit");
  await json(`train one.csv ${many} --start random --out drawn`);
  await json("train one.csv --loss bpr --factors 2 --epochs 2 --shards 2 --out shards");
});

describe("verification", () => {
  test("of an exact method says that training again in the same way gives the same scores", async () => {
    const { status, report, text } = await forgotten("plain", "--verify");
    const { verification, objective } = report;
    expect(status).toBe(0);
    expect(verification).toMatchObject({ equal: true, finished: true, status: "converged" });
    expect(verification?.scoreDifference).toBeLessThan(1e-8);
    expect(verification?.largestDifference).toBeGreaterThanOrEqual(verification?.scoreDifference ?? 1);
    expect(verification?.objectiveDifference).toBe((objective ?? 0) - (verification?.objective ?? 0));
    expect(report.summary).toMatch(/ training again in the same way without them gives: verified\.$/);
    expect(text).toMatch(/ verified: training again in the same way without them gives the same scores \(RMS diff/);
  });

  test("is what training on the rest from the start gives: J is that of such a training", async () => {
    const { report } = await forgotten("plain", "--verify");
    const rest = ratings.split("\n").filter((line) => ![userId(3), userId(5)].some((id) => line.startsWith(`${id},`)));
    write("rest.csv", rest.join("\n"));
    const again = await json<{ objective: number }>("train rest.csv --factors 3 --l2 3 --l2-bias 1 --out rest");
    expect(report.verification?.objective).toBeCloseTo(again.objective, 8);
  });

  test("of an exact method that training again contradicts fails, and the model is there", async () => {
    const { status, report, text } = await forgotten("drawn", "--verify");
    expect(status).toBe(1);
    expect(report).toMatchObject({ status: "converged", verification: { equal: false, finished: true } });
    const { scoreDifference = 0, limit = 1 } = report.verification ?? {};
    expect(scoreDifference).toBeGreaterThan(1000 * limit);
    expect(report.summary).toMatch(/This is not the model that training again in the same way without them gives/);
    expect(text).toMatch(/not the same: .* its J is (lower|higher) by [\d.]+; both are optima of the remaining data/);
    expect(text).not.toMatch(/\bverified|proved|checked/);
    expect(await json("info drawn-out --verify")).toMatchObject({ agrees: true });
  });

  test("of an approximation tells how far it is, and is no failure", async () => {
    const { status, report, text } = await forgotten("plain", "--verify --method sif");
    expect(status).toBe(0);
    expect(report.verification).toMatchObject({ equal: false, finished: true });
    expect(report.verification?.objectiveDifference).toBeGreaterThan(0);
    expect(text).toMatch(/not the same: .* its J is lower by/);
    expect(text).not.toMatch(/both are optima|verified/);
  });

  test("that cannot be finished is no verification", async () => {
    const { status, report, text } = await forgotten("plain", "--verify --tolerance 1e-15");
    expect(status).toBe(1);
    expect(report.verification).toMatchObject({ equal: false, finished: false });
    expect(text).toMatch(/not verified: .* did not converge/);
  });

  test("trains every member of a model in shards", async () => {
    const { status, report } = await forgotten("shards", "--verify");
    expect(status).toBe(0);
    expect(report).toMatchObject({
      guarantee: "exact",
      begins: null,
      otherStarts: null,
      verification: { equal: true },
    });
  });

  test("is in what a dry run says of the time", async () => {
    const basisOf = async (flags: string) =>
      (await json<{ estimate: { basis: string } }>(`forget plain ${gone} --dry-run${flags}`)).estimate.basis;
    expect(await basisOf(" --verify --starts 2")).toMatch(
      /^exact with 3 more trainings takes about as long as 1900 gr/,
    );
    expect(await basisOf("")).toMatch(/^exact takes about as long as 400 gradients/);
  });

  test("is not there where nobody asked, nor where nothing is forgotten", async () => {
    expect((await forgotten("plain", "")).report).toMatchObject({ verification: null, begins: "continuation" });
    const none = await json("forget plain --users nobody --idempotent --verify --starts 2 --out plain");
    expect(none).toMatchObject({ verification: null, otherStarts: null });
  });

  test("stands in the receipt, with the word of the sentence and without a time", async () => {
    await forgotten("plain", "--verify --starts 1 --receipt receipt.json");
    const receipt = JSON.parse(bytesOf(".").match(/\{\s*"receipt"[\s\S]*?\n\}/)?.[0] ?? "{}");
    expect(receipt).toMatchObject({ assurance: "verified", verification: { equal: true }, otherStarts: { starts: 1 } });
    expect(receipt.verification).not.toHaveProperty("seconds");
  });
});

describe("other starts", () => {
  test("that were not tried are not spoken of as if they were", async () => {
    const { report, text } = await forgotten("plain", "");
    expect(report.otherStarts).toMatchObject({ verdict: "not-tried", starts: 0, largestDifference: null });
    expect(text).toContain("another start may end elsewhere: not tried (--starts 5 tries five)");
    expect((await forgotten("plain", "--starts 2")).text).not.toContain("not tried");
  });

  test("that end here were seen to", async () => {
    const { status, report, text } = await forgotten("plain", "--starts 3");
    expect(status).toBe(0);
    expect(report.otherStarts).toMatchObject({ verdict: "not-seen", starts: 3, elsewhere: 0, lowest: null });
    expect(report.otherStarts?.largestDifference).toBeLessThan(1e-8);
    expect(text).toContain("no other optimum was seen in 3 random starts");
  });

  test("that end elsewhere are counted, with their lowest J, and fail nothing", async () => {
    const { status, report, text } = await forgotten("drawn", "--starts 4");
    const { verdict, elsewhere = 0, lowest, largestDifference } = report.otherStarts ?? {};
    expect([status, verdict]).toEqual([0, "seen"]);
    expect(elsewhere).toBeGreaterThan(0);
    expect(largestDifference).toBeGreaterThan(0.01);
    expect(text).toContain(
      `another start ends elsewhere: ${elsewhere} of 4, the lowest J ${lowest?.toPrecision(10)} against ${report.objective?.toPrecision(10)} here`,
    );
  });

  test("cannot end lower where the gap is closed: that is proved, and nothing beyond it", async () => {
    const { report, text } = await forgotten("implicit", "");
    expect(report).toMatchObject({
      certificate: { kind: "global" },
      otherStarts: { verdict: "proved-not", starts: 0 },
    });
    expect(text).toMatch(/no start can end lower, or as low with other scores: proved \(duality gap [\d.]+e-\d+\)/);
  });

  test("are nothing to a model that stands at no optimum", async () => {
    const { report, text } = await forgotten("plain", "--method sif --starts 2");
    expect(report.otherStarts).toMatchObject({ verdict: "not-tried", starts: 0 });
    expect(text).toContain("not tried, since this model is at no optimum");
  });

  test("are refused before the work where a model has none, also by a dry run, and the remedy works", async () => {
    for (const flags of ["--out refused", "--dry-run"]) {
      const told = errorOf(await run(`forget shards ${gone} --starts 2 ${flags} --json`));
      expect(told).toMatchObject({ code: "unsupported", place: "starts", advice: "leave --starts out" });
    }
    expect(existsSync(at("refused"))).toBe(false);
    await json(`forget shards ${gone} --out refused`);
  });
});
