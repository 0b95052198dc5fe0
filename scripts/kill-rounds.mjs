/**
 * Kills commands at random moments, runs the next command in the same folder, and looks whether anything of a forgotten person is left that
 * was not named: `node scripts/kill-rounds.mjs [--rounds n] [--seconds s] [--seed n] [--program main.js]`. Ends with 1 where something is.
 */

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "60" },
    seconds: { type: "string", default: "600" },
    seed: { type: "string", default: "1" },
    program: { type: "string", default: resolve(import.meta.dirname, "../dist/cli/main.js") },
  },
});
const person = "person-to-forget-7f3a";
const root = mkdtempSync(join(tmpdir(), "lethe-kill-"));
const work = join(root, "work");
const random = uniform(Number(flags.seed));

// What is killed, and what the next one in the same folder may be.
const model = ["--factors", "2", "--l2", "2", "--l2-bias", "2"];
const batches = ["--model", "gmf", "--factors", "2", "--epochs", "4", "--out", "network", "--checkpoint", "checkpoint"];
const forget = (out) => ["forget", "model", "--users", person, "--out", out];
const bare = { npz: ["--biases", "columns"], csv: [], spark: ["--biases", "columns", "--ids", "positions"] };
const exported = (format, out) => ["export", "model", "--format", format, "--out", out, ...bare[format]];
const imported = [
  "import",
  "../factors.npz",
  "--interactions",
  "../ratings.csv",
  "--loss",
  "mf",
  "--l2",
  "2",
  "--polish",
];
const ids = ["--user-ids", "@../users.txt", "--item-ids", "@../items.txt"];
const victims = [
  forget("model"),
  forget("other"),
  ["train", "../ratings.csv", "--out", "model", ...model],
  ["train", "../ratings.csv", "--out", "fresh", ...model],
  ["train", "../ratings.csv", ...batches],
  exported("npz", "factors.npz"),
  exported("csv", "tables"),
  exported("spark", "spark"),
  [...imported, ...ids, "--out", "model"],
];
const nexts = [
  forget("model"),
  ["info", "model"],
  forget("other"),
  ["info", "model", "--verify"],
  exported("npz", "next.npz"),
  ["train", "../ratings.csv", "--out", "next", ...model],
  ["recommend", "model", "--user", "u3"],
];

function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Runs a command, and kills it after so many milliseconds where a number is given. */
function run(args, cwd, killAfter) {
  return new Promise((done, fail) => {
    const begun = performance.now();
    const child = spawn(process.execPath, [resolve(flags.program), ...args], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let told = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (told += text));
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
    child.on("error", fail);
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      done({ status, signal, told, milliseconds: performance.now() - begun });
    });
  });
}

async function must(args, cwd) {
  const ran = await run(args, cwd);
  if (ran.status !== 0) throw new Error(`${args.join(" ")} ended with ${ran.status}: ${ran.told}`);
  return ran;
}

async function prepare() {
  const rows = [];
  const name = (user) => (user === 5 ? person : `u${user}`);
  for (let user = 0; user < 30; user++)
    for (let item = 0; item < 20; item++)
      if (random() < 0.4) rows.push([name(user), `i${item}`, 1 + Math.floor(5 * random())]);
  writeFileSync(join(root, "ratings.csv"), `user,item,rating\n${rows.map((row) => row.join(",")).join("\n")}\n`);
  for (const [side, file] of [
    [0, "users.txt"],
    [1, "items.txt"],
  ])
    writeFileSync(join(root, file), `${[...new Set(rows.map((row) => row[side]))].join("\n")}\n`);
  mkdirSync(join(root, "base"));
  await must(["train", "../ratings.csv", "--out", "model", ...model], join(root, "base"));
  for (const [format, out] of [
    ["npz", "factors.npz"],
    ["csv", "tables"],
    ["spark", "spark"],
  ])
    await must(exported(format, out), join(root, "base"));
  cpSync(join(root, "base", "factors.npz"), join(root, "factors.npz"));
}

/** Paths of hidden entries below the folder, and of what of the forgotten person is in the model after it was forgotten. */
function leftIn(folder, forgotten) {
  const found = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.name.startsWith(".")) found.push(path);
    else if (entry.isFile() && forgotten.some((name) => path.startsWith(join(folder, name, "/"))))
      if (readFileSync(path).includes(person)) found.push(path);
  }
  return found;
}

async function round(k, lasts) {
  rmSync(work, { recursive: true, force: true });
  cpSync(join(root, "base"), work, { recursive: true });
  const victim = victims[k % victims.length];
  const key = victim.join(" ");
  lasts[key] ??= (await must(victim, work)).milliseconds;
  rmSync(work, { recursive: true, force: true });
  cpSync(join(root, "base"), work, { recursive: true });
  // The first third of a command is the start of the program.
  const killed = await run(victim, work, lasts[key] * (0.3 + 0.75 * random()));
  if (killed.signal === null) lasts[key] = Math.min(lasts[key], killed.milliseconds);
  const between = leftIn(work, []).length;
  // A checkpoint is in a folder of its own, where only the same training comes again.
  const next = victim.includes("checkpoint") ? victim : nexts[Math.floor(random() * nexts.length)];
  const ran = await run(next, work);
  // The one before may have come to its end: then there is nobody to forget.
  const expected = ran.status === 0 || (next[0] === "forget" && ran.status === 2 && ran.told.includes(person));
  const gone = next[0] === "forget" && ran.status === 0 ? [next.at(-1)] : [];
  const left = leftIn(work, gone).filter((path) => !ran.told.includes(path));
  return {
    k,
    victim: key,
    next: next.join(" "),
    killed: killed.signal !== null,
    between,
    left,
    expected,
    told: ran.told,
  };
}

await prepare();
const lasts = {};
const ends = [];
const until = performance.now() + 1000 * Number(flags.seconds);
for (let k = 0; k < Number(flags.rounds) && performance.now() < until; k++) ends.push(await round(k, lasts));
const wrong = ends.filter(({ left, expected }) => left.length > 0 || !expected);
for (const { k, victim, next, left, told } of wrong)
  console.error(`round ${k}: killed "${victim}", then "${next}": left ${JSON.stringify(left)}; it said ${told}`);
const count = (holds) => ends.filter(holds).length;
console.log(
  JSON.stringify({
    rounds: ends.length,
    killed: count(({ killed }) => killed),
    leftByTheKill: count(({ between }) => between > 0),
    wrong: wrong.length,
  }),
);
rmSync(root, { recursive: true, force: true });
process.exitCode = wrong.length === 0 ? 0 : 1;
