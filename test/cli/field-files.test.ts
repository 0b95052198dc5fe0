/** Files as people bring them: each kind with its neighbours, through the command line; what is not read says what to give, and that works. */

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { beforeAll, describe, expect, test } from "vitest";
import { commandOf, lethe } from "../support/lethe.ts";
import { sandbox, tinyRows } from "../support/sandbox.ts";

const { cwd, write, run, json, at } = sandbox();

const small = "--factors 2 --l2 3 --l2-bias 1";

interface Trained {
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  readonly objective: number;
  readonly notes?: readonly string[];
  readonly warnings: readonly string[];
}

/** The rows of the small set, each as one line. */
const lines = (line: (user: number, item: number, rating: number, k: number) => string) =>
  tinyRows.map(([u, i, r], k) => `${line(u, i, r, k)}\n`).join("");

const time = (k: number) => 1_557_605_838 + 977 * k;
const iso = (k: number) => new Date(1000 * time(k)).toISOString();

let plain: Trained;

beforeAll(async () => {
  write("plain.csv", `user,item,rating\n${lines((...row) => row.slice(0, 3).join())}`);
  plain = await json<Trained>(`train plain.csv ${small} --out plain`);
});

/** Trains, and expects the model of the plain file. */
async function same(args: string): Promise<Trained> {
  const trained = await json<Trained>(`train ${args} ${small} --out same`, 0, expect.anything());
  expect(trained).toMatchObject({ users: plain.users, items: plain.items, interactions: plain.interactions });
  expect(trained.objective).toBeCloseTo(plain.objective, 6);
  return trained;
}

/** The commands that an error proposes after "--columns", as a shell takes them. */
async function proposed(args: string): Promise<string> {
  const { status, stderr } = await run(`train ${args} ${small} --out never`);
  expect(status, stderr).toBe(2);
  const [, list] = /--columns ('[^']*'|[^\s;]+?),?(?=[\s;]|$)/.exec(stderr) ?? [];
  expect(list, stderr).toBeDefined();
  return String(list).replaceAll("'", "");
}

describe("separators and decimal signs", () => {
  test.each([
    ["semicolon, quoted", `"User-ID";"ISBN";"Book-Rating"\n${lines((u, i, r) => `"${u}";"${i}";"${r}"`)}`],
    ["decimal comma", `user;item;rating\n${lines((u, i, r) => `${u};${i};${String(r.toFixed(1)).replace(".", ",")}`)}`],
    ["pipe", `user|item|rating\n${lines((u, i, r) => `${u}|${i}|${r}`)}`],
    ["blanks", `user item rating\n${lines((u, i, r) => `${u} ${i} ${r}`)}`],
    ["tabs, quoted", `"user"\t"item"\t"rating"\n${lines((u, i, r) => `"${u}"\t"${i}"\t${r}`)}`],
    ["semicolon without a header", lines((u, i, r) => `${u};${i};${r.toFixed(2).replace(".", ",")}`)],
  ])("%s", async (_, content) => {
    write("separated.csv", content);
    await same("separated.csv");
  });

  test("others are said, and a wrong one names the right one", async () => {
    write("caret.csv", `user^item^rating\n${lines((u, i, r) => `${u}^${i}^${r}`)}`);
    expect(await run(`train caret.csv --out never`)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("--separator"),
    });
    await same("caret.csv --separator ^");
    const wrong = await run("train plain.csv --separator semicolon --out never");
    expect(wrong).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/no ";".*\n.*it has commas: leave --separator out/),
    });
  });

  test("thousands are named, and the command that removes them works", async () => {
    write(
      "thousands.csv",
      `user,item,plays\n${lines((u, i, r) => `${u},${i},"${(1e6 * r + 1e6).toLocaleString("en")}"`)}`,
    );
    const { status, stderr } = await run("train thousands.csv --model ials --out never");
    expect([status, stderr]).toEqual([2, expect.stringContaining("a number with a thousands separator")]);
    const [, script] = /sed -E '([^']*)'/.exec(stderr) ?? [];
    const cleaned = spawnSync("sed", ["-E", String(script), at("thousands.csv")], { encoding: "utf8" }).stdout;
    expect(cleaned).toBe(readFileSync(at("thousands.csv"), "utf8").replace(/(?<=\d),(?=\d{3})/g, ""));
    write("either.csv", `user;item;plays\n${lines((u, i, r) => `${u};${i};${r + 1},000`)}`);
    const either = await run("train either.csv --model ials --out never");
    expect(either).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/which can be \d+000 or \d.*\n.*--decimal comma/),
    });
    expect((await run(`train either.csv --decimal comma --model ials --factors 2 --out decimal`)).status).toBe(0);
  });
});

