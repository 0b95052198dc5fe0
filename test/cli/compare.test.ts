/** `lethe compare` on the command line: what it prints, which flags its messages name, and what it leaves. */

import { readdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { nextCommands } from "../../src/cli/next-commands.ts";
import type { CompareReport } from "../../src/study/verbs/compare.ts";
import { errorOf, lethe, treeOf } from "../support/lethe.ts";
import { expectReadable, sandbox } from "../support/sandbox.ts";
import { itemId, ratingsCsv, small, userId } from "../support/sets.ts";

const box = sandbox();

interface Told {
  readonly model: { readonly trainSeconds: number | null };
  readonly request: { readonly interactions: number; readonly rule: string | null };
  readonly rows: readonly { readonly method: string; readonly settings: Readonly<Record<string, unknown>> }[];
  readonly recommendation: { readonly method: string | null };
  readonly warnings: readonly string[];
}

beforeAll(async () => {
  box.write("ratings.csv", ratingsCsv);
  box.write("nobody.csv", "user,item\n");
  box.write("events.csv", ratingsCsv.split("\n").slice(0, 4).join("\n"));
  await box.json(`train ratings.csv ${small} --out model`);
});

describe("text", () => {
  test("has the recommendation, every method, and the next command at the end", async () => {
    const ran = await box.run("compare model --set share=0.1 --test ratings.csv");
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expectReadable(ran);
    for (const name of ["exact", "retrain", "newton", "influence-function", "sif", "scif", "cif", "sharded"])
      expect(ran.stdout).toMatch(new RegExp(`^  ${name}[ :]`, "m"));
    expect(ran.stdout).toMatch(/exact leaves .* of the distance/);
    expect(ran.stdout.trimEnd()).toMatch(/lethe forget model --method exact --users IDS --out after$/);
  });

  test("names what was asked for in the next command, as a shell takes it", async () => {
    const ran = await box.run(
      `compare model --users ${userId(3)} --interactions events.csv --methods newton --set newton.form=printed --tolerance-left 1`,
    );
    expect(ran.stdout.trimEnd().split("\n").at(-1)).toBe(
      `  lethe forget model --method newton --set form=printed --users ${userId(3)} --interactions events.csv --out after`,
    );
  });

  test("quotes in the next command what a shell would take apart", () => {
    const rows = [{ method: "exact", settings: {} }];
    const report = { model: { place: "it's here", trainSeconds: 1 }, recommendation: { method: "exact" }, rows };
    expect(nextCommands(report as unknown as CompareReport, { users: "a b", exactly: true, format: "table" })).toEqual([
      "lethe train 'it'\\''s here' --format table --out model",
      "lethe forget model --method exact --users 'a b' --exactly --out after",
    ]);
  });

  test("tells how a file of interactions is gone on with, and warns of what was read", async () => {
    const ran = await box.run("compare ratings.csv --methods exact,sharded --audits top-items");
    expect(ran.status).toBe(0);
    expectReadable(ran);
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toContain("lethe train ratings.csv --out model\n");
    const much = await box.run("compare ratings.csv --methods exact --l2 500");
    expect(much.stderr).toContain("all factors vanished");
    const less = await box.run("compare ratings.csv --methods exact --l2 3 --columns user,item,rating");
    expect(less).toMatchObject({ status: 0, stderr: "" });
    expect(less.stdout).toContain("lethe train ratings.csv --columns user,item,rating --l2 3 --out model\n");
    expect(ran.stdout).toMatch(/exact, top-items: /);
  });

  test("of a model that cannot be judged says so, and names no next command", async () => {
    expect(await box.run("train ratings.csv --model gmf --factors 2 --epochs 1 --out noisy")).toMatchObject({
      status: 0,
    });
    const ran = await box.run("compare noisy --methods exact,retrain");
    expect(ran.status).toBe(0);
    expectReadable(ran);
    expect(ran.stdout.replace(/\s+/g, " ")).toContain("no method is recommended: two retrainings");
    expect(ran.stdout).not.toContain("lethe forget");
    expect(ran.stderr).toContain("--tolerance-left 0.01");
    expect(ran.stderr).toContain("--polish");
  });

  test("says when no method is good enough", async () => {
    const ran = await box.run("compare model --methods sif --tolerance-left 1e-6");
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expect(ran.stdout.replace(/\s+/g, " ")).toContain(
      "no method is recommended: no method leaves less than 0.000001; sif comes nearest",
    );
  });
});

describe("flags", () => {
  test("name settings of the rule, of methods and of audits", async () => {
    const { rows, request } = await box.json<Told>(
      "compare model --set share=0.2 --set newton.form=printed --set distance.pairs=50 --methods newton,sif",
    );
    expect(rows.map(({ method, settings }) => [method, settings.form])).toEqual([
      ["newton", "printed"],
      ["sif", "corrected"],
    ]);
    expect(request.rule).toBe("random");
  });

  test("name ids and events as forget does", async () => {
    const named = await box.json<Told>(`compare model --users ${userId(3)} --items ${itemId(2)} --methods sif`);
    const { rows } = await box.json<{ rows: number }>(
      `forget model --users ${userId(3)} --items ${itemId(2)} --out less`,
    );
    expect(named.request).toMatchObject({ rule: null, interactions: rows });
    const events = await box.json<Told>("compare model --interactions events.csv --methods sif");
    expect(events.request.interactions).toBe(3);
  });

  test.each([
    ["compare model --interactions nobody.csv", "nothing to forget", "--users"],
    [`compare model --request random --users ${userId(3)}`, "--request and --users both", "leave one"],
    ["compare model --set sif.depth=3", "depth", "form"],
    ["compare model --set depth=3", "depth", "share"],
    ["compare model --methods magic", "magic", "exact"],
    ["compare model --audits magic", "magic", "distance"],
    ["compare model --request luck", "luck", "random"],
    ["compare model --methods exact --set sif.form=printed", "takes no part", "exact"],
    ["compare model --tolerance-left 0", "--tolerance-left", ""],
    ["compare model --tolerance-left 2", "--tolerance-left", ""],
    ["compare model --columns user,item", "--columns is for a file", "leave --columns out"],
    ["compare model --l2 3", "--l2 is for a file", "leave --l2 out"],
    ["compare absent", "absent", "path"],
  ])("of %s are refused", async (args, says, advice) => {
    const before = treeOf(box.cwd);
    const error = errorOf(await lethe([...args.split(" "), "--json"], { cwd: box.cwd }));
    expect(error.message).toContain(says);
    expect(error.advice ?? "").toContain(advice);
    expect(treeOf(box.cwd)).toEqual(before);
  });
});

test("nothing is written, and the model stays as it is", async () => {
  const [tree, names] = [treeOf(box.at("model")), readdirSync(box.cwd)];
  const { rows } = await box.json<Told>("compare model");
  expect(rows.length).toBeGreaterThan(5);
  expect(treeOf(box.at("model"))).toEqual(tree);
  expect(readdirSync(box.cwd)).toEqual(names);
});
