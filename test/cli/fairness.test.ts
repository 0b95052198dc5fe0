/** `lethe fairness` on the command line: that it counts every user once, and names ratings whose absence changes a list. */

import { writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import type { Fairness } from "../../src/study/index.ts";
import { lethe, treeOf } from "../support/lethe.ts";
import { expectReadable, sandbox } from "../support/sandbox.ts";

const box = sandbox();
const { users, items, ratings } = plantedFactors({
  users: 60,
  items: 30,
  ratings: 600,
  factors: 2,
  seed: 5,
}).interactions;
const lineOf = (row: number) => `u${users[row]},i${items[row]},${ratings[row]}\n`;
const csv = `user,item,rating\n${Array.from(ratings.keys(), lineOf).join("")}`;
const flags = "--factors 2 --l2 3 --l2-bias 1 --threads 1";

beforeAll(async () => {
  box.write("ratings.csv", csv);
  await box.json(`train ratings.csv ${flags} --out model`);
  await box.json("train ratings.csv --model ials --factors 2 --threads 1 --out ials");
});

describe("lethe fairness", () => {
  test("counts every user once, in groups of like activity", async () => {
    const found = await box.json<Fairness>("fairness model -n 60");
    const sum = (of: (group: Fairness["groups"][number]) => number) =>
      found.groups.reduce((total, group) => total + of(group), 0);
    expect([sum(({ users: of }) => of), sum(({ flipped }) => flipped)]).toEqual([found.users, found.flipped]);
    found.groups.slice(1).forEach(({ least }, k) => {
      expect(least).toBeGreaterThan(found.groups[k].most);
    });
    expect(found.flips).toHaveLength(found.flipped);
    expect(found.flips.every(({ user, by }) => user !== by.user)).toBe(true);
  });

  test("names ratings without which training again mostly gives the other first item", async () => {
    const { flips } = await box.json<Fairness>("fairness model");
    const first = async (model: string, user: string) =>
      (await box.json<{ items: { item: string }[] }>(`recommend ${model} --user ${user} -n 1`)).items[0].item;
    let changed = 0;
    const some = flips.slice(0, 5);
    for (const [k, { user, item, by }] of some.entries()) {
      expect(await first("model", user)).toBe(item);
      writeFileSync(box.at("gone.csv"), `user,item\n${by.user},${by.item}\n`);
      await box.json(`forget model --interactions gone.csv --out without${k}`);
      if ((await first(`without${k}`, user)) !== item) changed++;
    }
    expect(some).toHaveLength(5);
    expect(changed).toBeGreaterThanOrEqual(4);
  });

  test("takes groups from a file, and says whom it knows nothing of", async () => {
    const plain = await box.json<Fairness>("fairness model");
    const ids = [...new Set(Array.from(users, (user) => `u${user}`))];
    const [odd, even] = [1, 0].map((rest) => ids.filter((id) => Number(id.slice(1)) % 2 === rest));
    const rows = [...odd.slice(1).map((id) => `${id},odd`), ...even.map((id) => `${id},even`), "nobody,odd"];
    box.write("groups.csv", `who,kind\n${rows.join("\n")}\n`);
    const found = await box.json<Fairness & { ungrouped: number }>(
      "fairness model --groups groups.csv --columns who,kind -n 60",
    );
    expect(found.groups.map(({ group, users: of }) => [group, of])).toEqual([
      ["even", even.length],
      ["odd", odd.length - 1],
    ]);
    expect(found.ungrouped).toBe(1);
    expect([found.users, found.flipped]).toEqual([plain.users, plain.flipped]);
    const flippedIn = (of: readonly string[]) => found.flips.filter(({ user }) => of.includes(user)).length;
    expect(found.groups.map(({ flipped }) => flipped)).toEqual([flippedIn(even), flippedIn(odd.slice(1))]);
    expect((await box.run("fairness model --groups groups.csv --columns who,kind")).stdout).toContain(
      "1 user of no group",
    );
  });

  test("refuses groups that say two things of a user, and files of other users", async () => {
    box.write("two.csv", "u1,a\nu1,b\n");
    box.write("others.csv", "x1,a\n");
    for (const [flags, word] of [
      ["--groups two.csv", "line 2"],
      ["--groups others.csv", "no user"],
      ["--columns who,kind", "--groups"],
    ])
      expect(await box.run(`fairness model ${flags}`)).toMatchObject({
        status: 2,
        stderr: expect.stringContaining(word),
      });
  });

  test("is text for people, and the model is left as it is", async () => {
    const before = treeOf(box.at("model"));
    const ran = await box.run("fairness model -n 3");
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expectReadable(ran);
    expect(ran.stdout).toContain("first item without");
    expect(treeOf(box.at("model"))).toEqual(before);
  });

  test.each([
    ["fairness nowhere", "nowhere"],
    ["fairness ials", "--loss squared"],
  ])("%s is refused", async (args, said) => {
    const ran = await lethe(args.split(" "), { cwd: box.cwd });
    expect({ status: ran.status, said: ran.stderr }).toEqual({ status: 2, said: expect.stringContaining(said) });
  });
});
