/** Every call of the file system on the way of a write fails once: what is there afterwards is the old or the new, and the rest is named. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { LetheError } from "../../src/errors.ts";
import {
  type ForeignFactors,
  type fingerprintOf,
  removeLeftovers,
  writeCheckpoint,
  writeForeign,
  writeModel,
} from "../../src/exchange/index.ts";
import type { Checkpoint } from "../../src/training/batches/checkpoint.ts";
import { folders } from "../support/folders.ts";
import { sampleModel } from "../support/sample.ts";

const disk = vi.hoisted(() => ({ calls: 0, failing: 0, failed: "" }));

vi.mock("node:fs/promises", async (importOriginal) => {
  const actual = await importOriginal<typeof import("node:fs/promises")>();
  type Call = (...args: unknown[]) => Promise<unknown>;
  const counted =
    (name: string, call: Call): Call =>
    async (...args) => {
      if (disk.failing === 0 || ++disk.calls !== disk.failing) return call(...args);
      disk.failed = name;
      throw Object.assign(new Error(`EIO: i/o error, ${name}`), { code: "EIO", syscall: name });
    };
  const handled = (handle: object): object =>
    new Proxy(handle, {
      get(of, name) {
        const value = Reflect.get(of, name, of);
        if (typeof value !== "function") return value;
        const bound = value.bind(of);
        return ["read", "write", "sync", "stat"].includes(String(name)) ? counted(String(name), bound) : bound;
      },
    });
  const wrapped = Object.fromEntries(
    Object.entries(actual)
      .filter(([, value]) => typeof value === "function")
      .map(([name, value]) => {
        const call = counted(name, value as Call);
        return [name, name === "open" ? async (...args: unknown[]) => handled((await call(...args)) as object) : call];
      }),
  );
  return { ...actual, ...wrapped, default: { ...actual, ...wrapped } };
});

const newFolder = folders();

const factors = (shift: number): ForeignFactors => ({
  factors: 2,
  userFactors: Float64Array.of(shift, 2, 3, 4),
  itemFactors: Float64Array.of(5, 6, 7, 8 + shift),
  stated: {},
  precision: "float32",
});

const checkpoint = (shift: number): Checkpoint => ({
  params: Float64Array.of(1 + shift, 2),
  moments: [],
  steps: { user: Uint32Array.of(1), item: Uint32Array.of(1), all: 1 },
  ...{ epoch: 0, step: 1, log: [], best: undefined },
});
const digit = "a".repeat(64);
const belongsTo: ReturnType<typeof fingerprintOf> = { lethe: "0.1.0", training: digit, interactions: digit };

/** Puts one of two contents in a place, and tells what is left of the one before. */
type Write = (path: string, shift: number) => Promise<readonly string[]>;

const writers: readonly (readonly [string, Write])[] = [
  ["a model", async (path, shift) => (await writeModel(path, sampleModel({ shift }))).leftovers ?? []],
  ["a file of another system", (path, shift) => writeForeign(path, "npz", factors(shift))],
  ["a folder of another system", (path, shift) => writeForeign(path, "csv", factors(shift))],
  [
    "a checkpoint",
    async (path, shift) => {
      await writeCheckpoint(path, checkpoint(shift), belongsTo);
      return [];
    },
  ],
];

/** Every file at a path, by name; hidden ones inside a checkpoint's folder are what it left, not what it is. */
function contentsAt(path: string): Record<string, string> {
  if (!statSync(path).isDirectory()) return { "": readFileSync(path, "hex") };
  const names = readdirSync(path)
    .filter((name) => !name.startsWith("."))
    .sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(path, name), "hex")]));
}

function hiddenIn(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.startsWith("."))
      .map((name) => join(folder, name)),
  );
}

test.each(writers)("%s", { timeout: 120_000 }, async (what, write) => {
  const parent = await newFolder();
  const path = join(parent, "target");
  const wholes: Record<string, string>[] = [];
  for (const shift of [1, 0]) {
    await write(path, shift);
    wholes[shift] = contentsAt(path);
  }
  const places = what === "a checkpoint" ? [parent, path] : [parent];
  const seen = new Set<string>();
  for (let k = 1; ; k++) {
    Object.assign(disk, { calls: 0, failing: k, failed: "" });
    const end = await write(path, 1).then(
      (left) => ({ left, error: undefined }),
      (error: unknown) => ({ left: [], error }),
    );
    disk.failing = 0;
    if (disk.failed === "") break;
    seen.add(disk.failed);
    const place = `call ${k}, ${disk.failed}: ${String(end.error)}`;
    if (end.error !== undefined) expect(end.error, place).toBeInstanceOf(LetheError);
    const told = `${(end.error as Error | undefined)?.message ?? ""} ${end.left.join(" ")}`;
    const hidden = hiddenIn(...places);
    if (what !== "a checkpoint") for (const one of hidden) expect(told, place).toContain(one);
    // What could not be put back is put back by the next one.
    for (const one of places) expect(await removeLeftovers(one), place).toEqual([]);
    expect(hiddenIn(...places), place).toEqual([]);
    const found = contentsAt(path);
    if (end.error === undefined) expect(found, place).toEqual(wholes[1]);
    else if (what === "a checkpoint")
      expect([wholes[0]["checkpoint.json"], wholes[1]["checkpoint.json"]], place).toContain(found["checkpoint.json"]);
    else expect(found, place).toEqual(wholes[told.includes("is in place, but") ? 1 : 0]);
    await write(path, 0);
    expect(contentsAt(path), place).toEqual(wholes[0]);
  }
  for (const name of ["lstat", "readdir", "rename", "sync", what === "a checkpoint" ? "rm" : "open"])
    expect([...seen], what).toContain(name);
});
