/** What cannot be used is refused: status 2, one line that names the place, no result, and nothing changed on the disk. */

import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { commandOf, errorOf, launch, lethe, scratch, treeOf } from "../support/lethe.ts";
import { itemId, itemsCsv, ratingsCsv, rows, small, userId } from "../support/sets.ts";

const newFolder = scratch();
let trained = "";

beforeAll(async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "ratings.csv"), ratingsCsv);
  writeFileSync(join(folder, "items.csv"), itemsCsv);
  const train = await lethe(`train ratings.csv --items items.csv ${small} --out model`.split(" "), {
    cwd: folder,
  });
  expect(train).toMatchObject({ status: 0, stderr: "" });
  const forget = await lethe(["forget", "model", "--users", userId(3), "--out", "later"], { cwd: folder });
  expect(forget).toMatchObject({ status: 0, stderr: "" });
  trained = folder;
});

interface Case {
  readonly what: string;
  /** As typed, in one string where no argument has a space. */
  readonly args: string | readonly string[];
  /** What the message must name. */
  readonly says: readonly (string | RegExp)[];
  /** Changes the folder first; it holds ratings.csv, items.csv, model, and `later`, which forgot user 3. */
  readonly given?: (folder: string) => void;
  /** Runs without --json, where that flag would be what is wrong. */
  readonly bare?: boolean;
}

/** A copy of the folder for one case alone. */
function copyFor({ given }: Case): string {
  const folder = newFolder();
  cpSync(trained, folder, { recursive: true });
  given?.(folder);
  return folder;
}

