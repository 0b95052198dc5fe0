/** Laws of the retraining pool: the same bytes as one training after another, from threads and from disk, and nothing but what was written. */

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runContext } from "../../src/kernel/run-context.ts";
import { openKernels } from "../../src/kernel/select.ts";
import type { Measure } from "../../src/method/measure.ts";
import { fitOf } from "../../src/method/own-fit.ts";
import { type OpenTrainings, trainInTurn } from "../../src/method/trainings.ts";
import { type HeldRows, type MeasureData, measureFrom } from "../../src/study/choosing/measures.ts";
import { type PoolOptions, trainingPool } from "../../src/study/pool/pool.ts";
import { type NamedModel, openModel } from "../../src/study/store/model.ts";
import { folderStore, train } from "../../src/study/verbs/index.ts";
import { folders } from "../support/folders.ts";
import { tinyCsv, tinyUserIds } from "../support/sandbox.ts";

const newFolder = folders();
// Threads train with these: the reference rounds otherwise.
const kernels = openKernels({ threads: 2 });
const run = runContext(kernels);
afterAll(() => kernels.close());
const models = new Map<string, NamedModel>();
const plans = {
  mf: { factors: 2, l2: 3, l2Bias: 1 },
  gmf: { model: "gmf", factors: 2, epochs: 2 },
  shards: { factors: 2, l2: 3, l2Bias: 1, shards: 2 },
  vae: { model: "mult-vae", epochs: 1 },
} as const;

beforeAll(async () => {
  const place = await newFolder();
  await writeFile(join(place, "ratings.csv"), tinyCsv);
  for (const [name, fields] of Object.entries(plans)) {
    const request = train.parse({ files: [join(place, "ratings.csv")], out: join(place, name), ...fields });
    await train.run(request, run, folderStore);
    models.set(name, await openModel(join(place, name), run));
  }
});

const held: HeldRows = {
  users: Uint32Array.of(0, 0, 1, 5, 23),
  items: Uint32Array.of(3, 9, 2, 17, 0),
  ratings: Float64Array.of(1, 2, 3, 4, 5),
};
const asked: readonly MeasureData[] = [
  { kind: "fit", held },
  { kind: "ranking", metric: "ndcg", k: 5, held },
  { kind: "top", k: 10, user: 2, item: 4 },
  { kind: "score", user: 1, item: 1 },
];
const subsets = [[], [7], [0, 1, 2, 3, 20, 21], Array.from({ length: 75 }, (_, k) => 2 * k)].map((rows) =>
  Uint32Array.from(rows),
);

interface Asking {
  readonly model: NamedModel;
  readonly measures: readonly Measure[];
  readonly known: ReadonlyMap<Measure, MeasureData>;
}

function asking(name = "mf"): Asking {
  const model = models.get(name) as NamedModel;
  const known = new Map(asked.map((data) => [measureFrom(data, model.trained), data]));
  // The last is known to nobody, and a function of scores.
  return { model, known, measures: [...known.keys(), fitOf(model.trained, Uint32Array.of(3, 4))] };
}

/** All subsets at once: their numbers as bits, and how many were trained. */
async function ask(open: OpenTrainings, { model, measures }: Asking, sets = subsets, seed?: number) {
  const trainings = await open(model.trained, measures, run, { seed });
  try {
    const found = await Promise.all(sets.map((rows) => trainings.without(rows)));
    const bits = found.map(({ values, status }) => [status, ...new BigUint64Array(values.buffer)].join(" "));
    return { bits, trained: trainings.trained(), width: trainings.width };
  } finally {
    await trainings.close();
  }
}

const pool = (of: Asking, options: Partial<PoolOptions> = {}) =>
  trainingPool({ source: of.model.source, workers: 1, known: of.known, ...options });