describe("headers", () => {
  test.each([
    ["user,song,plays", (u: number, i: number, r: number) => `${u},${i},${r}`],
    ["customer_id,product_id,quantity", (u: number, i: number, r: number) => `${u},${i},${r}`],
    ["Listening Count;Artist ID;Member", (u: number, i: number, r: number) => `${r};${i};${u}`],
  ])("%s", async (header, line) => {
    write("words.csv", `${header}\n${lines(line)}`);
    await same("words.csv");
  });

  test.each([
    ["who,what,given", (u: number, i: number, r: number) => `u${u},w${i},${r}`],
    ["row,the person,thing,my mark", (u: number, i: number, r: number, k: number) => `${k},${u},${i},${r}`],
    ["rating,user,song,track", (u: number, i: number, r: number, k: number) => `${r},${u},${i},${k}`],
  ])("%s is answered with columns that work", async (header, line) => {
    write("odd.csv", `${header}\n${lines(line)}`);
    const list = await proposed("odd.csv");
    const args = ["train", "odd.csv", "--columns", list, ...small.split(" "), "--out", "odd", "--json"];
    const trained = JSON.parse((await lethe(args, { cwd })).stdout) as Trained;
    expect(trained).toMatchObject({ users: plain.users, items: plain.items });
  });
});

describe("no ratings", () => {
  beforeAll(() => {
    write("pairs.csv", `user,item\n${lines((u, i) => `${u},${i}`)}`);
    write("pairs_time.csv", `user,item,timestamp\n${lines((u, i, _, k) => `${u},${i},${time(k)}`)}`);
    write(
      "bare_time.csv",
      lines((u, i, _, k) => `${u},${i},${time(k)}`),
    );
  });

  test.each([
    "pairs.csv --model light-gcn --epochs 1",
    "pairs.csv --model ials",
    "pairs.csv --model mf --loss bpr --epochs 1",
    "pairs.csv --model gmf --epochs 1",
    "pairs.csv --model mult-vae --epochs 1",
    "pairs_time.csv --model ials",
    "bare_time.csv --model ials",
  ])("%s", async (args) => {
    const trained = await json<Trained>(`train ${args} --out choices`, 0, expect.anything());
    expect(trained.interactions).toBe(plain.interactions);
    // With times for ratings, J would be beyond 1e9.
    expect(trained.objective).toBeLessThan(1e5);
    expect((await run("evaluate choices --test pairs.csv")).status).toBe(0);
  });

  test.each(["pairs.csv", "pairs_time.csv", "bare_time.csv"])(
    "%s and a model of ratings: what takes it",
    async (file) => {
      const { status, stderr } = await run(`train ${file} ${small} --out never`);
      expect([status, stderr]).toEqual([
        2,
        expect.stringMatching(/train a model that needs no ratings \(.*light-gcn.*ials\)/),
      ]);
      const list = await proposed(file);
      expect((await run(`train ${file} --columns ${list} ${small} --out ones`)).status).toBe(0);
    },
  );
});

