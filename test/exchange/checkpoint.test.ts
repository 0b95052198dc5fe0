/** Checkpoints on disk: what comes back, what going on from one ends with, and what is refused. */

import { cpSync } from "node:fs";
import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Dataset, idsOf } from "../../src/data/dataset.ts";
import {
  type CheckpointStep,
  fingerprintOf,
  readCheckpoint,
  removeCheckpoint,
  type TrainingFingerprint,
  writeCheckpoint,
} from "../../src/exchange/index.ts";
import { sealCheckpoint, unsealCheckpoint } from "../../src/exchange/training/checkpoint-manifest.ts";
import { checkFingerprint } from "../../src/exchange/training/fingerprint.ts";
import { bpr, multinomial, squared } from "../../src/objective/loss.ts";
import type { Checkpoint } from "../../src/training/batches/checkpoint.ts";
import { type Recipe, standardRecipe } from "../../src/training/batches/recipe.ts";
import { trainByBatches } from "../../src/training/batches/train.ts";
import { additiveObjective, factorObjective } from "../support/additive.ts";
import { bytesOf, folders } from "../support/folders.ts";
import { run } from "../support/run.ts";
import { tastes } from "../support/small.ts";

const newFolder = folders();
const digest = (digit: string) => digit.repeat(64);
const mine: TrainingFingerprint = { lethe: "0.1.0", training: digest("a"), interactions: digest("b") };

/** A checkpoint of 3 parameters, 2 users and 1 item, after two epochs. */
function sampleOf(shift = 0): Checkpoint {
  return {
    params: Float64Array.of(1 + shift, -0, 1e-310),
    moments: [Float64Array.of(shift, 2, 3), Float64Array.of(4, 5, Number.MAX_VALUE)],
    steps: { user: Uint32Array.of(2, 0), item: Uint32Array.of(7), all: 7 },
    epoch: 2,
    step: 7,
    log: [
      { epoch: 0, loss: 0.1 + 0.2, learningRate: 0.01, validation: { metric: "ndcg@10", value: Number.NaN } },
      { epoch: 1, loss: -0, learningRate: 0.005, validation: undefined },
    ],
    best: { epoch: 1, value: Number.NEGATIVE_INFINITY, params: Float64Array.of(7, 8, 9) },
  };
}

async function written(checkpoint = sampleOf()): Promise<string> {
  const folder = join(await newFolder(), "checkpoint");
  await writeCheckpoint(folder, checkpoint, mine);
  return folder;
}

const numbersIn = async (folder: string) =>
  join(folder, (await readdir(folder)).find((name) => name.endsWith(".safetensors")) ?? "");

