import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { forgetSibling, siblingOf } from "../../src/exchange/files/temporaries.ts";
import { checkPlace } from "../../src/exchange/foreign/sink.ts";
import {
  checkTarget,
  lockFolder,
  readCheckpoint,
  readForeign,
  readManifest,
  readModel,
  removeLeftovers,
  type Step,
  writeModel,
} from "../../src/exchange/index.ts";
import { bytesOf, folders } from "../support/folders.ts";
import { sampleModel } from "../support/sample.ts";

const newFolder = folders();
const steps: Step[] = ["written", "synced", "old-away", "new-there", "old-removed"];
const isNewFrom = steps.indexOf("new-there");
const [first, second] = [sampleModel(), sampleModel({ shift: 1 })];

/** A process id that was in use a moment ago, and is not any more. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  return child.pid ?? 0;
}

/** Writes the second sample to a folder in a process of its own, which stops at a step by killing itself. */
async function crashAt(step: Step, folder: string): Promise<void> {
  const child: ChildProcess = spawn(
    process.execPath,
    ["--import", "tsx", join(import.meta.dirname, "crash.child.ts"), folder, step],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  const [, signal] = await once(child, "exit");
  expect(signal).toBe("SIGKILL");
}

/** The name that a writer with this process id would have given. */
function leftover(folder: string, kind: "new" | "old", pid: number): string {
  return siblingOf(folder, kind).replace(/-\d+-[0-9a-z]+-(?=[0-9a-f]{8}$)/, `-${pid}-0-`);
}

test.each(steps)("a writer killed at %s leaves the old model or the new one", async (step) => {
  const parent = await newFolder();
  const folder = join(parent, "model");
  await writeModel(folder, first);
  await crashAt(step, folder);
  if (step !== "old-removed") expect((await readdir(parent)).some((name) => name.startsWith(".model."))).toBe(true);
  const expected = steps.indexOf(step) < isNewFrom ? first : second;
  expect((await readModel(folder)).tables).toStrictEqual(expected.tables);
  await writeModel(folder, first);
  expect((await readModel(folder)).tables).toStrictEqual(first.tables);
  expect(await readdir(parent)).toEqual(["model"]);
});

test.each(steps)("a first writer killed at %s leaves nothing or the model", async (step) => {
  const parent = await newFolder();
  const folder = join(parent, "model");
  await crashAt(step, folder);
  if (steps.indexOf(step) < isNewFrom) await expect(readModel(folder)).rejects.toMatchObject({ code: "bad-model" });
  else expect((await readModel(folder)).tables).toStrictEqual(second.tables);
  await writeModel(folder, first);
  expect(await readdir(parent)).toEqual(["model"]);
});

test("a write after a crash starts from the old model too", async () => {
  const parent = await newFolder();
  const folder = join(parent, "model");
  await writeModel(folder, first);
  await writeFile(join(folder, "notes.txt"), "mine");
  await crashAt("old-away", folder);
  expect(await readdir(parent)).not.toContain("model");
  await writeModel(folder, second);
  expect(await readFile(join(folder, "notes.txt"), "utf8")).toBe("mine");
  expect(await readdir(parent)).toEqual(["model"]);
});

test.each(steps)("an error at %s leaves one whole model and nothing beside it", async (failing) => {
  const parent = await newFolder();
  const folder = join(parent, "model");
  await writeModel(folder, first);
  const before = await bytesOf(folder);
  const onStep = (step: Step) => {
    if (step === failing) throw new Error(`stop at ${step}`);
  };
  await expect(writeModel(folder, second, { onStep })).rejects.toThrow(`stop at ${failing}`);
  if (steps.indexOf(failing) < isNewFrom) expect(await bytesOf(folder)).toEqual(before);
  else expect((await readModel(folder)).tables).toStrictEqual(second.tables);
  if (failing !== "new-there") expect(await readdir(parent)).toEqual(["model"]);
  await readModel(folder);
  expect(await readdir(parent)).toEqual(["model"]);
});

test.each(steps.slice(0, 2))("a writer stopped at %s writes nothing", async (stopping) => {
  const parent = await newFolder();
  const folder = join(parent, "model");
  const stop = new AbortController();
  const onStep = (step: Step) => void (step === stopping && stop.abort());
  await expect(writeModel(folder, first, { onStep, signal: stop.signal })).rejects.toMatchObject({ code: "aborted" });
  expect(await readdir(parent)).toEqual([]);
});

test("a folder that is no model, and a file, are left alone", async () => {
  const parent = await newFolder();
  const folder = join(parent, "thesis");
  await mkdir(folder);
  await writeFile(join(folder, "chapter1.tex"), "years of work");
  const refused = { code: "bad-input", message: expect.stringContaining("thesis"), advice: expect.any(String) };
  await expect(writeModel(folder, first)).rejects.toMatchObject(refused);
  await expect(writeModel(join(folder, "chapter1.tex"), first)).rejects.toMatchObject(refused);
  await expect(writeModel(join(folder, "chapter1.tex", "model"), first)).rejects.toMatchObject(refused);
  await expect(checkTarget(join(folder, "chapter1.tex", "model"))).rejects.toMatchObject(refused);
  for (const foreign of ["{", '{"format":"onnx"}', "null", "[]"]) {
    await writeFile(join(folder, "model.json"), foreign);
    await expect(writeModel(folder, first)).rejects.toMatchObject(refused);
    await expect(checkTarget(folder)).rejects.toMatchObject(refused);
  }
  expect((await readdir(folder)).sort()).toEqual(["chapter1.tex", "model.json"]);
  expect(await readdir(parent)).toEqual(["thesis"]);
});

test("an empty folder is filled, missing parents are made, permissions and other files stay", async () => {
  const parent = await newFolder();
  const empty = join(parent, "empty");
  await mkdir(empty, { mode: 0o700 });
  await writeModel(empty, first);
  expect((await stat(empty)).mode & 0o777).toBe(0o700);
  const deep = join(parent, "a", "b", "model");
  for (const target of [empty, deep]) await checkTarget(target);
  await writeModel(deep, first);
  await mkdir(join(deep, "receipts"));
  await writeFile(join(deep, "receipts", "1.json"), "{}");
  await symlink("nowhere", join(deep, "link"));
  await chmod(deep, 0o750);
  await writeModel(deep, second);
  expect((await stat(deep)).mode & 0o777).toBe(0o750);
  expect(await readdir(join(deep, "receipts"))).toEqual(["1.json"]);
  expect(await readdir(deep)).toContain("link");
  expect((await readModel(deep)).tables).toStrictEqual(second.tables);
});

test("through a symbolic link the model behind it is replaced, and no copy stays", async () => {
  const parent = await newFolder();
  await writeModel(join(parent, "real", "model"), first);
  await symlink(join("real", "model"), join(parent, "link"));
  await writeModel(join(parent, "link"), second);
  expect((await readModel(join(parent, "real", "model"))).tables).toStrictEqual(second.tables);
  expect((await readdir(parent)).sort()).toEqual(["link", "real"]);
  expect(await readdir(join(parent, "real"))).toEqual(["model"]);
  await crashAt("old-away", join(parent, "link"));
  expect((await readModel(join(parent, "link"))).tables).toStrictEqual(second.tables);
});

test("what dead writers left in the folder is removed, of whatever target; what is alive or not ours stays", async () => {
  const parent = await newFolder();
  const folder = join(parent, "model");
  const [dead, alive] = [await deadProcess(), process.ppid];
  const other = join(parent, "other");
  const gone = [leftover(folder, "new", dead), leftover(folder, "old", dead), leftover(other, "new", dead)];
  const elsewhere = leftover(folder, "new", dead).replace(/[0-9a-f]{8}(?=-\d+-)/, "00000000");
  const kept = [leftover(folder, "new", alive), elsewhere, join(parent, ".model.old-notes")];
  await writeModel(folder, first);
  for (const path of [...gone, ...kept]) await mkdir(path);
  // A target that was taken away, and nothing came in its place.
  await writeModel(leftover(other, "old", dead), first);
  expect(await removeLeftovers(parent)).toEqual([elsewhere]);
  expect((await readdir(parent)).map((name) => join(parent, name)).sort()).toEqual([folder, other, ...kept].sort());
  expect((await readModel(other)).tables).toStrictEqual(first.tables);
});

const visits: readonly (readonly [string, (parent: string) => Promise<unknown>])[] = [
  ["reads another model", (parent) => readModel(join(parent, "model"))],
  ["reads a manifest alone", (parent) => readManifest(join(parent, "model"))],
  ["finds no model", (parent) => readModel(join(parent, "nowhere")).catch(() => {})],
  ["looks where a model is to go", (parent) => checkTarget(join(parent, "next"))],
  ["looks where an export is to go", (parent) => checkPlace(join(parent, "factors.npz"))],
  ["finds factors to import, or none", (parent) => readForeign(join(parent, "factors.npz")).catch(() => {})],
  ["reads a checkpoint", (parent) => readCheckpoint(parent)],
];

test.each(visits)("the next one that %s removes what a dead writer of any name left there", async (_, visit) => {
  const parent = await newFolder();
  await writeModel(join(parent, "model"), first);
  const dead = await deadProcess();
  for (const name of ["model", "gone", "factors.npz", "checkpoint.json"]) {
    const path = leftover(join(parent, name), "new", dead);
    await mkdir(path);
    await writeFile(join(path, "users.parquet"), "everybody");
  }
  const lock = await lockFolder(join(parent, "gone"));
  const holder = await readlink(join(parent, ".gone.lock"));
  await lock.release();
  await symlink(holder.replace(/-\d+-/, `-${dead}-`), join(parent, ".gone.lock"));
  await visit(parent);
  expect(await readdir(parent)).toEqual(["model"]);
});

test.runIf(process.platform === "linux")("a number that another process has now keeps nothing", async () => {
  const parent = await newFolder();
  const folder = join(parent, "model");
  await writeModel(folder, first);
  const own = siblingOf(folder, "new");
  forgetSibling(own);
  // The parent process runs, and is neither of another start nor of another boot.
  const earlier = own.replace(/-\d+-([0-9a-z]{8})[0-9a-z]+-/, `-${process.ppid}-$1zzz-`);
  const boot = own.replace(/-\d+-[0-9a-z]{8}/, `-${process.ppid}-00000000`);
  const unborn = own.replace(/-\d+-[0-9a-z]+-(?=[0-9a-f]{8}$)/, `-${process.ppid}-0-`);
  for (const path of [earlier, boot, unborn]) await mkdir(path);
  expect(await removeLeftovers(parent)).toEqual([]);
  expect((await readdir(parent)).sort()).toEqual([basename(unborn), "model"].sort());
});

test.runIf(process.platform === "linux")("a process that has ended and is not waited for is not alive", async () => {
  const parent = await newFolder();
  // What the shell has become does not know that it has a child to wait for.
  const keeper = spawn("sh", ["-c", "sleep 0.3 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const [line] = await once(keeper.stdout, "data");
    const ended = Number(String(line));
    for (let tries = 0; tries < 200 && !/\) Z /.test(await readFile(`/proc/${ended}/stat`, "latin1")); tries++)
      await pause(10);
    const stat = await readFile(`/proc/${ended}/stat`, "latin1");
    const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]).toString(36);
    const unborn = leftover(join(parent, "model"), "new", ended);
    const own = siblingOf(join(parent, "model"), "new");
    for (const path of [unborn, own.replace(/-\d+-([0-9a-z]{8})[0-9a-z]+-/, `-${ended}-$1${ticks}-`)])
      await mkdir(path);
    expect((await readdir(parent)).length).toBe(2);
    expect(await removeLeftovers(parent)).toEqual([]);
    expect(await readdir(parent)).toEqual([]);
  } finally {
    keeper.kill("SIGKILL");
  }
});

