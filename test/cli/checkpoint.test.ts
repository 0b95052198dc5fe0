/** `lethe train --checkpoint` and `--batch-log`: stopped anywhere and started again, the same bytes; and what is refused. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { commandOf, treeOf } from "../support/lethe.ts";
import { sandbox, tinyCsv } from "../support/sandbox.ts";
import { csvOf } from "../support/sets.ts";

const { at, cwd, write, run, json } = sandbox();
const flags = "--model gmf --factors 3 --learning-rate 0.01 --batch 16 --epochs 80 --validation 1 --threads 1";
const train = (out: string, more: string) => `train ratings.csv ${flags} ${more} --out ${out}`;

beforeAll(() => write("ratings.csv", tinyCsv));

/** Starts a command, and ends it by a signal when a file is there; returns its exit status or signal, and stderr. */
async function stopped(args: string, file: string, signal: NodeJS.Signals) {
  const [program, ...rest] = commandOf(args.split(" "));
  const child = spawn(program, rest, { cwd, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const closed = once(child, "close");
  while (!existsSync(file) && child.exitCode === null) await sleep(2);
  child.kill(signal);
  const [status, killedBy] = await closed;
  return { end: status ?? killedBy, stderr };
}

describe("a training that is stopped after an epoch and started again by the same command", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGKILL", "SIGKILL"],
  ] as const)("ends with the bytes of one that was not, and without a checkpoint: %s", async (signal, end) => {
    const whole = await json<{ epochs: unknown }>(train(`whole-${signal}`, `--batch-log whole-${signal}.jsonl`));
    const keep = `--checkpoint kept-${signal} --batch-log log-${signal}.jsonl`;
    const first = await stopped(train(`model-${signal}`, keep), at(`kept-${signal}/checkpoint.json`), signal);
    expect(first.end).toBe(end);
    if (signal === "SIGINT")
      expect(first.stderr).toMatch(/checkpoint in kept-SIGINT is that after epoch \d+\n.*goes on/s);
    expect(existsSync(at(`model-${signal}`))).toBe(false);
    const says = expect.stringMatching(
      /^lethe: goes on after \d+ epochs?, from the checkpoint in kept-SIG(INT|KILL)\n$/,
    );
    const report = await json<{ epochs: unknown }>(train(`model-${signal}`, keep), 0, says);
    expect(report.epochs).toEqual(whole.epochs);
    expect(treeOf(at(`model-${signal}`))).toEqual(treeOf(at(`whole-${signal}`)));
    expect(readFileSync(at(`log-${signal}.jsonl`))).toEqual(readFileSync(at(`whole-${signal}.jsonl`)));
    expect(treeOf(at(`log-${signal}.jsonl.params`))).toEqual(treeOf(at(`whole-${signal}.jsonl.params`)));
    expect(existsSync(at(`kept-${signal}`))).toBe(false);
  });

  test("goes on with nothing else: other settings, other rows, or a damaged checkpoint", async () => {
    const { end } = await stopped(
      train("other", "--checkpoint other-kept"),
      at("other-kept/checkpoint.json"),
      "SIGINT",
    );
    expect(end).toBe(130);
    const before = treeOf(at("other-kept"));
    const refusals: [string, RegExp][] = [
      [train("other", "--checkpoint other-kept --seed 2"), /other-kept belongs to another training.*\n.*remove/],
      [train("other", "--checkpoint other-kept --l2 3"), /other-kept belongs to another training/],
      [train("other", "--checkpoint other-kept").replace("ratings", "fewer"), /on other interactions/],
      [train("other", "--checkpoint other-kept --batch-log late.jsonl"), /late\.jsonl.*\n/],
    ];
    write("fewer.csv", `${tinyCsv}${csvOf([[3, 3, 1]])}`);
    for (const [args, says] of refusals) {
      const ran = await run(args);
      expect({ status: ran.status, stdout: ran.stdout }, args).toEqual({ status: 2, stdout: "" });
      expect(ran.stderr).toMatch(says);
      expect(treeOf(at("other-kept"))).toEqual(before);
    }
    writeFileSync(at("other-kept/checkpoint.json"), "{}");
    const ran = await run(train("other", "--checkpoint other-kept"));
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(/other-kept\/checkpoint\.json is not the manifest.*\n.*remove/);
  });
});

