/** Requests to forget as they come: lists and tables of ids, unknown ones among them, the same again, and by age. */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { commandOf, errorOf, launch } from "../support/lethe.ts";
import { expectReadable, sandbox } from "../support/sandbox.ts";

const { cwd, at, write, run, json, bytesOf } = sandbox();

const year = (y: number) => Date.UTC(y, 0, 1) / 1000;
/** 12 users and 9 items; user k's rows are of 2010 + k. */
const events = Array.from({ length: 12 }, (_, u) =>
  Array.from({ length: 6 }, (_, n) => [u + 1, ((u * 2 + n) % 9) + 100, ((u * n) % 5) + 1, year(2010 + u) + n]),
).flat();
const train = (name: string, id: (u: number) => string = String) => {
  write(
    `${name}.csv`,
    `user,item,rating,timestamp\n${events.map(([u, i, r, t]) => `${id(u)},${i},${r},${t}\n`).join("")}`,
  );
  return json(`train ${name}.csv --factors 2 --l2 0.5 --l2-bias 1 --out ${name}`);
};

interface Report {
  readonly rows: number;
  readonly users: number;
  readonly unknown: { users: string[]; items: string[]; interactions: object[] };
  readonly warnings: string[];
  readonly digestBefore: string;
  readonly digestAfter: string;
}

beforeAll(async () => {
  await train("model");
  await train("float", (u) => `${u}.0`);
  await train("headed", (u) => (u === 4 ? "user" : String(u)));
});

/** Twelve requests: three of people who are unknown, one twice, in a table as a spreadsheet writes it. */
const twelve = `\ufeffTicket;Customer ID;Reason\r\n${[3, 5, 901, 7, 3, 902, 1, 2, 903, 4, 6, 8]
  .map((id, n) => `T-${n};"${id}";"closed; by mail"\r\n`)
  .join("")}\r\n`;

describe("a list of requests", () => {
  test.each([
    ["quotes", '"3"\n"5"\n'],
    ["a header", "user_id\n3\n5\n"],
    ["a blank line", "3\n\n5\n\n"],
    ["a table", "user,reason,received\n3,account closed,2024-01-02\n5,gdpr,2024-02-03\n"],
    ["another column named", "who,what\n3,x\n5,y\n", "--column who"],
  ])("with %s forgets what the plain one does, to the byte", async (_, list, flags = "") => {
    write("list.csv", list);
    const { digestAfter } = await json<Report>("forget model --users 3,5 --out plain");
    const report = await json<Report>(`forget model --users @list.csv ${flags} --out listed`.replace("  ", " "));
    expect(report).toMatchObject({ rows: 12, digestAfter, warnings: [] });
    expect(bytesOf("listed")).toBe(bytesOf("plain"));
  });

  test("comes from standard input, too", async () => {
    const pipe = `printf '"3"\\n5\\n' | "$0" "$@"`;
    const command = commandOf("forget model --users - --out piped --json".split(" "));
    const { status, stdout } = await launch("sh", ["-c", pipe, ...command], { cwd });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 12 });
    expect(errorOf(await run("forget model --users - --items - --out x --json")).message).toContain("--items");
  });

  test("whose first line is an id of the model is refused, and both remedies work", async () => {
    write("list.txt", "user\n3\n");
    const { message, advice } = errorOf(await run("forget headed --users @list.txt --out headed-after --json"));
    expect(message).toContain('"user" (6 interactions)');
    expect(advice).toContain('--column "user"');
    const named = await json<Report>("forget headed --users @list.txt --column user --out headed-one");
    expect(named.rows).toBe(6);
    write("list.txt", "user_id\nuser\n3\n");
    expect((await json<Report>("forget headed --users @list.txt --out headed-two")).rows).toBe(12);
  });

  test("that may be a table is refused where its lines are no ids, whatever is tolerated", async () => {
    write("list.txt", "3,closed\n5,gdpr\n");
    for (const flags of ["", " --ignore-unknown", " --idempotent"]) {
      const told = errorOf(await run(`forget model --users @list.txt${flags} --out x --json`));
      expect(told.message).toContain('2 of its lines are no users of the model: "3,closed", "5,gdpr"');
      expect(told.advice).toContain("--column 0");
    }
    expect((await json<Report>("forget model --users @list.txt --column 0 --out tabled")).rows).toBe(12);
  });

  test("with unknown ids names all of them, writes nothing, and goes on where asked", async () => {
    write("twelve.csv", twelve);
    const before = bytesOf("model");
    const { message, advice } = errorOf(await run("forget model --users @twelve.csv --out model --json"));
    for (const id of ["901", "902", "903"]) expect(message).toContain(`"${id}"`);
    expect(message).toContain("3 users not in this model");
    expect(advice).toContain("--ignore-unknown");
    expect(bytesOf("model")).toBe(before);
    const report = await json<Report>("forget model --users @twelve.csv --ignore-unknown --out fewer");
    expect(report).toMatchObject({
      ...{ rows: 48, users: 4, unknown: { users: ["901", "902", "903"], items: [], interactions: [] } },
      warnings: ["1 entry in the list of users repeats an earlier id and is not counted again"],
    });
    const text = await run("forget model --users @twelve.csv --ignore-unknown --out fewer");
    expect(text.status).toBe(0);
    expectReadable(text);
    expect(text.stdout).toMatch(/3 of the request are not in this model/);
    expect(text.stdout).toMatch(/901,\s902,\s903/);
    expect(text.stderr).not.toMatch(/90[123]/);
  });
});