async function refused(one: Case): Promise<void> {
  const cwd = copyFor(one);
  const before = treeOf(cwd);
  const args = typeof one.args === "string" ? one.args.split(" ").filter((part) => part !== "") : one.args;
  const ran = await lethe(one.bare ? args : [...args, "--json"], { cwd });
  const { status, stdout, stderr } = ran;
  const lines = stderr.split("\n");
  expect({ status, end: lines.pop() }, stderr).toEqual({ status: 2, end: "" });
  if (one.bare) expect(stdout).toBe("");
  else expect(errorOf(ran).code).toMatch(/^(bad-input|bad-model|unknown-id|unsupported)$/);
  expect(lines[0]).toMatch(/^lethe: \S/);
  for (const part of one.says) {
    if (typeof part === "string") expect(lines[0]).toContain(part);
    else expect(lines[0]).toMatch(part);
  }
  // Advice is one line more, below the message.
  expect(lines.length, stderr).toBeLessThanOrEqual(2);
  if (lines.length === 2) expect(lines[1]).toMatch(/^ {7}\S/);
  expect(stderr).not.toMatch(/\n\s+at |Error:|undefined|\[object/);
  expect(treeOf(cwd)).toEqual(before);
}

/** Training on one file of the given content. */
function file(what: string, content: string | Uint8Array, ...says: (string | RegExp)[]): Case {
  return { ...named("bad.csv", content, says), what };
}

function named(name: string, content: string | Uint8Array, says: readonly (string | RegExp)[], flags = ""): Case {
  return {
    what: name,
    args: `train ${name} --out out ${flags}`,
    given: (folder) => writeFileSync(join(folder, name), content),
    says: [name, ...says],
  };
}

const header = "user,item,rating\n";

const files: Case[] = [
  { what: "no such file", args: "train absent.csv --out out", says: ["absent.csv", "no such file"] },
  { what: "a folder for a file", args: "train model --out out", says: ["model", "a model folder"] },
  file("an empty file", "", "line 1", "an empty file"),
  file("a header alone", header, "line 1", "no rows"),
  file("a rating that is a word", `${header}a,b,1\na,c,good\n`, "line 3", '"good"', "a finite number"),
  file("a rating NaN", `${header}a,b,NaN\n`, "line 2", '"NaN"'),
  file("a rating Infinity", `${header}a,b,2\na,c,-Infinity\n`, "line 3", '"-Infinity"'),
  file("a rating whose square overflows", `${header}a,b,1e200\n`, "line 2", '"1e200"', "1e150"),
  file("an empty id", `${header},b,1\n`, "line 2", "an empty id of the user"),
  file("an id of 300 bytes", `${header}a,${"x".repeat(300)},1\n`, "line 2", "300 bytes", "of the item"),
  file("an id with a bell in it", `${header}a\u0007,b,1\n`, "line 2", "control character"),
  file("a NUL byte", `${header}a,b,1\na\0,c,2\n`, "line 3", "NUL"),
  file("bytes that are not UTF-8", Buffer.from(`${header}caf\xe9,b,1\n`, "latin1"), "line 2", "UTF-8"),
  file("tabs among commas", `${header}a,b,1\na\tc\t2\n`, "line 3", "1 field", "3"),
  file("a line that breaks off", ratingsCsv.slice(0, -9), `line ${rows.length + 1}`, /[12] fields?/),
  { ...named("bad.csv.gz", ratingsCsv, ["not gzip"]), what: "a .gz that is none" },
  { ...named("cut.csv.gz", gzipSync(ratingsCsv).subarray(0, 500), ["too early"]), what: "a .gz that breaks off" },
  {
    ...named("twice.csv", `${header}a,b,1\nb,b,1\na,b,2\n`, ["line 4", '"a"', "line 2"], "--duplicates error"),
    what: "a pair again, where that is an error",
  },
  {
    what: "a column that is not there",
    args: "train ratings.csv --columns user,item,stars --out out",
    says: ["ratings.csv", "line 1", '"stars"'],
  },
  { what: "no such items file", args: "train ratings.csv --items none.csv --out out", says: ["none.csv"] },
  {
    what: "an items file without a header",
    args: "train ratings.csv --items ratings.csv --out out",
    says: ["ratings.csv", "line 1", "item and title"],
  },
  { what: "no such test file", args: "audit later --original model --test none.csv", says: ["none.csv"] },
  { what: "no such file for the demo", args: "demo --data none.csv", says: ["none.csv"] },
];

/** `train` with one flag more. */
const flag = (flags: string, ...says: string[]): Case => ({
  what: flags,
  args: `train ratings.csv --out out ${flags}`,
  says,
});

const flags: Case[] = [
  flag("--fctors 3", 'unknown option "--fctors"'),
  flag("--factors 0", "--factors", '"0"', "from 1"),
  flag("--factors 1.5", "--factors", '"1.5"', "whole number"),
  flag("--factors abc", "--factors", '"abc"', "whole number"),
  flag("--l2 0", "--l2:", '"0"', "above 0"),
  flag("--l2 -1", "--l2:", '"-1"', "from 0"),
  flag("--l2-bias 0", "--l2-bias:", '"0"', "above 0"),
  flag("--mean abc", "--mean", '"abc"', '"learned"'),
  flag("--seed -1", "--seed", '"-1"', "from 0"),
  flag("--tolerance 0", "--tolerance", '"0"', "above 0"),
  flag("--threads 0", "--threads", '"0"', "from 1 to 8"),
  flag("--threads 9", "--threads", '"9"', "from 1 to 8"),
  flag("--model svd", "--model", '"svd"', "mf"),
  flag("--regularizer ridge", "--regularizer", '"ridge"', "table or interaction"),
  flag("--biases some", "--biases", '"some"', "both or none"),
  flag("--duplicates drop", "--duplicates", '"drop"', "keep or last or sum or error"),
  flag("--columns user", "columns", '"user"'),
  flag("more.csv", "more.csv", "no such file"),
  { what: "no --out", args: "train ratings.csv", says: ["--out <dir>"] },
  { what: "nothing after --out", args: "train ratings.csv --out", bare: true, says: ["--out <dir>"] },
  { what: "an empty --out", args: ["train", "ratings.csv", "--out", ""], says: ["--out", '""'] },
  { what: "an empty FILE", args: ["train", "", "--out", "out"], says: ["<files>", '""'] },
  { what: "no FILE", args: "train --out out", says: ["<files>"] },
  { what: "a line end in a value", args: ["info", "model", "--threads", "1\n2"], says: ["--threads", '"1\\n2"'] },
  { what: "no --user", args: "explain model --item x", says: ["--user is missing"] },
  { what: "-n 0", args: `recommend model --user ${userId(1)} -n 0`, says: ["-n", '"0"', "from 1"] },
  {
    what: "an unknown estimator",
    args: `explain model --user ${userId(1)} --item ${itemId(1)} --method magic`,
    says: ['"magic"'],
  },
  {
    what: "an unknown unlearner",
    args: `forget model --users ${userId(1)} --method magic --out out`,
    says: ['"magic"'],
  },
  {
    what: "a method that every object has",
    args: `forget model --users ${userId(1)} --method toString --out out`,
    says: ['"toString"'],
  },
  { what: "an unknown command", args: "trian ratings.csv --out out", says: ['unknown command "trian"'] },
  { what: "no command", args: "", bare: true, says: ["no command", "train", "explain", "forget"] },
  { what: "forget without a target", args: "forget model --out out", says: ["nothing to forget"] },
];

const explain = (user: string, item: string): string => `explain model --user ${user} --item ${item}`;
const write = (name: string, content: string) => (folder: string) => writeFileSync(join(folder, name), content);
const [someUser, someItem] = rows[0];
const unrated = Array.from({ length: 30 }, (_, k) => k).find(
  (item) => !rows.some(([u, i]) => u === someUser && i === item),
) as number;

const ids: Case[] = [
  { what: "explain: an unknown user", args: explain("nobody", itemId(1)), says: ['no user "nobody"'] },
  { what: "explain: an unknown item", args: explain(userId(1), "nothing"), says: ['no item "nothing"'] },
  { what: "recommend: an unknown user", args: "recommend model --user nobody", says: ['no user "nobody"'] },
  { what: "forget: an unknown user", args: `forget model --users ${userId(1)},nobody --out out`, says: ['"nobody"'] },
  { what: "forget: an unknown item", args: "forget model --items nothing --out out", says: ['"nothing"'] },
  { what: "forget: an empty id", args: `forget model --users ${userId(1)},, --out out`, says: ["an empty id"] },
  {
    what: "forget: a pair without a rating",
    args: "forget model --interactions pairs.csv --out out",
    given: write(
      "pairs.csv",
      `user,item\n${userId(someUser)},${itemId(someItem)}\n${userId(someUser)},${itemId(unrated)}\n`,
    ),
    says: ["pair 2", userId(someUser), itemId(unrated)],
  },
  {
    what: "forget: a file of pairs without a byte",
    args: "forget model --interactions pairs.csv --out out",
    given: write("pairs.csv", ""),
    says: ["pairs.csv", "line 1", "an empty file"],
  },
  { what: "forget: no such @FILE", args: "forget model --users @absent.txt --out out", says: ["absent.txt"] },
  { what: "forget: @ alone", args: "forget model --users @ --out out", says: ["@FILE"] },
  {
    what: "forget: an unknown id in an @FILE",
    args: "forget model --users @ids.txt --out out",
    given: write("ids.txt", `${userId(1)}\nnobody\n`),
    says: ['"nobody"'],
  },
  {
    what: "forget: the same user again",
    args: `forget later --users ${userId(3)} --out out`,
    says: [userId(3), "already forgotten"],
  },
  {
    what: "explain: a user who is forgotten",
    args: `explain later --user ${userId(3)} --item ${itemId(1)}`,
    says: [userId(3), "already forgotten"],
  },
  {
    what: "forget: everybody",
    args: "forget model --users @ids.txt --out out",
    given: write("ids.txt", Array.from({ length: 40 }, (_, k) => userId(k)).join("\n")),
    says: ["every interaction"],
  },
  { what: "predict: no such pairs", args: "predict model --pairs absent.csv", says: ["absent.csv"] },
  {
    what: "predict: one column",
    args: "predict model --pairs ids.csv",
    given: write("ids.csv", "a\nb\n"),
    says: ["ids.csv", "line 1"],
  },
];

const edit = (name: string, change: (text: string) => string) => (folder: string) => {
  const path = join(folder, "model", name);
  const text = readFileSync(path, "utf8");
  const edited = change(text);
  expect(edited).not.toBe(text);
  writeFileSync(path, edited);
};
const flip = (name: string) => (folder: string) => {
  const path = join(folder, "model", name);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(path, bytes);
};
const cutShort = (name: string) => (folder: string) => {
  const path = join(folder, "model", name);
  truncateSync(path, statSync(path).size - 16);
};
const without = (name: string) => (folder: string) => rmSync(join(folder, "model", name));
const asFile = (name: string) => (folder: string) => writeFileSync(join(folder, name), "x");

const hashes = /sha256 [0-9a-f]{64}\b.* sha256 [0-9a-f]{64}\b|sha256 ([0-9a-f]{64}), it says (?!\1)[0-9a-f]{64}$/;
const recommend = `recommend model --user ${userId(1)}`;
const forget = `forget model --users ${userId(1)}`;

const folders: Case[] = [
  { what: "no such model", args: "info absent", says: ["absent"] },
  { what: "a file for a model", args: "info ratings.csv", says: ["ratings.csv"] },
  { what: "an empty folder", args: "info empty", given: (f) => mkdirSync(join(f, "empty")), says: ["empty"] },
  {
    what: "a manifest cut short",
    args: recommend,
    given: edit("model.json", (text) => text.slice(0, -40)),
    says: ["model.json", "truncated"],
  },
  {
    what: "another λ in the manifest",
    args: forget.concat(" --out out"),
    given: edit("model.json", (text) => text.replace('"l2": 3', '"l2": 30')),
    says: ["model.json", hashes],
  },
  {
    what: "more users in the manifest",
    args: recommend,
    given: edit("model.json", (text) => text.replace('"users": 40', '"users": 41')),
    says: ["model.json", hashes],
  },
  {
    what: "a manifest of another format",
    args: recommend,
    given: edit("model.json", (text) => text.replace('"formatVersion": 2', '"formatVersion": 1')),
    says: ["model.json", "version 1", "version 2"],
  },
  {
    what: "a manifest of something else",
    args: recommend,
    given: edit("model.json", () => '{"name":"a package"}'),
    says: ["model.json", "not the manifest"],
  },
  { what: "no manifest", args: recommend, given: without("model.json"), says: ["model.json"] },
  {
    what: "parameters cut short",
    args: recommend,
    given: cutShort("parameters.safetensors"),
    says: ["parameters.safetensors", hashes],
  },
  {
    what: "parameters edited",
    args: explain(userId(1), itemId(1)),
    given: flip("parameters.safetensors"),
    says: ["parameters.safetensors", hashes],
  },
  {
    what: "interactions edited",
    args: forget.concat(" --out model"),
    given: flip("interactions.parquet"),
    says: ["interactions.parquet", hashes],
  },
  {
    what: "users edited",
    args: `audit later --original model`,
    given: flip("users.parquet"),
    says: ["users.parquet", hashes],
  },
  {
    what: "items cut short",
    args: "info model --verify",
    given: cutShort("items.parquet"),
    says: ["items.parquet", hashes],
  },
  {
    what: "no parameters",
    args: recommend,
    given: without("parameters.safetensors"),
    says: ["parameters.safetensors"],
  },
  { what: "no model to compare with", args: "audit later --original absent", says: ["absent"] },
  {
    what: "--out: a folder of somebody else",
    args: "train ratings.csv --out mine",
    given: (f) => {
      mkdirSync(join(f, "mine"));
      writeFileSync(join(f, "mine/thesis.tex"), "x");
    },
    says: ["mine", "not a Lethe model"],
  },
  { what: "--out, before anything is read", args: "train absent.csv --out items.csv", says: ["items.csv"] },
  { what: "--out: a file", args: "train ratings.csv --out items.csv", says: ["items.csv", "not a Lethe model"] },
  { what: "--out: below a file", args: forget.concat(" --out items.csv/model"), says: ["items.csv/model"] },
  {
    what: "forget --out: a folder of somebody else",
    args: forget.concat(" --out mine"),
    given: (f) => {
      mkdirSync(join(f, "mine"));
      asFile("mine/notes")(f);
    },
    says: ["mine", "not a Lethe model"],
  },
];

describe.each([
  ["files", files],
  ["flags", flags],
  ["ids", ids],
  ["model folders", folders],
])("%s", (_, cases) => {
  for (const one of cases) test(one.what, () => refused(one));
});

describe("--out below a folder that may not be written", () => {
  // Root may write everywhere; without this power it is as anybody else, and still reads a clone that others may not enter.
  const asOthers = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];

  test.each([
    ["train, before anything is read", "train absent.csv --out locked/model"],
    ["forget", `forget model --users ${userId(1)} --out locked/deep/model`],
  ])("%s", async (_, args) => {
    const cwd = copyFor({ what: "", args, says: [] });
    mkdirSync(join(cwd, "locked"));
    chmodSync(cwd, 0o755);
    chmodSync(join(cwd, "locked"), 0o555);
    const before = treeOf(cwd);
    const [program, ...rest] = [...asOthers, ...commandOf([...args.split(" "), "--json"])];
    const ran = await launch(program, rest, { cwd });
    expect(ran.status).toBe(2);
    expect(errorOf(ran).code).toBe("bad-input");
    expect(ran.stderr).toMatch(/^lethe: locked\/\S+ cannot be written: EACCES.*\n {7}\S.*\n$/);
    expect(treeOf(cwd)).toEqual(before);
  });
});
