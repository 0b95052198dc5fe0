/** A command that is told to stop ends at once with the status of the signal, whatever it waits for, and leaves nothing half-written. */

import { execFileSync, spawn } from "node:child_process";
import { existsSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { lethe as program } from "../../src/cli/program.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { aborted } from "../../src/errors.ts";
import { commandOf, lethe, scratch, treeOf } from "../support/lethe.ts";
import { csvOf, itemId, userId } from "../support/sets.ts";

const canPipe = process.platform !== "win32" && existsSync("/usr/bin/mkfifo");
const cwd = scratch()();
const at = (name: string): string => join(cwd, name);
const { users, items, ratings } = plantedFactors({
  users: 900,
  items: 500,
  ratings: 40_000,
  factors: 3,
  seed: 5,
}).interactions;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  /** Milliseconds from the signal to the end. */
  readonly after: number;
}

/** Starts a command with nothing on stdin that ever ends, and sends it a signal after a while. */
function stoppedBy(signal: "SIGINT" | "SIGTERM", args: string, wait: number): Promise<Ended> {
  const [name, ...rest] = commandOf([...args.split(" "), "--json"]);
  return new Promise((resolve, reject) => {
    const child = spawn(name, rest, { cwd, stdio: ["pipe", "pipe", "ignore"] });
    let stdout = "";
    let sent = Number.NaN;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, after: performance.now() - sent }));
    void pause(wait).then(() => {
      sent = performance.now();
      child.kill(signal);
    });
  });
}

/** The same once the process listens, which on a busy machine takes a while. */
async function onceHeard(signal: "SIGINT" | "SIGTERM", args: string): Promise<Ended> {
  for (let wait = 1000; ; wait *= 2) {
    const ended = await stoppedBy(signal, args, wait);
    if (ended.status !== null || wait > 10_000) return ended;
  }
}

beforeAll(async () => {
  writeFileSync(at("ratings.csv"), csvOf(Array.from(ratings, (rating, k) => [users[k], items[k], rating] as const)));
  const trained = await lethe("train ratings.csv --l2 8 --factors 8 --out model".split(" "), { cwd });
  expect(trained).toMatchObject({ status: 0 });
  if (canPipe) execFileSync("mkfifo", [at("nobody")]);
});

// It takes a tenth of a second on a quiet machine; on a busy one the process waits for its turn.
const soon = 4000;

describe.skipIf(!canPipe)("a command that waits for a pipe", () => {
  const waiting = [
    "train nobody --out out",
    "train ratings.csv --items nobody --out out",
    "predict model --pairs nobody",
    "evaluate model --test nobody",
    "evaluate model --test ratings.csv --negatives nobody",
    `explain model --user ${userId(1)} --item ${itemId(1)} --group nobody`,
    "forget model --users @nobody --out out",
    "forget model --interactions nobody --out out",
    "import texts --interactions nobody --loss mf --out out",
    "import texts --interactions ratings.csv --loss mf --user-ids @nobody --out out",
    "audit model --original model --test nobody",
    "compare nobody",
    "compare model --test nobody",
    "compare model --interactions nobody",
    "demo --data nobody",
    "train /dev/stdin --out out",
  ];

  beforeAll(async () => {
    expect(await lethe("export model --format csv --out texts".split(" "), { cwd })).toMatchObject({ status: 0 });
  });

  test.each(waiting)("%s", { timeout: 60_000 }, async (args) => {
    const before = treeOf(cwd);
    const ends = await Promise.all((["SIGINT", "SIGTERM"] as const).map((signal) => onceHeard(signal, args)));
    expect(ends.map(({ status }) => status)).toEqual([130, 143]);
    for (const { stdout, after } of ends) {
      expect(after).toBeLessThan(soon);
      expect(JSON.parse(stdout)).toEqual({
        error: { code: "aborted", message: "stopped before the end; nothing was written", advice: null, place: null },
      });
    }
    expect(treeOf(cwd)).toEqual(before);
  });
});

describe("a command at work", () => {
  test.each([
    "train ratings.csv --factors 64 --tolerance 1e-300 --out out",
    "info model --verify",
    "evaluate model --test ratings.csv",
    "predict model --pairs ratings.csv",
    "export model --format parquet --out tables",
    `recommend model --user ${userId(1)}`,
    "methods",
    "request model --rule core --out request.txt",
    `forget model --users ${userId(1)} --out model`,
    "compare model",
    "compare ratings.csv --methods sharded",
    "demo",
  ])("%s, at any moment", { timeout: 120_000 }, async (args) => {
    const model = treeOf(at("model"));
    for (const [wait, signal] of [
      [30, "SIGINT"],
      [250, "SIGTERM"],
      [500, "SIGINT"],
      [750, "SIGTERM"],
      [1000, "SIGINT"],
    ] as const) {
      const { status, stdout, after } = await stoppedBy(signal, args, wait);
      // It was faster.
      if (Number.isNaN(after)) break;
      // Early nobody listens yet, and while the result is printed nobody listens any more.
      expect([signal === "SIGINT" ? 130 : 143, null, 0], String(wait)).toContain(status);
      expect(after, `after ${wait}`).toBeLessThan(soon);
      const told = status === 130 || status === 143 ? JSON.parse(stdout).error : undefined;
      if (told !== undefined) expect(told.code).toBe("aborted");
      if (status === 0) break;
      if (isDeepStrictEqual(treeOf(at("model")), model)) continue;
      // Forgetting in place has happened before the signal: then nobody says that nothing was written.
      expect(args).toContain("--out model");
      if (told !== undefined) expect(told.message).toBe("stopped before the end; already in place: model");
      break;
    }
    expect(Object.keys(treeOf(cwd)).filter((name) => name.startsWith("."))).toEqual([]);
  });
});

test("a reader that does not read cannot keep a command from ending", async () => {
  execFileSync("mkfifo", [at("stalled")]);
  const [name, ...rest] = commandOf(["predict", "model", "--pairs", "ratings.csv"]);
  // Both ends are open, and nobody reads.
  const ends = openSync(at("stalled"), "r+");
  const child = spawn(name, rest, { cwd, stdio: ["ignore", ends, "ignore"] });
  const ended = new Promise((resolve) => child.on("exit", (status, signal) => resolve(status ?? signal)));
  await pause(2500);
  child.kill("SIGINT");
  // By the signal's default, which a shell calls 130.
  expect(await Promise.race([ended, pause(soon).then(() => "stalls")])).toBe("SIGINT");
});

test("in the same process, work that never ends is given up", async () => {
  const stop = new AbortController();
  const told: string[] = [];
  const stream = { write: (text: string) => void told.push(text) };
  process.chdir(cwd);
  const status = program(["predict", "model", "--pairs", "nobody"], {
    stdout: stream,
    stderr: stream,
    signal: stop.signal,
  });
  await pause(50);
  stop.abort();
  expect(await status).toBe(130);
  expect(told.join("")).toBe("lethe: stopped before the end; nothing was written\n");
});

test("a stop that comes when the result is in place says so", async () => {
  const told: string[] = [];
  const stream = { write: (text: string) => void told.push(text) };
  const late = () => {
    throw aborted();
  };
  const args = ["forget", at("model"), "--users", userId(2), "--out", at("late")];
  const terminal = { stdout: stream, stderr: stream, signal: new AbortController().signal, whilePrinting: late };
  expect(await program(args, terminal)).toBe(130);
  expect(told.join("")).toBe(`lethe: stopped before the end; already in place: ${at("late")}\n`);
});
