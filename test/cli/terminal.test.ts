/** The program as a person meets it: 80 columns, the demo's story, colours and progress on a terminal only, and Ctrl-C. */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { widthOf } from "../../src/cli/text.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import type { DataPart, ForgetPart, ProofPart, TrainPart, WhyPart } from "../../src/study/stories/demo.ts";
import { commandOf, errorOf, launch, letheProgram, type Ran, scratch, treeOf } from "../support/lethe.ts";
import { csvOf, itemId, itemsCsv, ratingsCsv, small, userId } from "../support/sets.ts";

/** A larger set, as CSV. */
function planted(userCount: number, itemCount: number, size: number): string {
  const set = plantedFactors({ users: userCount, items: itemCount, ratings: size, factors: 3, seed: 5 }).interactions;
  return csvOf(Array.from(set.ratings, (rating, k) => [set.users[k], set.items[k], rating] as const));
}

const newFolder = scratch();
const cwd = newFolder();
const at = (name: string): string => join(cwd, name);
const run = (args: string, env: Record<string, string> = {}): Promise<Ran> =>
  letheProgram(args.split(" "), { cwd, env });

beforeAll(async () => {
  writeFileSync(at("ratings.csv"), ratingsCsv);
  writeFileSync(at("items.csv"), itemsCsv);
  expect(await run(`train ratings.csv --items items.csv ${small} --out model --json`)).toMatchObject({ status: 0 });
  expect(await run(`forget model --users ${userId(3)} --out after --json`)).toMatchObject({ status: 0 });
});