describe("a checkpoint", () => {
  test("comes back to the bit, with what it belongs to; the same one gives the same bytes", async () => {
    const folder = await written();
    const fingerprint = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(await readCheckpoint(folder)).toStrictEqual({ checkpoint: sampleOf(), belongsTo: mine, fingerprint });
    const first = await bytesOf(folder);
    expect(Object.keys(first)).toEqual([expect.stringMatching(/^checkpoint-.*\.safetensors$/), "checkpoint.json"]);
    await writeCheckpoint(folder, sampleOf(), mine);
    expect(await bytesOf(folder)).toEqual(first);
    expect(await bytesOf(await written())).toEqual(first);
  });

  test("comes back whatever its log holds", () => {
    const value = fc.double();
    const entry = fc.record({
      epoch: fc.nat(),
      loss: value,
      learningRate: value,
      validation: fc.record({ metric: fc.string(), value }),
    });
    const numbers = { name: `checkpoint-${"0".repeat(16)}.safetensors`, bytes: 1, sha256: digest("c") };
    fc.assert(
      fc.property(fc.array(entry), (log) => {
        const manifest = { belongsTo: mine, epoch: log.length, step: 0, log, moments: 0, numbers };
        expect(unsealCheckpoint(sealCheckpoint(manifest), "here")).toMatchObject(manifest);
      }),
    );
  });

  test("without moments and best epoch comes back so", async () => {
    const { best: _, ...rest } = sampleOf();
    const bare: Checkpoint = { ...rest, moments: [], best: undefined };
    expect((await readCheckpoint(await written(bare)))?.checkpoint).toStrictEqual(bare);
  });

  test("is none where there is no folder, and in an empty one", async () => {
    const folder = await newFolder();
    expect(await readCheckpoint(folder)).toBeUndefined();
    expect(await readCheckpoint(join(folder, "nowhere"))).toBeUndefined();
    await removeCheckpoint(join(folder, "nowhere"));
  });

  test("replaces the one before, and is removed, each without a trace; other files stay", async () => {
    const folder = await written();
    await writeCheckpoint(folder, sampleOf(1), mine);
    expect((await readCheckpoint(folder))?.checkpoint).toStrictEqual(sampleOf(1));
    expect((await readdir(folder)).length).toBe(2);
    await writeFile(join(folder, "notes.txt"), "mine");
    await removeCheckpoint(folder);
    expect(await readdir(folder)).toEqual(["notes.txt"]);
    const other = await written();
    await removeCheckpoint(other);
    await expect(readdir(other)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("lies behind a symbolic link too, and below folders that were not there", async () => {
    const parent = await newFolder();
    await mkdir(join(parent, "real"));
    await symlink("real", join(parent, "link"));
    for (const folder of [join(parent, "link"), join(parent, "a", "b", "c")]) {
      await writeCheckpoint(folder, sampleOf(), mine);
      expect((await readCheckpoint(folder))?.checkpoint).toStrictEqual(sampleOf());
    }
    expect((await readdir(join(parent, "real"))).length).toBe(2);
  });
});

describe("a writer", () => {
  const steps: CheckpointStep[] = ["numbers-written", "numbers-there", "manifest-written", "manifest-there"];

  test.each(steps)("that fails at %s leaves the old checkpoint or the new one, and the next cleans up", async (at) => {
    const folder = await written();
    const onStep = (step: CheckpointStep) => {
      if (step === at) throw new Error(`stop at ${step}`);
    };
    await expect(writeCheckpoint(folder, sampleOf(1), mine, { onStep })).rejects.toThrow(`stop at ${at}`);
    const expected = sampleOf(at === "manifest-there" ? 1 : 0);
    expect((await readCheckpoint(folder))?.checkpoint).toStrictEqual(expected);
    await writeCheckpoint(folder, sampleOf(2), mine);
    expect((await readCheckpoint(folder))?.checkpoint).toStrictEqual(sampleOf(2));
    expect((await readdir(folder)).length).toBe(2);
  });

  test.each(steps)("that dies at %s leaves the old checkpoint or the new one, and the next cleans up", async (at) => {
    const folder = await written();
    const left = await newFolder();
    // A copy of the folder at this moment is what a crash would leave.
    const onStep = (step: CheckpointStep) => void (step === at && cpSync(folder, left, { recursive: true }));
    await writeCheckpoint(folder, sampleOf(1), mine, { onStep });
    expect((await readdir(left)).length).toBe(at === "manifest-written" ? 4 : 3);
    expect((await readCheckpoint(left))?.checkpoint).toStrictEqual(sampleOf(at === "manifest-there" ? 1 : 0));
    await writeCheckpoint(left, sampleOf(2), mine);
    expect((await readdir(left)).length).toBe(2);
  });

  test("refuses numbers that are not finite, and leaves the old checkpoint", async () => {
    const folder = await written();
    const wrong = { ...sampleOf(1), moments: [Float64Array.of(1, 2, Number.POSITIVE_INFINITY)] };
    const refused = { code: "bad-input", message: expect.stringContaining("moment_0"), advice: expect.any(String) };
    await expect(writeCheckpoint(folder, wrong, mine)).rejects.toMatchObject(refused);
    expect((await readCheckpoint(folder))?.checkpoint).toStrictEqual(sampleOf());
  });

  test("that finds another checkpoint than it expects ends with a conflict, and leaves the other", async () => {
    const folder = await written();
    const lying = (await readCheckpoint(folder))?.fingerprint;
    expect(await writeCheckpoint(folder, sampleOf(1), mine, { expected: lying })).not.toBe(lying);
    for (const expected of [null, lying])
      await expect(writeCheckpoint(folder, sampleOf(2), mine, { expected })).rejects.toMatchObject({
        code: "conflict",
      });
    expect((await readCheckpoint(folder))?.checkpoint).toStrictEqual(sampleOf(1));
    await removeCheckpoint(folder, lying);
    expect((await readCheckpoint(folder))?.checkpoint).toStrictEqual(sampleOf(1));
  });

  test("does not replace what comes while it writes, and leaves no numbers of its own", async () => {
    const folder = await written();
    const [path, theirs] = [join(folder, "checkpoint.json"), await written(sampleOf(3))];
    const onStep = (step: CheckpointStep) => {
      if (step === "manifest-written") cpSync(theirs, folder, { recursive: true });
    };
    await expect(writeCheckpoint(folder, sampleOf(1), mine, { onStep })).rejects.toMatchObject({ code: "conflict" });
    expect(await readFile(path)).toEqual(await readFile(join(theirs, "checkpoint.json")));
    expect((await readCheckpoint(folder))?.checkpoint).toStrictEqual(sampleOf(3));
    // The numbers of the first and of theirs.
    expect((await readdir(folder)).length).toBe(3);
  });

  test("refuses a place that cannot be written", async () => {
    const file = join(await newFolder(), "file");
    await writeFile(file, "");
    await expect(writeCheckpoint(file, sampleOf(), mine)).rejects.toMatchObject({ code: "bad-input" });
    if (process.platform !== "linux") return;
    const nowhere = writeCheckpoint("/proc/lethe/deep", sampleOf(), mine);
    await expect(nowhere).rejects.toMatchObject({ code: "bad-input" });
  });
});

describe("a damaged checkpoint is refused with the file's name:", () => {
  async function refusal(folder: string): Promise<string> {
    const error = await readCheckpoint(folder).then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: "bad-model", advice: expect.any(String) });
    return error.message;
  }

  test("numbers cut off anywhere, changed in a byte, or gone", async () => {
    const folder = await written();
    const path = await numbersIn(folder);
    const whole = await readFile(path);
    for (const length of [0, 7, 100, whole.length - 8, whole.length - 1]) {
      await writeFile(path, whole.subarray(0, length));
      expect(await refusal(folder)).toMatch(/checkpoint-.*\.safetensors is not the file/);
    }
    const changed = Buffer.from(whole);
    changed[changed.length - 3] ^= 1;
    await writeFile(path, changed);
    expect(await refusal(folder)).toMatch(/checkpoint-.*\.safetensors is not the file/);
    await writeFile(path, whole);
    expect((await readCheckpoint(folder))?.checkpoint).toStrictEqual(sampleOf());
    await rm(path);
    expect(await refusal(folder)).toMatch(/cannot be read/);
  });

  test("a manifest cut off anywhere, edited, of another format, or no file", async () => {
    const folder = await written();
    const path = join(folder, "checkpoint.json");
    const text = await readFile(path, "utf8");
    for (let length = 0; length < text.length - 1; length += 17) {
      await truncate(path, length);
      expect(await refusal(folder)).toContain("checkpoint.json");
      await writeFile(path, text);
    }
    const edits: [string | RegExp, string, RegExp][] = [
      ['"epoch": 2', '"epoch": 3', /sha256/],
      [digest("a"), digest("d"), /sha256/],
      ["lethe-checkpoint", "lethe-model", /not the manifest/],
      ['"formatVersion": 1', '"formatVersion": 2', /format version 2/],
    ];
    for (const [from, to, says] of edits) {
      expect(text).toContain(from);
      await writeFile(path, text.replace(from, to));
      expect(await refusal(folder)).toMatch(says);
    }
    for (const spelled of [
      text.replace('"epoch": 2', '"epoch": 3,\n  "epoch": 2'),
      `${JSON.stringify(JSON.parse(text))}\n`,
      text.trimEnd(),
    ]) {
      await writeFile(path, spelled);
      expect(await refusal(folder)).toMatch(/checkpoint\.json, line \d+: found .*not spelled as it was written/);
    }
    await writeFile(path, "null");
    expect(await refusal(folder)).toContain("checkpoint.json");
    const strange = await newFolder();
    await mkdir(join(strange, "checkpoint.json"));
    expect(await refusal(strange)).toContain("checkpoint.json");
  });

  test("contents that contradict each other under a seal that fits", async () => {
    const cases: [Partial<Checkpoint>, RegExp][] = [
      [{ epoch: 3 }, /log/],
      [{ best: { epoch: 2, value: 1, params: Float64Array.of(1, 2, 3) } }, /log/],
      [{ best: { epoch: 1, value: 1, params: Float64Array.of(1) } }, /lengths/],
      [{ moments: [Float64Array.of(1)] }, /lengths/],
      [{ steps: { user: Uint32Array.of(8), item: Uint32Array.of(0), all: 7 } }, /steps_user/],
    ];
    for (const [over, says] of cases) expect(await refusal(await written({ ...sampleOf(), ...over }))).toMatch(says);
  });
});

describe("going on from disk", () => {
  const recipe: Recipe = { ...standardRecipe, learningRate: 0.02, batch: 32, epochs: 5 };
  const cases = [
    ["adam, bpr", factorObjective(tastes(), bpr), recipe],
    ["sgd, squared", additiveObjective(tastes(), squared), { ...recipe, optimizer: "sgd", momentum: 0 }],
    [
      "sgd with momentum, lists",
      additiveObjective(tastes(), multinomial),
      { ...recipe, optimizer: "sgd", momentum: 0.6 },
    ],
  ] as const;

  test.each(cases)("ends with the same bytes from every epoch: %s", async (_, objective, wanted) => {
    const validate = (params: Float64Array) => ({ metric: "first", value: Math.sin(1e3 * params[0]) });
    const kept: string[] = [];
    const onEpoch = async (checkpoint: Checkpoint) => void kept.push(await written(checkpoint));
    const whole = await trainByBatches(objective, wanted, run, { seed: 3, validate, onEpoch });
    expect(kept.length).toBe(5);
    for (const folder of kept) {
      const resume = (await readCheckpoint(folder))?.checkpoint;
      const again = await trainByBatches(objective, wanted, run, { seed: 3, validate, resume });
      expect(again.params).toStrictEqual(whole.params);
      expect([again.log, again.epochs, again.value]).toStrictEqual([whole.log, whole.epochs, whole.value]);
    }
  });
});

describe("belonging", () => {
  const names = (count: number, letter: string) => idsOf(Array.from({ length: count }, (_, k) => `${letter}${k}`));
  const interactions = tastes();
  const dataset: Dataset = {
    interactions,
    userIds: names(interactions.userCount, "u"),
    itemIds: names(interactions.itemCount, "i"),
    itemInfo: new Map(),
  };
  const { settings } = factorObjective(interactions, bpr);
  const given = { settings, recipe: standardRecipe, seed: 1, validation: 0, dataset };
  const own = fingerprintOf(given);

  test("is the same for the same training, however its settings are spelled", () => {
    expect(fingerprintOf({ ...given, dataset: { ...dataset, interactions: tastes() } })).toEqual(own);
    const turned = Object.fromEntries(Object.entries(standardRecipe).reverse()) as unknown as Recipe;
    expect(fingerprintOf({ ...given, recipe: turned })).toEqual(own);
  });

  test.each([
    ["seed", { seed: 2 }],
    ["validation", { validation: 1 }],
    ["recipe", { recipe: { ...standardRecipe, epochs: 21 } }],
    ["L2", { settings: { ...settings, l2: 0.31 } }],
    ["model", { settings: { ...settings, model: { factors: 4 } } }],
    ["loss", { settings: { ...settings, loss: squared } }],
    ["sampling", { settings: { ...settings, sampling: { perRow: 2, seed: 6, semantics: "frozen" as const } } }],
  ])("another %s is another training", (_, over) => {
    const other = fingerprintOf({ ...given, ...over });
    expect(other).toEqual({ ...own, training: other.training });
    expect(() => checkFingerprint(other, own, "there")).toThrow(/there belongs to another training/);
  });

  test("another id, row, rating or order is another set of interactions", () => {
    const { users, items, ratings, userCount, itemCount } = interactions;
    const swapped = Uint32Array.from(users.keys());
    [swapped[0], swapped[1]] = [1, 0];
    const rated = ratings.slice();
    rated[5] += 1e-12;
    const changed: Dataset[] = [
      { ...dataset, userIds: names(userCount, "v") },
      { ...dataset, itemIds: names(itemCount, "j") },
      { ...dataset, interactions: interactions.without(Uint32Array.of(3)) },
      { ...dataset, interactions: interactions.select(swapped) },
      { ...dataset, interactions: { ...interactions, ratings: rated } },
      { ...dataset, interactions: { ...interactions, users: users.slice().fill(0), items } },
    ];
    for (const other of changed.map((data) => fingerprintOf({ ...given, dataset: data }))) {
      expect(other.interactions).not.toBe(own.interactions);
      expect(() => checkFingerprint(other, own, "there")).toThrow(/other interactions/);
    }
    expect(() => checkFingerprint(own, own, "there")).not.toThrow();
    expect(() => checkFingerprint({ ...own, lethe: "0.0.1" }, own, "there")).toThrow(/0\.0\.1/);
  });
});
