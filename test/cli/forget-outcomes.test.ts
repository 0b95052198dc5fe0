/** What forgetting tells and leaves: a plain sentence, commands to go on with, a dry run, the model as it was, and a receipt. */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { errorOf, lethe } from "../support/lethe.ts";
import { expectReadable, sandbox, tinyCsv, tinyRows } from "../support/sandbox.ts";
import { itemId, userId } from "../support/sets.ts";

const { at, cwd, write, run, json, bytesOf } = sandbox();
const id = userId(3);
const own = tinyRows.filter(([u]) => u === 3).length;

interface Report {
  readonly summary: string;
  readonly rows: number;
  readonly next: string[];
  readonly receipt?: object;
}

beforeAll(async () => {
  write("ratings.csv", `${tinyCsv}${id},only-theirs,4\n`);
  await json("train ratings.csv --factors 2 --l2 2 --l2-bias 1 --out model");
});

describe("the text", () => {
  test("opens with a sentence that is also in the document, then figures, next commands and what was not reached", async () => {
    const { summary } = await json<Report>(`forget model --users ${id} --out text`);
    const text = await run(`forget model --users ${id} --out text`);
    expectReadable(text);
    expect(text.stdout.replaceAll("\n", " ")).toMatch(
      new RegExp(`^User ${id} is gone\\. This is the model that training again in the same way without them gives: `),
    );
    expect(text.stdout.replaceAll("\n", " ").startsWith(`${summary} `)).toBe(true);
    expect(text.stdout).toMatch(/not reached: the model in model, the file of interactions, backups/);
    const kept = await run(`forget text --users ${userId(4)} --out text --keep-original before-text`);
    expect(kept.stdout).toMatch(/not reached: the model in before-text, the file of interactions/);
    expect(text.stdout).toMatch(/certified: .*\n/);
  });

  test("has commands that work as they are written", async () => {
    const { next } = await json<Report>(`forget model --users ${id} --out on`);
    expect(next).toHaveLength(3);
    for (const command of next) {
      const { status, stderr } = await run(command.replace(/^lethe /, ""));
      expect({ status, stderr }, command).toEqual({ status: 0, stderr: "" });
    }
    expect(existsSync(at("on-csv"))).toBe(true);
  });

  test("of an estimate says that nothing is proved", async () => {
    const text = await run(`forget model --users ${id} --method sif --out estimate`);
    expect(text.stdout).toMatch(/not\s+proved\./);
    expect(text.stdout).toMatch(/approximate: /);
    expect(text.stdout).not.toMatch(/exact|certified:|gives: /);
  });
});

describe("a dry run", () => {
  test("tells who loses what, writes nothing, and forgetting then does that", async () => {
    const before = bytesOf("model");
    const preview = await json(`forget model --users ${id} --dry-run`);
    expect(preview).toMatchObject({
      ...{ dryRun: true, rows: own + 1, interactions: tinyRows.length - own, method: "exact" },
      loses: { users: [id], items: ["only-theirs"] },
      others: { users: [], items: ["only-theirs"] },
      summary: `User ${id} would be gone; nothing was written.`,
      estimate: { seconds: expect.any(Number), basis: expect.stringContaining("gradients") },
    });
    expect(bytesOf("model")).toBe(before);
    const { rows, users, items, interactions } = await json<Record<string, number>>(
      `forget model --users ${id} --out dry`,
    );
    expect(preview).toMatchObject({ rows, users, items, interactions });
    expectReadable(await run(`forget model --users ${id} --dry-run`));
  });

  test("writes neither model nor receipt where they are named, and lists all that is unknown", async () => {
    const absent = Array.from({ length: 30 }, (_, k) => `absent-${k}`);
    const args = `forget model --users ${[id, ...absent].join(",")} --ignore-unknown --dry-run`;
    const preview = await json(`${args} --out dry-out --receipt dry.json --keep-original dry-kept`);
    expect(preview).toMatchObject({ unknown: { users: absent } });
    for (const name of ["dry-out", "dry.json", "dry-kept"]) expect(existsSync(at(name)), name).toBe(false);
  });

  test("refuses what forgetting refuses", async () => {
    for (const args of [
      "--users nobody",
      `--users ${id} --method magic`,
      `--users ${id} --out model/inside`,
      `--items ${Array.from({ length: 18 }, (_, k) => itemId(k)).join(",")},only-theirs --ignore-unknown`,
    ]) {
      const dry = errorOf(await run(`forget model ${args} --dry-run --json`));
      const done = errorOf(await run(`forget model ${args}${args.includes("--out") ? "" : " --out refused"} --json`));
      expect(dry).toEqual(done);
    }
    expect(errorOf(await run(`forget model --users ${id} --json`)).message).toBe("--out is missing");
  });
});

