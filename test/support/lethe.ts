/** The command line, in this process or as a program built from the sources as they are, and folders for it to work in. */

import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, expect } from "vitest";
import { lethe as runProgram } from "../../src/cli/program.ts";
import { printable } from "../../src/report/printable.ts";

const root = join(import.meta.dirname, "../..");
const cache = join(root, "node_modules/.cache/lethe-cli");
const kernels = ["kernels.wasm", "matrices.wasm", "triples.wasm", "runtime/kernel-worker.js"];
const assets = [...kernels.map((name) => `kernel/${name}`), "execution/worker.js"];

/** What a command did. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a program. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called once the process is there. */
  readonly onStart?: (interrupt: () => void) => void;
}

let running = 0;

/** Runs `lethe` with these arguments in this process; all that run at one time are in the same folder. */
export async function lethe(
  args: readonly string[],
  {
    cwd,
    signal = new AbortController().signal,
    now = () => 0,
  }: { readonly cwd: string; readonly signal?: AbortSignal; readonly now?: () => number },
): Promise<Ran> {
  if (running > 0 && process.cwd() !== realpathSync(cwd)) throw new Error("another command runs in another folder");
  process.chdir(cwd);
  running++;
  const told = { stdout: "", stderr: "" };
  const streamTo = (name: keyof typeof told) => ({
    write: (text: string) => {
      told[name] += text;
    },
  });
  // No time passes for a log of progress: a slow machine says no more than a fast one.
  const terminal = { stdout: streamTo("stdout"), stderr: streamTo("stderr"), signal, now };
  try {
    return { status: await runProgram(args, terminal), ...told };
  } finally {
    running--;
  }
}

/** Runs the program `lethe` with these arguments, its streams being pipes. */
export function letheProgram(args: readonly string[], options: RunOptions): Promise<Ran> {
  return launch(process.execPath, [main(), ...args], options);
}

/** The command as a program and its arguments, for another program to start. */
export function commandOf(args: readonly string[]): string[] {
  return [process.execPath, main(), ...args];
}

/** Runs any program, in an environment that says nothing of colours. */
export function launch(program: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const { cwd, env, onStart } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...plainEnvironment, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
    onStart?.(() => child.kill("SIGINT"));
  });
}

/** What a command told of an error. */
export interface ToldError {
  readonly code: string;
  readonly message: string;
  readonly advice: string | null;
  readonly place: string | null;
}

/** The error of a command under --json: one document on stdout, and on stderr the same words and nothing else. */
export function errorOf({ stdout, stderr }: Ran): ToldError {
  expect(stdout, stderr).toMatch(/^\{"error":\{.*\}\}\n$/);
  const { error } = JSON.parse(stdout) as { error: ToldError };
  expect(Object.keys(error)).toEqual(["code", "message", "advice", "place"]);
  const lines = [`lethe: ${printable(error.message)}`];
  if (error.advice !== null) lines.push(`       ${printable(error.advice)}`);
  expect(stderr).toBe(`${lines.join("\n")}\n`);
  return error;
}

const spoken = ["CI", "NO_COLOR", "FORCE_COLOR", "NODE_DISABLE_COLORS", "NODE_OPTIONS", "COLUMNS"];
const plainEnvironment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !spoken.includes(name)));

let built: string | undefined;

/** The path of `main.js`, compiled once for the sources as they are; somebody's half-done `dist` plays no part. */
function main(): string {
  built ??= build();
  return join(built, "dist/cli/main.js");
}

function build(): string {
  mkdirSync(cache, { recursive: true });
  for (;;) {
    const digest = digestOfSources();
    const folder = join(cache, digest);
    if (existsSync(folder)) return folder;
    const lock = `${folder}.lock`;
    if (!taken(lock)) continue;
    try {
      for (const name of readdirSync(cache)) removeOld(join(cache, name));
      const fresh = mkdtempSync(join(cache, "new-"));
      // For commands that run as another user.
      chmodSync(fresh, 0o755);
      compile(fresh);
      // Where somebody saved a file meanwhile, what was compiled is neither the old sources nor the new ones.
      if (digestOfSources() === digest) renameSync(fresh, folder);
      else rmSync(fresh, { recursive: true });
    } finally {
      rmSync(lock, { recursive: true, force: true });
    }
  }
}

const longestBuildMs = 120_000;

/** Takes the lock, or waits a little: test files run side by side, and one of them builds for all. */
function taken(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    // Its owner has died.
    if (Date.now() - since > longestBuildMs) rmSync(lock, { recursive: true, force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    return false;
  }
}

function compile(folder: string): void {
  const out = join(folder, "dist");
  const flags = ["-p", "tsconfig.build.json", "--noCheck", "--declaration", "false", "--outDir", out];
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", ...flags], { cwd: root, stdio: "inherit" });
  for (const name of assets) copyFileSync(join(root, "src", name), join(out, name));
  copyFileSync(join(root, "package.json"), join(folder, "package.json"));
}

function digestOfSources(): string {
  const src = join(root, "src");
  const names = readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
  const hash = createHash("sha256");
  for (const name of [...names, "package.json", "tsconfig.json", "tsconfig.build.json"])
    hash.update(`${name}\0`).update(readFileSync(join(root, name)));
  return hash.digest("hex").slice(0, 16);
}

const dayMs = 86_400_000;

function removeOld(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined && Date.now() - found.mtimeMs > dayMs) rmSync(path, { recursive: true, force: true });
}

/** Makes empty folders, and removes them after the tests of the file. */
export function scratch(): () => string {
  const made: string[] = [];
  afterAll(() => {
    for (const path of made) rmSync(path, { recursive: true, force: true });
  });
  return () => {
    const path = mkdtempSync(join(tmpdir(), "lethe-cli-"));
    made.push(path);
    return path;
  };
}

/** Every file below a folder by its path, in hexadecimal; folders as themselves. */
export function treeOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [relative(folder, path), entry.isFile() ? readFileSync(path, "hex") : "not a file"];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
