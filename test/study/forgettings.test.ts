/** What a model folder says of how it forgot: a note a request, without whose data it was, and never more than a folder should hold. */

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { readManifest } from "../../src/exchange/index.ts";
import { forgetFolder, openModel, planOf, storeModel, trainOn } from "../../src/study/index.ts";
import { type Forgetting, mostForgettings, withForgetting } from "../../src/study/store/forgettings.ts";
import { certificateWithoutNumbers } from "../../src/training/certificate.ts";
import { folders } from "../support/folders.ts";

const certificate = certificateWithoutNumbers("none", true, "for tests");
const last = { method: "exact", guarantee: "certified", rows: 7, certificate };

function listOf(length: number, method = (k: number) => ["exact", "retrain", "sif"][k % 3]): Forgetting[] {
  let list: Forgetting[] = [];
  for (let k = 0; k < length; k++)
    list = withForgetting(list, {
      method: method(k),
      guarantee: method(k) === "sif" ? "approximate" : "exact",
      rows: k,
    });
  return list;
}

describe("a list of forgettings", () => {
  test("gets a note at its end, and keeps the certificate of the last alone", () => {
    const one = withForgetting([], last);
    expect(one).toEqual([{ ...last, requests: 1 }]);
    const two = withForgetting(one, { ...last, method: "retrain", rows: 2 });
    expect(two).toEqual([
      { method: "exact", guarantee: "certified", rows: 7, requests: 1 },
      { method: "retrain", guarantee: "certified", rows: 2, requests: 1, certificate },
    ]);
    expect(one).toEqual([{ ...last, requests: 1 }]);
  });

  test("never grows beyond its bound, and loses neither a request nor a row", () => {
    let list: readonly Forgetting[] = [];
    const count = 3 * mostForgettings;
    for (let k = 1; k <= count; k++) {
      const method = ["exact", "retrain", "sif"][k % 3];
      list = withForgetting(list, { ...last, method, rows: k });
      expect(list.length).toBeLessThanOrEqual(mostForgettings);
      expect(list.at(-1)).toEqual({ ...last, method, rows: k, requests: 1 });
    }
    const sum = (of: (note: Forgetting) => number) => list.reduce((total, note) => total + of(note), 0);
    expect(sum(({ requests }) => requests)).toBe(count);
    expect(sum(({ rows }) => rows)).toBe((count * (count + 1)) / 2);
    for (const method of ["exact", "retrain", "sif"])
      expect(list.filter((note) => note.method === method).reduce((total, { requests }) => total + requests, 0)).toBe(
        count / 3,
      );
    expect(list.filter((note) => note.certificate !== undefined)).toHaveLength(1);
  });

  test("merges the oldest by method and guarantee, and leaves the newest as they are", () => {
    const full = listOf(mostForgettings);
    expect(full).toHaveLength(mostForgettings);
    const next = withForgetting(full, last);
    const kept = mostForgettings - (mostForgettings >> 1);
    expect(next.slice(-kept - 1, -1)).toEqual(full.slice(-kept));
    expect(next.slice(0, -kept - 1).map(({ method }) => method)).toEqual(["exact", "retrain", "sif"]);
  });
});

describe("the folder of a model that forgets again and again", () => {
  const newFolder = folders();

  test("has a note a request, none of whose it was, and comes back with them", async () => {
    const folder = join(await newFolder(), "model");
    const dataset = plantedFactors({ users: 12, items: 9, ratings: 80, factors: 2, seed: 5 });
    await storeModel(
      folder,
      await trainOn(dataset, planOf({ model: "mf", settings: { factors: 2 }, l2: 2, l2Bias: 2 })),
    );
    expect(await readManifest(folder)).not.toHaveProperty("forgotten");
    const [a, b, c] = dataset.userIds.list;
    const rows: number[] = [];
    for (const [user, method] of [
      [a, "exact"],
      [b, "sif"],
      [c, "exact"],
    ])
      rows.push((await forgetFolder(folder, folder, { users: [user], method })).rows);
    const { forgotten = [] } = await readManifest(folder);
    expect(forgotten).toEqual([
      { method: "exact", guarantee: "certified", requests: 1, rows: rows[0] },
      { method: "sif", guarantee: "approximate", requests: 1, rows: rows[1] },
      { method: "exact", guarantee: "certified", requests: 1, rows: rows[2], certificate: expect.any(Object) },
    ]);
    const back = await openModel(folder);
    expect(back.forgotten).toEqual(forgotten);
    expect(back.trained.origin).toBe("forgotten");
    await forgetFolder(folder, folder, { users: [] });
    expect((await readManifest(folder)).forgotten).toEqual(forgotten);
  });
});
