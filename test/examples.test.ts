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
      /^score .* without the rating of .*\n\d+ ratings forgotten; global: /,
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