test("a training that ends well leaves no checkpoint, with --refit too; one that runs away keeps it", async () => {
  const short = "--epochs 3";
  await json(train("plain", `${short} --refit`));
  await json(train("watched", `${short} --refit --checkpoint watched-kept`));
  expect(treeOf(at("watched"))).toEqual(treeOf(at("plain")));
  expect(existsSync(at("watched-kept"))).toBe(false);
  const ran = await run(train("wild", "--optimizer sgd --learning-rate 5 --validation 0 --checkpoint wild-kept"));
  expect(ran.status).toBe(1);
  expect(ran.stderr).toMatch(/training ran away in epoch ([2-9]|\d\d)/);
  expect(existsSync(at("wild-kept/checkpoint.json"))).toBe(true);
});

test("--batch-log has a line a step, and parameters before the steps that are asked for", async () => {
  await json(train("logged", "--epochs 2 --batch-log steps.jsonl --batch-log-every 5"));
  const lines = readFileSync(at("steps.jsonl"), "utf8").trimEnd().split("\n");
  const steps = lines.map((line) => JSON.parse(line));
  expect(steps.map(({ step }) => step)).toEqual([...lines.keys()]);
  expect(new Set(steps.map(({ epoch }) => epoch))).toEqual(new Set([0, 1]));
  const kept = steps.filter(({ step }) => step % 5 === 0).map(({ step }) => `step-${step}.safetensors`);
  expect(readdirSync(at("steps.jsonl.params")).sort()).toEqual(kept.sort());
  const again = await run(train("logged", "--epochs 2 --batch-log steps.jsonl"));
  expect(again.status).toBe(2);
  expect(again.stderr).toMatch(/steps\.jsonl is there already.*\n.*another file/);
});

test("a training that is stopped without a checkpoint leaves no log", async () => {
  const { end, stderr } = await stopped(
    train("gone", "--epochs 5000 --batch-log gone.jsonl"),
    at("gone.jsonl"),
    "SIGINT",
  );
  expect(end).toBe(130);
  expect(stderr).toContain("nothing was written");
  expect(readdirSync(cwd).filter((name) => name.startsWith("gone"))).toEqual([]);
});

test.each([
  ["train ratings.csv --out x --checkpoint kept", "--checkpoint is for models that are trained by batches"],
  ["train ratings.csv --model ials --out x --checkpoint kept", "--checkpoint is for models"],
  ["train ratings.csv --out x --batch-log log", "--batch-log is for models"],
  ["train ratings.csv --out x --batch-log-every 3", "--batch-log-every is for models"],
  [train("x", "--batch-log-every 3"), "--batch-log-every says how to keep a --batch-log"],
  [train("x", "--batch-log log --batch-log-every 0"), "--batch-log-every"],
  [train("x", "--batch-log log --refit"), "--refit makes two"],
  [train("x", "--checkpoint x"), "in the model folder"],
  [train("x", "--checkpoint x/kept"), "in the model folder"],
  [train("x", "--batch-log x/log.jsonl"), "in the model folder"],
  [train("x", "--checkpoint ratings.csv"), "ratings.csv"],
  [train("x", "--batch-log nowhere/log.jsonl"), "nowhere/log.jsonl"],
])("%s is refused before anything is written", async (args, says) => {
  const before = treeOf(cwd);
  const ran = await run(args);
  expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status: 2, stdout: "" });
  expect(ran.stderr).toContain(says);
  expect(ran.stderr.split("\n").length).toBe(3);
  expect(treeOf(cwd)).toEqual(before);
});
