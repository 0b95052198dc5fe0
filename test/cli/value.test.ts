/** Values on the command line: against forgetting, evaluating and explaining; who is asked about; budgets, files and crashes. */

import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { valuers } from "../../src/valuation/index.ts";
import { commandOf, errorOf, lethe, letheProgram } from "../support/lethe.ts";
import { expectReadable, sandbox } from "../support/sandbox.ts";
import { csvOf, itemId, itemsCsv, rows, small, titleOf, userId } from "../support/sets.ts";

interface Valued {
  readonly measures: readonly { readonly value: number | null; readonly unit: string; readonly label: string }[];
  readonly players: readonly (string | { readonly user: string; readonly item: string; readonly rating: number })[];
  readonly titles?: readonly (string | null)[];
  readonly rows: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
  readonly statuses: readonly (readonly string[])[];
  readonly trainings: number;
  readonly notes: readonly string[];
}

const { cwd, at, write, run, json } = sandbox();
const value = (args: string, status = 0) => json<Valued>(`value model ${args}`, status);
// The test rows are of other users than those who are forgotten here.
const gone = [userId(3), userId(4)];
const isTest = (k: number) => k % 7 === 0 && rows[k][0] > 4;
const training = rows.filter((_, k) => !isTest(k));
const pairOf = (user: number, item: number) => `${userId(user)}:${itemId(item)}`;
const evaluated = (model: string) =>
  json<{ rmse: number; metrics: { ndcg: number; hr: number } }>(`evaluate ${model} --test test.csv`);

beforeAll(async () => {
  write("training.csv", `user,item,rating\n${csvOf(training)}`);
  write("test.csv", `user,item,rating\n${csvOf(rows.filter((_, k) => isTest(k)))}`);
  write("items.csv", itemsCsv);
  await run(`train training.csv --items items.csv ${small} --out model`);
  for (const [k, user] of gone.entries()) await run(`forget model --users ${user} --out without-${k}`);
});

describe("values", () => {
  test("of users are what metrics lose when the user is forgotten", async () => {
    const words = "--measure rmse --measure ndcg@10 --measure hr@10 --measure fit --measure auc";
    const found = await value(`--only ${gone} ${words} --test test.csv`);
    const before = await evaluated("model");
    expect(found.measures.map(({ unit }) => unit)).toEqual(["rating", "share", "share", "rating²", "share"]);
    for (const [k] of gone.entries()) {
      const after = await evaluated(`without-${k}`);
      const [rmse, ndcg, hr, fit] = found.values.map((values) => values[k] as number);
      expect(rmse).toBeCloseTo(before.rmse - after.rmse, 7);
      expect(ndcg).toBeCloseTo(before.metrics.ndcg - after.metrics.ndcg, 7);
      expect(hr).toBeCloseTo(before.metrics.hr - after.metrics.hr, 7);
      expect(fit).toBeCloseTo((after.rmse ** 2 - before.rmse ** 2) / 2, 7);
      expect(Math.abs(rmse)).toBeGreaterThan(1e-5);
    }
    expect(found.measures[0].value).toBeCloseTo(before.rmse, 12);
    expect(found).toMatchObject({ players: gone, trainings: 2, statuses: Array(5).fill(["converged", "converged"]) });
  });

  test("by an estimator are those of an explanation, and by leave-one-out as well", async () => {
    for (const method of ["influence-function", "leave-one-out"]) {
      const found = await value(`--measure score:${pairOf(9, 7)} --method ${method} --players items`);
      const told = await json<{ byPlayer: { player: string; influence: number }[] }>(
        `explain model --user ${userId(9)} --item ${itemId(7)} --method ${method} --players items -n 1000`,
      );
      const influences = new Map(told.byPlayer.map(({ player, influence }) => [player, influence]));
      for (const [k, id] of found.players.entries())
        if (influences.has(id as string))
          expect(found.values[0][k], `${method} ${id}`).toBeCloseTo(influences.get(id as string) as number, 7);
      expect(influences.size).toBeGreaterThan(4);
      expect(found.measures[0].label).toBe(`score of user ${userId(9)}, item ${itemId(7)}`);
      expect(found.titles?.[0]).toMatch(/^A Tale of the Number/);
    }
  });

  test("by shapley share what all players add together", async () => {
    const asked = `--measure score:${pairOf(9, 7)} --only ${gone}`;
    const shapley = await value(`${asked} --method shapley`);
    await run(`forget model --users ${gone} --out without-both`);
    const [before, after] = await Promise.all(["model", "without-both"].map(async (model) => scoreBy(model, 9, 7)));
    const [a, b] = shapley.values[0] as number[];
    expect(a + b).toBeCloseTo(before - after, 7);
    expect(shapley.measures[0].value).toBeCloseTo(before, 12);
  });

  test("of a place in a list: 1 where the item falls out of it without the player", async () => {
    const { items } = await json<{ items: { item: string }[] }>(`recommend model --user ${userId(9)} -n 12`);
    const words = items.map(({ item }) => `--measure top10:${userId(9)}:${item}`).join(" ");
    const found = await value(`${words} --only ${gone[0]}`);
    expect(found.measures.map((measure) => measure.value)).toEqual([...Array(10).fill(1), 0, 0]);
    const after = await json<{ items: { item: string }[] }>(`recommend without-0 --user ${userId(9)} -n 10`);
    const still = new Set(after.items.map(({ item }) => item));
    const lost = items.map(({ item }, k) => (k < 10 ? 1 : 0) - (still.has(item) ? 1 : 0));
    expect(found.values.map(([one]) => one)).toEqual(lost);
  });

  test("of one's own rows are memorization, by a whole pool or one by one", async () => {
    const pooled = await value("--measure own-fit -n 4");
    const alone = await value("--measure own-fit -n 4 --set tolerance=1e-9");
    expect(pooled.players).toEqual(alone.players);
    pooled.values[0].forEach((one, k) => {
      expect(one).toBeCloseTo(alone.values[0][k] as number, 7);
      expect(one).toBeGreaterThan(0);
    });
    expect(pooled.measures).toEqual([
      { measure: "own-fit", label: "fit of the player's own rows", unit: "rating²", value: null },
    ]);
    const estimated = await value("--measure own-fit -n 4 --method influence-function --players interactions");
    expect(estimated.values[0]).toHaveLength(4);
  });
});