test("a reader removes the old model that a dead writer was about to remove", async () => {
  const parent = await newFolder();
  const folder = join(parent, "model");
  await writeModel(folder, first);
  await crashAt("new-there", folder);
  expect((await readdir(parent)).length).toBe(2);
  await readModel(folder);
  expect(await readdir(parent)).toEqual(["model"]);
});

test("an empty folder in the place of the old model does not cost the model", async () => {
  const parent = await newFolder();
  const folder = join(parent, "model");
  await writeModel(folder, first);
  await crashAt("old-away", folder);
  await mkdir(folder);
  const onStep = () => {
    throw new Error("out of luck");
  };
  await expect(writeModel(folder, second, { onStep })).rejects.toThrow("out of luck");
  expect((await readModel(folder)).tables).toStrictEqual(first.tables);
});

test("a reader waits for a writer between its two steps, but not for ever", async () => {
  const parent = await newFolder();
  const folder = join(parent, "model");
  await writeModel(folder, first);
  await writeModel(join(parent, "next"), second);
  const old = leftover(folder, "old", process.ppid);
  await rename(folder, old);
  setTimeout(() => void rename(join(parent, "next"), folder), 300);
  expect((await readModel(folder)).tables).toStrictEqual(second.tables);
  await rm(folder, { recursive: true });
  expect((await readModel(folder)).tables).toStrictEqual(first.tables);
});

test("of writers at the same time every one ends, with a whole model and nothing beside it", async () => {
  const parent = await newFolder();
  const folder = join(parent, "model");
  await writeModel(folder, first);
  const ends = await Promise.allSettled(
    Array.from({ length: 6 }, (_, shift) => writeModel(folder, sampleModel({ shift }))),
  );
  expect(ends.some(({ status }) => status === "fulfilled")).toBe(true);
  for (const end of ends) if (end.status === "rejected") expect(end.reason).toMatchObject({ code: "conflict" });
  await readModel(folder);
  expect(await readdir(parent)).toEqual(["model"]);
});

test.runIf(process.platform === "linux")("a place where no folder can be made is an error, soon", async () => {
  const target = join("/proc", "lethe", "deep", "model");
  await expect(writeModel(target, first)).rejects.toMatchObject({ code: "bad-input" });
});

test("a name that the file system refuses is an error of the input", async () => {
  const parent = await newFolder();
  for (const name of ["x".repeat(300), "nul\0"])
    await expect(writeModel(join(parent, name), first)).rejects.toMatchObject({ code: "bad-input" });
});