describe.each(Object.keys(plans))("%s", (name) => {
  test("trainings have the same bytes in this process, in two threads, and one after another", async () => {
    const of = asking(name);
    const inTurn = await ask(trainInTurn, of);
    expect(new Set(inTurn.bits).size).toBe(subsets.length);
    for (const options of [{ workers: 1 }, { workers: 2 }, { workers: 2, source: undefined }])
      expect(await ask(await pool(of, options), of)).toMatchObject({
        bits: inTurn.bits,
        width: options.source === undefined && "source" in options ? 1 : options.workers,
      });
  });
});

describe("results on disk", () => {
  test("are found again, by any number of threads, and only by the same question", async () => {
    const of = asking();
    const place = join(await newFolder(), "a", "pool");
    const first = await ask(await pool(of, { place }), of);
    expect(first.trained).toBe(subsets.length);
    expect(await ask(await pool(of, { place, workers: 2 }), of)).toEqual({ ...first, trained: 0, width: 2 });
    const others = [
      ask(await pool(of, { place }), of, [Uint32Array.of(8)]),
      ask(await pool(of, { place }), of, subsets.slice(0, 1), 5),
      ask(await pool(of, { place }), { ...of, measures: of.measures.slice(0, 1) }, subsets.slice(0, 1)),
      ask(
        await pool(of, { place, source: { folder: of.model.source?.folder ?? "", digest: "0" } }),
        of,
        subsets.slice(0, 1),
      ),
    ];
    for (const other of others) expect((await other).trained).toBe(1);
  });

  test("that were cut off or changed are trained again", async () => {
    const of = asking();
    const place = await newFolder();
    const first = await ask(await pool(of, { place }), of);
    const names = await readdir(place);
    expect(names).toHaveLength(subsets.length);
    const texts = await Promise.all(names.map((name) => readFile(join(place, name), "utf8")));
    const damage = [
      (text: string) => text.slice(0, text.length / 2),
      () => "",
      (text: string) => text.replace("A", "B"),
      (_: string, k: number) => texts[(k + 1) % names.length],
    ];
    for (const [k, name] of names.entries()) await writeFile(join(place, name), damage[k](texts[k], k));
    expect(await ask(await pool(of, { place }), of)).toEqual(first);
    expect(await Promise.all(names.map((name) => readFile(join(place, name), "utf8")))).toEqual(texts);
  });

  test("hold hashes and numbers, and no id", async () => {
    const of = asking();
    const place = await newFolder();
    await ask(await pool(of, { place }), of);
    for (const name of await readdir(place)) {
      expect(name).toMatch(/^[0-9a-f]{64}$/);
      const text = await readFile(join(place, name), "utf8");
      expect(text).toMatch(
        /^\{"lethe":"training","key":"[0-9a-f]{64}","status":"[a-z-]+","numbers":\["[A-Za-z0-9+/=",]*"\]\}\n[0-9a-f]{64}\n$/,
      );
      for (const id of tinyUserIds) expect(text).not.toContain(id);
    }
  });

  test("have no place in a file, or in the model's folder", async () => {
    const of = asking();
    const folder = of.model.source?.folder ?? "";
    for (const place of [folder, join(folder, "pool"), join(folder, "model.json")])
      await expect(pool(of, { place })).rejects.toMatchObject({ code: "bad-input", place: "pool" });
  });
});

describe("threads", () => {
  test("refuse a folder that is not the model any more", async () => {
    const of = asking();
    const other = { folder: models.get("gmf")?.source?.folder ?? "", digest: of.model.source?.digest ?? "" };
    const open = await pool(of, { source: other, workers: 2 });
    await expect(ask(open, of, subsets.slice(1, 2))).rejects.toMatchObject({ code: "conflict" });
  });

  test("stop with the run", async () => {
    const of = asking("gmf");
    const stop = new AbortController();
    const open = await pool(of, { workers: 2 });
    const trainings = await open(of.model.trained, of.measures, { ...run, signal: stop.signal });
    const all = subsets.map((rows) => trainings.without(rows));
    const outcomes = Promise.allSettled(all);
    stop.abort();
    for (const { status } of await outcomes) expect(status).toBe("rejected");
    await expect(all[1]).rejects.toMatchObject({ code: "aborted" });
    await trainings.close();
  });
});
