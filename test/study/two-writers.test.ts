/** Two writers of one folder: what one of them has forgotten never comes back. */

import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { checkPlace } from "../../src/exchange/foreign/sink.ts";
import { checkTarget, writeModel } from "../../src/exchange/index.ts";
import {
  exportModel,
  forgetFolder,
  forgetInto,
  forgetRows,
  type NamedModel,
  type NamedUnlearner,
  openModel,
  planOf,
  rowsOf,
  storeModel,
  trainOn,
  unlearnerNamed,
} from "../../src/study/index.ts";
import { bytesOf, folders } from "../support/folders.ts";
import { sampleModel } from "../support/sample.ts";

const newFolder = folders();
const conflict = { code: "conflict", exitStatus: 3, advice: expect.any(String) };
let model: NamedModel;
let exact: NamedUnlearner;

beforeAll(async () => {
  const dataset = plantedFactors({ users: 12, items: 9, ratings: 80, factors: 2, seed: 5 });
  model = await trainOn(dataset, planOf({ model: "mf", settings: { factors: 2 }, l2: 2, l2Bias: 2 }));
  exact = unlearnerNamed("exact", model.trained);
});

async function stored(): Promise<{ parent: string; folder: string }> {
  const parent = await newFolder();
  const folder = join(parent, "model");
  await storeModel(folder, model);
  return { parent, folder };
}

const forget = (from: NamedModel, user: number, out: string, options = {}) =>
  forgetInto(from, rowsOf(from, { users: [idOf(user)] }), exact, out, options);
const idOf = (user: number) => model.dataset.userIds.list[user];
const knows = async (folder: string, user: number) =>
  (await openModel(folder)).dataset.userIds.find(idOf(user)) !== undefined;

test("opened twice and forgotten twice: the second gets a conflict, and its retry forgets both", async () => {
  const { parent, folder } = await stored();
  const [one, two] = [await openModel(folder), await openModel(folder)];
  const { digestBefore, digestAfter } = await forget(one, 1, folder);
  expect(digestBefore).toBe(one.source?.digest);
  const between = await bytesOf(folder);
  await expect(forget(two, 2, folder)).rejects.toMatchObject(conflict);
  expect(await bytesOf(folder)).toEqual(between);
  const again = await openModel(folder);
  expect(again.source?.digest).toBe(digestAfter);
  await forget(again, 2, folder);
  expect([await knows(folder, 1), await knows(folder, 2)]).toEqual([false, false]);
  expect(await readdir(parent)).toEqual(["model"]);
});

test("a model that was stored may be stored again, and one that was opened before may not", async () => {
  const { folder } = await stored();
  const first = await openModel(folder);
  const next = (await forgetRows(first, rowsOf(first, { users: [idOf(1)] }), exact)).model;
  const kept = await storeModel(folder, next);
  const later = (await forgetRows(kept, rowsOf(kept, { users: [idOf(2)] }), exact)).model;
  await storeModel(folder, later);
  await expect(storeModel(folder, next)).rejects.toMatchObject(conflict);
  expect([await knows(folder, 1), await knows(folder, 2)]).toEqual([false, false]);
});

test("what came to a place, or went from it, in the meantime is a conflict", async () => {
  const { parent, folder } = await stored();
  const other = join(parent, "other");
  const nothing = await checkTarget(other);
  expect(nothing).toBe(null);
  await storeModel(other, model);
  await expect(storeModel(other, model, { expected: nothing })).rejects.toMatchObject(conflict);
  const lying = await checkTarget(other);
  await rm(other, { recursive: true });
  await expect(storeModel(other, model, { expected: lying })).rejects.toMatchObject(conflict);
  await mkdir(other);
  await storeModel(other, model, { expected: nothing });
  const opened = await openModel(folder);
  await rm(folder, { recursive: true });
  await expect(storeModel(folder, opened)).rejects.toMatchObject(conflict);
  expect(await readdir(parent)).toEqual(["other"]);
});