describe("the same request again", () => {
  test("is an error, and a success that changes no byte where asked", async () => {
    await json("forget model --users 3,5 --items 104 --out again");
    const before = bytesOf("again");
    expect((await run("forget again --users 3,5 --items 104 --out again")).status).toBe(2);
    const report = await json<Report>("forget again --users 3,5 --items 104 --out again --idempotent");
    expect(report).toMatchObject({ rows: 0, unknown: { users: ["3", "5"], items: ["104"] } });
    expect(report.digestAfter).toBe(report.digestBefore);
    expect(bytesOf("again")).toBe(before);
    const text = await run("forget again --users 3,5 --items 104 --out again --idempotent");
    expect(text.stdout).toMatch(/already\s+forgotten,\s+or\s+never\s+seen/);
  });

  test("is not what names someone who is there", async () => {
    await json("forget model --users 3 --out part");
    const told = errorOf(await run("forget part --users 3,5 --idempotent --out part --json"));
    expect(told).toMatchObject({ code: "unknown-id", advice: expect.stringContaining("--idempotent is for") });
  });
});

describe("ids that look alike", () => {
  test.each(["3", "003", "３", "3."])("%s names 3.0 of the model, whatever is tolerated", async (id) => {
    for (const flags of ["", " --ignore-unknown", " --idempotent"]) {
      const told = errorOf(await run(`forget float --users ${id}${flags} --out x --json`));
      expect(told.message).toContain('"3.0" (6 interactions)');
    }
    expect((await json<Report>(`forget float --users ${id} --all-forms --out x`)).rows).toBe(6);
  });
});

describe("by date", () => {
  test.each([
    ["--before 2012-01-01", 12],
    ["--before 2012-01-01T00:00:01Z", 13],
    [`--before ${year(2012) + 2}`, 14],
    ["--before 2012-01-01 --users 1", 6],
    ["--before 2012-01-01 --users 1,5", 6],
  ])("%s", async (flags, rows) => {
    expect(await json<Report>(`forget model ${flags} --out older --overwrite`)).toMatchObject({ rows });
  });

  test("by age, from now", async () => {
    vi.useFakeTimers({ now: Date.UTC(2014, 1, 1), toFake: ["Date"] });
    try {
      expect(await json<Report>("forget model --older-than 25mo --out older --overwrite")).toMatchObject({ rows: 12 });
      expect(await json<Report>("forget model --older-than 2y --out older --overwrite")).toMatchObject({ rows: 18 });
    } finally {
      vi.useRealTimers();
    }
  });

  test("says where nothing is so old, and what to do where there are no times", async () => {
    const { warnings, ...report } = await json<Report>("forget model --before 2010-01-01 --out same");
    expect(warnings).toEqual([expect.stringContaining("from 2010-01-01T00:00:00Z to 2021-01-01T00:00:05Z")]);
    expect(report).toMatchObject({ rows: 0, digestAfter: report.digestBefore });
    write("timeless.csv", readFileSync(at("model.csv"), "utf8").replace(/,[^,\n]*$/gm, ""));
    await json("train timeless.csv --factors 2 --l2 0.5 --l2-bias 1 --out timeless");
    const told = errorOf(await run("forget timeless --before 2012-01-01 --out x --json"));
    expect(told).toMatchObject({ code: "bad-input", advice: expect.stringContaining("columns") });
  });

  test.each(["2012", "20120101", "1325376000000", "01.01.2012"])("not %s", async (date) => {
    expect(errorOf(await run(`forget model --before ${date} --out x --json`)).message).toContain("2017-01-01");
  });
});
