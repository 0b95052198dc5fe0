/**
 * Damaged files and chance command lines by the thousand, each in a process of its own with limits of time and memory:
 *
 *     npm run build && npx tsx scripts/fuzz.mjs --files 2000 --commands 500 --seed 1 [--seconds 60] [--mebibytes 1024] [--jobs 2] [--program dist/cli/main.js]
 *
 * Tells every hang, defect, trace and silence with its seed, and ends with 1 where there is one. The same seed is the same case.
 */

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
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
} from "../test/support/mutated.ts";

const number = (value) => ({ type: "string", default: String(value) });
const { values } = parseArgs({
  options: {
    files: number(200),
    commands: number(50),
    seed: number(1),
    seconds: number(60),
    mebibytes: number(1024),
    jobs: number(2),
    program: { type: "string", default: "dist/cli/main.js" },
  },
});
const [files, commands, firstSeed, seconds, mebibytes, jobs] = [
  ...["files", "commands", "seed", "seconds", "mebibytes", "jobs"].map((name) => Number(values[name])),
];
const program = resolve(values.program);
const root = mkdtempSync(join(tmpdir(), "lethe-fuzz-"));
const corpus = join(root, "corpus");

/** Runs a command with a limit of time; its status is "hangs" beyond it, and its memory the most that it had, in MiB. */
function run(args, cwd, job) {
  const report = join(root, `memory-${job}`);
  return new Promise((done) => {
    const child = spawn("/usr/bin/time", ["-q", "-f", "%M", "-o", report, process.execPath, program, ...args], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const ran = { status: null, stdout: "", stderr: "", memory: 0 };
    let hangs = false;
    for (const name of ["stdout", "stderr"])
      child[name].setEncoding("utf8").on("data", (text) => {
        ran[name] += text;
      });
    // Work that is merely long ends when it is stopped; what does not even then is killed, with its group.
    const stop = setTimeout(() => process.kill(-child.pid, "SIGTERM"), 1000 * seconds);
    const kill = setTimeout(
      () => {
        hangs = true;
        process.kill(-child.pid, "SIGKILL");
      },
      1000 * seconds + 5000,
    );
    child.on("close", (status) => {
      clearTimeout(stop);
      clearTimeout(kill);
      const memory = Number(readFileSync(report, "utf8").trim().split("\n").at(-1)) / 1024;
      done({ ...ran, status: hangs ? "hangs" : status, memory });
    });
  });
}

/** One case: its seed, its command, and what is done to the corpus first. */
function caseOf(k, flags) {
  const seed = firstSeed * 1_000_000 + k;
  const draw = drawing(seed);
  if (k >= files) return { seed, args: anyCommand(flags, draw), prepare: () => {} };
  const one = fileCases[k % fileCases.length];
  return { seed, args: one.args.split(" "), prepare: (folder) => damage(folder, one, draw) };
}

function wrongIn(ran) {
  if (ran.status === "hangs") return "it hangs";
  // It was stopped, and did stop.
  if (ran.status === 143 && ran.stderr.includes("stopped before the end")) return undefined;
  if (ran.memory > mebibytes) return `it takes ${Math.round(ran.memory)} MiB`;
  return wrongEnd(ran);
}

async function main() {
  mkdirSync(corpus);
  writeCorpus(corpus);
  for (const args of corpusCommands) execFileSync(process.execPath, [program, ...args.split(" ")], { cwd: corpus });
  const help = (name) => execFileSync(process.execPath, [program, name, "--help"], { encoding: "utf8" });
  const flags = Object.fromEntries(commandNames.map((name) => [name, flagsIn(help(name))]));
  const statuses = new Map();
  let [next, wrong, most] = [0, 0, 0];
  const work = async (job) => {
    const folder = join(root, `work-${job}`);
    while (next < files + commands) {
      const { seed, args, prepare } = caseOf(next++, flags);
      rmSync(folder, { recursive: true, force: true });
      copyCorpus(corpus, folder);
      prepare(folder);
      const ran = await run(args, folder, job);
      most = Math.max(most, ran.memory);
      statuses.set(ran.status, (statuses.get(ran.status) ?? 0) + 1);
      if (next % 100 === 0) console.error(`${next} of ${files + commands}`);
      const why = wrongIn(ran);
      if (why === undefined) continue;
      wrong++;
      console.log(`seed ${seed}: ${why}: lethe ${JSON.stringify(args)}\n${ran.stderr.slice(0, 800)}`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, (_, job) => work(job)));
  const ends = [...statuses].map(([status, count]) => `${count} with ${status}`).join(", ");
  console.log(`${files} files, ${commands} commands: ${ends}; at most ${Math.round(most)} MiB; ${wrong} wrong`);
  return wrong === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} finally {
  rmSync(root, { recursive: true, force: true });
}
