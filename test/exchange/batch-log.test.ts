/** The log of batches on disk: that it replays, comes back, goes on, and overwrites nothing. */

import { appendFile, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openBatchLog, readBatchLog } from "../../src/exchange/index.ts";
import { bpr, squared } from "../../src/objective/loss.ts";
import type { Objective } from "../../src/objective/objective.ts";
import { type BatchRecord, batchLog } from "../../src/training/batches/batch-log.ts";
import type { Checkpoint } from "../../src/training/batches/checkpoint.ts";
import { type Recipe, standardRecipe } from "../../src/training/batches/recipe.ts";
import { trainByBatches } from "../../src/training/batches/train.ts";
import { additiveObjective, factorObjective } from "../support/additive.ts";
import { folders } from "../support/folders.ts";
import { run } from "../support/run.ts";
import { tastes } from "../support/small.ts";

const newFolder = folders();
const recipe: Recipe = { ...standardRecipe, optimizer: "sgd", learningRate: 0.01, decay: 0.5, batch: 64, epochs: 3 };
const objective = additiveObjective(tastes(), squared);
const stepsAnEpoch = Math.ceil(objective.units.length / recipe.batch);

async function recordsOf(file: string): Promise<BatchRecord[]> {
  const records: BatchRecord[] = [];
  for await (const record of readBatchLog(file)) records.push(record);
  return records;
}

async function logged(over: Partial<Recipe> = {}, every?: number, on: Objective = objective) {
  const file = join(await newFolder(), "log.jsonl");
  const log = await openBatchLog(file, { every });
  const end = await trainByBatches(on, { ...recipe, ...over }, run, { seed: 1, onBatch: log.onBatch });
  log.close();
  return { file, end };
}

const paramsIn = async (file: string) => (await readdir(`${file}.params`)).sort();

test("comes back as what a log in memory holds, to the bit", async () => {
  for (const every of [1, 2, 3]) {
    const { file } = await logged({}, every);
    const memory = batchLog(every);
    await trainByBatches(objective, recipe, run, { seed: 1, onBatch: memory.onBatch });
    expect(await recordsOf(file)).toStrictEqual(memory.records);
  }
});

test("keeps the parameters of each epoch's first step where nothing else is asked", async () => {
  const { file } = await logged();
  const firsts = [0, 1, 2].map((epoch) => epoch * stepsAnEpoch);
  const records = await recordsOf(file);
  expect(records.filter(({ params }) => params !== undefined).map(({ step }) => step)).toEqual(firsts);
  expect(await paramsIn(file)).toEqual(firsts.map((step) => `step-${step}.safetensors`).sort());
  expect(records.length).toBe(3 * stepsAnEpoch);
});

test("every line is JSON of one step, and its units cover an epoch", async () => {
  const { file } = await logged();
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  const steps = lines.map((line) => JSON.parse(line));
  expect(Object.keys(steps[0])).toEqual(["epoch", "step", "learningRate", "units", "params"]);
  expect(Object.keys(steps[1])).toEqual(["epoch", "step", "learningRate", "units"]);
  for (const epoch of [0, 1, 2]) {
    const own = steps.filter((step) => step.epoch === epoch);
    expect(own.flatMap(({ units }) => units).sort((a, b) => a - b)).toEqual([...objective.units]);
    for (const { learningRate } of own) expect(learningRate).toBe(0.01 * 0.5 ** epoch);
  }
});

test("replays: from parameters, units and learning rate of plain SGD the next parameters follow", async () => {
  for (const on of [objective, factorObjective(tastes(), bpr)]) {
    const { file, end } = await logged({ batch: 1e6, epochs: 4, redraw: false }, 1, on);
    const records = await recordsOf(file);
    expect(records.length).toBe(4);
    const path = [...records.map(({ params }) => params ?? new Float64Array(0)), end.params];
    records.forEach(({ units, learningRate }, n) => {
      // The batch is everything, so that the step is −η/n·∇J.
      expect(units.slice().sort()).toEqual(on.units);
      const gradient = new Float64Array(on.parameterCount);
      on.evaluate(path[n], gradient);
      const next = path[n].map((value, k) => value - (learningRate / units.length) * gradient[k]);
      expect(Math.max(...next.map((value, k) => Math.abs(value - path[n + 1][k])))).toBeLessThan(1e-14);
      expect(Math.max(...next.map((value, k) => Math.abs(value - path[n][k])))).toBeGreaterThan(1e-6);
    });
  }
});

