/** `lethe update`: the folder that training on the next rows writes, in one command. */

import { beforeAll, describe, expect, test } from "vitest";
import { expectReadable, sandbox, tinyCsv, tinyRows } from "../support/sandbox.ts";
import { csvOf, itemId, userId } from "../support/sets.ts";

const { json, run, write, bytesOf } = sandbox();

interface Report {
  readonly [name: string]: unknown;
  readonly digestBefore: string;
  readonly digestAfter: string;
}

const header = "user,item,rating\n";
const added = tinyRows.slice(130);
const small = "--factors 2 --l2 4 --l2-bias 2";

/** The largest difference of two models' scores of all tiny rows. */
async function apart(one: string, other: string): Promise<number> {
  const [a, b] = await Promise.all(
    [one, other].map((model) => json<{ scores: (number | null)[] }>(`predict ${model} --pairs pairs.csv`)),
  );
  return Math.max(
    ...a.scores.map((score, k) => (score === b.scores[k] ? 0 : Math.abs((score ?? 9) - (b.scores[k] ?? -9)))),
  );
}

beforeAll(async () => {
  write("all.csv", tinyCsv);
  write("first.csv", header + csvOf(tinyRows.slice(0, 130)));
  write("new.csv", header + csvOf(added));
  write("pairs.csv", `user,item\n${tinyRows.map(([u, i]) => `${userId(u)},${itemId(i)}`).join("\n")}\n`);
  await json(`train all.csv ${small} --out all`);
  await json(`train first.csv ${small} --out first`);
});

describe("adding, removing and changing", () => {
  test("ends at the model of the whole file, which verifies", async () => {
    const report = await json<Report>("update first --add new.csv --out grown");
    expect(report).toMatchObject({
      ...{ method: "exact", guarantee: "certified", status: "converged", added: added.length, removed: 0, changed: 0 },
      ...{ interactions: tinyRows.length, goneUsers: 0, goneItems: 0, seed: 1, out: "grown", caveats: [] },
    });
    expect(await apart("grown", "all")).toBeLessThan(1e-7);
    expect(await json("info grown --verify")).toMatchObject({ agrees: true });
    const { forgotten, training } = await json<{ forgotten?: unknown; training: Record<string, number> }>("info grown");
    expect(forgotten).toBeUndefined();
    // The tolerance is that of the rows that are there.
    const { training: wanted } = await json<{ training: Record<string, number> }>("info all");
    expect(wanted.relativeTolerance).toBe(1e-8);
    expect(training).toMatchObject({ tolerance: wanted.tolerance, relativeTolerance: 1e-8 });
  });

  test("in one step is each in turn, and is noted as a forgetting where rows went", async () => {
    const [user, item] = [tinyRows[20][0], tinyRows[40][1]];
    write("gone.csv", header + csvOf([tinyRows[1], tinyRows[50]]));
    write("other.csv", `${userId(tinyRows[3][0])},${itemId(tinyRows[3][1])},1\n`);
    const at = `--users ${userId(user)} --items ${itemId(item)}`;
    const report = await json<Report>(
      `update first --add new.csv --remove gone.csv --change other.csv ${at} --out once`,
    );
    expect(report).toMatchObject({ added: added.length, changed: 1 });
    await json("update first --change other.csv --out a");
    await json("update a --remove gone.csv --out b");
    await json(`update b ${at} --out c`);
    await json("update c --add new.csv --out d");
    expect(await apart("once", "d")).toBeLessThan(1e-7);
    expect((await json("info once --verify")).forgotten).toMatchObject([{ requests: 1, rows: report.removed }]);
    expect((await json("info d")).forgotten).toMatchObject([{ rows: 2 }, {}]);
    expect(await json("info d --verify")).toMatchObject({ agrees: true });
  });

  test("a row that is removed and added again in one call changes no byte; in two calls no score by 1e-9", async () => {
    write("some.csv", header + csvOf(tinyRows.filter(([u]) => u === tinyRows[0][0])));
    const report = await json<Report>("update all --remove some.csv --add some.csv --out same");
    expect(report.digestAfter).toBe(report.digestBefore);
    expect(bytesOf("same")).toBe(bytesOf("all"));
    expect((await run("update all --remove some.csv --add some.csv --out same")).stdout).toMatch(/^Nothing was/);
    await json("update all --remove some.csv --tolerance 1e-10 --out lost");
    expect(await json("update lost --add some.csv --tolerance 1e-10 --out found")).toMatchObject({ newUsers: 1 });
    expect(await apart("found", "all")).toBeLessThan(1e-8);
  });

  test("is told in words that fit the screen", async () => {
    const ran = await run("update first --add new.csv --out told");
    expect(ran.status).toBe(0);
    expectReadable(ran);
    expect(ran.stdout).toContain(`${added.length} ratings added, 0 removed, 0 changed;`);
  });
});

describe("the text", () => {
  test("says where what was removed may still be, and nothing of that where nothing was", async () => {
    const flat = async (args: string) => (await run(args)).stdout.replace(/\s+/g, " ");
    expect(await flat(`update all --users ${userId(0)} --out fewer`)).toContain(
      "not reached: the model in all, the file",
    );
    await json("train all.csv --factors 2 --l2 4 --l2-bias 2 --out place");
    expect(await flat(`update place --users ${userId(0)} --out place`)).toContain(
      "not reached: the file of interactions",
    );
    expect(await flat("update first --add new.csv --out grown")).not.toContain("not reached");
  });

  test("names what is unknown, also where nothing is left to be done", async () => {
    const told = await run("update all --users nobody --ignore-unknown --out same");
    expect(told.status).toBe(0);
    expect(told.stdout).toContain("1 of the request is not in this model: nobody");
    expectReadable(told);
  });
});
