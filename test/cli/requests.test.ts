/** Requests by rule on the command line: what is written is what is forgotten. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { attacks, requestRules } from "../../src/requests/index.ts";
import { requestBy } from "../../src/study/cases/request.ts";
import { openModel } from "../../src/study/store/model.ts";
import { errorOf, lethe, scratch } from "../support/lethe.ts";
import { csvOf, itemId, rows, small, userCount } from "../support/sets.ts";

const newFolder = scratch();
const cwd = newFolder();
const at = (name: string): string => join(cwd, name);
const written = (name: string): string[] => readFileSync(at(name), "utf8").trimEnd().split("\n");

async function json<Document = Record<string, unknown>>(args: string): Promise<Document> {
  const ran = await lethe([...args.split(" "), "--json"], { cwd });
  expect({ status: ran.status, stderr: ran.stderr }, args).toEqual({ status: 0, stderr: "" });
  return JSON.parse(ran.stdout);
}

beforeAll(async () => {
  // Two rows that nothing tells apart, and an id that CSV puts in quotes.
  const twin = rows[0];
  writeFileSync(at("ratings.csv"), `${csvOf([...rows, twin])}"Smith, John",1,3\n"Smith, John",2,4\n`);
  await lethe(`train ratings.csv ${small} --out model`.split(" "), { cwd });
});

interface Report {
  readonly of: string;
  readonly interactions: number;
  readonly requests: readonly object[];
  readonly warnings: readonly string[];
  readonly next: string;
}

describe("plant", () => {
  test.each(attacks.methods.map(({ name }) => name))(
    "%s: what it writes is trained, and its profiles are found and forgotten",
    async (attack) => {
      const item = itemId(7);
      const report = await json<Record<string, unknown>>(
        `plant model --attack ${attack} --set item=${item} --set count=3 --out ${attack}.csv`,
      );
      expect(report).toEqual({
        ...{ attack, item, title: null, rating: 5, profiles: 3, prefix: "planted-", planted: expect.any(Number) },
        ...{ users: userCount + 4, interactions: rows.length + 3 + Number(report.planted), status: "converged" },
        ...{ out: `${attack}.csv`, warnings: [], next: `lethe train ${attack}.csv --out DIR` },
      });
      const [header, ...lines] = written(`${attack}.csv`);
      expect(header).toBe("user,item,rating");
      expect(lines.slice(0, rows.length)).toEqual(csvOf(rows).trimEnd().split("\n"));
      expect(lines.filter((line) => line.startsWith("planted-") && line.endsWith(`,${item},5`))).toHaveLength(3);
      await lethe(`train ${attack}.csv ${small} --out ${attack}`.split(" "), { cwd });
      const asked = await json<Report>(`request ${attack} --rule planted --out ${attack}.txt`);
      expect(asked.interactions).toBe(report.planted);
      expect(written(`${attack}.txt`)).toEqual(["planted-1", "planted-2", "planted-3"]);
      const [, ...next] = asked.next.replace("DIR", `${attack}-clean`).split(" ");
      expect(await json(next.join(" "))).toMatchObject({ rows: report.planted, users: userCount + 1 });
    },
  );

  test("takes an id as it is written, and refuses what is there and what is not", async () => {
    const told = errorOf(await lethe("plant model --set item=0050 --out x.csv --json".split(" "), { cwd }));
    expect(told).toMatchObject({ code: "unknown-id", message: expect.stringContaining('"0050"') });
    writeFileSync(at("there.csv"), "mine");
    expect(errorOf(await lethe("plant model --out there.csv --json".split(" "), { cwd }))).toMatchObject({
      message: expect.stringContaining("there.csv"),
    });
    expect(existsSync(at("x.csv"))).toBe(false);
    const unknown = errorOf(await lethe("plant absent --attack magic --out x.csv --json".split(" "), { cwd }));
    expect(unknown.advice).toContain("influence-push");
  });
});

describe("request", () => {
  test.each([
    "random --set share=0.1",
    "random --set share=0.1 --set of=items",
    "random --set share=0.2 --set of=interactions",
    "core --set share=0.1 --set match=interactions",
    "edge --set count=3",
    "raters --set share=0.2",
    "raters --set share=0.2 --set whole=false",
    "one-shard --set count=2",
  ])("%s: the command that it tells forgets what it chose", async (rule) => {
    const out = `${rule.replace(/[^a-z0-9]/g, "")}.txt`;
    const report = await json<Report>(`request model --rule ${rule} --out ${out}`);
    expect(report).toMatchObject({ rule: rule.split(" ")[0], out, warnings: [], requests: [expect.anything()] });
    const [, ...next] = report.next.replace("DIR", `less-${out}`).split(" ");
    const { rows: gone } = await json(next.join(" "));
    expect(gone).toBe(report.interactions);
  });

  test("a file has users one a line, and a sequence those of its requests in order", async () => {
    const { dataset } = await openModel(at("model"));
    const report = await json<Report>("request model --rule sequence --set count=4 --out sequence.txt");
    expect(report.requests).toHaveLength(4);
    expect(report.next).toBe("lethe forget model --users ID --exactly --out DIR");
    const ids = written("sequence.txt");
    expect(ids.length).toBe(4);
    for (const id of ids) expect(dataset.userIds.find(id)).toBeDefined();
    await json("request model --rule sequence --set count=3 --out shorter.txt");
    expect(written("shorter.txt")).toEqual(ids.slice(0, 3));
    await json(`request model --rule planted --set prefix=Smith --out smith.txt`);
    expect(written("smith.txt")).toEqual(['"Smith, John"']);
    expect(await json("forget model --users @smith.txt --exactly --out no-smith")).toMatchObject({ rows: 2 });
  });

  test("warns of rows that are forgotten with one that was chosen", async () => {
    const model = await openModel(at("model"));
    const warned: [number, string][] = [];
    for (let count = 1; count < rows.length + 3; count++) {
      const report = await requestBy(model, { rule: "random", settings: { of: "interactions", count } });
      for (const warning of report.warnings) warned.push([count, warning]);
    }
    expect(warned).toEqual([[expect.any(Number), expect.stringMatching(/^1 more interaction is the same/)]]);
    const [[count]] = warned;
    await lethe(`request model --set of=interactions --set count=${count} --out twin.csv`.split(" "), { cwd });
    expect(await json("forget model --interactions twin.csv --exactly --out twins")).toMatchObject({ rows: count + 1 });
  });

  test("writes nothing where something is, and tells what is wrong before it reads the model", async () => {
    writeFileSync(at("mine.txt"), "mine");
    const refused = errorOf(await lethe("request model --out mine.txt --json".split(" "), { cwd }));
    expect(refused).toMatchObject({ code: "bad-input", message: expect.stringContaining("mine.txt") });
    expect(written("mine.txt")).toEqual(["mine"]);
    const unknown = errorOf(await lethe("request absent --rule magic --json".split(" "), { cwd }));
    expect(unknown.advice).toContain(requestRules.methods.map(({ name }) => name).join(", "));
    const whole = errorOf(await lethe("request model --set share=1 --out whole.txt --json".split(" "), { cwd }));
    expect(whole).toMatchObject({ code: "bad-input", message: "share is 1; expected a number below 1" });
    expect(existsSync(at("whole.txt"))).toBe(false);
    expect((await json<Report>("request model")).next).toBeNull();
  });
});