/** What no person should have to read. */
function expectReadable({ stdout, stderr }: Ran): void {
  expect(stderr).toBe("");
  expect(stdout).not.toMatch(/NaN|undefined|Infinity|\[object|\p{Cc}(?<!\n)/u);
  expect(stdout.endsWith("\n")).toBe(true);
  expect(stdout).not.toMatch(/[ \t]\n/);
  for (const line of stdout.split("\n")) expect(widthOf(line), line).toBeLessThanOrEqual(80);
}

describe("80 columns", () => {
  test.each([
    ["train", `train ratings.csv ${small} --out other`, "converged"],
    ["info", "info after", "matrix factorization"],
    ["info --verify", "info after --verify", "verified"],
    ["recommend", `recommend model --user ${userId(4)}`, "A Tale of the Number"],
    ["explain", `explain model --user ${userId(4)} --item ${itemId(2)}`, "own ratings"],
    ["explain, for users", `explain model --user ${userId(4)} --item ${itemId(2)} --positive -n 3`, "others' ratings"],
    ["forget", `forget model --users ${userId(5)} --out less`, "certificate"],
    ["forget, roughly", `forget model --users ${userId(5)} --method scif --out less`, "approximate"],
    ["audit", "audit after --original model", "stationarity"],
    ["compare", "compare model --set share=0.1 --test ratings.csv", "exact is recommended"],
    ["methods", "methods", "estimators"],
    ["request", "request model --set share=0.1 --out request.txt", "next: lethe forget"],
    ["plant", "plant model --attack influence-push --out planted.csv", "next: lethe train"],
    ["request, in a row", "request model --rule sequence --set count=3", "follow each other"],
    ["evaluate", "evaluate model --test ratings.csv", "RMSE"],
    ["export", "export model --format csv --out factors", "factors"],
    ["import", "import factors --interactions ratings.csv --loss mf --l2 3 --l2-bias 1 --out imported", "imported"],
  ])("%s", async (_, args, says) => {
    const ran = await run(args);
    expect(ran.status).toBe(0);
    expectReadable(ran);
    expect(ran.stdout).toContain(says);
  });

  test("predictions are lines of user, item and score", async () => {
    const ran = await run("predict model --pairs ratings.csv");
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expect(ran.stdout).toMatch(/^([^\t]+\t[^\t]+\t-?\d\.\d+\n)+$/);
  });

  test("every command explains itself", async () => {
    const { stdout } = await run("--help");
    const names = [...stdout.matchAll(/^ {2}([a-z]+) (?=\[options\])/gm)].map(([, name]) => name);
    expect(names.sort()).toEqual([
      "ask",
      "audit",
      "clean",
      "compare",
      "completion",
      "demo",
      "evaluate",
      "explain",
      "export",
      "fairness",
      "fidelity",
      "forget",
      "import",
      "info",
      "judge",
      "methods",
      "plant",
      "predict",
      "recommend",
      "request",
      "subject",
      "subset",
      "train",
      "update",
      "value",
    ]);
    for (const name of ["train", "forget"]) {
      const help = await run(`${name} --help`);
      expect(help.status).toBe(0);
      expectReadable(help);
      expect(help.stdout).toContain("--out <dir>");
      expect(help.stdout).not.toContain('{"kind"');
    }
  });
});

describe("the demo", () => {
  let told: Ran;
  let one: Demo;
  let two: Demo;

  beforeAll(async () => {
    told = await run("demo");
    [one, two] = await Promise.all([1, 2].map((seed) => demo(`demo --seed ${seed}`)));
  });

  test("tells the story: numbered parts, reasons below their part, every line within 80 columns", () => {
    expect(told.status).toBe(0);
    expectReadable(told);
    const lines = told.stdout.split("\n");
    expect(lines[0]).toMatch(/^Lethe \d+\.\d+\.\d+ {2}· {2}[\d,]+ ratings, [\d,]+ users, [\d,]+ items$/);
    const headings = lines.filter((line) => /^\d {2}\w/.test(line)).map((line) => line.slice(0, 14).trim());
    expect(headings).toEqual(["1  Train", "2  Why", "3  Forget", "4  Proof"]);
    for (const line of lines.slice(1)) expect(line).toMatch(/^$|^\d {2}\w+ {2,}\S|^ {14}|^Next: |^ {6}lethe /);
    expect(told.stdout).toMatch(/^ {16}own ratings .*\n( {16}"Item \d+".*▉.*\n){3} {16}others' ratings/m);
    expect(told.stdout).toMatch(/gone from: interactions, embeddings, ids/);
  });

  test("has the run's own numbers: the same for one seed", () => {
    const [, train, why, forget, proof] = one.parts;
    for (const shown of [
      `J ${train.objective.toPrecision(8)}`,
      `held-out RMSE ${train.heldOutRmse.toFixed(3)} (predicting the mean: ${train.meanRmse.toFixed(3)})`,
      `user ${why.explanation.user} would rate "${why.explanation.title}" ${why.explanation.score.toFixed(2)}`,
      `: ${why.checked.truth.toFixed(4)} (estimate ${why.checked.estimate.toFixed(4)})`,
      `${forget.ratings} ratings.`,
      `over all ${forget.predictions.toLocaleString("en")} predictions`,
      `scif ${(100 * forget.left.scif).toFixed(0)} %`,
      `${proof.bytes.toLocaleString("en")} bytes`,
      `${proof.interactions.toLocaleString("en")} ratings are left`,
    ])
      expect(told.stdout.replace(/\s+/g, " ")).toContain(shown);
    for (const { influence } of why.explanation.byItem)
      expect(told.stdout).toContain(`${influence < 0 ? "−" : "+"}${Math.abs(influence).toFixed(2)}`);
  });

  test("has other numbers for another seed", () => {
    const [a, b] = [leavesOf(one), leavesOf(two)];
    for (const path of [
      "parts.1.objective",
      "parts.1.heldOutRmse",
      "parts.1.meanRmse",
      "parts.2.explanation.score",
      "parts.2.explanation.byItem.0.influence",
      "parts.2.checked.estimate",
      "parts.2.checked.truth",
      "parts.3.exact.certificate.gradientNorm",
      "parts.3.exact.certificate.dualityGap",
      "parts.3.largestDifference",
      "parts.3.left.scif",
      "parts.3.left.exact",
      "parts.4.bytes",
    ]) {
      expect(a.get(path), path).toEqual(expect.any(Number));
      expect(a.get(path), path).not.toBe(b.get(path));
    }
    // Exact forgetting is retraining; the cheap ways are not.
    for (const { parts } of [one, two]) {
      expect(parts[3].left.exact).toBeLessThan(1e-6);
      expect(parts[3].left.scif).toBeGreaterThan(0.1);
      expect(parts[4].foundInTables).toBe(0);
    }
  });

  test("takes a file of one's own, with titles, and is the same each time", async () => {
    const ran = await run("demo --data ratings.csv --items items.csv");
    expect(ran.status).toBe(0);
    expectReadable(ran);
    expect(ran.stdout).toContain("(ratings.csv)");
    expect(ran.stdout.replace(/\s+/g, " ")).toMatch(/would rate "A Tale of the Number \d+"/);
    const [once, again] = await Promise.all([1, 2].map(() => demo("demo --data ratings.csv")));
    expect(again).toEqual(once);
    writeFileSync(at("few.csv"), csvOf([[1, 1, 5]]));
    const few = await run("demo --data few.csv --json");
    expect(few.status).toBe(2);
    expect(errorOf(few)).toMatchObject({ code: "bad-input", message: expect.stringMatching(/^few\.csv: found 1 /) });
  });

  async function demo(args: string): Promise<Demo> {
    const ran = await run(`${args} --json`);
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expect(ran.stdout).toMatch(/^\{.*\}\n$/);
    return JSON.parse(ran.stdout, (key, value) => (key === "seconds" ? undefined : value));
  }
});

interface Demo {
  readonly parts: [DataPart, TrainPart, WhyPart & { readonly checked: object }, ForgetPart, ProofPart];
}

/** Every value that is no object, by its path. */
function leavesOf(value: unknown, path = ""): Map<string, unknown> {
  if (typeof value !== "object" || value === null) return new Map([[path, value]]);
  const below = Object.entries(value).map(([key, inner]) => leavesOf(inner, path === "" ? key : `${path}.${key}`));
  return new Map(below.flatMap((leaves) => [...leaves]));
}

const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");

describe("colours", () => {
  const explain = `explain model --user ${userId(4)} --item ${itemId(2)} -n 4`;

  test("say nothing that the text does not say, and end under NO_COLOR", async () => {
    const plain = await run(explain);
    const coloured = await run(explain, { FORCE_COLOR: "1" });
    expect(coloured.stdout).toMatch(escapes);
    expect(coloured.stdout.replace(escapes, "")).toBe(plain.stdout);
    expect(plain.stdout).not.toMatch(escapes);
    expect(plain.stdout).toMatch(/\+0\.\d/);
    expect(plain.stdout).toMatch(/−0\.\d/);
  });
});

const hasScript = spawnSync("script", ["--version"]).stdout?.toString().includes("util-linux") === true;

/** Runs a command on a pseudo-terminal: stdout and stderr come together. */
function onTerminal(args: string, env: Record<string, string> = {}): Promise<Ran> {
  const command = commandOf(args.split(" "))
    .map((part) => `'${part}'`)
    .join(" ");
  return launch("script", ["-qec", `stty cols 80; ${command}`, "/dev/null"], {
    cwd,
    env: { TERM: "xterm", SHELL: "/bin/sh", ...env },
  });
}

describe.skipIf(!hasScript)("on a terminal", () => {
  test("progress is drawn within 80 columns, and wiped; none under --json", async () => {
    writeFileSync(at("middle.csv"), planted(300, 200, 20_000));
    const { status, stdout } = await onTerminal("train middle.csv --factors 40 --l2 6 --out trained", {
      NO_COLOR: "1",
    });
    expect(status).toBe(0);
    const drawn = stdout.split(/[\r\n]+/).filter((line) => /[█░]{8}/.test(line));
    expect(drawn.length).toBeGreaterThan(2);
    for (const line of drawn) expect(widthOf(line.trimEnd())).toBeLessThan(80);
    expect(drawn.some((line) => /^train .*‖∇J‖ .* s left *$/.test(line))).toBe(true);
    const screen = screenOf(stdout);
    expect(screen).toMatch(
      /^20,000 ratings, .*\n(?:λ .*\n)?converged: .*\nanother start .*\nerror on .*\nmodel in trained\n$/,
    );
    const quiet = await onTerminal(`train ratings.csv ${small} --out trained --json`);
    expect(JSON.parse(quiet.stdout)).toMatchObject({ status: "converged" });
  });

  test("there are colours, and none under NO_COLOR", async () => {
    const plain = await onTerminal("info model", { NO_COLOR: "1" });
    const coloured = await onTerminal("info model");
    expect(coloured.stdout).toMatch(escapes);
    expect(plain.stdout).not.toMatch(escapes);
    expect(coloured.stdout.replace(escapes, "")).toBe(plain.stdout);
  });
});

/** What a terminal shows after carriage returns have overwritten lines. */
function screenOf(output: string): string {
  return output
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) =>
      line.split("\r").reduce((shown, part) => part + Array.from(shown).slice(Array.from(part).length).join(""), ""),
    )
    .map((line) => line.trimEnd())
    .join("\n");
}

