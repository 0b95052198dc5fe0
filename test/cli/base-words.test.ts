/** What is said of means and biases is said of models that have them. */

import { expect, test } from "vitest";
import { sandbox, tinyCsv, tinyRows } from "../support/sandbox.ts";
import { itemId, userId } from "../support/sets.ts";

const { write, run, json } = sandbox();
const [[user, item]] = tinyRows;

test.each([
  ["both", "learned", "mean and biases", "biases, learned mean", true],
  ["both", "0", "biases", "biases, no mean", true],
  ["none", "learned", "mean", "no biases, learned mean", false],
  ["none", "3", "mean", "no biases, mean fixed at 3", false],
  ["none", "0", null, "no biases, no mean", false],
])("with biases %s and mean %s", async (biases, mean, parts, told, hasL2) => {
  write("ratings.csv", tinyCsv);
  await json(`train ratings.csv --factors 2 --l2 2 --biases ${biases} --mean ${mean} --out model`);
  const { stdout } = await run("info model");
  expect(stdout).toContain(`: 2 factors, ${told}\n`);
  expect(stdout.includes("λ_b")).toBe(hasL2);
  const args = `explain model --user ${userId(user)} --item ${itemId(item)}`;
  const text = (await run(args)).stdout.replaceAll("\n", " ");
  expect(/\((\S[^()]*) alone: -?\d+\.\d\d\)\./.exec(text)?.[1] ?? null).toBe(parts);
  expect(await json(args)).toMatchObject({ baseOf: parts, ...(parts === null ? { base: 0 } : {}) });
});