async function scoreBy(model: string, user: number, item: number): Promise<number> {
  write("pair.csv", `${userId(user)},${itemId(item)}\n`);
  const { scores } = await json<{ scores: number[] }>(`predict ${model} --pairs pair.csv`);
  return scores[0];
}

describe("players", () => {
  const measure = `--measure score:${pairOf(9, 7)} --method influence-function`;

  test("are all, some by name, a random draw that others do not change, or the largest", async () => {
    const all = await value(measure);
    expect(all.players).toHaveLength(40);
    const drawn = await value(`${measure} -n 7`);
    expect(drawn.players).toHaveLength(7);
    expect((await value(`${measure} -n 7 --seed 2`)).players).not.toEqual(drawn.players);
    const others = all.players.filter((id) => !drawn.players.slice(0, 3).includes(id));
    write("others.txt", others.join("\n"));
    const redrawn = await value(`${measure} -n 7 --only @others.txt`);
    expect(redrawn.players).toEqual(expect.arrayContaining(drawn.players.slice(3)));
    const largest = await value(`${measure} -n 3 --largest`);
    const most = all.rows.toSorted((a, b) => b - a);
    expect(largest.rows.toSorted((a, b) => b - a)).toEqual(most.slice(0, 3));
    for (const [k, id] of drawn.players.entries())
      expect(drawn.values[0][k]).toBeCloseTo(all.values[0][all.players.indexOf(id)] as number, 10);
  });

  test("are interactions: by pair, or drawn", async () => {
    const [a, b] = [training[0], training[5]];
    write("pairs.csv", csvOf([a, b]));
    const found = await value(`${measure} --players interactions --only @pairs.csv`);
    expect(found.players).toEqual([a, b].map(([u, i, rating]) => ({ user: userId(u), item: itemId(i), rating })));
    expect(found.rows).toEqual([1, 1]);
    expect((await value(`${measure} --players interactions -n 9`)).players).toHaveLength(9);
  });
});

