/** `lethe audit --html`: a page in one step, the same bytes each time, and nothing lost in its place. */

import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { errorOf, treeOf } from "../support/lethe.ts";
import { expectReadable, sandbox, tinyCsv, tinyRows, tinyUserIds } from "../support/sandbox.ts";
import { csvOf } from "../support/sets.ts";

const { cwd, at, run, write, json } = sandbox();
const read = (name: string) => readFileSync(at(name), "utf8");
const audit = "audit after --original model --retrained again --test test.csv";

beforeAll(async () => {
  write("ratings.csv", tinyCsv);
  write("test.csv", csvOf(tinyRows.slice(0, 20)));
  await json("train ratings.csv --factors 2 --l2 3 --l2-bias 1 --out model");
  await json(`forget model --users ${tinyUserIds[3]} --out after`);
  await json(`forget model --users ${tinyUserIds[3]} --method retrain --out again`);
});

test("says where the page is, beside the same answer, in JSON and in text", async () => {
  const plain = await json(audit);
  expect(plain).not.toHaveProperty("html");
  expect(await json(`${audit} --html page.html`)).toEqual({ ...plain, html: "page.html" });
  const told = await run(`${audit} --html page.html`);
  expect(told.status).toBe(0);
  expectReadable(told);
  expect(told.stdout).toMatch(/█/);
  expect(told.stdout).toMatch(/\nthe report is in page\.html\n$/);
});

test("the page tells what was compared and every audit with its question, and has the same bytes again", async () => {
  await json(`${audit} --html one.html`);
  await json(`${audit} --html two.html --threads 2`);
  const page = read("one.html");
  expect(read("two.html")).toBe(page);
  for (const words of ["Audit of after", "original, model", "again", "test.csv", "<footer>Lethe "])
    expect(page).toContain(words);
  for (const name of ["stationarity", "distance", "parameters", "top-items", "accuracy"])
    expect(page).toContain(`>${name}</h2>`);
  expect(page).not.toContain(cwd);
  expect(readdirSync(cwd).filter((name) => name.startsWith("."))).toEqual([]);
});

test("an older page is replaced, also behind a link", async () => {
  write("old.html", "old");
  symlinkSync("old.html", at("link.html"));
  await json(`${audit} --html link.html`);
  expect(read("old.html")).toMatch(/^<!doctype html>/);
});

describe("is refused before any work, and nothing changes,", () => {
  test.each([
    ["where a folder is", "folder", "is a folder"],
    ["over the held-out ratings", "test.csv", "is read here"],
    ["over the model", "after", "is read here"],
    ["inside a model", join("model", "page.html"), "is inside model"],
    ["over a file of a model", join("again", "model.json"), "is inside again"],
    ["in a folder that is not there", join("nowhere", "page.html"), "nowhere"],
  ])("%s", async (_, path, says) => {
    mkdirSync(at("folder"), { recursive: true });
    const before = treeOf(cwd);
    const ran = await run(`${audit} --html ${path} --json`);
    expect(ran.status).toBe(2);
    expect(errorOf(ran).message).toContain(says);
    expect(treeOf(cwd)).toEqual(before);
  });
});
