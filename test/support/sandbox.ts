/** A folder to run commands in, and a tiny set of interactions that every model trains on at once. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { widthOf } from "../../src/cli/text.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { lethe, type Ran, scratch } from "./lethe.ts";
import { csvOf, itemId, userId } from "./sets.ts";

export const tinyUsers = 24;
export const tinyItems = 18;
const { users, items, ratings } = plantedFactors({
  users: tinyUsers,
  items: tinyItems,
  ratings: 150,
  factors: 2,
  seed: 3,
}).interactions;

/** Rows as [user, item, number], by their numbers; every pair once. */
export const tinyRows: readonly (readonly [number, number, number])[] = Array.from(ratings, (rating, k) => [
  users[k],
  items[k],
  rating,
]);

/** The set as CSV with a header. */
export const tinyCsv = `user,item,rating\n${csvOf(tinyRows)}`;

/** Ids in the order of rows of a stored model: that in which they come first. */
export const tinyUserIds: readonly string[] = [...new Set(tinyRows.map(([u]) => userId(u)))];
export const tinyItemIds: readonly string[] = [...new Set(tinyRows.map(([, i]) => itemId(i)))];

/** A folder, and commands in it. */
export interface Sandbox {
  readonly cwd: string;
  at(name: string): string;
  write(name: string, content: string | Uint8Array): void;
  /** Runs a command as typed. */
  run(args: string): Promise<Ran>;
  /** Runs a command with --json, which must end with this status and say this on stderr, and reads its document. */
  json<Document = Record<string, unknown>>(args: string, status?: number, stderr?: unknown): Promise<Document>;
  /** All bytes of a folder, each as one character. */
  bytesOf(folder: string): string;
}

/** Makes a sandbox, which is removed after the tests of the file. */
export function sandbox(): Sandbox {
  const cwd = scratch()();
  const at = (name: string) => join(cwd, name);
  const run = (args: string) => lethe(args.split(" "), { cwd });
  return {
    cwd,
    at,
    run,
    write: (name, content) => writeFileSync(at(name), content),
    async json(args, status = 0, stderr = "") {
      const ran = await run(`${args} --json`);
      expect({ status: ran.status, stderr: ran.stderr }, args).toEqual({ status, stderr });
      expect(ran.stdout).toMatch(/^\{.*\}\n$/);
      return JSON.parse(ran.stdout);
    },
    bytesOf: (folder) =>
      readdirSync(at(folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
        .join("\n"),
  };
}

/** What a person reads: no line is wider than 80 columns, and no value is none. */
export function expectReadable({ stdout }: Ran): void {
  expect(stdout).not.toMatch(/NaN|undefined|null|Infinity|\[object|\p{Cc}(?<!\n)/u);
  expect(stdout).not.toMatch(/[ \t]\n/);
  for (const line of stdout.split("\n")) expect(widthOf(line), line).toBeLessThanOrEqual(80);
}
