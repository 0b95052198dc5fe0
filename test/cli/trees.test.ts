/** Methods of trees on the command line: explained, valued by features, and forgotten in the leaves. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { lethe } from "../support/lethe.ts";

const cwd = mkdtempSync(join(tmpdir(), "lethe-trees-"));
const { interactions } = plantedFactors({ users: 30, items: 20, ratings: 260, factors: 2, seed: 3 });
const lines = Array.from(interactions.ratings, (r, k) => `u${interactions.users[k]},i${interactions.items[k]},${r}`);
const few = "--set rounds=6 --set leaves=4 --set leastRows=5";

const ran = (line: string) => lethe(line.split(" "), { cwd });
const json = async (line: string) => {
  const { status, stdout, stderr } = await ran(`${line} --json`);
  expect({ status, stderr }, line).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout);
};

beforeAll(async () => {
  writeFileSync(join(cwd, "all.csv"), `user,item,rating\n${lines.join("\n")}\n`);
  for (const [out, flags] of [
    ["trees", few],
    ["liked", `--loss logistic --negatives 2 ${few}`],
  ])
    await json(`train all.csv --model boosting ${flags} --out ${out}`);
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe.each(["trees", "liked"])("of the model %s", (folder) => {
  test("a score is explained by leaf-influence, and by every other method of trees", async () => {
    const usual = await json(`explain ${folder} --user u3 --item i1`);
    expect(usual).toMatchObject({ method: "leaf-influence", status: "converged" });
    expect(usual.note).toContain("splits that the trees have");
    for (const method of ["leaf-refit", "boostin", "trex", "leaf-refit --set features=recomputed"]) {
      const found = await json(`explain ${folder} --user u3 --item i1 -n 3 --method ${method}`);
      expect(found.status).toBe("converged");
      expect(found.byItem.some(({ influence }: { influence: number }) => influence !== 0)).toBe(true);
      expect(found.byItem[0].without === null).toBe(false);
    }
  });

  test("features share a score by tree-shap", async () => {
    const { score } = await json(`explain ${folder} --user u3 --item i1`);
    const { notes, players, values } = await json(
      `value ${folder} --measure score:u3:i1 --players units --method tree-shap`,
    );
    expect(players).toContain("user_count");
    const sum = values[0].reduce((total: number, value: number) => total + value, 0);
    const [, mean] = /beyond (\S+), the mean/.exec(notes.join()) ?? [];
    expect(sum + Number(mean)).toBeCloseTo(score, 4);
  });

  test("a person is forgotten in the leaves, with what is proved, and the folder is sound", async () => {
    const out = `${folder}-gone`;
    const found = await json(`forget ${folder} --users u3 --method leaf-refit --set check=true --out ${out}`);
    expect(found.guarantee).toBe("approximate");
    expect(JSON.stringify(found)).toMatch(/training again chooses other splits in \d of 6 trees/);
    expect(await ran(`info ${out} --verify`)).toMatchObject({ status: 0 });
    expect((await json(`explain ${out} --user u4 --item i1`)).method).toBe("leaf-influence");
  });
});
