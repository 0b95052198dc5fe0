/** The contract of the command line (issue 2): what every command prints, what it leaves on the disk, and how it ends. */

import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { openModel } from "../../src/study/model.ts";
import { lethe, type Ran, scratch, treeOf } from "./lethe.ts";
import { itemCount, itemId, itemsCsv, ratingsCsv, rows, small, titleOf, userCount, userId } from "./sets.ts";

const newFolder = scratch();
let cwd = "";

/** Runs a command that must end well, with --json, and reads the one document that it prints. */
async function json(args: string, status = 0, where = cwd): Promise<Record<string, unknown>> {
  const ran = await lethe([...args.split(" "), "--json"], { cwd: where });
  expect({ status: ran.status, stderr: ran.stderr }, args).toEqual({ status, stderr: "" });
  expect(ran.stdout.split("\n")).toHaveLength(2);
  expect(ran.stdout.endsWith("\n")).toBe(true);
  return JSON.parse(ran.stdout);
}

const at = (name: string): string => join(cwd, name);
const number = expect.any(Number);
const text = expect.any(String);
const [forgotten, other] = [userId(3), userId(4)];

beforeAll(async () => {
  cwd = newFolder();
  writeFileSync(at("ratings.csv"), ratingsCsv);
  writeFileSync(at("items.csv"), itemsCsv);
  await json(`train ratings.csv --items items.csv ${small.join(" ")} --out model`);
  await json(`forget model --users ${forgotten} --out after`);
});

describe("train", () => {
  test("prints its report, and --out holds the model", async () => {
    const report = await json(`train ratings.csv --items items.csv ${small.join(" ")} --seed 9 --out again/below/here`);
    expect(report).toEqual({
      status: "converged",
      objective: number,
      gradientNorm: number,
      tolerance: 1e-8,
      seconds: number,
      users: userCount,
      items: itemCount,
      interactions: rows.length,
      duplicates: 0,
      seed: 9,
      out: "again/below/here",
    });
    expect(report.gradientNorm).toBeLessThanOrEqual(1e-8);
    expect(report.objective).toBeGreaterThan(0);
    const names = ["interactions.parquet", "items.parquet", "model.json", "parameters.safetensors", "users.parquet"];
    expect(readdirSync(at("again/below/here")).sort()).toEqual(names);
  });

  test("that does not converge says so, writes its model, marks it, and ends with 1", async () => {
    const report = await json(`train ratings.csv ${small.join(" ")} --tolerance 1e-30 --out marked`, 1);
    expect(report).toMatchObject({ status: "step-limit", tolerance: 1e-30 });
    expect(report.gradientNorm).toBeGreaterThan(1e-30);
    expect(await json("info marked")).toMatchObject({ result: { status: "step-limit" }, training: { tolerance: 1e-30 } });
    const verified = await json("info marked --verify", 1);
    expect(verified).toMatchObject({ agrees: true, certificate: { converged: false, scope: "none" } });
    const told = await lethe(["info", "marked"], { cwd });
    expect(told.stdout).toContain("NOT converged");
    expect(await json(`forget marked --users ${forgotten} --out marked-later`, 1)).toMatchObject({
      status: "step-limit",
      guarantee: "approximate",
    });
  });

  test("twice, from any format and any place, gives the same bytes", async () => {
    const swapped = ratingsCsv.replace(/^(.*?),(.*?),(.*)$/gm, "$3\t$2\t$1");
    writeFileSync(at("ratings.csv.gz"), gzipSync(ratingsCsv));
    writeFileSync(at("swapped.tsv"), swapped);
    writeFileSync(at("bare.dat"), ratingsCsv.split("\n").slice(1).join("\n").replaceAll(",", "::"));
    const model = treeOf(at("model"));
    expect(Object.keys(model)).toHaveLength(5);
    for (const name of ["ratings.csv", "ratings.csv.gz", "swapped.tsv", "bare.dat"]) {
      const out = `from-${name}`;
      await json(`train ${at(name)} --items items.csv ${small.join(" ")} --out ${at(out)}`, 0, newFolder()).catch(
        (error) => {
          throw error;
        },
      );
      expect(treeOf(at(out)), name).toEqual(model);
    }
  });
});