test("of two that write at the same time one wins, and the other leaves everything as it is", async () => {
  const { parent, folder } = await stored();
  const opened = await openModel(folder);
  // The other one looks, writes its new folder aside, and exchanges while this one does the same.
  const other = writeModel(folder, sampleModel(), { expected: opened.source?.digest });
  const ends = await Promise.allSettled([other, forget(opened, 1, folder)]);
  expect(ends.filter(({ status }) => status === "fulfilled").length).toBe(1);
  for (const end of ends) if (end.status === "rejected") expect(end.reason).toMatchObject(conflict);
  const between = await bytesOf(folder);
  await expect(storeModel(folder, opened)).rejects.toMatchObject(conflict);
  expect(await bytesOf(folder)).toEqual(between);
  expect(await readdir(parent)).toEqual(["model"]);
});

test("into another model only where that has forgotten nothing that would come back, or when asked to", async () => {
  const { parent, folder } = await stored();
  const other = join(parent, "other");
  await forget(await openModel(folder), 1, other);
  const lost = { ...conflict, message: expect.stringMatching(/lacks \d+ interactions .* 1 user .* bring back/s) };
  await expect(forget(await openModel(folder), 2, other)).rejects.toMatchObject(lost);
  expect(await knows(other, 1)).toBe(false);
  // The same request again, and one that names more.
  await forget(await openModel(folder), 1, other);
  await forgetFolder(folder, other, { users: [idOf(1), idOf(2)] });
  await expect(forget(await openModel(folder), 1, other)).rejects.toMatchObject(conflict);
  await forget(await openModel(folder), 3, other, { overwrite: true });
  expect([await knows(other, 1), await knows(other, 3)]).toEqual([true, false]);
});

test("single interactions do not come back either", async () => {
  const { parent, folder } = await stored();
  const other = join(parent, "other");
  const opened = await openModel(folder);
  await forgetInto(opened, Uint32Array.of(0), exact, other);
  await expect(forgetInto(opened, Uint32Array.of(1), exact, other)).rejects.toMatchObject(conflict);
  await forgetInto(opened, Uint32Array.of(0, 1), exact, other);
});

test("a model is never written inside a model folder", async () => {
  const { folder } = await stored();
  const inside = { code: "bad-input", message: expect.stringContaining("inside the model folder") };
  for (const target of [join(folder, "next"), join(folder, "a", "b")]) {
    await expect(checkTarget(target)).rejects.toMatchObject(inside);
    await expect(storeModel(target, model)).rejects.toMatchObject(inside);
    await expect(forgetFolder(folder, target, { users: [idOf(1)] })).rejects.toMatchObject(inside);
  }
  expect((await readdir(folder)).length).toBe(5);
});

test("an export does not replace what came there in the meantime", async () => {
  const parent = await newFolder();
  for (const [format, name] of [
    ["npz", "factors.npz"],
    ["csv", "tables"],
  ]) {
    const path = join(parent, name);
    const nothing = await checkPlace(path);
    expect(nothing).toBe(null);
    const columns = { biases: "columns" as const };
    await exportModel(model, format, path, columns);
    await expect(exportModel(model, format, path, { ...columns, expected: nothing })).rejects.toMatchObject(conflict);
    const lying = await checkPlace(path);
    await exportModel(model, format, path, { ...columns, expected: lying });
    await expect(exportModel(model, format, path, { ...columns, expected: lying })).rejects.toMatchObject(conflict);
  }
  expect((await readdir(parent)).sort()).toEqual(["factors.npz", "tables"]);
});

test("a forgetting in place holds the lock, and lets it go whatever happens", async () => {
  const { parent, folder } = await stored();
  const ends = await Promise.allSettled([1, 2].map((user) => forgetFolder(folder, folder, { users: [idOf(user)] })));
  const refused = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
  expect(refused).toMatchObject([{ ...conflict, message: expect.stringContaining("is working on this folder") }]);
  await expect(forgetFolder(folder, folder, { users: ["nobody"] })).rejects.toMatchObject({ code: "unknown-id" });
  await writeFile(join(folder, "notes.txt"), "mine");
  await forgetFolder(folder, folder, { users: [idOf(3)] });
  expect(await readdir(parent)).toEqual(["model"]);
  expect(await readdir(folder)).toContain("notes.txt");
});
