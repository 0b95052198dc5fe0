/** The examples run as they stand, and say what the documents say of them. They use the build, as a reader would. */

import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { plantedFactors } from "../src/data/index.ts";

const root = resolve(import.meta.dirname, "..");
const names = readdirSync(resolve(root, "examples")).filter((name) => name.endsWith(".ts"));
const outputs = new Map<string, Promise<string>>();

/** What an example prints; runs it once. It must end well and say nothing on stderr. */
function outputOf(name: string): Promise<string> {
  const known = outputs.get(name);
  if (known !== undefined) return known;
  const running = promisify(execFile)(process.execPath, ["--import", "tsx", `examples/${name}`], { cwd: root }).then(
    ({ stdout, stderr }) => {
      expect(stderr).toBe("");
      return stdout;
    },
  );
  outputs.set(name, running);
  return running;
}

beforeAll(() => {
  if (!existsSync(resolve(root, "dist/index.js"))) throw new Error("there is no dist/index.js: npm run build");
});

describe("examples", () => {
  test.each(names)("%s runs", async (name) => {
    expect(await outputOf(name)).not.toBe("");
  });

  test("ten-lines.ts stands in the README, to the letter", () => {
    const program = readFileSync(resolve(root, "examples/ten-lines.ts"), "utf8");
    const readme = readFileSync(resolve(root, "README.md"), "utf8");
    expect(readme).toContain(`\n\`\`\`ts\n${program}\`\`\`\n`);
    expect(program.split("\n").filter((line) => line !== "" && !line.startsWith("/**")).length).toBeLessThanOrEqual(10);
  });

  test("ten-lines.ts forgets with a proof", async () => {
    expect(await outputOf("ten-lines.ts")).toMatch(
      /^score .* the rating of .* did .* of it\n\d+ ratings forgotten; global: /,
    );
  });

  test("forget-in-place.ts leaves no id behind, and refuses to forget twice", async () => {
    const output = await outputOf("forget-in-place.ts");
    expect(output).toContain("known ids: 0 of 2\nglobal: ");
    expect(output).toContain("asked again: unknown-id: ");
  });

  test("compare-methods.ts finds newton-step nearly exact and exact unlearning at the retrained model", async () => {
    const output = await outputOf("compare-methods.ts");
    const figure = (name: string) => Number.parseFloat(new RegExp(`^ {2}${name} +(\\S+)`, "m").exec(output)?.[1] ?? "");
    expect(figure("newton-step")).toBeLessThan(figure("fast-influence"));
    expect(figure("fast-influence")).toBeLessThan(figure("fast-influence-text"));
    expect(figure("exact")).toBeLessThan(1e-3);
    expect(figure("exact")).toBeLessThan(figure("newton"));
  });

  test("audit.ts finds exact unlearning at the retrained model, and sif away from it", async () => {
    const [, exact, sif] = (await outputOf("audit.ts")).split(/^(?:exact|sif): \d+ ratings are gone$/m);
    const left = (text: string, pairs: string) =>
      Number.parseFloat(new RegExp(`^ {2}${pairs} pairs: (\\S+) % left`, "m").exec(text)?.[1] ?? "");
    const after = (text: string) => Number.parseFloat(/before, (\S+) after/.exec(text)?.[1] ?? "");
    for (const pairs of ["random", "forgotten"]) {
      expect(left(exact, pairs)).toBeLessThan(1e-3);
      expect(left(sif, pairs)).toBeGreaterThan(1);
    }
    expect(after(exact)).toBeLessThanOrEqual(1e-8);
    expect(after(sif)).toBeGreaterThan(1e-3);
    expect(sif).toContain("nothing is certified");
  });

  test("import-model.ts comes back to its optimum, and a wrong λ shows", async () => {
    const output = await outputOf("import-model.ts");
    const found = Array.from(output.matchAll(/^λ (\d): ‖∇J‖ (\S+), scores (\S+) from/gm), (match) =>
      match.slice(1).map(Number),
    );
    expect(found.map(([l2]) => l2)).toEqual([8, 7]);
    const [[, gradient, shift], [, wrongGradient, wrongShift]] = found;
    expect(gradient).toBeLessThanOrEqual(1e-8);
    expect(shift).toBeLessThan(1e-8);
    expect(wrongGradient).toBeGreaterThan(1e-2);
    expect(wrongShift).toBeGreaterThan(1e-3);
    expect(output).toContain("it is at an optimum of this objective");
    expect(output).toContain("it is not at an optimum of this objective");
  });

  test("network.ts chooses an epoch, explains, and forgets by training again", async () => {
    const output = await outputOf("network.ts");
    const [, taken, all] = /^(\d+) of (\d+) epochs taken, ndcg@10 0\.\d+$/m.exec(output) ?? [];
    expect(Number(taken)).toBeLessThanOrEqual(Number(all));
    const influences = Array.from(output.matchAll(/^ {2}item \d+: (\S+)$/gm), ([, influence]) => Number(influence));
    expect(influences.length).toBeGreaterThan(0);
    expect(influences).toEqual(influences.toSorted((a, b) => b - a));
    for (const influence of influences) expect(influence).toBeGreaterThan(0);
    expect(output).toMatch(/interactions forgotten by retrain; guarantee: exact$/m);
  });

  test("ratings.csv is a planted set", () => {
    const made = plantedFactors({ users: 150, items: 80, ratings: 3000, factors: 3, noise: 0.5, seed: 7 });
    const { users, items, ratings } = made.interactions;
    const lines = Array.from(
      ratings,
      (rating, k) => `${made.userIds.list[users[k]]},${made.itemIds.list[items[k]]},${rating}\n`,
    );
    expect(readFileSync(resolve(root, "examples/ratings.csv"), "utf8")).toBe(`user,item,rating\n${lines.join("")}`);
  });
});