test("goes on after a checkpoint to the bytes of a log that was never interrupted", async () => {
  const whole = await logged({}, 2);
  const file = join(await newFolder(), "log.jsonl");
  const kept: Checkpoint[] = [];
  const first = await openBatchLog(file, { every: 2 });
  // Broken off in the middle of the second epoch.
  const breaking = trainByBatches(objective, recipe, run, {
    seed: 1,
    onEpoch: (checkpoint) => void kept.push(checkpoint),
    onBatch(batch) {
      first.onBatch(batch);
      if (batch.step === stepsAnEpoch + 2) throw new Error("enough");
    },
  });
  await expect(breaking).rejects.toThrow("enough");
  first.sync();
  first.close();
  await appendFile(file, '{"epoch":1,"st');
  const [resume] = kept;
  const second = await openBatchLog(file, { every: 2, after: resume.step });
  await trainByBatches(objective, recipe, run, { seed: 1, resume, onBatch: second.onBatch });
  second.close();
  expect(await readFile(file, "utf8")).toBe(await readFile(whole.file, "utf8"));
  expect(await paramsIn(file)).toEqual(await paramsIn(whole.file));
  expect(await recordsOf(file)).toStrictEqual(await recordsOf(whole.file));
});

test("does not go on where steps are missing, or are others", async () => {
  const { file } = await logged();
  const steps = 3 * stepsAnEpoch;
  const refused = { code: "bad-input", message: expect.stringContaining("log.jsonl"), advice: expect.any(String) };
  await expect(openBatchLog(file, { after: steps + 1 })).rejects.toMatchObject(refused);
  await expect(openBatchLog(`${file}.none/log.jsonl`, { after: 1 })).rejects.toMatchObject(refused);
  const text = await readFile(file, "utf8");
  await truncate(file, text.length - 1);
  await expect(openBatchLog(file, { after: steps })).rejects.toMatchObject(refused);
  await writeFile(file, text.split("\n").slice(1).join("\n"));
  await expect(openBatchLog(file, { after: 2 })).rejects.toMatchObject({ code: "bad-input" });
});

test("overwrites neither a log nor a folder of parameters", async () => {
  const { file } = await logged();
  const before = await readFile(file);
  const refused = {
    code: "bad-input",
    message: expect.stringContaining("is there already"),
    advice: expect.any(String),
  };
  await expect(openBatchLog(file)).rejects.toMatchObject(refused);
  expect(await readFile(file)).toEqual(before);
  await rm(file);
  await expect(openBatchLog(file)).rejects.toMatchObject(refused);
  await expect(readFile(file)).rejects.toMatchObject({ code: "ENOENT" });
  const nowhere = join(await newFolder(), "none", "log.jsonl");
  await expect(openBatchLog(nowhere)).rejects.toMatchObject({ code: "bad-input" });
});

test("a log that is removed leaves nothing", async () => {
  const folder = await newFolder();
  const log = await openBatchLog(join(folder, "log.jsonl"));
  await trainByBatches(objective, recipe, run, { seed: 1, onBatch: log.onBatch });
  log.remove();
  expect(await readdir(folder)).toEqual([]);
});

test("is refused where it is cut off or edited, with the line; so are its parameters", async () => {
  const { file } = await logged();
  const text = await readFile(file, "utf8");
  const lines = text.split("\n");
  const cases: [string, RegExp][] = [
    [text.slice(0, -20), new RegExp(`line ${3 * stepsAnEpoch}: `)],
    [lines.toSpliced(1, 1).join("\n"), /line 2: found step 2, expected 1/],
    [lines.with(2, "null").join("\n"), /line 3: /],
    [lines.with(2, lines[2].replace('"units":[', '"units":[-1,')).join("\n"), /line 3: /],
  ];
  for (const [edited, says] of cases) {
    await writeFile(file, edited);
    const refused = { code: "bad-input", message: expect.stringMatching(says) };
    await expect(recordsOf(file)).rejects.toMatchObject(refused);
  }
  await writeFile(file, text);
  const params = join(`${file}.params`, "step-0.safetensors");
  await truncate(params, 100);
  await expect(recordsOf(file)).rejects.toMatchObject({ code: "bad-model" });
  await rm(params);
  await expect(recordsOf(file)).rejects.toMatchObject({ code: "bad-input" });
});
