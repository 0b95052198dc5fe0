/** Boosted trees on the command line: trained, stored, asked, explained and forgotten, and refused where they cannot. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { readSafetensors } from "../../src/exchange/files/safetensors.ts";
import { treesOf } from "../../src/study/store/trees.ts";
import { lethe } from "../support/lethe.ts";

const cwd = mkdtempSync(join(tmpdir(), "lethe-boosting-"));
const { interactions } = plantedFactors({ users: 30, items: 20, ratings: 260, factors: 2, seed: 3 });
const lines = Array.from(interactions.ratings, (r, k) => `u${interactions.users[k]},i${interactions.items[k]},${r}`);
const few = "--set rounds=6 --set leaves=4 --set leastRows=5";

const ran = (line: string) => lethe(line.split(" "), { cwd });
const json = async (line: string) => JSON.parse((await ran(`${line} --json`)).stdout);
const bytes = (folder: string) => readFileSync(join(cwd, folder, "parameters.safetensors")).toString("hex");

beforeAll(async () => {
  writeFileSync(join(cwd, "all.csv"), `user,item,rating\n${lines.join("\n")}\n`);
  const left = lines.filter((line) => !line.startsWith("u3,"));
  writeFileSync(join(cwd, "left.csv"), `user,item,rating\n${left.toReversed().join("\n")}\n`);
  for (const [file, out, flags] of [
    ["all.csv", "trees", few],
    ["left.csv", "left", few],
    ["all.csv", "liked", `--loss logistic --negatives 2 ${few}`],
  ])
    expect(await ran(`train ${file} --model boosting ${flags} --out ${out}`)).toMatchObject({ status: 0 });
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test("are stored whole: what is read again is found by growing them again, and scores and ranks", async () => {
  for (const [folder, unit] of [
    ["trees", "squared"],
    ["liked", "logistic"],
  ]) {
    const info = await json(`info ${folder} --verify`);
    expect(info).toMatchObject({ agrees: true, differs: [], objective: { loss: unit }, model: { trees: 6 } });
    expect(await ran(`recommend ${folder} --user u3 -n 2`)).toMatchObject({ status: 0 });
    expect(await ran(`explain ${folder} --user u3 --item i1 --method leave-one-out -n 2`)).toMatchObject({ status: 0 });
  }
  const { rmse } = await json("evaluate trees --test all.csv");
  const { error } = await json(`train all.csv --model boosting ${few} --out trees`);
  expect(error.train).toBeCloseTo(rmse, 10);
  expect(error.train).toBeLessThan(error.mean);
});

test("that have forgotten a person are, to the byte, those that were never told of them, in any order of rows", async () => {
  expect(await ran("forget trees --users u3 --out gone")).toMatchObject({ status: 0 });
  const [gone, left] = ["gone", "left"].map(bytes);
  const trees = async (folder: string) =>
    treesOf(await readSafetensors(join(cwd, folder, "parameters.safetensors")), 6);
  expect(await trees("gone")).toEqual(await trees("left"));
  expect(await trees("gone")).not.toEqual(await trees("trees"));
  expect(gone.length).toBe(left.length);
  expect(await json("info gone --verify")).toMatchObject({ agrees: true, forgotten: [{ guarantee: "exact" }] });
});

test.each([
  ["train all.csv --model boosting --factors 8 --out x", "--factors is for models that minimise an objective"],
  ["train all.csv --model boosting --tolerance 1 --out x", "--tolerance is for models"],
  ["train all.csv --model boosting --shards 2 --out x", "--shards is for models"],
  ["train all.csv --model boosting --epochs 2 --out x", "--epochs is for models"],
  ["train all.csv --model boosting --loss bpr --out x", "boosting has the loss squared"],
  ["train all.csv --model boosting --negatives 2 --out x", "--negatives are for boosting with the loss logistic"],
  ["train all.csv --model boosting --loss logistic --negatives 0 --out x", "--negatives 0"],
  ["train all.csv --model boosting --set round=2 --out x", 'no setting "round"'],
  ["train all.csv --model boosting --set leaves=1 --out x", "leaves is 1; expected a whole number from 2"],
  ["forget trees --users u1 --method exact --out x", "for this model: retrain"],
  ["explain trees --user u3 --item i1 --method influence-function", "boosting has none of its own"],
  ["export trees --format csv --out x", "are no dot products"],
])("%s is refused", async (line, why) => {
  const { status, stderr } = await ran(line);
  expect(stderr.replace(/\s+/g, " ")).toContain(why);
  expect(status).toBe(2);
});

test("ask for the genres of items where a file tells them, and keep their names when items are gone", async () => {
  const items = Array.from({ length: 120 }, (_, k) => k);
  const genresOf = (k: number) => (k === 6 ? "Rare" : k % 2 === 0 ? "Even|Any" : "Any");
  writeFileSync(join(cwd, "items.dat"), items.map((k) => `i${k}::Title ${k}::${genresOf(k)}`).join("\n"));
  // Every item has one rating, so that nothing but its genre tells it.
  const rated = items.map((k) => `u${Math.floor(k / 2) % 6},i${k},${k % 2 === 0 ? 5 : 1}`);
  writeFileSync(join(cwd, "even.csv"), `user,item,rating\n${rated.join("\n")}\n`);
  const [known, plain] = await Promise.all(
    ["--items items.dat ", ""].map((flag) =>
      json(`train even.csv ${flag}--model boosting ${few} --out genres${flag.length}`),
    ),
  );
  expect(known.error.train).toBeLessThan(0.7 * plain.error.train);
  const genres = async (folder: string) => (await json(`info ${folder} --verify`)).model.genres;
  expect(await genres("genres18")).toEqual(["Any", "Even", "Rare"]);
  expect(await genres("genres0")).toBeUndefined();
  const { players } = await json("value genres18 --players units --method tree-shap --measure score:u1:i2");
  expect(players).toContain("item_genre_Even");
  // The only item of a genre goes with its one row.
  expect(await ran("forget genres18 --users u3 --out fewer")).toMatchObject({ status: 0 });
  expect(await genres("fewer")).toEqual(["Any", "Even", "Rare"]);
  expect(await json("info fewer --verify")).toMatchObject({ agrees: true });
});
