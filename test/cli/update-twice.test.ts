/** `lethe update --idempotent`: the same call twice changes no byte the second time. */

import { beforeAll, describe, expect, test } from "vitest";
import { errorOf } from "../support/lethe.ts";
import { expectReadable, sandbox, tinyRows } from "../support/sandbox.ts";
import { csvOf, itemId, userId } from "../support/sets.ts";

const { json, run, write, bytesOf } = sandbox();
const header = "user,item,rating\n";
const small = "--factors 2 --l2 4 --l2-bias 2";
const fresh = tinyRows.slice(130);
const line = ([u, i]: (typeof tinyRows)[number], rating: number) => `${userId(u)},${itemId(i)},${rating}\n`;

beforeAll(async () => {
  write("first.csv", header + csvOf(tinyRows.slice(0, 130)));
  write("new.csv", header + csvOf(fresh));
  write("mixed.csv", header + csvOf(tinyRows.slice(125)));
  write("gone.csv", header + csvOf(tinyRows.slice(0, 3)));
  write("change.csv", line(tinyRows[9], 1));
  await json(`train first.csv ${small} --out first`);
});

describe.each([
  ["new rows", "new", "--add new.csv"],
  ["new rows among known ones", "mixed", "--add mixed.csv"],
  ["rows that come, go and change", "all", "--add new.csv --remove gone.csv --change change.csv"],
  ["somebody who goes and comes again", "back", `--users ${userId(fresh[0][0])} --add new.csv`],
])("%s", (_, name, flags) => {
  test("in one call and in two are the same bytes", async () => {
    const once = await json(`update first ${flags} --out ${name} --idempotent`);
    const twice = await json(`update ${name} ${flags} --out ${name} --idempotent`);
    expect(twice).toMatchObject({ digestAfter: once.digestAfter, newUsers: 0, newItems: 0 });
    await json(`update first ${flags} --out ${name}-once --idempotent`);
    expect(bytesOf(name)).toBe(bytesOf(`${name}-once`));
  });
});

test("what is there is counted, and said in words", async () => {
  expect(await json("update first --add mixed.csv --out a --idempotent")).toMatchObject({
    ...{ alreadyThere: 5, added: fresh.length, interactions: tinyRows.length },
  });
  expect(await json("update first --add mixed.csv --out b")).toMatchObject({
    ...{ alreadyThere: 0, added: 5 + fresh.length, interactions: 5 + tinyRows.length },
  });
  const [first, second] = [
    await run("update first --add mixed.csv --out c --idempotent"),
    await run("update c --add mixed.csv --out c --idempotent"),
  ];
  for (const ran of [first, second]) expectReadable(ran);
  expect(first.stdout).toContain("5 ratings to add were there already: not added again");
  expect(second.stdout).toMatch(/^Nothing was to be updated\.\n25 ratings to add were there/);
});

test("another rating or another time is another row, and equal rows count as often as they are there", async () => {
  write(
    "timed.csv",
    `user,item,rating,time\n${tinyRows.map((row, k) => line(row, row[2]).replace("\n", `,${k}\n`)).join("")}`,
  );
  await json(`train timed.csv ${small} --out timed`);
  const [row] = tinyRows;
  const known = line(row, row[2]).trim();
  for (const [text, there, added] of [
    [`${known},0\n`, 1, 0],
    [`${known},0\n${known},0\n`, 1, 1],
    [`${known},7\n`, 0, 1],
    [line(row, 0.25).replace("\n", ",0\n"), 0, 1],
  ] as const) {
    write("more.csv", `user,item,rating,time\n${text}`);
    expect(await json("update timed --add more.csv --out more --idempotent"), text).toMatchObject({
      ...{ alreadyThere: there, added },
    });
  }
});

test("where one row a pair counts the last of the file does, and sums that cannot be told are refused", async () => {
  write("two.csv", header + line(tinyRows[0], 0.5) + line(tinyRows[0], 1.5));
  await json("update first --add two.csv --duplicates last --out last --idempotent");
  const kept = bytesOf("last");
  expect(await json("update last --add two.csv --duplicates last --out last --idempotent")).toMatchObject({ added: 0 });
  expect(bytesOf("last")).toBe(kept);

  await json("train first.csv --model ials --factors 2 --l2 3 --out plays");
  await json("update plays --add new.csv --out plays --idempotent");
  const sums = bytesOf("plays");
  await json("update plays --add new.csv --out plays --idempotent");
  expect(bytesOf("plays")).toBe(sums);
  const refusal = errorOf(await run("update plays --add two.csv --out plays --idempotent --json"));
  expect(refusal).toMatchObject({ code: "bad-input", place: "add", message: expect.stringContaining("added up") });
  expect(bytesOf("plays")).toBe(sums);
  // The remedy: the pair's new sum.
  write("sum.csv", line(tinyRows[0], tinyRows[0][2] + 2));
  for (const _ of [1, 2]) await json("update plays --change sum.csv --out plays --idempotent");
  expect(await json("update plays --change sum.csv --out plays")).toMatchObject({ changed: 1 });
});
