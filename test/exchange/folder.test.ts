import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { idsOf } from "../../src/data/dataset.ts";
import { inDuckdb, quoted } from "../../src/data/duckdb.ts";
import { interactionsOf } from "../../src/data/interactions.ts";
import { forgetSibling, siblingOf } from "../../src/exchange/files/temporaries.ts";
import {
  fileNames,
  readManifest,
  readModel,
  type StoredFactors,
  type StoredModel,
  writeModel,
} from "../../src/exchange/index.ts";
import { bytesOf, folders } from "../support/folders.ts";
import { type SampleOptions, sampleModel } from "../support/sample.ts";

const newFolder = folders();
const variants: SampleOptions[] = [{}, { biases: false }, { times: false }, { biases: false, times: false }];

function contents({ manifest, tables, dataset }: StoredModel) {
  const { users, items, ratings, times, userCount, itemCount } = dataset.interactions;
  const ids = [dataset.userIds.list, dataset.itemIds.list];
  return { manifest, tables, users, items, ratings, times, userCount, itemCount, ids, info: [...dataset.itemInfo] };
}

test.each(variants)("a model comes back as it was written: %o", async (options) => {
  const folder = join(await newFolder(), "model");
  const written = await writeModel(folder, sampleModel(options));
  expect(contents(await readModel(folder))).toStrictEqual(contents(sampleModel(options)));
  const bytes = await readFile(join(folder, "model.json"));
  expect(written).toEqual({ folder, digest: createHash("sha256").update(bytes).digest("hex") });
  expect((await readdir(folder)).sort()).toEqual(["model.json", ...fileNames].sort());
});

test("what was read is written to the same bytes, in any folder", async () => {
  const parent = await newFolder();
  await writeModel(join(parent, "a"), sampleModel());
  await writeModel(join(parent, "other"), sampleModel());
  await writeModel(join(parent, "again"), await readModel(join(parent, "a")));
  const bytes = await bytesOf(join(parent, "a"));
  expect(await bytesOf(join(parent, "other"))).toEqual(bytes);
  expect(await bytesOf(join(parent, "again"))).toEqual(bytes);
  const all = Buffer.from(Object.values(bytes).join(""), "hex").toString("latin1");
  expect(all).not.toContain(parent);
  expect(all).not.toContain(process.cwd());
});

test("every id is in its table as plain bytes, and the table says that it is not compressed", async () => {
  const folder = join(await newFolder(), "model");
  // Ids so alike that any compression would cut them short.
  const named = (what: string, count: number) =>
    Array.from({ length: count }, (_, k) => `the ${what} whose number is ${k} and no other`);
  const [userIds, itemIds] = [named("customer", 3000), named("article", 2000)];
  const none = new Uint32Array(0);
  await writeModel(folder, {
    ...sampleModel({ biases: false }),
    tables: { userFactors: new Float64Array(6000), itemFactors: new Float64Array(4000), mean: 3 },
    dataset: {
      interactions: interactionsOf({
        userCount: 3000,
        itemCount: 2000,
        users: none,
        items: none,
        ratings: new Float64Array(0),
      }),
      userIds: idsOf(userIds),
      itemIds: idsOf(itemIds),
      itemInfo: new Map([[itemIds[7], { title: "The Title of Seven", genres: ["Drama"] }]]),
    },
  });
  for (const [name, wanted] of [
    ["users.parquet", userIds],
    ["items.parquet", [...itemIds, "The Title of Seven"]],
  ] as const) {
    const path = join(folder, name);
    const bytes = await readFile(path, "latin1");
    expect(
      wanted.filter((id) => !bytes.includes(id)),
      name,
    ).toEqual([]);
    const said = await inDuckdb((connection) =>
      connection.runAndReadAll(`SELECT DISTINCT compression FROM parquet_metadata(${quoted(path)})`),
    );
    expect(said.getRows(), name).toEqual([["UNCOMPRESSED"]]);
  }
});

