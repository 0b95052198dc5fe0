/** Some hundreds of damaged files and chance command lines: each is done or refused, and none is a defect. */

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { lethe, scratch } from "../support/lethe.ts";
import {
  anyCommand,
  commandNames,
  copyCorpus,
  corpusCommands,
  damage,
  drawing,
  fileCases,
  flagsIn,
  writeCorpus,
  wrongEnd,
} from "../support/mutated.ts";

const newFolder = scratch();
const corpus = newFolder();
const work = join(newFolder(), "work");
// Work that a chance flag makes long is stopped: what is looked for shows at once.
const longest = 1000;

beforeAll(async () => {
  writeCorpus(corpus);
  for (const args of corpusCommands)
    expect(await lethe(args.split(" "), { cwd: corpus }), args).toMatchObject({ status: 0 });
});

/** Runs a command in a fresh copy of the corpus; returns what is wrong with its end. */
async function wrongWith(args: readonly string[], prepare: (folder: string) => void = () => {}) {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  copyCorpus(corpus, work);
  prepare(work);
  const signal = AbortSignal.timeout(longest);
  const ran = await lethe(args, { cwd: work, signal });
  const wrong = signal.aborted && ran.status === 130 ? undefined : wrongEnd(ran);
  return wrong && { wrong, args, stderr: ran.stderr.slice(0, 600), status: ran.status };
}

test("damaged files", { timeout: 120_000 }, async () => {
  const found: unknown[] = [];
  for (let seed = 0; seed < 160; seed++) {
    const draw = drawing(seed);
    const one = fileCases[seed % fileCases.length];
    const wrong = await wrongWith(one.args.split(" "), (folder) => damage(folder, one, draw));
    if (wrong) found.push({ seed, ...wrong });
  }
  expect(found).toEqual([]);
});

test("command lines", { timeout: 120_000 }, async () => {
  const flags: Record<string, [string, boolean][]> = {};
  for (const name of commandNames) flags[name] = flagsIn((await lethe([name, "--help"], { cwd: corpus })).stdout);
  const found: unknown[] = [];
  for (let seed = 1000; seed < 1060; seed++) {
    const wrong = await wrongWith(anyCommand(flags, drawing(seed)));
    if (wrong) found.push({ seed, ...wrong });
  }
  expect(found).toEqual([]);
});
