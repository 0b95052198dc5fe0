/** What ends well and is useless or doubtful says so: in the document, and as lines of text, with a remedy that works. */

import { beforeAll, expect, test } from "vitest";
import { sandbox, tinyCsv, tinyRows } from "../support/sandbox.ts";
import { itemId, userId } from "../support/sets.ts";

const { write, run, json } = sandbox();

interface Told {
  readonly warnings: readonly string[];
}

const small = "--factors 2 --l2 2 --l2-bias 1";

beforeAll(() => {
  write("ratings.csv", tinyCsv);
});

/** Trains, expects one warning in the document and the same words on stderr of the text, and returns it. */
async function warningOf(args: string): Promise<string> {
  const { warnings } = await json<Told>(args);
  expect(warnings).toHaveLength(1);
  const text = await run(args);
  expect(text).toMatchObject({ status: 0, stderr: `lethe: ${warnings[0]}\n` });
  return warnings[0];
}

test("a good training has no warnings", async () => {
  expect(await json(`train ratings.csv ${small} --out good`)).toMatchObject({ warnings: [] });
});

test.each([
  ["mf", "--factors 2 --l2 500"],
  ["mf under interaction L2", "--factors 2 --l2 90 --regularizer interaction"],
  ["ials", "--model ials --factors 2 --l2 4000"],
])("factors that vanished: %s, and the λ that is told keeps them", async (_, flags) => {
  const told = await warningOf(`train ratings.csv ${flags} --out vanished`);
  expect(told).toMatch(
    /^all factors vanished: .*--l2 is too large for this set \(\d+\): factors appear below \S+; leave --l2 out, and it follows from the data$/,
  );
  const [, threshold] = /below ([^;]+);/.exec(told) ?? [];
  const at = (l2: string | number) => flags.replace(/--l2 \d+/, `--l2 ${l2}`);
  const left = flags.replace(/ --l2 \d+/, "");
  expect(await json(`train ratings.csv ${left} --out kept`)).toMatchObject({ warnings: [], l2From: "data" });
  expect((await json<Told>(`train ratings.csv ${at(1.1 * Number(threshold))} --out vanished`)).warnings).toHaveLength(
    1,
  );
  expect(await json(`train ratings.csv ${at(0.9 * Number(threshold))} --out kept`)).toMatchObject({ warnings: [] });
});

test("ratings that are all equal", async () => {
  write(
    "equal.csv",
    tinyCsv
      .replace(/,[^,\n]*\n(?=.)/g, ",3\n")
      .replace(/^.*\n/, "user,item,rating\n")
      .replace(/,[^,\n]*\n$/, ",3\n"),
  );
  expect(await warningOf(`train equal.csv ${small} --out equal`)).toMatch(
    /^all 150 ratings are 3: .*train the model ials/,
  );
  expect(await json("train equal.csv --model ials --factors 2 --l2 2 --out equal")).toMatchObject({ warnings: [] });
});

test("columns without a header that are in another order", async () => {
  const numbered = tinyRows.map(([u, i, r], k) => [1.5e9 + 977 * k, u, i, r]);
  write("time-first.csv", numbered.map((row) => `${row.join(",")}\n`).join(""));
  const told = await warningOf(`train time-first.csv ${small} --out guessed`);
  expect(told).toMatch(/no header, and in its first column are times: .* --columns, such as 1,2,3,0$/);
  const named = await json<Told & { users: number }>(`train time-first.csv --columns 1,2,3,0 ${small} --out named`);
  expect(named).toMatchObject({ warnings: [], users: 24 });
  const lines = (row: (k: number) => string, length = 300) => Array.from({ length }, (_, k) => `${row(k)}\n`).join("");
  write(
    "once.csv",
    lines((k) => `u${k},${k % 17},${k % 5}`),
  );
  expect(await warningOf(`train once.csv ${small} --out guessed`)).toMatch(/first column are 300 users in 300 rows/);
  write(
    "rating-first.csv",
    lines((k) => `${k % 5}.0,${k % 12},${k % 17}`, 60),
  );
  expect(await warningOf(`train rating-first.csv ${small} --out guessed`)).toMatch(/first column are 5 small numbers/);
  write(
    "rating-second.csv",
    lines((k) => `${k % 12},${k % 5},${k % 17}`, 60),
  );
  expect(await warningOf(`train rating-second.csv ${small} --out guessed`)).toMatch(
    /second column are 5 small numbers/,
  );
  write(
    "time-second.csv",
    lines((k) => `${k % 20},${1_557_605_838 + k * k},${(k * k) % 11}`),
  );
  expect(await warningOf(`train time-second.csv ${small} --out guessed`)).toMatch(/second column are times/);
  write("rating-last.csv", Array.from({ length: 300 }, (_, k) => `${k % 20},${k % 17},${1000 + 7 * k}\n`).join(""));
  expect(await warningOf(`train rating-last.csv ${small} --out guessed`)).toMatch(
    /its third column are 300 different ratings/,
  );
});

test("ids that are written in several ways, at training and at forgetting", async () => {
  const [first, second] = [userId(3), userId(4)];
  const alike = tinyCsv.replace(`${second},`, `${first.toUpperCase()},`);
  write("alike.csv", alike);
  const told = await warningOf(`train alike.csv ${small} --out alike`);
  expect(told).toContain(`1 user id is written in several ways ("${first}" and "${first.toUpperCase()}")`);
  expect((await run(`forget alike --users ${first} --out left`)).status).toBe(2);
  const forgot = await json<Told & { rows: number }>(`forget alike --users ${first} --all-forms --out left`);
  expect(forgot.rows).toBe(tinyRows.filter(([u]) => u === 3).length + 1);
  expect(forgot.warnings).toEqual([
    `user "${first.toUpperCase()}" (1 interaction) looks like "${first}", and was forgotten as well`,
  ]);
});

test("a request's rating tells one row of a pair from another, and a column that says nothing is named", async () => {
  const [u, i, rating] = tinyRows[0];
  write("twice.csv", `${tinyCsv}${userId(u)},${itemId(i)},${rating + 1}\n`);
  const says = expect.stringContaining("came before");
  await json(`train twice.csv ${small} --out twice`, 0, says);
  write("request.csv", `user,item,rating,reason\n${userId(u)},${itemId(i)},${rating + 1},please\n`);
  const one = await json<Told & { rows: number }>("forget twice --interactions request.csv --out once");
  expect(one.rows).toBe(1);
  expect(one.warnings).toEqual(['the column "reason" of the request says nothing of an interaction, and was not read']);
  write("both.csv", `${userId(u)},${itemId(i)}\n`);
  expect(await json("forget twice --interactions both.csv --out none")).toMatchObject({ rows: 2, warnings: [] });
  write("other.csv", `${userId(u)},${itemId(i)},17\n`);
  expect(await run("forget twice --interactions other.csv --out none")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(`with the rating ${rating}, ${rating + 1}, and not`),
  });
});
