/** Many at once: recommendations, explanations and scores as CSV, in files and on stdout, with ids that need quotes. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { readPairs } from "../../src/data/reading.ts";
import { csvLine } from "../../src/exchange/foreign/csv-cells.ts";
import { writePage } from "../../src/exchange/foreign/page.ts";
import type { Explanation, PlayerExplanation } from "../../src/study/cases/explanation.ts";
import type { RecommendationList } from "../../src/study/cases/recommend.ts";
import { lethe, treeOf } from "../support/lethe.ts";
import { sandbox, tinyItems, tinyRows, tinyUsers } from "../support/sandbox.ts";

const box = sandbox();
const userOf = (u: number) => ["Ann, the first", 'the "second"', "李", "plain"][u] ?? `user ${u}`;
const itemOf = (i: number) => ["x,y", '""', "a b"][i] ?? `item ${i}`;
const quoted = (id: string) => `"${id.replaceAll('"', '""')}"`;
const read = (name: string) => readFileSync(box.at(name), "utf8");

interface Lists {
  readonly users: number;
  readonly items: number;
  readonly lists: readonly RecommendationList[];
}
interface Explained<One> {
  readonly pairs: number;
  readonly status: string;
  readonly explanations: readonly One[];
}

/** Arguments with ids as they are: they may have spaces in them. */
const run = (...args: string[]) => lethe(args, { cwd: box.cwd });

beforeAll(async () => {
  const lines = tinyRows.map(([u, i, r]) => `${quoted(userOf(u))},${quoted(itemOf(i))},${r}\n`);
  box.write("ratings.csv", `user,item,rating\n${lines.join("")}`);
  box.write("items.csv", `item,title,genres\n${quoted(itemOf(0))},"Seven, a ""Tale""",One|Two\n`);
  await box.json("train ratings.csv --items items.csv --factors 2 --l2 3 --l2-bias 1 --out model");
  box.write("who.txt", `${userOf(1)}\n${userOf(2)}\n`);
  box.write("pairs.csv", `user,item\n${quoted(userOf(0))},${quoted(itemOf(0))}\n${userOf(3)},${itemOf(4)}\n`);
});

describe("recommend --users", () => {
  test("has everybody's list: as of each alone, and in the order of the model", async () => {
    const { users, items, lists } = await box.json<Lists>("recommend model --users all -n 3");
    expect(users).toBe(tinyUsers);
    expect(items).toBe(lists.reduce((sum, list) => sum + list.items.length, 0));
    for (const list of [lists[0], lists[7]]) {
      const alone = await run("recommend", "model", "--user", list.user, "-n", "3", "--json");
      expect(JSON.parse(alone.stdout)).toEqual(list);
    }
  });

  test("writes CSV that reads back as the lists, whatever the ids, the same bytes in a file and on stdout", async () => {
    const { lists } = await box.json<Lists>("recommend model --users all -n 20");
    expect(await box.json("recommend model --users all -n 20 --csv all.csv")).toEqual({
      ...{ users: tinyUsers, items: lists.flatMap(({ items }) => items).length, csv: "all.csv" },
    });
    const pairs = await readPairs(box.at("all.csv"));
    expect(pairs.users).toEqual(lists.flatMap(({ user, items }) => items.map(() => user)));
    expect(pairs.items).toEqual(lists.flatMap(({ items }) => items.map(({ item }) => item)));
    expect(read("all.csv")).toContain('"Ann, the first",');
    expect(read("all.csv")).toContain('"Seven, a ""Tale""",One|Two\n');
    const ran = await box.run("recommend model --users all -n 20 --csv -");
    expect(ran).toEqual({ status: 0, stdout: read("all.csv"), stderr: "" });
    // Nobody is recommended what they have.
    const owned = new Set(tinyRows.map(([u, i]) => `${userOf(u)}\t${itemOf(i)}`));
    expect(pairs.users.filter((user, k) => owned.has(`${user}\t${pairs.items[k]}`))).toEqual([]);
    expect(pairs.users.length).toBe(tinyUsers * tinyItems - owned.size);
  });

  test("takes ids of a file, prints lines, and says how many are unknown", async () => {
    const ran = await box.run("recommend model --users @who.txt -n 2");
    expect(ran.stdout.split("\n").slice(0, 4)).toEqual([
      expect.stringMatching(/^the "second"\t1\t.*\t\d\.\d{4}\t/),
      ...[/^the "second"\t2/, /^李\t1/, /^李\t2/].map((line) => expect.stringMatching(line)),
    ]);
    box.write("strangers.txt", "nobody\nplain\nno one\n");
    const refused = await box.run("recommend model --users @strangers.txt --csv never.csv");
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining("2 of 3 users") });
    expect(refused.stderr).toContain('"nobody", "no one"');
    expect(existsSync(box.at("never.csv"))).toBe(false);
  });

  test.each([
    ["recommend model", "--user"],
    ["recommend model --user plain --users all", "--user and --users"],
    ["recommend model --users all --csv - --json", "--csv -"],
    ["recommend model --users all --csv model/all.csv", "inside model"],
    ["recommend model --users all --csv model", "is read here"],
  ])("%s is refused", async (args, said) => {
    const before = treeOf(box.at("model"));
    expect(await box.run(args)).toMatchObject({ status: 2, stderr: expect.stringContaining(said) });
    expect(treeOf(box.at("model"))).toEqual(before);
  });
});

