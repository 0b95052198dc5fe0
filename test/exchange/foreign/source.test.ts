import { execFileSync } from "node:child_process";
import { chmod, mkdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { foreignFormats, readForeign, writeForeign } from "../../../src/exchange/foreign/index.ts";
import { folders } from "../../support/folders.ts";
import { sampleFactors } from "./samples.ts";

const newFolder = folders();
/** For every format, a file of it below a model's path. */
const files: Readonly<Record<string, string>> = {
  npz: "",
  spark: "userFactors/part-00000.parquet",
  safetensors: "",
  csv: "users.csv",
  parquet: "items.parquet",
};

async function written(format: string): Promise<string> {
  const path = join(await newFolder(), "model");
  await writeForeign(path, format, sampleFactors(1), { precision: "float32" });
  return path;
}

describe.each(foreignFormats)("$name", ({ name, detect }) => {
  test("a link, a pipe, a device and a folder in the place of a file are refused at once", async () => {
    for (const put of [
      async (file: string) => {
        const target = join(await newFolder(), "target");
        await rename(file, target);
        await symlink(target, file);
      },
      (file: string) => rm(file).then(() => symlink("nowhere", file)),
      (file: string) => rm(file).then(() => execFileSync("mkfifo", [file])),
      (file: string) => rm(file).then(() => symlink("/dev/zero", file)),
      (file: string) => rm(file).then(() => mkdir(file)),
    ]) {
      const path = await written(name);
      await put(join(path, files[name]));
      await expect(readForeign(path, name)).rejects.toMatchObject({
        name: "LetheError",
        code: "bad-input",
        message: expect.stringMatching(/not a file|no such|there is no/),
      });
    }
  });

  test("what is missing, has a NUL in its name or may not be read is refused, and is detected as nothing", async () => {
    const path = await written(name);
    expect(await detect(path)).toBe(true);
    for (const wrong of [`${path}.not`, `${path}\0`, join(path, "deeper", "still")]) {
      expect(await detect(wrong)).toBe(false);
      await expect(readForeign(wrong, name)).rejects.toMatchObject({ name: "LetheError", code: "bad-input" });
    }
    if (process.getuid?.() === 0) return;
    await chmod(join(path, files[name]), 0);
    await expect(readForeign(path, name)).rejects.toMatchObject({ message: expect.stringMatching(/EACCES/) });
  });

  test("a reading that is stopped is aborted, and one above its limit refused", async () => {
    const path = await written(name);
    const signal = AbortSignal.abort();
    await expect(readForeign(path, name, { signal })).rejects.toMatchObject({ code: "aborted" });
    await expect(readForeign(path, name, { byteLimit: 32 })).rejects.toMatchObject({ code: "bad-input" });
  });
});

test("a file is read at the path that is given, whatever signs are in it", async () => {
  const folder = join(await newFolder(), "a'b [1]* ? {x} user=5 é");
  await mkdir(folder);
  for (const { name } of foreignFormats) {
    const path = join(folder, name);
    await writeForeign(path, name, sampleFactors(1), { precision: "float32" });
    expect((await readForeign(path, name)).factors.factors, name).toBe(3);
    expect((await readFile(join(path, files[name]))).length).toBeGreaterThan(0);
  }
});
