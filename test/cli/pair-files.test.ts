/** Files of pairs: a header of other words is answered with columns that work, and an unknown pair with its line. */

import { beforeAll, describe, expect, test } from "vitest";
import { sandbox, tinyCsv, tinyItemIds, tinyUserIds } from "../support/sandbox.ts";

const box = sandbox();

beforeAll(async () => {
  box.write("ratings.csv", tinyCsv);
  box.write("numbers.csv", "who,what\n3,5\n4,6\n");
  box.write("words.csv", `Kunde,Werk\n${tinyUserIds[0]},${tinyItemIds[0]}\n`);
  box.write("late.csv", `user,item\n${tinyUserIds[0]},${tinyItemIds[0]}\n${tinyUserIds[0]},nothing\n`);
  await box.json("train ratings.csv --factors 2 --l2 3 --out model");
});

describe.each(["predict", "explain"])("%s --pairs", (command) => {
  test("names the columns to give, and takes them", async () => {
    const refused = await box.run(`${command} model --pairs numbers.csv`);
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining("numbers.csv, line 1") });
    expect(refused.stderr).toContain("--columns who,what");
    expect(await box.json(`${command} model --pairs words.csv --columns Kunde,Werk`)).toBeDefined();
  });

  test("refuses columns without a file", async () => {
    expect((await box.run(`${command} model --user 1 --item 1 --columns 0,1`)).status).toBe(2);
  });
});

describe("explain --pairs", () => {
  test("tells file and line of an unknown pair, and of a first line that may be a header", async () => {
    const late = await box.run("explain model --pairs late.csv");
    expect(late).toMatchObject({ status: 2, stderr: expect.stringContaining("late.csv, line 3: ") });
    expect(late.stderr).not.toContain("header");
    const header = await box.run("explain model --pairs words.csv");
    expect(header.stderr).toMatch(/words\.csv, line 1: .*Kunde/);
    expect(header.stderr).toContain("give --columns");
  });
});
