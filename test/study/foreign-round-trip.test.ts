/** Import, export, import: every row keeps its owner in every format, whatever holes there are in the ids, and settings come back. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ForeignFactors, foreignFormats, readForeign, writeForeign } from "../../src/exchange/foreign/index.ts";
import { readManifest } from "../../src/exchange/model/folder.ts";
import { exportModel } from "../../src/study/cases/export.ts";
import { importModel } from "../../src/study/cases/import.ts";
import { openModel } from "../../src/study/index.ts";
import { scratch } from "../support/lethe.ts";

const newFolder = scratch();
const withIds = ["spark", "csv", "parquet"];

/** Rows of a side under the ids that their system knows them by. */
function ownersOf(read: ForeignFactors, side: "user" | "item"): Map<string, number[]> {
  const table = side === "user" ? read.userFactors : read.itemFactors;
  const ids = side === "user" ? read.userIds : read.itemIds;
  const rows = Array.from({ length: table.length / read.factors }, (_, k) =>
    Array.from(table.subarray(k * read.factors, (k + 1) * read.factors)),
  );
  return new Map(rows.map((row, k) => [ids?.[k] ?? String(k), row]));
}

/** Ids of one side: of formats without ids the positions of so many rows. */
const sideOf = (format: string) =>
  withIds.includes(format)
    ? fc.uniqueArray(fc.integer({ min: 0, max: 10 ** 9 }), { minLength: 2, maxLength: 6 })
    : fc.integer({ min: 2, max: 6 }).map((count) => Array.from({ length: count }, (_, k) => k));

const sample = (format: string) =>
  fc.tuple(sideOf(format), sideOf(format)).chain(([users, items]) =>
    fc.record({
      users: fc.constant(users.map(String)),
      items: fc.constant(items.map(String)),
      // Who is not in a pair has no data: a hole.
      pairs: fc.uniqueArray(fc.tuple(fc.nat(users.length - 1), fc.nat(items.length - 1)), {
        minLength: 1,
        maxLength: 8,
        selector: ([u, i]) => `${u},${i}`,
      }),
    }),
  );

describe.each(foreignFormats.map(({ name }) => name))("%s", (format) => {
  test("every row keeps its owner", async () => {
    await fc.assert(
      fc.asyncProperty(sample(format), async ({ users, items, pairs }) => {
        const folder = newFolder();
        const at = (name: string) => join(folder, name);
        const row = (of: number) => (_: unknown, k: number) => Math.fround(Math.sin(of + k));
        const model: ForeignFactors = {
          factors: 2,
          userFactors: Float64Array.from({ length: 2 * users.length }, row(1)),
          itemFactors: Float64Array.from({ length: 2 * items.length }, row(50)),
          ...(withIds.includes(format) ? { userIds: users, itemIds: items } : {}),
          ...{ stated: {}, precision: "float32" },
        };
        await writeForeign(at("first"), format, model);
        writeFileSync(
          at("rows.csv"),
          `user,item,rating\n${pairs.map(([u, i]) => `${users[u]},${items[i]},2\n`).join("")}`,
        );
        const declared = { loss: "mf", l2: 1, interactions: at("rows.csv") } as const;
        await importModel({ ...declared, path: at("first") }, at("model"));
        await exportModel(await openModel(at("model")), format, at("second"));
        const report = await importModel({ ...declared, path: at("second") }, at("again"));
        const [first, second] = [(await readForeign(at("first"))).factors, (await readForeign(at("second"))).factors];
        for (const [side, ids, place] of [
          ["user", users, 0],
          ["item", items, 1],
        ] as const) {
          const [before, after] = [ownersOf(first, side), ownersOf(second, side)];
          const there = new Set(pairs.map((pair) => ids[pair[place]]));
          for (const id of ids)
            if (there.has(id)) expect(after.get(id), id).toEqual(before.get(id));
            // Nobody else has got the row of someone without data.
            else expect(after.get(id) ?? [0, 0], id).toEqual([0, 0]);
        }
        expect([report.users, report.items, report.interactions]).toEqual([
          new Set(pairs.map(([u]) => u)).size,
          new Set(pairs.map(([, i]) => i)).size,
          pairs.length,
        ]);
        expect(await tablesOf(at("again"))).toEqual(await tablesOf(at("model")));
      }),
      { numRuns: 12 },
    );
  });
});

