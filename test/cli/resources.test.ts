/** What the machine does not have is told with advice, or done without: never a trace, never silence. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { tell } from "../../src/cli/output.ts";
import { commandOf, launch, lethe, type Ran, scratch } from "../support/lethe.ts";
import { tinyCsv } from "../support/sandbox.ts";

const cwd = scratch()();
const hasShell = process.platform === "linux" && existsSync("/bin/sh");

beforeAll(async () => {
  writeFileSync(join(cwd, "ratings.csv"), tinyCsv);
  const trained = await lethe("train ratings.csv --factors 2 --l2 3 --out model".split(" "), { cwd });
  expect(trained).toMatchObject({ status: 0, stderr: "" });
});

/** A command in the place of `lethe …` in a line for the shell. */
function shell(line: string, env: Record<string, string> = {}): Promise<Ran> {
  const command = line.replace(/lethe ([^|>;]*)/, (_, args: string) =>
    commandOf(args.trim().split(" "))
      .map((part) => `'${part}'`)
      .join(" ")
      .concat(" "),
  );
  return launch("/bin/sh", ["-c", command], { cwd, env });
}

/** How an error is told, and its exit status. */
function told(error: unknown, json = false) {
  let [stdout, stderr] = ["", ""];
  const status = tell(
    error,
    { json, isFlag: () => false },
    {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      signal: new AbortController().signal,
    },
  );
  return { status, stdout, stderr };
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

const forever = (): number => 1 + forever();

test.each([
  [
    "an array that is too long",
    thrownBy(() => new Float64Array(2 ** 52)),
    /memory .*typed array/,
    "max-old-space-size",
  ],
  ["a buffer that is too long", thrownBy(() => new ArrayBuffer(2 ** 52)), /memory .*allocation/, "more memory"],
  ["a text that is too long", thrownBy(() => "x".repeat(2 ** 30)), /too long for one text/, "fewer at a time"],
  ["a stack that is too deep", thrownBy(forever), /stack/, "--stack-size"],
  [
    "too many files",
    Object.assign(new Error("EMFILE: too many open files, open 'x'"), { code: "EMFILE", syscall: "open" }),
    /EMFILE/,
    "ulimit -n",
  ],
  [
    "a library that does not fit",
    Object.assign(new Error("no room"), { code: "ERR_DLOPEN_FAILED" }),
    /library/,
    "ulimit -v",
  ],
])("%s is a refusal with advice", (_, error, message, advice) => {
  const { status, stdout, stderr } = told(error, true);
  expect(status).toBe(2);
  const document = JSON.parse(stdout).error;
  expect(document).toMatchObject({ code: "unsupported", message: expect.stringMatching(message) });
  expect(document.advice).toContain(advice);
  expect(stderr.split("\n")).toHaveLength(3);
  expect(stderr).not.toMatch(/defect|\n\s+at /);
});

test("a defect is told as one", () => {
  for (const error of [
    new TypeError("x is undefined"),
    thrownBy(() => new Float64Array(-1)),
    thrownBy(() => (1).toFixed(200)),
  ])
    expect(told(error)).toMatchObject({ status: 1, stderr: expect.stringContaining("a defect of Lethe itself") });
});

describe.skipIf(!hasShell)("a small machine", () => {
  test("without address space for WebAssembly does the work all the same, and says so", async () => {
    const ran = await shell("ulimit -v 4000000; lethe train ratings.csv --factors 2 --l2 3 --out small");
    expect(ran.stdout).toMatch(/^converged/m);
    expect(ran).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^lethe: the kernels run in plain JavaScript.*ulimit -v.*\n$/),
    });
    const objective = (folder: string): number =>
      JSON.parse(readFileSync(join(cwd, folder, "model.json"), "utf8")).result.objective;
    expect(objective("small")).toBeCloseTo(objective("model"), 9);
  });

  // How much Node itself takes is another number for every version.
  test.skipIf(!process.version.startsWith("v20."))(
    "without room for the library that reads Parquet is a refusal",
    async () => {
      const limits = [1_000_000, 1_100_000, 1_200_000, 1_300_000];
      const all = await Promise.all(
        limits.map((limit) => shell(`ulimit -c 0; ulimit -v ${limit}; lethe recommend model --user x`)),
      );
      const refused = all.find(({ stderr }) => stderr.startsWith("lethe: a library cannot be loaded"));
      expect(refused).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/^lethe: .*\n {7}raise ulimit -v.*\n$/),
      });
    },
  );

  test("without WebAssembly does the work all the same, and says so", async () => {
    const [node, main] = commandOf([]);
    const ran = await launch(
      node,
      ["--jitless", main, ..."train ratings.csv --factors 2 --l2 3 --out jitless".split(" ")],
      { cwd },
    );
    expect(ran).toMatchObject({ status: 0, stdout: expect.stringMatching(/^converged/m) });
    expect(ran.stderr).toMatch(/^lethe: the kernels run in plain JavaScript.*--jitless/m);
  });

  test("without a folder for temporary files says what to set", async () => {
    const ran = await shell("lethe demo", { TMPDIR: "/nonexistent" });
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(/^lethe: \/nonexistent: .*\n {7}set TMPDIR .*\n$/);
  });
});

describe.skipIf(!hasShell || !existsSync("/dev/full"))("stdout", () => {
  test.each(["methods", "methods --json", "info model", "--help", "train ratings.csv --factors 2 --l2 3 --out full"])(
    "that is full is a failure with advice: %s",
    async (args) => {
      const { status, stderr } = await shell(`lethe ${args} > /dev/full`);
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: expect.stringMatching(/^lethe: the result cannot be written to stdout: ENOSPC.*\n {7}make room .*\n$/),
      });
    },
  );

  test("that is full leaves an error its own status", async () => {
    expect((await shell("lethe info absent > /dev/full")).status).toBe(2);
    expect((await shell("lethe info absent --json > /dev/full")).status).toBe(2);
  });

  test("that is closed by its reader does not stop the work, nor is it a failure", async () => {
    const ran = await shell("(lethe train ratings.csv --factors 2 --l2 3 --out piped; echo $? >&2) | true");
    expect(ran.stderr).toBe("0\n");
    expect(existsSync(join(cwd, "piped/model.json"))).toBe(true);
  });
});
