/** `--config`: what a file says of a command is as if it were typed; what is typed comes before it, and nothing wrong passes. */

import { symlinkSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { nearNames } from "../../src/cli/near.ts";
import { errorOf, treeOf } from "../support/lethe.ts";
import { sandbox, tinyCsv, tinyItemIds, tinyUserIds } from "../support/sandbox.ts";

const box = sandbox();
const settings = { factors: 2, l2: 3, l2Bias: 1 };
const pairScore = `score:${tinyUserIds[0]}:${tinyItemIds[1]}`;
const write = (name: string, document: unknown) => box.write(name, JSON.stringify(document));

beforeAll(async () => {
  box.write("ratings.csv", tinyCsv);
  box.write("gone.csv", `${tinyUserIds[2]}\n${tinyUserIds[3]}\n`);
  box.write("pairs.csv", `${tinyUserIds[0]},${tinyItemIds[0]}\n`);
  write("lethe.json", {
    train: { ...settings, out: "model" },
    forget: { users: "@gone.csv", out: "after" },
    explain: { pairs: "pairs.csv", method: "fast-influence", settings: { form: "block" }, count: 1 },
    value: { measure: ["fit", pairScore], test: "ratings.csv", method: "influence-function", count: 3 },
    audit: { original: "model", only: ["certificate"] },
  });
  await box.json("train ratings.csv --config lethe.json");
  await box.json("train ratings.csv --factors 2 --l2 3 --l2-bias 1 --out typed");
});

describe("--config", () => {
  test("trains what the same flags train, to the byte", () => {
    expect(treeOf(box.at("model"))).toEqual(treeOf(box.at("typed")));
  });

  test("gives way to the command line, wherever the flag stands there", async () => {
    for (const args of ["--config lethe.json --factors 4 --out", "--factors 4 --config=lethe.json --out"]) {
      await box.json(`train ratings.csv ${args} wider`);
      const { training } = await box.json<{ training: { trainer?: unknown } }>("info wider");
      expect(JSON.stringify(training)).not.toContain('"factors":2');
      expect(JSON.stringify(await box.json("info wider"))).toContain('"factors":4');
    }
  });

  test("has lists that typed ones replace, and settings that typed ones join", async () => {
    const measures = async (...more: string[]) => {
      const args = ["value model --config lethe.json", ...more.map((word) => `--measure ${word}`)];
      const found = await box.json<{ measures: { measure: string }[] }>(args.join(" "));
      return found.measures.map(({ measure }) => measure);
    };
    expect(await measures()).toEqual(["fit", pairScore]);
    expect(await measures(pairScore)).toEqual([pairScore]);
    expect(await measures(pairScore, "fit")).toEqual([pairScore, "fit"]);
    const asked = "explain model --pairs pairs.csv --method fast-influence";
    const joined = await box.json("explain model --config lethe.json --set through=embeddings");
    expect(joined).toEqual(await box.json(`${asked} --set form=block -n 1`));
    expect(joined).not.toEqual(await box.json(`${asked} -n 1`));
  });

  test("takes files and ids where flags take them", async () => {
    const { users } = await box.json<{ users: number }>("forget model --config lethe.json");
    expect(users).toBe(22);
    expect(await box.json("forget model --users @gone.csv --out by-hand")).toMatchObject({ users: 22 });
    expect(treeOf(box.at("after"))).toEqual(treeOf(box.at("by-hand")));
  });

  test("reads a text as it is typed, where the field is none: a list, settings, a date", async () => {
    const asked = `explain model --user ${tinyUserIds[0]} --item ${tinyItemIds[0]}`;
    write("words.json", {
      explain: { settings: "form=block", method: "fast-influence" },
      fidelity: { methods: "fast-influence,newton-step", pairs: 2 },
    });
    expect(await box.json(`${asked} --config words.json`)).toEqual(
      await box.json(`${asked} --method fast-influence --set form=block`),
    );
    const { methods } = await box.json<{ methods: { method: string }[] }>("fidelity model --config words.json");
    expect(methods.map(({ method }) => method)).toEqual(["fast-influence", "newton-step"]);
  });

  test("turns switches on, and the opposite typed beside it turns them off", async () => {
    write("switches.json", {
      train: { ...settings, refit: true },
      forget: { users: "@gone.csv", dryRun: true, out: "dry" },
    });
    expect(await box.json("forget model --config switches.json")).toMatchObject({ dryRun: true });
    expect(await box.json("forget model --config switches.json --no-dry-run")).not.toHaveProperty("dryRun");
    // Also where the file says nothing of it.
    expect(await box.json("forget model --config lethe.json --out dry2 --no-dry-run")).not.toHaveProperty("dryRun");
    expect((await box.run("forget model --users @gone.csv --out dry3 --no-dry-run")).status).toBe(2);
  });

  test("has the flags that are no fields: an age, and a column of a list", async () => {
    const asked = `forget model --out aged --dry-run`;
    box.write(
      "timed.csv",
      tinyCsv
        .trim()
        .split("\n")
        .map((line, k) => (k === 0 ? `${line},time` : `${line},${k}`))
        .join("\n"),
    );
    box.write("table.csv", `note,who\nx,${tinyUserIds[2]}\n`);
    write("age.json", { forget: { olderThan: "25mo" } });
    write("table.json", { forget: { users: "@table.csv", column: "who" } });
    await box.json("train timed.csv --factors 2 --l2 3 --out timed");
    const aged = await box.json(
      "forget timed --users @gone.csv --out aged --dry-run --config age.json",
      0,
      expect.anything(),
    );
    expect(aged.rows).toBe(
      (await box.json("forget timed --users @gone.csv --out aged --dry-run --older-than 25mo", 0, expect.anything()))
        .rows,
    );
    expect((await box.json(`${asked} --config table.json`)).rows).toBe(
      (await box.json(`${asked} --users ${tinyUserIds[2]}`)).rows,
    );
    write("age.json", { forget: { olderThan: "soon" } });
    expect(errorOf(await box.run(`${asked} --config age.json --json`)).message).toMatch(
      /^age\.json: forget\.olderThan: /,
    );
    write("age.json", { forget: { olderThan: 3 } });
    expect(errorOf(await box.run(`${asked} --config age.json --json`)).message).toMatch(
      /forget\.olderThan: expected text/,
    );
  });

  test("may name what is else an argument", async () => {
    write("whole.json", { train: { files: ["ratings.csv"], out: "whole", ...settings } });
    await box.json("train --config whole.json");
    expect(treeOf(box.at("whole"))).toEqual(treeOf(box.at("model")));
    write("other.json", { info: { folder: "nowhere" } });
    expect(await box.json("info model --config other.json")).toMatchObject({ format: "lethe-model" });
  });

  test("is for all commands: one without a section takes nothing from it, links are followed, an empty one is fine", async () => {
    expect(await box.json("info model --config lethe.json")).toEqual(await box.json("info model"));
    symlinkSync(box.at("lethe.json"), box.at("link.json"));
    expect(await box.json("explain model --config link.json")).toMatchObject({ pairs: 1 });
    box.write("empty.json", "\uFEFF{}");
    expect(await box.json("methods --config empty.json")).toHaveProperty("estimators");
  });

  test.each<[string, unknown, string, string | null]>([
    ["a slip in a key", { train: { factor: 2 } }, 'lethe train takes no "factor"', "did you mean factors?"],
    ["a flag for a key", { train: { "l2-bias": 2 } }, 'lethe train takes no "l2-bias"', "did you mean l2Bias?"],
    ["a key like no other", { train: { zzzzzzz: 2 } }, '"zzzzzzz"', "it may have: files, out, model"],
    ["a slip in a command", { trian: {} }, 'no command "trian"', "did you mean train?"],
    ["fields without a command", { l2: 3 }, 'no command "l2"', "it may have: train"],
    ["a section that is no object", { train: 3 }, "train: expected an object", null],
    ["text for a number", { train: { factors: "two" } }, "train.factors: expected number", null],
    ["a number out of range", { train: { factors: 0 } }, "train.factors", null],
    ["another choice", { train: { model: "svd" } }, "train.model", null],
    ["a command that was not named, too", { forget: 1, train: {} }, "forget: expected an object", null],
    ["a list", [], "expected an object with a key for each command", null],
  ])("%s is refused, with file and key", async (_, document, message, advice) => {
    write("wrong.json", document);
    const ran = await box.run("train ratings.csv --out never --config wrong.json --json");
    expect(ran.status).toBe(2);
    const error = errorOf(ran);
    expect(error.message).toMatch(/^wrong\.json: /);
    expect(error.message).toContain(message);
    if (advice !== null) expect(error.advice).toContain(advice);
  });

  test("ids and files are text, as the flag takes them", async () => {
    write("list.json", { forget: { users: [tinyUserIds[2]] } });
    const ran = await box.run("forget model --out never --config list.json --json");
    expect(errorOf(ran)).toMatchObject({ message: "list.json: forget.users: expected text, as --users takes it" });
  });

  test.each([
    ["train ratings.csv --config nowhere.json", "nowhere.json: there is no such file"],
    ["train ratings.csv --config .", ".: this is not a file"],
    ["train ratings.csv --config broken.json", "broken.json: this is not JSON"],
    ["train ratings.csv --config", "--config <file>: nothing was given after it"],
    ["demo --config lethe.json", "--config"],
  ])("%s is refused", async (args, said) => {
    box.write("broken.json", '{"train": {"l2": 3,}}');
    expect(await box.run(args)).toMatchObject({ status: 2, stderr: expect.stringContaining(said) });
  });
});

describe("near names", () => {
  const names = ["factors", "l2", "l2Bias", "learningRate", "model"];

  test("are found after any one slip, and a name is nearest to itself", () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), fc.constantFrom("drop", "double", "swap"), (name, n, slip) => {
        const at = n % name.length;
        const rest = name.slice(at + 1);
        const letters = { drop: "", double: name[at].repeat(2), swap: (rest[0] ?? "") + name[at] };
        const wrong = name.slice(0, at) + letters[slip] + (slip === "swap" ? rest.slice(1) : rest);
        expect(nearNames(wrong, names)).toContain(name);
        expect(nearNames(name, names)[0]).toBe(name);
      }),
    );
    expect(nearNames("quantity", names)).toEqual([]);
  });
});
