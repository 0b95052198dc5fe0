/** CSV for people with spreadsheets: where asked, no cell of text begins as a formula does, and every number stays as it is. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { errorOf, lethe, scratch } from "../support/lethe.ts";

const cwd = scratch()();
const users = ["=1+2", "+cmd|' /C calc'!A0", "-7", "-x", "@SUM(A1)", "plain", '=HYPERLINK("http://x","y")', "a=b"];
const run = (args: string) => lethe(args.split(" "), { cwd });
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** The first cell and the rest of every row. */
function rowsOf(folder: string): [string, string][] {
  const [, ...lines] = readFileSync(join(cwd, folder, "users.csv"), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => {
    const [, whole, id, rest] = /^("((?:[^"]|"")*)"|[^,]*),(.*)$/.exec(line) ?? [];
    return [id === undefined ? whole : id.replaceAll('""', '"'), rest];
  });
}

beforeAll(async () => {
  const rows = users.flatMap((user, u) =>
    ["=i", "j", "-3"].map((item, i) => `${quoted(user)},${item},${(u * i) % 5}\n`),
  );
  writeFileSync(join(cwd, "ratings.csv"), `user,item,rating\n${rows.join("")}`);
  for (const args of [
    "train ratings.csv --factors 2 --l2 1 --out model",
    "export model --format csv --out exact",
    "export model --format csv --guard-formulas --out guarded",
  ])
    expect(await run(args), args).toMatchObject({ status: 0, stderr: "" });
});

test("ids are as they are by default, and with an apostrophe before what begins a formula where asked", () => {
  expect(rowsOf("exact").map(([id]) => id)).toEqual(users);
  const guarded = rowsOf("guarded").map(([id]) => id);
  expect(guarded).toEqual(users.map((id) => (/^[=+@]|^-x/.test(id) ? `'${id}` : id)));
  for (const id of guarded) expect(Number.isFinite(Number(id)) || !/^[=+\-@\t\r]/.test(id)).toBe(true);
});

test("numbers are not touched, negative ones among them", () => {
  const numbers = (folder: string) => rowsOf(folder).map(([, rest]) => rest);
  expect(numbers("guarded")).toEqual(numbers("exact"));
  expect(numbers("exact").join()).toMatch(/(^|,)-\d/);
});

test("formats that no spreadsheet opens refuse the flag", async () => {
  const ran = await run("export model --format safetensors --guard-formulas --out x --json");
  expect(ran.status).toBe(2);
  expect(errorOf(ran)).toMatchObject({
    code: "bad-input",
    message: expect.stringContaining("--guard-formulas"),
    place: "guardFormulas",
  });
});
