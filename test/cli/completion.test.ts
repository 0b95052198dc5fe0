/** `lethe completion`: what each shell completes, run in the shells that are there; and the headings of long helps. */

import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { namesOf } from "../../src/method/index.ts";
import { modelCatalogue } from "../../src/study/choosing/models.ts";
import { valuing } from "../../src/study/choosing/valuing.ts";
import { verbs } from "../../src/study/verbs/index.ts";
import { unlearners } from "../../src/unlearning/index.ts";
import { sandbox } from "../support/sandbox.ts";

const box = sandbox();
const scripts: Record<string, string> = {};
const isThere = (shell: string) => spawnSync(shell, ["-c", "true"]).status === 0;

beforeAll(async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    scripts[shell] = (await box.run(`completion ${shell}`)).stdout;
    box.write(`completion.${shell}`, scripts[shell]);
  }
  box.write("ratings.csv", "");
});

/** Flags that the help of a command shows. */
async function helpFlags(command: string): Promise<string[]> {
  const { stdout } = await box.run(`${command} --help`);
  return Array.from(stdout.matchAll(/^ {2}(?:(-\w), )?(--?[a-z][a-z0-9-]*)/gm), ([, short, long]) =>
    short === undefined ? [long] : [short, long],
  ).flat();
}

describe("in bash", () => {
  /** What is offered for the last of these words. */
  function offered(...words: string[]): string[] {
    const line = `source ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lethe; printf '%s\n' "\${COMPREPLY[@]}"`;
    const ran = spawnSync("bash", ["--norc", "-c", line, "bash", "lethe", ...words], {
      cwd: box.cwd,
      encoding: "utf8",
    });
    expect(ran.stderr).toBe("");
    return ran.stdout.split("\n").filter((word) => word !== "");
  }

  test("every command, and every flag of its help", async () => {
    const commands = offered("");
    expect(commands).toEqual(expect.arrayContaining(["demo", "completion", ...verbs.map(({ name }) => name)]));
    expect(offered("tr")).toEqual(["train"]);
    for (const command of commands)
      expect(offered(command, "-").sort(), command).toEqual((await helpFlags(command)).sort());
    expect(offered("train", "ratings.csv", "--sh")).toEqual(["--shards"]);
  });

  test("the words that a flag takes: models, formats, methods, also behind a comma", () => {
    expect(offered("train", "a.csv", "--model", "")).toEqual(modelCatalogue.map(({ name }) => name));
    expect(offered("export", "m", "--format", "s")).toEqual(["spark", "safetensors"]);
    expect(offered("forget", "m", "--method", "")).toEqual(namesOf(unlearners));
    expect(offered("judge", "m", "--methods", "")).toHaveLength(namesOf(valuing).length);
    expect(offered("judge", "m", "--methods", "trak,newton-")).toEqual(["trak,newton-step"]);
    expect(offered("completion", "")).toEqual(["bash", "zsh", "fish"]);
  });

  test("nothing else, so that bash offers files", () => {
    expect(offered("train", "")).toEqual([]);
    expect(offered("train", "r")).toEqual([]);
    expect(offered("train", "a.csv", "--out", "-")).toEqual([]);
    expect(offered("nonsense", "-")).toEqual([]);
    const ran = spawnSync("bash", ["--norc", "-c", "source ./completion.bash; complete -p lethe"], {
      cwd: box.cwd,
      encoding: "utf8",
    });
    expect(ran.stdout).toContain("-o default");
  });
});

describe("for zsh and fish", () => {
  // Few machines have these shells; what their scripts say is tested below.
  if (isThere("zsh"))
    test("zsh reads its script", () => {
      expect(spawnSync("zsh", ["-n", box.at("completion.zsh")]).status).toBe(0);
    });

  if (isThere("fish"))
    test("fish completes by its script", () => {
      const line = "source completion.fish; complete -C 'lethe train a.csv --sh'";
      expect(spawnSync("fish", ["-c", line], { cwd: box.cwd, encoding: "utf8" }).stdout).toContain("--shards");
    });

  test("the scripts have every flag of every command, and quotes come in pairs", async () => {
    for (const { name } of verbs) {
      const [flags, zsh] = [
        await helpFlags(name),
        new RegExp(`^ {6}${name}\\) entries=.*$`, "m").exec(scripts.zsh)?.[0] ?? "",
      ];
      for (const flag of flags) expect(zsh).toContain(`'${flag}:`);
      const fish = scripts.fish
        .split("\n")
        .filter((line) => line.includes(`_from ${name}'`))
        .join("\n");
      for (const flag of flags)
        expect(fish).toContain(flag.startsWith("--") ? ` -l ${flag.slice(2)} ` : ` -s ${flag.slice(1)} `);
    }
    for (const shell of ["zsh", "fish"])
      for (const line of scripts[shell].split("\n"))
        expect(line.replace(/\\./g, "").split("'").length % 2, line).toBe(1);
    expect(scripts.zsh).toMatch(/^#compdef lethe\n/);
    expect(scripts.zsh).toContain("the user'\\''s own ratings");
    expect(scripts.fish).toContain("the user\\'s own ratings");
  });

  test("another shell is refused with those that there are", async () => {
    expect(await box.run("completion tcsh")).toMatchObject({ status: 2, stderr: expect.stringContaining("bash") });
    expect(await box.json("completion bash")).toEqual({ shell: "bash", script: scripts.bash });
  });
});

describe("long helps", () => {
  test.each([
    ["train", "--shards", "In shards:"],
    ["train", "--partition", "In shards:"],
    ["train", "--alpha", "The model and its objective:"],
    ["train", "--epochs", "Training by batches:"],
    ["train", "--format", "Reading the interactions:"],
    ["train", "--out", "What is trained:"],
    ["train", "--json", "Of every command:"],
    ["forget", "--items", "What is forgotten:"],
    ["forget", "--method", "How:"],
    ["import", "--item-ids", "Who is who:"],
    ["import", "--item-tensor", "What is imported:"],
    ["update", "--change", "What is updated:"],
    ["update", "--older-than", "What is forgotten:"],
    ["explain", "--pairs", "What is explained:"],
    ["explain", "--html", "What is told of it:"],
    ["info", "--verify", "Options:"],
  ])("of %s have %s below %s", async (command, flag, heading) => {
    const { stdout } = await box.run(`${command} --help`);
    const [before] = stdout.split(new RegExp(`^  ${flag}\\b`, "m"));
    expect(before).not.toBe(stdout);
    expect(before.match(/^\S.*:$/gm)?.at(-1)).toBe(heading);
  });
});

test("the help of a command speaks of flags only that it has", async () => {
  for (const { name: command } of verbs) {
    const { stdout } = await box.run(`${command} --help`);
    const named = stdout.replace(/lethe [a-z]+ --[a-z-]+/g, "").match(/--[A-Za-z][\w-]*/g) ?? [];
    expect(await helpFlags(command), command).toEqual(expect.arrayContaining(named));
  }
});
