/** What nothing states of an imported model is asked for at once, with a whole request that works. */

import { beforeAll, expect, test } from "vitest";
import { errorOf } from "../support/lethe.ts";
import { sandbox, tinyCsv, tinyItemIds, tinyUserIds } from "../support/sandbox.ts";

const { write, run, json } = sandbox();
const ids = "--user-ids @users.txt --item-ids @items.txt";

beforeAll(async () => {
  write("ratings.csv", tinyCsv);
  write("users.txt", tinyUserIds.join("\n"));
  write("items.txt", tinyItemIds.join("\n"));
  await json("train ratings.csv --factors 2 --l2 3 --biases none --mean 0 --out mf");
  await json("export mf --out f.safetensors");
  await json("export mf --out f.spark --ids positions");
  await json("export mf --out f.parquet");
  write("f.users.csv", `id,f0\n${tinyUserIds.map((id) => `${id},1`).join("\n")}\n`);
  write("f.items.csv", `id,f0\n${tinyItemIds.map((id) => `${id},1`).join("\n")}\n`);
});

test.each([
  ["f", ""],
  ["f.spark", ` ${ids}`],
])("of %s the loss and the L2 are asked for in one answer, and the request that it has works", async (path, more) => {
  const { code, message, advice } = errorOf(
    await run(`import ${path} --interactions ratings.csv --out new${more} --json`),
  );
  expect([code, message]).toEqual(["bad-input", expect.stringMatching(/the loss and the L2/)]);
  expect(advice).toMatch(/Spark's regParam with --regularizer interaction.*implicit's regularization with .*table/);
  const whole = /: (import .*)$/.exec(advice ?? "")?.[1];
  expect(await json(`${whole}${more}`)).toMatchObject({ model: "mf", out: "new" });
});

test.each([
  ["--loss ials", "ials", "the L2 that"],
  ["--l2 2", "mf", "the loss that"],
])("beside %s only the other is asked for, and what was given stays", async (given, model, lacking) => {
  const error = errorOf(await run(`import f --interactions ratings.csv ${given} --out new --json`));
  expect(error.message).toContain(`nothing states ${lacking}`);
  const whole = /: (import .*)$/.exec(error.advice ?? "")?.[1] ?? "";
  expect(whole).toContain(given);
  expect(await json(whole)).toMatchObject({ model });
});

test("flags that a command cannot do without are asked for in one answer", async () => {
  expect(errorOf(await run("import f --json")).message).toBe("--interactions <file> and --out <dir> are missing");
  expect(errorOf(await run("import f --out m --json")).message).toBe("--interactions <file> is missing");
});
