/** What comes to a place between the look and the exchange stays; what cannot be exchanged is refused before the work. */

import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { LetheError } from "../../src/errors.ts";
import { mountPointsIn } from "../../src/exchange/files/movable.ts";
import { replace } from "../../src/exchange/files/replace.ts";
import { checkPlace } from "../../src/exchange/foreign/sink.ts";
import {
  checkTarget,
  type ForeignFactors,
  readModel,
  type Step,
  writeForeign,
  writeModel,
} from "../../src/exchange/index.ts";
import { bytesOf, folders } from "../support/folders.ts";
import { sampleModel } from "../support/sample.ts";

const newFolder = folders();
const [first, second] = [sampleModel(), sampleModel({ shift: 1 })];
const conflict = { code: "conflict", advice: expect.any(String) };

async function stored(): Promise<{ parent: string; folder: string }> {
  const parent = await newFolder();
  const folder = join(parent, "model");
  await writeModel(folder, first);
  return { parent, folder };
}

/** Does something between two steps of a write. */
const at = (moment: Step, act: () => void) => ({ onStep: (step: Step) => void (step === moment && act()) });

describe("between the look and the exchange", () => {
  const comings: readonly (readonly [string, (folder: string) => void])[] = [
    ["a new file beside the model's", (folder) => writeFileSync(join(folder, "notes.txt"), "mine")],
    ["a new file in a folder of others", (folder) => writeFileSync(join(folder, "receipts", "2.json"), "mine")],
    ["a longer file of others", (folder) => writeFileSync(join(folder, "receipts", "1.json"), "changed")],
    [
      "another file of the model, under the same manifest",
      (folder) => writeFileSync(join(folder, "users.parquet"), ""),
    ],
    ["a file that went", (folder) => rmSync(join(folder, "receipts", "1.json"))],
  ];

  const lookings: readonly (readonly [string, "prepare" | "write", (path: string) => void])[] = [
    ["taken away while it is looked at", "prepare", (path) => readFileSync(join(path, "model.json"))],
    ["taken away while files are carried over", "write", (path) => readFileSync(join(path, "model.json"))],
    ["taken away and then told to be no model", "prepare", () => refuse()],
  ];
  const refuse = () => {
    throw new LetheError("bad-input", "no model", "name another folder");
  };

  test.each(lookings)("a model that is %s is a conflict", async (_, moment, look) => {
    const { parent, folder } = await stored();
    const aside = join(parent, "aside");
    const during = (when: string, path: string) => {
      if (when !== moment) return;
      renameSync(path, aside);
      look(path);
    };
    const contents = {
      prepare: async (path: string) => {
        during("prepare", path);
        return { fingerprint: null };
      },
      write: async () => during("write", folder),
      fingerprint: async () => null,
    };
    await expect(replace(folder, contents)).rejects.toMatchObject(conflict);
    expect(readdirSync(parent)).toEqual(["aside"]);
    renameSync(aside, folder);
    await expect(replace(folder, { ...contents, prepare: async () => refuse() })).rejects.toThrow("no model");
  });

  test.each(comings)("%s is a conflict, and everything stays", async (_, come) => {
    const { parent, folder } = await stored();
    mkdirSync(join(folder, "receipts"));
    writeFileSync(join(folder, "receipts", "1.json"), "{}");
    let between: unknown;
    const options = at("synced", () => {
      come(folder);
      between = treeOf(folder);
    });
    await expect(writeModel(folder, second, options)).rejects.toMatchObject(conflict);
    expect(treeOf(folder)).toEqual(between);
    expect(readdirSync(parent)).toEqual(["model"]);
  });

  test.each(["file", "folder"])("a %s in the place of the model is a conflict, and stays", async (what) => {
    const { parent, folder } = await stored();
    const options = at("synced", () => {
      renameSync(folder, join(parent, "elsewhere"));
      if (what === "file") writeFileSync(folder, "mine");
      else mkdirSync(join(folder, "mine"), { recursive: true });
    });
    await expect(writeModel(folder, second, options)).rejects.toMatchObject(conflict);
    expect(what === "file" ? readFileSync(folder, "utf8") : readdirSync(folder)[0]).toBe("mine");
    expect(readdirSync(parent)).toEqual(["elsewhere", "model"]);
  });

  test.each(["file", "folder", "pipe"])("a %s where nothing was is a conflict, and stays", async (what) => {
    const parent = await newFolder();
    const folder = join(parent, "model");
    const options = at("synced", () => {
      if (what === "file") writeFileSync(folder, "mine");
      else if (what === "pipe") execFileSync("mkfifo", [folder]);
      else mkdirSync(join(folder, "mine"), { recursive: true });
    });
    await expect(writeModel(folder, second, options)).rejects.toMatchObject(conflict);
    expect(readdirSync(parent)).toEqual(["model"]);
    await expect(writeForeign(folder, "npz", factors)).rejects.toMatchObject({ code: "bad-input" });
    expect(readdirSync(parent)).toEqual(["model"]);
  });

  test("a pipe in the place of the manifest is a conflict, and not a wait for ever", async () => {
    const { folder } = await stored();
    const options = at("synced", () => {
      rmSync(join(folder, "model.json"));
      execFileSync("mkfifo", [join(folder, "model.json")]);
    });
    await expect(writeModel(folder, second, options)).rejects.toMatchObject(conflict);
  });

  test("what comes to the old model while it is away is kept, and named", async () => {
    const { parent, folder } = await stored();
    const away = () => join(parent, readdirSync(parent).find((name) => name.startsWith(".model.old-")) ?? "");
    const { leftovers } = await writeModel(
      folder,
      second,
      at("new-there", () => writeFileSync(join(away(), "notes.txt"), "mine")),
    );
    expect(leftovers).toEqual([away()]);
    expect(readFileSync(join(away(), "notes.txt"), "utf8")).toBe("mine");
    expect((await readModel(folder)).tables).toStrictEqual(second.tables);
  });

  const factors: ForeignFactors = {
    factors: 1,
    userFactors: Float64Array.of(1),
    itemFactors: Float64Array.of(2),
    stated: {},
    precision: "float32",
  };

  test.each(["npz", "safetensors", "csv", "parquet", "spark"])(
    "an export as %s replaces what it saw only",
    async (format) => {
      const path = join(await newFolder(), "out");
      for (const lying of [null, "an export"]) {
        const expected = await checkPlace(path);
        expect(expected === null).toBe(lying === null);
        await writeForeign(path, format, factors);
        const between = treeOf(path);
        await expect(writeForeign(path, format, factors, { expected })).rejects.toMatchObject(conflict);
        expect(treeOf(path)).toEqual(between);
      }
    },
  );

  test("an export goes through a symbolic link that was there when it looked", async () => {
    const parent = await newFolder();
    const path = join(parent, "link");
    await writeForeign(join(parent, "factors.npz"), "npz", factors);
    symlinkSync("factors.npz", path);
    await writeForeign(path, "npz", factors, { expected: await checkPlace(path) });
    expect(readlinkSync(path)).toBe("factors.npz");
  });
});

