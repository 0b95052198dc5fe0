/** `lethe update` beside what is in the way: known pairs, ids by position, times, conflicts, and requests that cannot be. */

import { existsSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { lockFolder } from "../../src/exchange/files/lock.ts";
import { realFolder } from "../../src/exchange/files/temporaries.ts";
import { errorOf } from "../support/lethe.ts";
import { sandbox, tinyCsv, tinyRows, tinyUserIds } from "../support/sandbox.ts";
import { csvOf, itemId, userId } from "../support/sets.ts";

const { json, run, write, bytesOf, at } = sandbox();
const small = "--factors 2 --l2 4 --l2-bias 2";
const [[u0, i0, r0]] = tinyRows;
const first = `${userId(u0)},${itemId(i0)}`;

/** The error of a command that must end with this status. */
async function refused(args: string, status = 2) {
  const ran = await run(`${args} --json`);
  expect({ status: ran.status, args }).toEqual({ status, args });
  return errorOf(ran);
}

/** Scores of the tiny rows. */
const scoresOf = async (model: string) =>
  (await json<{ scores: number[] }>(`predict ${model} --pairs pairs.csv`)).scores;

async function expectSame(one: string, other: string): Promise<void> {
  const [a, b] = [await scoresOf(one), await scoresOf(other)];
  expect(Math.max(...a.map((score, k) => Math.abs(score - b[k])))).toBeLessThan(1e-7);
}

beforeAll(async () => {
  write("all.csv", tinyCsv);
  write("pairs.csv", tinyRows.map(([u, i]) => `${userId(u)},${itemId(i)}\n`).join(""));
  // A pair that is there, and two rows of one that is not.
  write("again.csv", `${first},2\nstranger,${itemId(i0)},1\nstranger,${itemId(i0)},3\n`);
  write("with.csv", `${tinyCsv}${first},2\nstranger,${itemId(i0)},1\nstranger,${itemId(i0)},3\n`);
  await json(`train all.csv ${small} --out model`);
});

describe("a new row of a known pair", () => {
  test.each([
    ["ials", "--model ials --factors 2 --l2 12", tinyRows.length + 1],
    ["mf", small, tinyRows.length + 3],
    ["last", `${small} --duplicates last`, tinyRows.length + 1],
    ["sum", `${small} --duplicates sum`, tinyRows.length + 1],
  ])("of %s means what it means to training with both files", async (name, flags, interactions) => {
    await json(`train all.csv ${flags} --out ${name}`);
    await json(`train with.csv ${flags} --out ${name}-with`, 0, expect.anything());
    expect(await json(`update ${name} --add again.csv --out ${name}-next`)).toMatchObject({
      ...{ added: 3, interactions },
      warnings: [expect.stringMatching(/^2 new interactions have a user and item that came before; /)],
    });
    await expectSame(`${name}-next`, `${name}-with`);
    const { agrees } = await json(`info ${name}-next --verify`);
    expect(agrees).toBe(true);
  });

  test("means the same after forgetting in between, and another thing where that is asked for", async () => {
    await json("forget last --users stranger --out gone".replace("stranger", userId(tinyRows[9][0])));
    expect((await json("info gone")).duplicates).toBe("last");
    expect((await json("info model")).duplicates).toBeUndefined();
    expect(await json("update last --add again.csv --duplicates keep --out kept")).toMatchObject({
      interactions: tinyRows.length + 3,
    });
    const told = await refused("update model --add again.csv --duplicates error --out never");
    expect(told.message).toContain(JSON.stringify(userId(u0)));
    expect(told.advice).toMatch(/--change.*--duplicates/);
    expect(existsSync(at("never"))).toBe(false);
  });

  test("that is removed and added with another rating is that rating", async () => {
    write("old.csv", `${first},${r0}\n`);
    write("new.csv", `${first},1\n`);
    for (const name of ["model", "ials"]) {
      await json(`update ${name} --remove old.csv --add new.csv --out ${name}-one`);
      await json(`update ${name} --change new.csv --out ${name}-two`);
      await expectSame(`${name}-one`, `${name}-two`);
    }
  });
});

describe("a change", () => {
  test("of a pair that is not there is refused, with the way to add it", async () => {
    write("absent.csv", `${userId(u0)},no-such-item,3\n`);
    write("strange.csv", `stranger,${itemId(i0)},3\n`);
    const lonely =
      tinyRows.find(([u, i]) => u !== u0 && !tinyRows.some(([v, j]) => v === u0 && j === i)) ?? expect.fail();
    write("unrated.csv", `${userId(u0)},${itemId(lonely[1])},3\n`);
    for (const file of ["absent.csv", "strange.csv", "unrated.csv"]) {
      const told = await refused(`update model --change ${file} --out never`);
      expect([told.code, told.advice ?? told.message]).toEqual(["unknown-id", expect.stringMatching(/--add|already/)]);
    }
  });

  test("of a pair with several rows says how to tell them apart, and that works", async () => {
    write("twice.csv", `${tinyCsv}${first},${r0 === 2 ? 3 : 2}\n`);
    await json(`train twice.csv ${small} --out twice`, 0, expect.anything());
    write("new.csv", `${first},1\n`);
    const told = await refused("update twice --change new.csv --out never");
    expect(told.message).toContain(`2 interactions in this model: ${r0}, `);
    expect(told.advice).toMatch(/^--remove .*--add/);
    write("meant.csv", `${first},${r0}\n`);
    expect(await json("update twice --remove meant.csv --add new.csv --out apart")).toMatchObject({
      added: 1,
      removed: 1,
    });
  });

  test("twice, without a rating, or of what is removed as well is refused", async () => {
    write("both.csv", `${first},1\n${first},2\n`);
    expect((await refused("update model --change both.csv --out never")).message).toContain(
      "pair 2 to change is pair 1",
    );
    write("bare.csv", `${first}\n`);
    expect((await refused("update model --change bare.csv --out never")).advice).toContain("user,item,rating");
    write("new.csv", `${first},1\n`);
    const told = await refused(`update model --change new.csv --users ${userId(u0)} --out never`);
    expect(told.message).toContain("to be removed as well");
  });
});

describe("times", () => {
  const timed = tinyRows.map(([u, i, r], k) => `${userId(u)},${itemId(i)},${r},${1e9 + k}\n`).join("");

  test("are needed where the model has some, kept, and told where it has none", async () => {
    write("timed.csv", timed);
    write("timed-new.csv", `stranger,${itemId(i0)},3,2000000000\n`);
    await json(`train timed.csv ${small} --out timed`);
    expect((await refused("update timed --add again.csv --out never")).advice).toContain("times");
    await json("update timed --add timed-new.csv --out timed-next");
    const { interactions } = await json<{ interactions: { time: number }[] }>("subject timed-next --user stranger");
    expect(interactions).toEqual([expect.objectContaining({ time: 2_000_000_000 })]);
    write("later.csv", `${first},${r0},1234567890\n`);
    await json("update timed --change later.csv --out later");
    const found = await json<{ interactions: { time: number }[] }>(`subject later --user ${userId(u0)}`);
    expect(found.interactions[0].time).toBe(1_234_567_890);
    const ran = await run("update model --add timed-new.csv --out untimed");
    expect([ran.status, ran.stderr]).toEqual([0, expect.stringContaining("has no times")]);
  });
});

describe("a folder", () => {
  test("in place is replaced, and a model that has forgotten is not overwritten by one that has not", async () => {
    await json("update model --add again.csv --out place");
    const report = await json<{ digestBefore: string; digestAfter: string }>(
      "update place --users stranger --out place",
    );
    expect(report.digestAfter).not.toBe(report.digestBefore);
    await json(`forget model --users ${tinyUserIds[2]} --out forgot`);
    const told = await refused("update model --add again.csv --out forgot", 3);
    expect([told.code, told.message]).toEqual(["conflict", expect.stringContaining("would bring back")]);
    expect(await json("update model --add again.csv --out forgot --overwrite")).toMatchObject({ added: 3 });
  });

  test("that another command is writing is left alone", async () => {
    await json("update model --add again.csv --out busy");
    const before = bytesOf("busy");
    const lock = await lockFolder(await realFolder(at("busy")), "busy");
    expect((await refused(`update busy --users stranger --out busy`, 3)).code).toBe("conflict");
    expect(bytesOf("busy")).toBe(before);
    await lock.release();
    await json("update busy --users stranger --out busy");
  });

  test("may get somebody back on purpose", async () => {
    const own = tinyRows.filter(([u]) => userId(u) === tinyUserIds[2]);
    write("back.csv", csvOf(own));
    await json(`forget model --users ${tinyUserIds[2]} --out without`);
    expect(await json("update without --add back.csv --out without")).toMatchObject({ newUsers: 1, added: own.length });
    await expectSame("without", "model");
  });

  test("stays as it is where the request cannot be, the tolerance is not reached, or the command is stopped", async () => {
    await json("update model --add again.csv --out held");
    const before = bytesOf("held");
    await refused("update model --out held");
    await refused("update model --add nowhere.csv --out held");
    await refused("update model --users nobody --out held");
    write("everyone.txt", `${tinyUserIds.join("\n")}\n`);
    expect((await refused("update model --users @everyone.txt --out held")).message).toContain("every interaction");
    expect(bytesOf("held")).toBe(before);
    const ran = await run("update model --add again.csv --tolerance 1e-300 --out far");
    expect([ran.status, ran.stdout]).toEqual([1, expect.stringContaining("nothing is certified")]);
  });

  test("of a model at no optimum is trained again, and that is no failure", async () => {
    await json("train all.csv --model gmf --factors 2 --epochs 2 --out gmf");
    const report = await json<{ caveats: string[] }>("update gmf --add again.csv --out gmf-next");
    expect(report).toMatchObject({ method: "retrain", guarantee: "exact", status: "step-limit" });
    await json("train with.csv --model gmf --factors 2 --epochs 2 --out gmf-with", 0, expect.anything());
    await expectSame("gmf-next", "gmf-with");
  });
});

describe("a nightly file", () => {
  test("with a header alone brings nothing, and changes no byte", async () => {
    write("none.csv", "user,item,rating\n");
    await json("update model --add none.csv --out none");
    expect(bytesOf("none")).toBe(bytesOf("model"));
    await json(`update model --add none.csv --users ${tinyUserIds[1]} --out one-less`);
    await json(`forget model --users ${tinyUserIds[1]} --out forgotten-one`);
    expect(await json("info one-less")).toMatchObject({ counts: (await json("info forgotten-one")).counts });
    write("nothing.csv", "");
    expect((await refused("update model --add nothing.csv --out never")).message).toContain("nothing.csv");
  });

  test("of choices needs no ratings where the model needs none", async () => {
    write("choices.csv", `user,item\nstranger,${itemId(i0)}\n`);
    write("ones.csv", `user,item,rating\nstranger,${itemId(i0)},1\n`);
    await json("train all.csv --model ials --factors 2 --l2 12 --out counts");
    await json("update counts --add choices.csv --out chosen");
    await json("update counts --add ones.csv --out one");
    expect(bytesOf("chosen")).toBe(bytesOf("one"));
    expect((await refused("update model --add choices.csv --out never")).code).toBe("bad-input");
  });

  test("with ids that look like others names them, in the model or in the file", async () => {
    write("forms.csv", "3,a,1\n4,b,3\n4,a,1\n3,b,5\n");
    await json("train forms.csv --factors 1 --l2 1 --out forms");
    for (const [line, users] of [
      ["3.0,a,2", /"3" and "3.0"/],
      ["Anna,a,2\nanna,b,1", /"Anna" and "anna"/],
    ] as const) {
      write("more.csv", `${line}\n`);
      const { warnings } = await json<{ warnings: string[] }>("update forms --add more.csv --out more");
      expect(warnings).toEqual([expect.stringMatching(users)]);
    }
    write("more.csv", "5,a,2\n");
    expect(await json("update forms --add more.csv --out more")).toMatchObject({ warnings: [] });
  });
});