test("dimensions of the factors share what the score has beside its biases", async () => {
  const found = await value(`--measure score:${pairOf(9, 7)} --players units --method neuron-shapley`);
  expect(found.players).toHaveLength(3);
  expect(found.rows).toEqual([0, 0, 0]);
  const told = await json<{ base: number; score: number }>(
    `explain model --user ${userId(9)} --item ${itemId(7)} -n 1`,
  );
  const sum = found.values[0].reduce<number>((total, one) => total + (one as number), 0);
  expect(sum).toBeCloseTo(told.score - told.base, 7);
});

test.each(
  valuers.methods
    .filter(({ needs, settings }) => needs.length === 0 && "trainings" in settings)
    .map(({ name }) => name),
)("%s keeps to a budget of trainings, and takes the same bytes from two threads and from disk", async (method) => {
  const asked = `value model --only ${[1, 2, 3].map(userId)} --method ${method} --budget 30 --json`;
  const measure = method === "consistency" ? "own-fit" : `score:${pairOf(9, 7)}`;
  const first = await run(`${asked} --measure ${measure} --workers 1 --pool pool-${method}`);
  expect(first.stderr).toBe("");
  const { trainings, values } = JSON.parse(first.stdout) as Valued;
  expect(trainings).toBeLessThanOrEqual(30);
  expect(values[0].length).toBeGreaterThanOrEqual(3);
  expect((await run(`${asked} --measure ${measure} --workers 2 --pool pool-${method}`)).stdout).toBe(first.stdout);
});

test("orders that end before they begin are drawn as often as trainings were allowed, and no longer", async () => {
  const players = `--only ${gone} --measure fit --test test.csv`;
  const found = await value(`${players} --method tmc-shapley --set tolerance=1000 --budget 30`);
  expect(found).toMatchObject({ values: [[0, 0]], trainings: 2 });
});

describe("refusals", () => {
  test.each([
    ["", "measure", "measure"],
    ["--measure best", "measure", '"best"'],
    ["--measure ndcg", "measure", '"ndcg"'],
    ["--measure fit", "test", "held-out rows"],
    ["--measure rmse --measure own-fit --test test.csv", "measure", "own-fit"],
    [`--measure score:${userId(1)}`, "measure", "expected a measure"],
    [`--measure score:${pairOf(1, 2)} --budget soon`, "budget", '"soon"'],
    [`--measure score:${pairOf(1, 2)} --budget 12`, "budget", "no number of trainings"],
    [`--measure score:${pairOf(1, 2)} --budget 9s --method influence-function`, "budget", "does not stop"],
    [`--measure score:${pairOf(1, 2)} --largest`, "largest", "-n"],
    [`--measure score:${pairOf(1, 2)} --players units`, "players", "values what has rows"],
    [`--measure score:${pairOf(1, 2)} --players units --method neuron-shapley -n 2`, "players", "together"],
    [`--measure score:${pairOf(1, 2)} --method neuron-shapley`, "players", "the units of the model"],
    ["--measure own-fit --players units --method neuron-shapley", "measure", "no rows"],
    [`--measure score:${pairOf(1, 2)} --pool model`, "pool", "in the folder of the model"],
    [`--measure score:${pairOf(1, 2)} --pool training.csv`, "pool", "no folder"],
    [`--measure score:${pairOf(1, 2)} --csv model/values.csv`, "csv", "inside model"],
    [`--measure score:${pairOf(1, 2)} --html model`, "html", "is read here"],
    [`--measure score:${pairOf(1, 2)} --method none`, null, "no method"],
    [`--measure score:${userId(1)}:none`, null, "no item"],
    ["--measure hr@10 --test test.csv --method influence-function", null, "no slopes"],
  ])("%s", async (args, place, message) => {
    const told = errorOf(await run(`value model ${args} --json`.replace("  ", " ")));
    expect(told.message).toContain(message);
    if (args !== "") expect(told.place).toBe(place);
  });

  test("of held-out rows that the model knows nothing of; of a pair that could be two", async () => {
    write("strangers.csv", "nobody,nothing,1\n");
    expect(errorOf(await run("value model --measure fit --test strangers.csv --json")).place).toBe("test");
    write("colons.csv", "user,item,rating\na,b:c,1\na:b,c,2\na,c,3\na:b,b:c,4\nz,c,1\nz,b:c,5\n");
    await run("train colons.csv --factors 1 --out colons");
    expect(errorOf(await run("value colons --measure score:a:b:c --json")).message).toContain("could mean");
    const one = await json<Valued>("value colons --measure score:z:b:c --only z");
    expect(one.measures[0].label).toBe("score of user z, item b:c");
  });
});

