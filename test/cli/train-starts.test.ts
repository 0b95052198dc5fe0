/** What `train` says of other starts: what was proved or seen, and never more. */

import { existsSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import type { OtherStarts } from "../../src/training/other-starts.ts";
import { errorOf } from "../support/lethe.ts";
import { expectReadable, sandbox } from "../support/sandbox.ts";
import { csvOf } from "../support/sets.ts";

const { at, write, run, json, bytesOf } = sandbox();

interface Trained {
  readonly objective: number;
  readonly begins: string | null;
  readonly otherStarts: OtherStarts | null;
}

const several = "--factors 6 --l2 0.5 --l2-bias 1";
const told = async (args: string) => {
  const text = await run(args);
  expectReadable(text);
  return text.stdout.replace(/\s+/g, " ");
};

beforeAll(() => {
  const { users, items, ratings } = plantedFactors({
    ...{ users: 60, items: 40, ratings: 600, factors: 2, seed: 1 },
  }).interactions;
  write("ratings.csv", csvOf(Array.from(ratings, (r, k) => [users[k], items[k], r] as const)));
});

describe("other starts", () => {
  test("that end elsewhere are the trainings that --start random makes of seeds 1 to N", async () => {
    const here = await json<Trained>(`train ratings.csv ${several} --starts 3 --out path`);
    const seeds = [1, 2, 3];
    const random: Trained[] = [];
    for (const seed of seeds)
      random.push(await json(`train ratings.csv ${several} --start random --seed ${seed} --out drawn-${seed}`));
    const away = random.map(({ objective }) => objective).filter((j) => Math.abs(j - here.objective) > 1e-6);
    expect(away.length).toBeGreaterThan(0);
    expect(here).toMatchObject({
      begins: "continuation",
      otherStarts: { verdict: "seen", starts: 3, elsewhere: away.length, unfinished: 0, lowest: Math.min(...away) },
    });
    expect(await told(`train ratings.csv ${several} --starts 3 --out path`)).toContain(
      `another start ends elsewhere: ${away.length} of 3, the lowest J ${Math.min(...away).toPrecision(10)} against`,
    );
  });

  test("of a model that was drawn leave out its own seed", async () => {
    const { begins, otherStarts } = await json<Trained>(
      `train ratings.csv ${several} --start random --seed 1 --starts 1 --out drawn`,
    );
    // The training of seed 1 would be the same.
    expect(begins).toBe("random");
    expect(otherStarts).toMatchObject({ starts: 1 });
    expect(otherStarts?.largestDifference).toBeGreaterThan(0);
  });

  test("change nothing of the model, and are not kept in its folder", async () => {
    await json("train ratings.csv --factors 3 --l2 3 --out with --starts 2");
    await json("train ratings.csv --factors 3 --l2 3 --out without");
    expect(bytesOf("with")).toBe(bytesOf("without"));
  });

  test("that nobody tried are not spoken of as if somebody had", async () => {
    const args = "train ratings.csv --factors 3 --l2 3 --l2-bias 1 --out plain";
    expect((await json<Trained>(args)).otherStarts).toMatchObject({ verdict: "not-tried", starts: 0 });
    expect(await told(args)).toContain("another start may end elsewhere: not tried (--starts 5 tries five)");
    const text = await told(`${args} --starts 2`);
    expect(text).toContain("no other optimum was seen in 2 random starts");
    expect(text).not.toMatch(/proved|not tried/);
  });

  test("cannot end lower where the gap closes, tried or not", async () => {
    const args = "train ratings.csv --model ials --factors 3 --l2 30 --out implicit";
    for (const starts of [0, 2]) {
      const { otherStarts } = await json<Trained>(`${args} --starts ${starts}`);
      expect(otherStarts).toMatchObject({ verdict: "proved-not", starts, elsewhere: 0 });
    }
    expect(await told(args)).toMatch(/no start can end lower, or as low with other scores: proved \(duality gap/);
  });

  test("are not spoken of where training did not converge, and of no other model", async () => {
    const short = await run("train ratings.csv --factors 3 --l2 3 --tolerance 1e-30 --starts 2 --out short");
    expect(short.status).toBe(1);
    expect(short.stdout.replace(/\s+/g, " ")).toContain("not tried, since this model is at no optimum");
    const batches = await json<Trained>("train ratings.csv --loss bpr --factors 2 --epochs 1 --out batches");
    expect(batches).toMatchObject({ begins: null, otherStarts: null });
  });

  test("are refused before the work where a model has none, and the remedy works", async () => {
    for (const model of ["--loss bpr --epochs 1", "--model boosting", "--l2 3 --shards 2"]) {
      const error = errorOf(await run(`train ratings.csv ${model} --starts 2 --out none --json`));
      expect(error).toMatchObject({ code: "unsupported", place: "starts", advice: "leave --starts out" });
      expect(existsSync(at("none"))).toBe(false);
    }
    await json("train ratings.csv --l2 3 --shards 2 --out none");
  });
});
