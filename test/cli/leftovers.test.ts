/** What killed commands leave is removed by the next one or named; what cannot be replaced is refused before anything is read. */

import { mkdirSync, readdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { commandOf, errorOf, launch, lethe } from "../support/lethe.ts";
import { sandbox, tinyCsv, tinyUserIds } from "../support/sandbox.ts";

const { at, cwd, run, write, json, bytesOf } = sandbox();
const model = "--factors 2 --l2 2 --l2-bias 2";
const [person, another, third] = tinyUserIds;

beforeAll(async () => {
  write("ratings.csv", tinyCsv);
  await json(`train ratings.csv --out model ${model}`);
});

test("commands killed at random leave nothing that the next one does not remove or name", {
  timeout: 120_000,
}, async () => {
  const script = join(import.meta.dirname, "../../scripts/kill-rounds.mjs");
  const rounds = ["--rounds", "9", "--seconds", "8", "--seed", String(process.pid), "--program", commandOf([])[1]];
  const { status, stdout, stderr } = await launch(process.execPath, [script, ...rounds], { cwd });
  expect({ status, stderr }, `seed ${process.pid}`).toEqual({ status: 0, stderr: "" });
  const counts = JSON.parse(stdout);
  expect(counts).toMatchObject({ wrong: 0 });
  expect(counts.rounds).toBeGreaterThan(0);
});

test("what may be another host's is named by info and forget, and not removed", async () => {
  const name = ".model.new-00000000-1-0-00000000";
  mkdirSync(at(name));
  const left = { leftovers: [at(name)] };
  for (const args of ["info model", "info model --verify"]) {
    const told = await json(args, 0, expect.stringContaining(`${at(name)} is left beside the model`));
    expect(told).toMatchObject(left);
  }
  const inPlace = expect.stringContaining(`model is in place, but ${at(name)} is left`);
  expect(await json(`forget model --users ${person} --out model`, 0, inPlace)).toMatchObject(left);
  expect(await json(`train ratings.csv --out other ${model}`, 0, expect.stringContaining(at(name)))).toMatchObject(
    left,
  );
  const biases = "--biases columns";
  const exported = await json(
    `export model --format npz --out out.npz ${biases}`,
    0,
    expect.stringContaining(at(name)),
  );
  expect(exported).toMatchObject(left);
  expect((await run("info model")).stderr).toContain(at(name));
  expect(readdirSync(cwd)).toContain(name);
  renameSync(at(name), at("looked-at"));
  expect(await json("info model")).not.toHaveProperty("leftovers");
});

test("forgetting in place names what a link in the model folder led to", async () => {
  mkdirSync(at("big-disk"));
  renameSync(at("model/users.parquet"), at("big-disk/users.parquet"));
  symlinkSync(at("big-disk/users.parquet"), at("model/users.parquet"));
  const warned = expect.stringContaining(at("big-disk/users.parquet"));
  const told = await json(`forget model --users ${another} --out model`, 0, warned);
  expect(told).toMatchObject({ leftovers: [at("big-disk/users.parquet")] });
  expect(bytesOf("model")).not.toContain(another);
  expect(bytesOf("big-disk")).toContain(another);
  expect(await json(`forget model --users ${third} --out model`)).not.toHaveProperty("leftovers");
});

test("the folder that a command runs in is refused as its target, before anything is read", async () => {
  mkdirSync(at("empty"));
  for (const [inside, args] of [
    ["empty", "train nowhere.csv --out ."],
    ["model", `forget . --users ${person} --out .`],
    ["model", "forget nowhere --users x --out ."],
    ["empty", "import nowhere.npz --interactions nowhere.csv --out ."],
    ["empty", "export nowhere --format csv --out ."],
  ]) {
    const ran = await lethe([...args.split(" "), "--json"], { cwd: at(inside) });
    expect(ran.status, args).toBe(2);
    expect(errorOf(ran), args).toMatchObject({
      code: "bad-input",
      message: expect.stringContaining("the folder that this command runs in"),
      advice: expect.stringContaining("another folder"),
    });
  }
  expect(readdirSync(at("empty"))).toEqual([]);
  process.chdir(cwd);
});