test("a model without rows, users and items is a model", async () => {
  const folder = join(await newFolder(), "model");
  const none = new Uint32Array(0);
  const empty = new Float64Array(0);
  const model: StoredFactors = {
    ...sampleModel({ biases: false }),
    tables: { userFactors: empty, itemFactors: empty, mean: 3 },
    dataset: {
      interactions: interactionsOf({ userCount: 0, itemCount: 0, users: none, items: none, ratings: empty }),
      userIds: idsOf([]),
      itemIds: idsOf([]),
      itemInfo: new Map(),
    },
  };
  await writeModel(folder, model);
  const { dataset } = await readModel(folder);
  expect([dataset.interactions.size, dataset.userIds.size, dataset.itemIds.size]).toEqual([0, 0, 0]);
});

test("parameters in memory that threads share are written", async () => {
  const folder = join(await newFolder(), "model");
  const model = sampleModel();
  const shared = new Float64Array(new SharedArrayBuffer(6 * 8));
  shared.set(model.tables.userFactors);
  await writeModel(folder, { ...model, tables: { ...model.tables, userFactors: shared } });
  expect((await readModel(folder)).tables?.userFactors).toEqual(model.tables.userFactors);
});

test.each([
  "with space",
  'it\'s "quoted"',
  "日本 é 😀",
  "glob [a]*?.x",
  "user=5",
  "semi;colon--",
  "back\\slash",
  "%41#?",
])("a folder may be called %s", async (name) => {
  const folder = join(await newFolder(), name, name);
  await writeModel(folder, sampleModel());
  await writeModel(folder, sampleModel({ shift: 1 }));
  expect(contents(await readModel(folder))).toStrictEqual(contents(sampleModel({ shift: 1 })));
  expect(await readdir(join(folder, ".."))).toEqual([name]);
});

const everyFile = ["model.json", ...fileNames];
const damages: [string, (path: string) => Promise<unknown>][] = [
  ["truncated to nothing", (path) => truncate(path, 0)],
  ["truncated by a byte", async (path) => truncate(path, (await stat(path)).size - 2)],
  ["missing", (path) => rm(path)],
  ["a folder", (path) => rm(path).then(() => mkdir(path))],
  ["a pipe", (path) => rm(path).then(() => execFileSync("mkfifo", [path]))],
  ["endless", (path) => rm(path).then(() => symlink("/dev/zero", path))],
];

test.each(everyFile.flatMap((name) => damages.map(([how, damage]) => [name, how, damage] as const)))(
  "%s is refused when it is %s",
  async (name, _, damage) => {
    const folder = join(await newFolder(), "model");
    await writeModel(folder, sampleModel());
    await damage(join(folder, name));
    await expect(readModel(folder)).rejects.toMatchObject({
      code: "bad-model",
      message: expect.stringContaining(name),
    });
  },
);

test.each(fileNames)("%s is refused when it was edited, with both hashes", async (name) => {
  const folder = join(await newFolder(), "model");
  await writeModel(folder, sampleModel());
  const { files } = await readManifest(folder);
  const path = join(folder, name);
  const bytes = await readFile(path);
  for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
    const edited = Buffer.from(bytes);
    edited[at] ^= 1;
    await writeFile(path, edited);
    const message = expect.stringMatching(new RegExp(`${name}.*sha256 [0-9a-f]{64}.*${files[name].sha256}`));
    await expect(readModel(folder)).rejects.toMatchObject({ code: "bad-model", message });
  }
  await writeFile(path, bytes);
  await appendFile(path, "\n");
  await expect(readModel(folder)).rejects.toMatchObject({ code: "bad-model" });
});

test("files of two models are not mixed", async () => {
  const parent = await newFolder();
  await writeModel(join(parent, "a"), sampleModel());
  await writeModel(join(parent, "b"), sampleModel({ shift: 1 }));
  await rename(join(parent, "b", "parameters.safetensors"), join(parent, "a", "parameters.safetensors"));
  await expect(readModel(join(parent, "a"))).rejects.toMatchObject({ code: "bad-model" });
});

test("a reader meets the old model or the new one while writers are at work", async () => {
  const folder = join(await newFolder(), "model");
  await writeModel(folder, sampleModel());
  let writing = true;
  const writer = (async () => {
    for (let k = 1; k <= 12; k++) await writeModel(folder, sampleModel({ shift: k % 2 }));
    writing = false;
  })();
  let reads = 0;
  for (; writing; reads++) {
    const { tables } = await readModel(folder);
    const { shift } = { shift: tables?.userBias?.[0] === sampleModel().tables.userBias?.[0] ? 0 : 1 };
    expect(tables).toStrictEqual(sampleModel({ shift }).tables);
  }
  await writer;
  expect(reads).toBeGreaterThan(0);
  expect(await readdir(join(folder, ".."))).toEqual(["model"]);
});