describe("explain --pairs", () => {
  test("explains each pair as it is explained alone, by rows and by users", async () => {
    for (const more of [[], ["--players", "users"], ["--method", "newton-step"]]) {
      const args = ["explain", "model", "--pairs", "pairs.csv", "-n", "2", ...more, "--json"];
      const { pairs, explanations, status } = JSON.parse((await run(...args)).stdout) as Explained<Explanation>;
      expect({ pairs, status }).toEqual({ pairs: 2, status: "converged" });
      const alone = await run(
        ...["explain", "model", "--user", userOf(3), "--item", itemOf(4), "-n", "2", ...more, "--json"],
      );
      expect(explanations[1]).toEqual(JSON.parse(alone.stdout));
    }
  });

  test("writes a line for each pair and reason", async () => {
    const { explanations } = await box.json<Explained<Explanation>>("explain model --pairs pairs.csv -n 3");
    expect(await box.json("explain model --pairs pairs.csv -n 3 --csv why.csv")).toEqual({
      ...{ pairs: 2, status: "converged", csv: "why.csv" },
    });
    const [header, ...lines] = read("why.csv").trimEnd().split("\n");
    expect(header).toBe("user,item,score,side,row_user,row_item,title,rating,influence,without,lower,upper,status");
    const expected = explanations.flatMap(({ byItem, byUser }) => [...byItem, ...byUser]);
    expect(lines.map((line) => line.includes(",converged"))).toEqual(expected.map(() => true));
    expected.forEach(({ influence }, k) => {
      expect(lines[k]).toContain(`,${influence},`);
    });
    expect((await box.run("explain model --pairs pairs.csv -n 3 --csv -")).stdout).toBe(read("why.csv"));
    const { explanations: whole } = await box.json<Explained<PlayerExplanation>>(
      "explain model --pairs pairs.csv --players items -n 1",
    );
    const told = (await box.run("explain model --pairs pairs.csv --players items -n 1 --csv -")).stdout.split("\n");
    expect(told[0]).toBe("user,item,score,player,title,rows,influence,without,lower,upper,status");
    expect(told[2]).toContain(`,${whole[1].byPlayer[0].influence},`);
  });

  test("asks about pairs together beside a user and an item, as before; a table of one has the same reasons", async () => {
    const ran = await run("explain", "model", "--user", "plain", "--item", itemOf(5), "--pairs", "pairs.csv", "--json");
    expect(JSON.parse(ran.stdout)).toMatchObject({ user: "plain", joint: { pairs: 3, together: "sum" } });
    const one = await run("explain", "model", "--user", "plain", "--item", itemOf(5), "-n", "1", "--csv", "-");
    expect(one.stdout.split("\n")[1]).toMatch(/^plain,item 5,/);
  });

  test.each([
    ["explain model", "--user is missing"],
    ["explain model --user plain --pairs pairs.csv", "--item is missing"],
    ["explain model --pairs pairs.csv --html page.html", "--html"],
    ["explain model --pairs who.txt", "expected 2 or more"],
    ["explain model --pairs strange.csv --csv why-not.csv", '"stranger"'],
  ])("%s is refused", async (args, said) => {
    box.write("strange.csv", "plain,item 4\nstranger,item 4\n");
    expect(await box.run(args)).toMatchObject({ status: 2, stderr: expect.stringContaining(said) });
    expect(existsSync(box.at("why-not.csv"))).toBe(false);
  });
});

describe("predict --csv", () => {
  test("writes the scores with the ids; the score of an unknown id is empty", async () => {
    box.write("some.csv", `user,item\n${quoted(userOf(0))},${quoted(itemOf(0))}\nnobody,x\n`);
    const { scores } = await box.json<{ scores: number[] }>("predict model --pairs some.csv");
    expect(await box.json("predict model --pairs some.csv --csv scores.csv")).toEqual({ scores, csv: "scores.csv" });
    expect(read("scores.csv")).toBe(`user,item,score\n"Ann, the first","x,y",${scores[0]}\nnobody,x,\n`);
    const ran = await box.run("predict model --pairs some.csv --csv -");
    expect(ran).toEqual({ status: 0, stdout: read("scores.csv"), stderr: "" });
  });
});

describe("a table", () => {
  test("reads back as it was written, whatever is in its cells", async () => {
    const id = fc.stringMatching(/^[ -~李é]{1,12}$/).filter((text) => text.trim() === text && text !== "user");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(id, id), { minLength: 1, maxLength: 20 }), async (pairs) => {
        const lines = [["user", "item"], ...pairs].map(csvLine);
        async function* pieces() {
          yield* lines;
        }
        await writePage(box.at("any.csv"), pieces(), {});
        const found = await readPairs(box.at("any.csv"));
        expect(found.users.map((user, k) => [user, found.items[k]])).toEqual(pairs);
      }),
      { numRuns: 30 },
    );
  });

  test("is put in the place of an old one as a whole, and is not begun where it could not be finished", async () => {
    writeFileSync(box.at("old.csv"), "old");
    async function* broken() {
      yield "half";
      throw new Error("stopped");
    }
    await expect(writePage(box.at("old.csv"), broken(), {})).rejects.toThrow("stopped");
    expect(read("old.csv")).toBe("old");
  });
});
