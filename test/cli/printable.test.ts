/** Nothing that comes from outside speaks to the terminal, whatever it is and wherever it is printed. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { good, strong } from "../../src/cli/style.ts";
import { redraw, writeJson, writeLines } from "../../src/cli/terminal.ts";
import { widthOf } from "../../src/cli/text.ts";
import { errorOf, lethe, type Ran, scratch } from "../support/lethe.ts";

// Line ends and tabs are ours in texts; every other one of these gives a command.
const command = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const esc = String.fromCharCode(27);

function written(write: (stream: { write(text: string): void }) => void): string {
  let all = "";
  write({
    write: (text) => {
      all += text;
    },
  });
  return all;
}

const anything = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(fc.constantFrom("\n", "\r", "\t", esc, "[1m", "\u009b2J", "\u202e", "\u2069", "\u2028", "\0", "a"))
    .map((s) => s.join("")),
);

describe("the writer", () => {
  afterEach(() => vi.unstubAllEnvs());

  test("prints any lines as so many lines without a command", () => {
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1 }), (lines) => {
        const text = written((stream) => writeLines(stream, lines));
        expect(text.endsWith("\n")).toBe(true);
        const printed = text.slice(0, -1).split("\n");
        expect(printed).toHaveLength(lines.length);
        for (const line of printed) expect(line).not.toMatch(command);
      }),
    );
  });

  test("prints cells between tabs, and a progress line after a carriage return", () => {
    expect(written((stream) => writeLines(stream, [["a\tb", "c\n"], "d"]))).toBe("a\\u0009b\tc\\u000a\nd\n");
    expect(written((stream) => redraw(stream, `a${esc}[2J`, 11))).toBe("\ra\\u001b[2J ");
    expect(written((stream) => redraw(stream, "ab", 4))).toBe("\rab  ");
  });

  test("prints any document as JSON of the same document, in one line without a command", () => {
    fc.assert(
      fc.property(fc.dictionary(anything, fc.oneof(anything, fc.array(anything))), (document) => {
        const text = written((stream) => writeJson(stream, document));
        expect(text.slice(0, -1)).not.toMatch(command);
        expect({ ...JSON.parse(text) }).toEqual({ ...JSON.parse(JSON.stringify(document)) });
      }),
    );
  });

  test("obeys our own styles, and none from outside", () => {
    vi.stubEnv("FORCE_COLOR", "1");
    const title = `${esc}[1mbig${esc}[22m ${String.fromCodePoint(0x1001b)}[31m`;
    expect(strong("x")).not.toBe("x");
    expect(widthOf(good("four"))).toBe(4);
    const text = written((stream) => writeLines(stream, [good(title)]));
    expect(text).toBe(`${esc}[32m${title.replaceAll(esc, "\\u001b")}${esc}[39m\n`);
  });

  test("is the only place of the command line that writes to a stream, but for the stream itself", () => {
    const folder = join(import.meta.dirname, "../../src/cli");
    const writers = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".ts") && /\.write\(|console\.log/.test(readFileSync(join(folder, name), "utf8")),
    );
    expect(writers).toEqual(["streams.ts", "terminal.ts"]);
  });
});

const newFolder = scratch();
const cwd = newFolder();
const users = ["ann\u202e", "bob", "cy\u2066\u2069"];
const items = ["one", "t\u202bwo", "three", "four\u202d"];
const odd = `odd${esc}[2J\u202e\u009b.csv`;

function expectSilent({ stdout, stderr }: Ran): void {
  for (const text of [stdout, stderr]) for (const line of text.split(/[\n\t]/)) expect(line).not.toMatch(command);
}

async function run(...args: string[]): Promise<Ran> {
  const ran = await lethe(args, { cwd });
  expectSilent(ran);
  const json = await lethe([...args, "--json"], { cwd });
  expectSilent(json);
  expect(json.stdout).toMatch(/^\{.*\}\n$/);
  return json;
}

describe("commands", () => {
  beforeAll(async () => {
    const rows = users.flatMap((user, u) => items.slice(0, 3).map((item, i) => `${user},${item},${1 + ((u + i) % 5)}`));
    writeFileSync(join(cwd, odd), ["user,item,rating", ...rows, `bob,${items[3]},5`, ""].join("\n"));
    const titles = items.map((item, k) => `${item},Title \u2067${k}\u2028,A\u202aB|C`);
    writeFileSync(join(cwd, "items.csv"), ["item,title,genres", ...titles, ""].join("\n"));
    expect(
      await run("train", odd, "--items", "items.csv", "--l2", "1", "--factors", "2", "--out", "m\u202e"),
    ).toMatchObject({ status: 0 });
    writeFileSync(join(cwd, "pairs.csv"), `${users[0]},${items[3]}\n`);
  });

  test("print ids and titles without their commands; JSON has the same text", async () => {
    const { items: best } = JSON.parse((await run("recommend", "m\u202e", "--user", users[0])).stdout);
    expect(best).toMatchObject([{ item: items[3], title: "Title \u20673", genres: ["A\u202aB", "C"] }]);
    await run("explain", "m\u202e", "--user", users[0], "--item", items[3]);
    await run("explain", "m\u202e", "--user", users[0], "--item", items[3], "--players", "items");
    await run("predict", "m\u202e", "--pairs", "pairs.csv");
    await run("info", "m\u202e");
    await run("forget", "m\u202e", "--users", users[2], "--out", "less");
    const { stdout } = await lethe(["predict", "m\u202e", "--pairs", "pairs.csv"], { cwd });
    expect(stdout).toMatch(/^ann\\u202e\tfour\\u202d\t\d\.\d{4}\n$/);
  });

  test.each([
    ["a file that is not there", ["train", `${odd}x`, "--out", "x"]],
    ["a file that is broken", ["train", odd, "--columns", "user,item,x\u202ey", "--out", "x"]],
    ["an unknown user", ["recommend", "m\u202e", "--user", `nobody${esc}]0;x\u0007`]],
    ["a flag", ["train", odd, `--x${esc}[2J\u202e`, "--out", "x"]],
    ["a value", ["train", odd, "--factors", `7\u202e${esc}c`, "--out", "x"]],
    ["a model that is not there", ["info", `m\u202e\n${esc}[1A`]],
  ])("print the name of %s without its commands", async (_, args) => {
    const ran = await run(...args);
    expect(ran.status).toBe(2);
    expect(errorOf(ran).message).not.toBe("");
    expect(ran.stderr).toMatch(/\\u001b|\\u202e/);
  });
});