describe("times", () => {
  test.each([
    ["dates", (k: number) => iso(k)],
    ["a blank for the T", (k: number) => iso(k).slice(0, 19).replace("T", " ")],
    ["milliseconds", (k: number) => String(1000 * time(k))],
  ])("%s are read, and said", async (_, spelled) => {
    write("timed.csv", `user,item,rating,date\n${lines((u, i, r, k) => `${u},${i},${r},${spelled(k)}`)}`);
    const { notes, warnings } = await same("timed.csv");
    expect([notes, warnings]).toEqual([[expect.stringContaining("times are")], []]);
    const [u, i] = tinyRows[0];
    write("request.csv", `user,item,date\n${u},${i},${spelled(0)}\n`);
    expect(await json("forget same --interactions request.csv --out left")).toMatchObject({ rows: 1 });
  });

  test("that are none are a warning, and training goes on", async () => {
    write("noon.csv", `user,item,rating,date\n${lines((u, i, r, k) => `${u},${i},${r},${k === 4 ? "noon" : iso(k)}`)}`);
    const { warnings } = await same("noon.csv");
    expect(warnings).toEqual([expect.stringMatching(/noon\.csv, line 6: found "noon" as the time/)]);
  });
});

describe("several files", () => {
  const half = (k: number) => k < tinyRows.length / 2;
  const header = "user,item,rating\n";
  const part = (first: boolean) =>
    tinyRows.flatMap(([u, i, r], k) => (half(k) === first ? [`${u},${i},${r}\n`] : [])).join("");

  test("one after the other, a folder of them, and standard input are the whole", async () => {
    write("a.csv", header + part(true));
    write("b.csv", header + part(false));
    await same("a.csv b.csv");
    mkdirSync(at("parts"));
    write("parts/part-0000.csv", header + part(true));
    write("parts/part-0001.csv", part(false));
    write("parts/_SUCCESS", "");
    await same("parts");
    const [program, ...args] = commandOf(["train", "a.csv", "-", ...small.split(" "), "--out", "piped", "--json"]);
    const piped = spawnSync(program, args, { cwd, input: header + part(false), encoding: "utf8" });
    expect([piped.status, piped.stderr]).toEqual([0, ""]);
    expect(JSON.parse(piped.stdout)).toMatchObject({ interactions: plain.interactions, users: plain.users });
    const broken = spawnSync(program, args, { cwd, input: `${header}a,b,good\n`, encoding: "utf8" });
    expect([broken.status, broken.stderr]).toEqual([2, expect.stringContaining("standard input, line 2")]);
    const nothing = spawnSync(program, args, { cwd, input: "", encoding: "utf8" });
    expect([nothing.status, nothing.stderr]).toEqual([2, expect.stringContaining("standard input, line 1")]);
  });

  test("of Parquet, and tested on a folder", async () => {
    mkdirSync(at("spark"));
    writeFileSync(join(at("spark"), "_SUCCESS"), "");
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    for (const [name, limit] of [
      ["part-00000-x.snappy.parquet", "LIMIT 70"],
      ["part-00001-x.snappy.parquet", "OFFSET 70"],
    ])
      await connection.run(
        `COPY (SELECT * FROM read_csv('${at("plain.csv")}') ${limit}) TO '${join(at("spark"), name)}' (FORMAT parquet, COMPRESSION snappy)`,
      );
    await same("spark");
    expect(await json("evaluate plain --test spark", 0, expect.anything())).toMatchObject({ rows: plain.interactions });
  });
});

test("an update of a model that reads no ratings takes users and items alone", async () => {
  const rows = tinyRows.map(([u, i]) => `${u},${i}\n`);
  write("known.csv", `user,item\n${rows.slice(0, -3).join("")}`);
  write("new.csv", `user,item\n${rows.slice(-3).join("")}`);
  await json("train known.csv --model ials --factors 2 --l2 2 --out known", 0, expect.anything());
  const report = await json<{ added: number }>("update known --add new.csv --out grown", 0, expect.anything());
  expect(report.added).toBe(3);
});