describe("the model as it was", () => {
  test("is kept for an audit, to the byte, where the model is replaced", async () => {
    await json("train ratings.csv --factors 2 --l2 2 --l2-bias 1 --out place");
    const before = bytesOf("place");
    const report = await json<Report & { original: string }>(
      `forget place --users ${id} --out place --keep-original kept`,
    );
    expect(report.original).toBe("kept");
    expect(bytesOf("kept")).toBe(before);
    expect(bytesOf("place").includes(id)).toBe(false);
    expect(report.next).toContain("lethe audit place --original kept");
    expect(await json("audit place --original kept")).toMatchObject({ forgotten: own + 1 });
  });

  test("goes nowhere where something is, and nowhere when forgetting fails or there is nothing to forget", async () => {
    mkdirSync(at("full"));
    writeFileSync(at("full/file"), "mine");
    for (const place of ["model", "ratings.csv", "full"])
      expect(errorOf(await run(`forget model --users ${id} --out x --keep-original ${place} --json`)).code).toBe(
        "bad-input",
      );
    await json(`forget model --users ${userId(5)} --out other`);
    expect((await run(`forget model --users ${id} --out other --keep-original none`)).status).toBe(3);
    await json("forget model --users nobody --idempotent --out x --keep-original none");
    expect(existsSync(at("none"))).toBe(false);
  });

  test("is what an audit cannot do without, which it says with what to do next time", async () => {
    const { message, advice } = errorOf(await run("audit place --json"));
    expect(message).toContain("the model before forgetting");
    expect(advice).toContain("--keep-original");
    const itself = errorOf(await run("audit place --original place --json"));
    expect(itself.advice).toContain("--keep-original");
    const text = await run(`forget place --users ${userId(5)} --out place`);
    expect(text.stdout.replace(/\s+/g, " ")).toMatch(/next time, --keep-original DIR keeps it/);
    expect(text.stdout).not.toContain("lethe audit");
  });
});

describe("a receipt", () => {
  const receipt = (name: string) => JSON.parse(readFileSync(at(name), "utf8"));

  test("says what was done and by what, names nobody, and differs from run to run in the time alone", async () => {
    const args = `forget model --users ${id},nobody --ignore-unknown --out receipted`;
    const report = await json<Report & Record<string, unknown>>(`${args} --receipt one.json`);
    await json(`${args} --receipt two.json`);
    expect(report.receipt).toEqual({ file: "one.json", written: true });
    const { time, ...one } = receipt("one.json");
    const { time: later, ...two } = receipt("two.json");
    expect(one).toEqual(two);
    expect(new Date(time).toISOString()).toBe(time);
    expect(later >= time).toBe(true);
    expect(one).toMatchObject({
      ...{ receipt: "lethe-forget", receiptVersion: 1, signed: false, method: "exact", guarantee: "certified" },
      digests: { before: report.digestBefore, after: report.digestAfter },
      request: { users: 2, items: 0, interactions: 0, before: null, unknown: { users: 1, items: 0, interactions: 0 } },
      forgotten: { rows: own + 1, users: 1, items: 1 },
      versions: { node: process.version },
      certificate: { converged: true },
    });
    expect(readFileSync(at("one.json"), "utf8")).not.toMatch(new RegExp(`${id}|nobody|only-theirs`));
  });

  test("that cannot be put is refused before, and told where it fails after", async () => {
    for (const place of ["model", "model/receipt.json", "receipts"]) {
      mkdirSync(at("receipts"), { recursive: true });
      const told = errorOf(await run(`forget model --users ${id} --out unreceipted --receipt ${place} --json`));
      expect(told.message).toContain("--receipt");
      expect(existsSync(at("unreceipted"))).toBe(false);
    }
  });
});

describe("a receipt without a place", () => {
  const forgetting = (out: string, receipt: string) => `forget model --users ${id} --out ${out} --receipt ${receipt}`;

  test.each([
    ["missing", "nowhere/r.json", () => mkdirSync(at("nowhere"))],
    ["a file", "plain.txt/r.json", () => rmSync(at("plain.txt"))],
  ])("in a folder that is %s is refused before the work, and the remedy works", async (_, place, mend) => {
    write("plain.txt", "");
    const told = errorOf(await run(`${forgetting("unplaced", place)} --json`));
    expect(told).toMatchObject({ code: "bad-input", place: "receipt", message: expect.stringContaining("no folder") });
    expect(existsSync(at("unplaced"))).toBe(false);
    mend();
    mkdirSync(at(dirname(place)), { recursive: true });
    expect(await json(forgetting("unplaced", place))).toMatchObject({ receipt: { written: true } });
    rmSync(at("unplaced"), { recursive: true });
  });

  test.each([true, false])(
    "leaves the model where it says, ends with 1 and prints the receipt (json %s)",
    async (asJson) => {
      const name = `lost-${asJson}`;
      mkdirSync(at(name));
      let calls = 0;
      // The work has begun when its progress is told.
      const now = () => {
        if (++calls === 2) rmSync(at(name), { recursive: true });
        return 0;
      };
      const args = `${forgetting(`late-${asJson}`, `${name}/r.json`)}${asJson ? " --json" : ""}`;
      const ran = await lethe(args.split(" "), { cwd, now });
      expect([ran.status, existsSync(at(name))]).toEqual([1, false]);
      expect(ran.stderr).toContain(
        `the model is in place in late-${asJson}, but the receipt is not in ${name}/r.json: `,
      );
      expect(await json(`info late-${asJson} --verify`)).toMatchObject({ agrees: true });
      // What is printed is the receipt of this model.
      const printed = asJson ? JSON.parse(ran.stdout).receipt.text : ran.stdout.slice(ran.stdout.indexOf("\n{\n"));
      const receipt = JSON.parse(asJson ? printed : printed.slice(0, printed.indexOf("\n}\n") + 3));
      const digest = createHash("sha256")
        .update(readFileSync(at(`late-${asJson}/model.json`)))
        .digest("hex");
      expect(receipt).toMatchObject({ receipt: "lethe-forget", digests: { after: digest }, signed: false });
    },
  );
});