const canPipe = process.platform !== "win32" && existsSync("/usr/bin/mkfifo");

describe.skipIf(!canPipe)("Ctrl-C", () => {
  /** Starts a command that reads a named pipe, writes the pipe full, and interrupts the long work that follows. */
  async function interrupted(args: string, pipe: string, content: string): Promise<Ran> {
    execFileSync("mkfifo", [at(pipe)]);
    let interrupt = () => {};
    const ran = letheProgram(args.split(" "), {
      cwd,
      onStart: (stop) => {
        interrupt = stop;
      },
    });
    await feed(at(pipe), content);
    const early = await Promise.race([ran.then(() => "ended"), pause(1500).then(() => "at work")]);
    expect(early).toBe("at work");
    interrupt();
    return ran;
  }

  test("in the middle of a training ends with 130, and nothing is written", async () => {
    const before = Object.keys(treeOf(cwd)).sort();
    const ran = await interrupted(
      `train slow.csv --factors 64 --tolerance 1e-300 --out never --json`,
      "slow.csv",
      planted(900, 500, 40_000),
    );
    expect(ran.status).toBe(130);
    const stopped = expect.stringMatching(/^stopped .*nothing was written$/);
    expect(errorOf(ran)).toEqual({ code: "aborted", message: stopped, advice: null, place: null });
    expect(Object.keys(treeOf(cwd)).sort()).toEqual([...before, "slow.csv"].sort());
  });

  test("in the middle of forgetting leaves the old model as it was", async () => {
    writeFileSync(at("large.csv"), planted(900, 500, 40_000));
    await run("train large.csv --factors 64 --tolerance 1e9 --out long/model --json");
    const before = treeOf(at("long"));
    expect(Object.keys(before)).toHaveLength(6);
    const ran = await interrupted(
      "forget long/model --users @who.txt --tolerance 1e-300 --out long/model --json",
      "who.txt",
      userId(3),
    );
    expect(ran.status).toBe(130);
    expect(errorOf(ran).code).toBe("aborted");
    expect(treeOf(at("long"))).toEqual(before);
  });
});

/** Writes to a named pipe once somebody reads it. */
async function feed(pipe: string, content: string): Promise<void> {
  const handle = await open(pipe, "w");
  await handle.writeFile(content);
  await handle.close();
}
