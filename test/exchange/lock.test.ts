/** The lock beside a folder: who holds it, and who may break it. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstat, readdir, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lockFolder } from "../../src/exchange/index.ts";
import { folders } from "../support/folders.ts";

const newFolder = folders();
const place = async () => {
  const parent = await newFolder();
  return { parent, folder: join(parent, "model"), lock: join(parent, ".model.lock") };
};

test("a second lock is refused while the first is held, and given when it is released", async () => {
  const { parent, folder } = await place();
  const first = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toMatchObject({
    code: "conflict",
    exitStatus: 3,
    message: expect.stringContaining(`process ${process.pid}`),
  });
  await first.release();
  expect(await readdir(parent)).toEqual([]);
  await (await lockFolder(folder)).release();
});

test("the lock of a process that has ended is broken", async () => {
  const { parent, folder, lock } = await place();
  const own = await lockFolder(folder);
  const holder = await readlink(lock);
  await own.release();
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  await symlink(holder.replace(/-\d+-/, `-${child.pid}-`), lock);
  await (await lockFolder(folder)).release();
  expect(await readdir(parent)).toEqual([]);
});

test.runIf(process.platform === "linux")("so is that of an earlier process with the same number", async () => {
  const { folder, lock } = await place();
  const own = await lockFolder(folder);
  const holder = await readlink(lock);
  await own.release();
  await symlink(holder.replace(/-[0-9a-z]+$/, "-00000000a"), lock);
  await (await lockFolder(folder)).release();
});

test("the lock of another host is told, and never broken", async () => {
  const { folder, lock } = await place();
  await symlink("00000000-1-0", lock);
  await expect(lockFolder(folder)).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("another host"),
    advice: expect.stringContaining(lock),
  });
  expect(await readlink(lock)).toBe("00000000-1-0");
});

test("what is no lock of ours is left alone, and named", async () => {
  const { folder, lock } = await place();
  await writeFile(lock, "mine");
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: "conflict", advice: expect.stringContaining(lock) });
  expect((await lstat(lock)).isFile()).toBe(true);
});