describe("in a model folder", () => {
  test("a link in the place of a file is replaced, and what it leads to is named and left", async () => {
    const { parent, folder } = await stored();
    const behind = join(parent, "big-disk", "users.parquet");
    mkdirSync(join(parent, "big-disk"));
    renameSync(join(folder, "users.parquet"), behind);
    symlinkSync(behind, join(folder, "users.parquet"));
    const bytes = readFileSync(behind);
    expect((await readModel(folder)).tables).toStrictEqual(first.tables);
    expect((await writeModel(folder, second)).leftovers).toEqual([behind]);
    expect(readFileSync(behind)).toEqual(bytes);
    await writeModel(join(parent, "other"), second);
    expect(await bytesOf(folder)).toEqual(await bytesOf(join(parent, "other")));
    expect((await writeModel(folder, first)).leftovers).toBeUndefined();
  });

  const specials: readonly (readonly [string, (path: string) => unknown])[] = [
    ["a pipe", (path) => execFileSync("mkfifo", [path])],
    [
      "a socket",
      (path) =>
        new Promise((resolve) => {
          const server = createServer().listen(path, () => resolve(server.unref()));
        }),
    ],
  ];

  test.each(specials)("%s is an error that names it, for writers and readers", async (kind, make) => {
    const { parent, folder } = await stored();
    mkdirSync(join(folder, "deep"));
    const path = join(folder, "deep", "odd");
    await make(path);
    const named = { message: expect.stringContaining(`${path} is ${kind}`), advice: expect.any(String) };
    await expect(checkTarget(folder)).rejects.toMatchObject({ ...named, code: "bad-input" });
    await expect(writeModel(folder, second)).rejects.toMatchObject({ ...named, code: "bad-input" });
    await expect(readModel(folder)).rejects.toMatchObject({ ...named, code: "bad-model" });
    expect(readdirSync(parent)).toEqual(["model"]);
    rmSync(path);
    expect((await readModel(folder)).tables).toStrictEqual(first.tables);
  });
});

