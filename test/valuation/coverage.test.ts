/** Intervals of drawn values hold the exact value as often as they say. */

import { describe, expect, test } from "vitest";
import { randomOf } from "../../src/numeric/random.ts";
import { valuesOf, type Worth } from "./asking.ts";
import { tableGame } from "./games.ts";

/** A game of three to eight players whose sets are worth anything, and one of the players. */
function drawnCase(number: number): { readonly players: number; readonly worth: Worth; readonly player: number } {
  const random = randomOf(number, "cases of coverage");
  const players = 3 + random.integer(6);
  return { players, worth: tableGame(players, 1000 + number), player: random.integer(players) };
}

/** The share of games in which value ± reach · standard error holds the exact value of one random player. */
async function coverage(
  [exactly, drawn]: readonly [string, string],
  settings: { readonly [name: string]: string | number | boolean },
  trainings: (players: number) => number,
  games: number,
  reach = 1.96,
): Promise<number> {
  let held = 0;
  for (let number = 0; number < games; number++) {
    const { players, worth, player } = drawnCase(number);
    const exact = await valuesOf(exactly, players, [worth], { settings: { sampler: "all" } });
    const given = { ...settings, seed: number, trainings: trainings(players) };
    const found = await valuesOf(drawn, players, [worth], { settings: given });
    const off = Math.abs(found.values[player] - exact.values[player]);
    if (off <= reach * (found.standardErrors?.[player] ?? Number.NaN)) held++;
  }
  return held / games;
}

const orders = (count: number) => (players: number) => 2 + count * (players - 1);

test("200 orders of tmc-shapley with tolerance 0: 93 to 97 % of 1,000 games", async () => {
  const share = await coverage(["shapley", "tmc-shapley"], { tolerance: 0 }, orders(200), 1000);
  expect(share).toBeGreaterThanOrEqual(0.93);
  expect(share).toBeLessThanOrEqual(0.97);
});

describe.each([
  ["shapley by pairs of orders", ["shapley", "shapley"], { sampler: "antithetic" }, orders(200), 1.984],
  ["banzhaf by reuse", ["banzhaf", "banzhaf"], { sampler: "reuse" }, () => 400, 1.96],
  ["banzhaf by plain draws", ["banzhaf", "banzhaf"], { sampler: "plain" }, (n: number) => 200 * n, 1.984],
  ["beta-shapley by orders", ["beta-shapley", "beta-shapley"], { sampler: "permutations" }, orders(200), 1.96],
  ["ame by regression", ["ame", "ame"], { sampler: "drawn" }, () => 200, 1.96],
  // Of few orders by Student's t with nine degrees of freedom.
  ["shapley by ten orders", ["shapley", "shapley"], { sampler: "permutations" }, orders(10), 2.262],
] as const)("%s", (_, names, settings, trainings, reach) => {
  test("covers too: 92 to 98 % of 300 games", async () => {
    const share = await coverage(names, settings, trainings, 300, reach);
    expect(share).toBeGreaterThanOrEqual(0.92);
    expect(share).toBeLessThanOrEqual(0.98);
  });
});