test("a reader does not take a model that is away for one that is not there", async () => {
  const folder = join(await newFolder(), "model");
  await writeModel(folder, sampleModel());
  let moving = true;
  const mover = (async () => {
    for (let k = 0; k < 300; k++) {
      const away = siblingOf(folder, "old");
      await rename(folder, away);
      await pause(3);
      await rename(away, folder);
      forgetSibling(away);
      if (k % 2 === 0) await pause(1);
    }
    moving = false;
  })();
  let missed = 0;
  while (moving) {
    const problem = await readModel(folder).then(
      () => "",
      (error: Error) => error.message,
    );
    if (problem !== "" && !problem.includes("again and again")) missed++;
  }
  await mover;
  expect(missed).toBe(0);
  expect((await readModel(folder)).tables).toStrictEqual(sampleModel().tables);
});

test("nothing that contradicts itself is written", async () => {
  const parent = await newFolder();
  const { manifest, tables, dataset } = sampleModel();
  const { interactions } = dataset;
  const { users, items, userCount, itemCount } = interactions;
  const rated = (values: number[]) => ({
    ...dataset,
    interactions: interactionsOf({ userCount, itemCount, users, items, ratings: Float64Array.from(values) }),
  });
  const wrong: StoredFactors[] = [
    { manifest, dataset, tables: { ...tables, userFactors: new Float64Array(5) } },
    { manifest, dataset, tables: { ...tables, itemFactors: new Float64Array(8).fill(Number.NaN) } },
    { manifest, dataset, tables: { ...tables, userBias: undefined } },
    { manifest, dataset, tables: { ...tables, mean: Number.POSITIVE_INFINITY } },
    { manifest: { ...manifest, model: { ...manifest.model, biases: false } }, dataset, tables },
    { manifest: { ...manifest, model: { ...manifest.model, mean: { kind: "fixed", value: 3 } } }, dataset, tables },
    { manifest: { ...manifest, training: { ...manifest.training, seed: 1.5 } }, dataset, tables },
    { manifest: { ...manifest, result: { ...manifest.result, objective: Number.NaN } }, dataset, tables },
    { manifest, tables, dataset: { ...dataset, userIds: idsOf(["a", "b"]) } },
    { manifest, tables, dataset: { ...dataset, userIds: idsOf(["a", "\ud800", "c"]) } },
    { manifest, tables, dataset: rated([1, 2, 3, 4, Number.NaN]) },
    { manifest, tables, dataset: rated([1, 2, 3, 4, Number.NEGATIVE_INFINITY]) },
  ];
  for (const model of wrong)
    await expect(writeModel(join(parent, "model"), model)).rejects.toMatchObject({ code: "bad-input" });
  expect(await readdir(parent)).toEqual([]);
});

test("a folder without permission is refused, and left as it was", async () => {
  const parent = await newFolder();
  await chmod(parent, 0o777);
  const folder = join(parent, "shut", "model");
  await writeModel(folder, sampleModel());
  const before = await bytesOf(folder);
  await chmod(join(parent, "shut"), 0o555);
  const user = process.geteuid?.();
  if (user === 0) process.seteuid?.(65534);
  try {
    for (const target of [folder, join(parent, "shut", "other")])
      await expect(writeModel(target, sampleModel())).rejects.toMatchObject({
        code: "bad-input",
        message: expect.stringContaining(target),
        advice: expect.stringContaining("may write"),
      });
    expect(contents(await readModel(folder))).toStrictEqual(contents(sampleModel()));
  } finally {
    if (user === 0) process.seteuid?.(0);
    await chmod(join(parent, "shut"), 0o755);
  }
  expect(await bytesOf(folder)).toEqual(before);
  expect(await readdir(join(parent, "shut"))).toEqual(["model"]);
});

test("a folder that holds no model says so", async () => {
  const parent = await newFolder();
  for (const folder of [parent, join(parent, "nowhere"), join(parent, "no", "where")])
    await expect(readManifest(folder)).rejects.toMatchObject({
      code: "bad-model",
      message: expect.stringContaining(folder),
    });
});