describe("before the work", () => {
  const home = process.cwd();
  afterEach(() => process.chdir(home));

  test("the folder that the command runs in is refused, and those above it", async () => {
    const { parent, folder } = await stored();
    mkdirSync(join(folder, "deep"));
    mkdirSync(join(parent, "empty"));
    const refused = {
      code: "bad-input",
      message: expect.stringContaining("runs in"),
      advice: expect.stringContaining("another folder"),
    };
    for (const [cwd, target] of [
      [folder, "."],
      [folder, folder],
      [join(folder, "deep"), ".."],
      [join(parent, "empty"), "."],
    ]) {
      process.chdir(cwd);
      await expect(checkTarget(target), cwd).rejects.toMatchObject(refused);
      await expect(checkPlace(target), cwd).rejects.toMatchObject(refused);
      await expect(writeModel(target, second), cwd).rejects.toMatchObject(refused);
    }
    process.chdir(parent);
    expect(readdirSync(".").sort()).toEqual(["empty", "model"]);
    await writeModel("model", second);
  });

  const mounted = ["/proc", "/dev/shm", "/sys", "/dev"].find((path) => existsSync(path) && isMounted(path));

  test.runIf(mounted !== undefined)("a mount point is refused", async () => {
    for (const look of [checkTarget, checkPlace])
      await expect(look(mounted ?? "")).rejects.toMatchObject({
        code: "bad-input",
        message: expect.stringContaining("mount point"),
        advice: expect.stringContaining("inside it"),
      });
  });

  test("the root is one, and what has one inside", async () => {
    process.chdir(await newFolder());
    // It is above the folder that the command runs in, too.
    await expect(checkTarget("/")).rejects.toMatchObject({ code: "bad-input" });
  });

  test("mount points are read with their names as they are", () => {
    const lines = [
      "36 35 98:0 /mnt1 / rw,noatime master:1 - ext3 /dev/root rw",
      "37 35 0:5 / /mnt/with\\040space\\134 rw - tmpfs tmpfs rw",
      `38 35 0:6 / ${Buffer.from("/mnt/é").toString("latin1")} rw - tmpfs tmpfs rw`,
    ];
    expect(mountPointsIn(`${lines.join("\n")}\n`)).toEqual(["/", "/mnt/with space\\", "/mnt/é"]);
  });
});

function isMounted(path: string): boolean {
  return mountPointsIn(readFileSync("/proc/self/mountinfo", "latin1")).includes(path);
}

function treeOf(path: string): unknown {
  if (!existsSync(path)) return null;
  const names = (() => {
    try {
      return readdirSync(path).sort();
    } catch {
      return undefined;
    }
  })();
  return names === undefined ? readFileSync(path, "hex") : names.map((name) => [name, treeOf(join(path, name))]);
}