describe("time, files and threads", () => {
  const asked = "--measure fit --measure ndcg@5 --test test.csv -n 6";

  test("no time: nothing is known, and that is said", async () => {
    const found = await value(`${asked} --budget 0.0000001s`, 1);
    expect(found.values.flat()).toEqual(Array(12).fill(null));
    expect(found.notes).toEqual(["the time was over: 6 of 6 players were not taken away"]);
    const printed = await run(`value model ${asked} --budget 0.0000001s`);
    expect(printed.status).toBe(1);
    expectReadable(printed);
  });

  test("the same bytes from any number of threads, and from what was kept", async () => {
    const ran = async (more: string) => (await run(`value model ${asked} --csv values.csv ${more} --json`)).stdout;
    const first = await ran("--workers 1");
    const table = readFileSync(at("values.csv"), "utf8");
    expect(await ran("--workers 2 --pool pool")).toBe(first);
    expect(readdirSync(at("pool"))).toHaveLength(6);
    expect(await ran("--workers 1 --pool pool")).toBe(first);
    expect(readFileSync(at("values.csv"), "utf8")).toBe(table);
    const lines = table.trimEnd().split("\n");
    expect(lines).toHaveLength(13);
    expect(lines[0]).toBe("player,interactions,measure,value,standard_error,lower,upper,status");
    const { players, values, rows: sizes } = JSON.parse(first) as Valued;
    expect(lines[1]).toBe(`${players[0]},${sizes[0]},fit,${values[0][0]},,,,converged`);
  });

  test("a page and text for people: items by their titles", async () => {
    const ran = await run("value model --measure fit --test test.csv --players items -n 3 --html values.html");
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: "" });
    expectReadable(ran);
    const { players } = await value("--measure fit --test test.csv --players items -n 3");
    const page = readFileSync(at("values.html"), "utf8");
    for (const id of players) {
      const title = titleOf(Array.from({ length: 30 }, (_, k) => itemId(k)).indexOf(id as string));
      expect(ran.stdout).toContain(title);
      expect(page).toContain(title);
    }
  });

  test("a stop ends it, and leaves whole results alone", async () => {
    const stop = new AbortController();
    const args = "value model --measure own-fit --players interactions --workers 2 --json --pool stopped".split(" ");
    const running = lethe(args, { cwd, signal: stop.signal });
    while (!existsSync(at("stopped")) || readdirSync(at("stopped")).length < 3) await pause(5);
    stop.abort();
    const ran = await running;
    expect(ran.status).toBe(130);
    expect(ran.stdout).toContain('"code":"aborted"');
    await pause(100);
    expect(readdirSync(at("stopped")).filter((name) => !/^[0-9a-f]{64}$/.test(name))).toEqual([]);
  });

  test("a program that was killed goes on where it was, and ends with the same bytes", async () => {
    const args = "value model --measure own-fit --players interactions -n 200 --workers 2 --json --pool killed".split(
      " ",
    );
    const [name, ...rest] = commandOf(args);
    const kept = () =>
      existsSync(at("killed")) ? readdirSync(at("killed")).filter((one) => !one.startsWith(".")).length : 0;
    const child = spawn(name, rest, { cwd, stdio: "ignore" });
    const ended = new Promise((resolve) => child.on("close", resolve));
    while (kept() < 20 && child.exitCode === null) await pause(5);
    child.kill("SIGKILL");
    await ended;
    const before = kept();
    expect(before).toBeGreaterThanOrEqual(20);
    expect(before).toBeLessThan(200);
    const resumed = await letheProgram(args, { cwd });
    const whole = await letheProgram(args.slice(0, -2), { cwd });
    expect(resumed).toEqual({ status: 0, stdout: whole.stdout, stderr: "" });
    expect(readdirSync(at("killed"))).toHaveLength(200);
  });
});