async function tablesOf(folder: string) {
  const { trained, dataset } = await openModel(folder);
  return [dataset.userIds.list, dataset.itemIds.list, trained.smooth?.params];
}

const settings: Readonly<Record<string, ForeignFactors["stated"]>> = {
  spark: {
    ...{ userCol: "userId", itemCol: "movieId", ratingCol: "stars", predictionCol: "p", coldStartStrategy: "drop" },
    ...{ implicitPrefs: true, regParam: 0.25, alpha: 3, nonnegative: false, rank: 2, blockSize: 1024 },
    ...{ sparkVersion: "3.5.1", uid: "als_1f" },
  },
  npz: {
    ...{ regularization: 0.25, alpha: 3, iterations: 7, use_cg: false, cg_steps: 5, num_threads: 4, random_state: 42 },
    ...{ use_native: true, calculate_training_loss: true, note: "nightly — ß", weight: 1.5 },
  },
  safetensors: { regularization: 0.25, alpha: 3, optimizer: "adam", epochs: 12, shuffled: true },
  csv: { regularization: 0.25, alpha: 3, version: "7" },
  parquet: { regularization: 0.25, alpha: 3, version: 7, warm: false },
};

describe.each(Object.entries(settings))("settings of %s", (format, stated) => {
  test("survive an import and an export", async () => {
    const folder = newFolder();
    const at = (name: string) => join(folder, name);
    mkdirSync(at("x"));
    const ids = withIds.includes(format) ? { userIds: ["3", "9"], itemIds: ["4", "7"] } : {};
    const values = Float64Array.of(0.5, 1, 2, 0.25);
    const model = {
      factors: 2,
      userFactors: values,
      itemFactors: values,
      stated,
      precision: "float32",
      ...ids,
    } as const;
    await writeForeign(at("first"), format, model);
    writeFileSync(at("rows.csv"), withIds.includes(format) ? "u,i,r\n3,4,1\n9,7,2\n" : "u,i,r\n0,0,1\n1,1,2\n");
    const declared = { loss: "ials", interactions: at("rows.csv") } as const;
    const asked = { ...declared, reading: { columns: "u,i,r" } };
    const first = await importModel({ ...asked, path: at("first") }, at("model"));
    expect(first.stated).toMatchObject(stated);
    expect([first.l2, first.confidence?.alpha]).toEqual([0.25, 3]);
    expect((await readManifest(at("model"))).foreign).toEqual({ format, stated: first.stated });
    await exportModel(await openModel(at("model")), format, at("second"));
    const { shortfall, out, precision, ...second } = await importModel({ ...asked, path: at("second") }, at("again"));
    expect(second).toEqual({ ...first, shortfall: undefined, out: undefined, precision: undefined });
    expect(await tablesOf(at("again"))).toEqual(await tablesOf(at("model")));
    // Another system has other names for them.
    const other = format === "csv" ? "npz" : "csv";
    await exportModel(await openModel(at("model")), other, at("other"));
    const known = (await readForeign(at("other"))).factors.stated;
    expect([known.regularization, known.userCol, known.note]).toEqual([0.25, undefined, undefined]);
  });
});

test("Spark finds in the parameters of the model what its class has, and nothing else", async () => {
  const folder = newFolder();
  const values = Float64Array.of(1, 2);
  const model = {
    factors: 2,
    userFactors: values,
    itemFactors: values,
    stated: settings.spark,
    precision: "float32",
  } as const;
  await writeForeign(join(folder, "als"), "spark", model);
  const { readFileSync } = await import("node:fs");
  const metadata = JSON.parse(readFileSync(join(folder, "als/metadata/part-00000"), "utf8"));
  expect(Object.keys(metadata.paramMap).sort()).toEqual(
    ["blockSize", "coldStartStrategy", "itemCol", "predictionCol", "userCol"].sort(),
  );
  expect(metadata.estimatorParamMap).toMatchObject({ ratingCol: "stars", regParam: 0.25, nonnegative: false });
});
