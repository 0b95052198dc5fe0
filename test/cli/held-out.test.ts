/** Held-out interactions with a header that says nothing: every command that reads them names the columns to give, and takes them. */

import { beforeAll, describe, expect, test } from "vitest";
import { sandbox } from "../support/sandbox.ts";
import { ratingsCsv, small } from "../support/sets.ts";

const box = sandbox();
const lines = ratingsCsv.trim().split("\n").slice(1, 60);
const first = lines[0].split(",")[0];

beforeAll(async () => {
  box.write("ratings.csv", ratingsCsv);
  box.write("plain.csv", `user,item,rating\n${lines.join("\n")}\n`);
  // Names that are no words of the field.
  box.write("odd.csv", `alpha;beta;gamma\n${lines.map((line) => line.split(",").slice(0, 3).join(";")).join("\n")}\n`);
  await box.json(`train ratings.csv ${small} --out model`);
  await box.json(`forget model --users ${first} --out left`);
});

const commands = [
  ["evaluate", "evaluate model"],
  ["audit", "audit left --original model"],
  ["value", "value model --measure fit -n 2"],
  ["judge", "judge model --judges lds --methods fast-influence --players interactions -n 6 --set lds.subsets=5"],
  ["fidelity", "fidelity model --methods fast-influence --pairs 3"],
] as const;

const withoutSeconds = (document: unknown) =>
  JSON.parse(JSON.stringify(document, (key, value) => (/seconds/i.test(key) ? undefined : value)));

describe.each(commands)("%s", (_, command) => {
  test("says which columns to give, and reads the same with them", async () => {
    const refused = await box.run(`${command} --test odd.csv`);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/odd\.csv.*line 1/);
    const [advised] = /--columns [^\s;]+/.exec(refused.stderr) ?? [];
    expect(advised).toBe("--columns alpha,beta,gamma");
    const stderr = expect.anything();
    const [plain, odd] = [
      await box.json(`${command} --test plain.csv`, 0, stderr),
      await box.json(`${command} --test odd.csv ${advised} --separator ;`, 0, stderr),
    ];
    expect(withoutSeconds(odd)).toEqual(withoutSeconds(plain));
  });

  test("refuses columns of a file that nobody named", async () => {
    const refused = await box.run(`${command} --columns 0,1,2`);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/--(columns|test)/);
  });
});
