import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { siblingOf } from "../../src/exchange/files/temporaries.ts";
import { checkTarget, readModel, type Step, writeModel } from "../../src/exchange/index.ts";
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

test("only what dead writers left of this very folder is removed", async () => {
  const parent = await newFolder();
  const folder = join(parent, "model");
  const [dead, alive] = [await deadProcess(), process.ppid];
  const gone = [leftover(folder, "new", dead), leftover(folder, "old", dead)];
  const kept = [
    leftover(folder, "new", alive),
    leftover(join(parent, "model.new-00000000-1"), "old", dead),
    leftover(join(parent, "other"), "old", dead),
    leftover(folder, "new", dead).replace(/[0-9a-f]{8}(?=-\d+-)/, "00000000"),
    join(parent, ".model.old-notes"),
  ];
  await writeModel(folder, first);
  for (const path of [...gone, ...kept]) await mkdir(path);
  await writeModel(folder, second);
  expect((await readdir(parent)).map((name) => join(parent, name)).sort()).toEqual([folder, ...kept].sort());
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
