/** `lethe ask` on the command line: that it plans questions, takes answers as flags and as a file, and refuses what it cannot use. */

import { beforeAll, describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import type { Asked } from "../../src/study/index.ts";
import { lethe, treeOf } from "../support/lethe.ts";
import { expectReadable, sandbox } from "../support/sandbox.ts";

const box = sandbox();
const { users, items, ratings } = plantedFactors({
  users: 60,
  items: 30,
  ratings: 900,
  factors: 2,
  seed: 5,
}).interactions;
const lines = Array.from(ratings, (rating, row) => `u${users[row]},i${items[row]},${rating}`);
const csvOf = (rows: readonly string[]) => `user,item,rating\n${rows.join("\n")}\n`;

beforeAll(async () => {
  box.write("ratings.csv", csvOf(lines));
  box.write("backwards.csv", csvOf(lines.toReversed()));
  box.write("answers.csv", csvOf(["new,i3,5", "new,i4,2", "new,i99,4"]));
  const flags = "--factors 2 --l2 3 --l2-bias 1 --threads 1";
  await box.json(`train ratings.csv ${flags} --out model`);
  await box.json(`train backwards.csv ${flags} --out backwards`);
  await box.json(`train ratings.csv --model ials --factors 2 --threads 1 --out ials`);
});

describe("lethe ask", () => {
  test("plans questions of which each lowers the expected error, and asks nothing twice", async () => {
    const found = await box.json<Asked>("ask model -n 30");
    const asked = found.questions.map(({ item }) => item);
    expect(new Set(asked).size).toBe(30);
    const errors = [found.expectedRmse, ...found.questions.map(({ expectedRmse }) => expectedRmse)];
    expect(errors).toEqual(errors.toSorted((a, b) => b - a));
    expect(found.questions.every(({ gain, known }) => gain > 0 && known > 0 && known <= 1)).toBe(true);
  });

  test("goes on from answers as the plan would, whatever they are; and the file says what flags say", async () => {
    const plan = await box.json<Asked>("ask model -n 5");
    const [one, two, ...rest] = plan.questions;
    const after = await box.json<Asked>(`ask model --row ${one.item}=5 --row ${two.item}=1 -n 3`);
    expect(after.questions.map(({ item }) => item)).toEqual(rest.map(({ item }) => item));
    expect(after.expectedRmse).toBeCloseTo(two.expectedRmse, 10);
    const typed = await box.json<Asked>("ask model --row i3=5 --row i4=2");
    const { warnings, ...read } = await box.json<Asked>("ask model --rows answers.csv");
    expect({ ...read, warnings: [] }).toEqual(typed);
    expect(warnings).toEqual([expect.stringContaining("1 answer about items that the model does not have")]);
  });

  test("asks about more of what people know where that is counted", async () => {
    const knownOf = async (how: string) =>
      (await box.json<Asked>(`ask model --known ${how} -n 3`)).questions.reduce((sum, { known }) => sum + known, 0);
    expect(await knownOf("popularity")).toBeGreaterThan(await knownOf("all"));
  });

  test("says the same in any order of the rows", async () => {
    const [one, other] = await Promise.all(["model", "backwards"].map((name) => box.json<Asked>(`ask ${name} -n 8`)));
    expect(other.questions.map(({ item }) => item)).toEqual(one.questions.map(({ item }) => item));
    other.questions.forEach(({ gain }, k) => {
      expect(gain).toBeCloseTo(one.questions[k].gain, 8);
    });
  });

  test("is text for people, and the model is left as it is", async () => {
    const before = treeOf(box.cwd);
    const ran = await box.run("ask model --row i3=5");
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expectReadable(ran);
    for (const said of ["after 1 answer", "know it", "RMSE then"]) expect(ran.stdout).toContain(said);
    expect(treeOf(box.cwd)).toEqual(before);
  });

  test("warns of a rating that is outside of those that were trained on", async () => {
    const ran = await box.run("ask model --row i3=50");
    expect(ran).toMatchObject({ status: 0, stderr: expect.stringContaining("is rated 50") });
  });

  test.each([
    ["ask nowhere", "nowhere"],
    ["ask ials", "--loss squared"],
    ["ask model --row i3", "ITEM=RATING"],
    ["ask model --row i3=high", "ITEM=RATING"],
    ["ask model --row i99=3", "i99"],
    ["ask model --row i3=3 --row i3=4", "more than once"],
    ["ask model --row i3=3 --rows answers.csv", "both say"],
    ["ask model --rows ratings.csv", "60 users"],
    ["ask model -n 0", "-n"],
  ])("%s is refused", async (args, said) => {
    const ran = await lethe(args.split(" "), { cwd: box.cwd });
    expect({ status: ran.status, said: ran.stderr }).toEqual({ status: 2, said: expect.stringContaining(said) });
  });
});
