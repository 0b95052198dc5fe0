/** No file takes the memory of a machine by surprise: what grows beyond its bound is refused, with the way out. */

import { existsSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { atMost } from "../../src/data/reading/limits.ts";
import { readGroupedPairs } from "../../src/data/reading/pairs.ts";
import { readIdList, readInteractions, readItems, readNegatives, readPairs } from "../../src/data/reading.ts";
import type { LetheError } from "../../src/errors.ts";
import { commandOf, launch } from "../support/lethe.ts";
import { expectDefect, scratchFolder } from "./files.ts";

const folder = scratchFolder();
const mebibyte = 2 ** 20;

/** A small gzip file of a first line and then one row again and again. */
function bomb(name: string, first: string, row: string, size = 66 * mebibyte): string {
  const rows = Buffer.alloc(mebibyte - (mebibyte % row.length), row);
  // Members of gzip may follow each other.
  const packed = gzipSync(rows);
  const file = folder.write(
    name,
    Buffer.concat([gzipSync(first), ...new Array(Math.ceil(size / rows.length)).fill(packed)]),
  );
  expect(statSync(file).size).toBeLessThan(mebibyte);
  return file;
}

test.each([
  ["interactions", (file: string) => readInteractions(file), "user,item,rating\n", "a,b,1\n"],
  ["lists", (file: string) => readInteractions(file, { format: "lists" }), "1 2\n", "1 2 3\n"],
  ["items", (file: string) => readItems(file, (id) => id === "b"), "item,title\n", "a,b\n"],
  ["titles of the old kind", (file: string) => readItems(file), "1::One::A\n", "2::Two::B\n"],
  ["pairs", (file: string) => readPairs(file), "user,item\n", "a,b\n"],
  ["pairs, all blank", (file: string) => readPairs(file), "user,item\n", "\n"],
  ["groups", (file: string) => readGroupedPairs(file, "groups"), "group,user,item\n", "g,a,b\n"],
  ["ids", (file: string) => readIdList(`@${file}`), "a\n", "b\n"],
  ["negatives", (file: string) => readNegatives(file), "(a,b)\tc\n", "(a,b)\tc\td\te\tf\n"],
] as const)("gzip of %s that grows beyond bounds is refused", async (what, read, first, row) => {
  const error: LetheError = await expectDefect(read(bomb(`${what}.bin`, first, row)), `${what}.bin`);
  expect(error.message).toMatch(/more than (50 times|\d+ (rows|ids|MiB))/);
  expect(error.advice).toMatch(/gunzip|split the file/);
});

test("gzip of many equal rows is read where it stays small", async () => {
  const file = bomb("uniform.csv.bin", "user,item,rating\n", "a,b,1\n", 8 * mebibyte);
  expect((await readInteractions(file)).rows).toBeGreaterThan(mebibyte);
});

test("a plain text that is kept is refused above its bound, and one row too many, with the line", async () => {
  const blocks = async function* (count: number) {
    for (let k = 0; k < count; k++) yield Buffer.alloc(mebibyte);
  };
  const bytesOf = async (count: number) => {
    let bytes = 0;
    for await (const block of atMost("pairs.csv", blocks(count))) bytes += block.length;
    return bytes;
  };
  expect(await bytesOf(256)).toBe(2 ** 28);
  await expectDefect(bytesOf(257), "pairs.csv", "256 MiB");
  const groups = folder.write("groups.csv", "g,a,b\n".repeat(2 ** 20 + 1));
  await expectDefect(readGroupedPairs(groups, "groups"), "groups.csv, line 1048577", "1048576 rows");
});

test("of a catalogue only the items of the set are kept", async () => {
  const ratings = folder.write("few.csv", "user,item,rating\na,7,1\nb,8,2\n");
  const catalogue = Array.from({ length: 50 }, (_, k) => `${k},Title ${k}\n`).join("");
  const items = folder.write("many.csv", `item,title\n${catalogue}`);
  const { dataset } = await readInteractions(ratings, { itemsFile: items });
  expect([...dataset.itemInfo.keys()]).toEqual(["7", "8"]);
});

test.skipIf(!existsSync("/usr/bin/time"))(
  "a command stays below 1 GiB whatever it is given",
  { timeout: 60_000 },
  async () => {
    const ratings = folder.write("small.csv", "user,item,rating\na,7,1\nb,8,2\n");
    const items = bomb("items.bin", "item,title\n", "9,Nine\n", 400 * mebibyte);
    const command = commandOf(["train", ratings, "--items", items, "--l2", "1", "--out", `${folder.path}/out`]);
    const { stderr } = await launch("/usr/bin/time", ["-f", "%M", ...command], { cwd: folder.path });
    const kibibytes = Number(stderr.trim().split("\n").at(-1));
    expect(stderr).toContain("more than 50 times");
    expect(kibibytes).toBeLessThan(mebibyte / 2);
  },
);
