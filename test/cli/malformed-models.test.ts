/** What cannot be trained, imported, exported, evaluated or asked of a model is refused: status 2, one line that names it, nothing written. */

import { cpSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { errorOf, lethe, scratch, treeOf } from "../support/lethe.ts";
import { tinyCsv, tinyItemIds, tinyItems, tinyRows, tinyUserIds } from "../support/sandbox.ts";
import { csvOf, itemId, userId } from "../support/sets.ts";

const newFolder = scratch();
let prepared = "";

beforeAll(async () => {
  const cwd = newFolder();
  writeFileSync(join(cwd, "ratings.csv"), tinyCsv);
  writeFileSync(join(cwd, "users.txt"), tinyUserIds.join("\n"));
  writeFileSync(join(cwd, "items.txt"), tinyItemIds.join("\n"));
  writeFileSync(join(cwd, "test.csv"), csvOf(tinyRows.slice(0, 3)));
  for (const args of [
    "train ratings.csv --factors 2 --l2 3 --out mf",
    "train ratings.csv --model ials --factors 2 --l2 3 --out ials",
    "train ratings.csv --model gmf --factors 2 --epochs 1 --out gmf",
    "train ratings.csv --model mlp --set layers=4,2 --epochs 1 --out mlp",
    "export ials --format npz --out factors.npz",
    "export ials --format safetensors --out factors.safetensors",
    "export ials --format parquet --out tables",
    "export ials --format csv --out texts",
    "export ials --format spark --ids positions --out spark",
  ])
    expect(await lethe(args.split(" "), { cwd }), args).toMatchObject({ status: 0, stderr: "" });
  prepared = cwd;
});

interface Case {
  readonly args: string;
  /** What the first line must name. */
  readonly says: readonly (string | RegExp)[];
  /** The advice below it. */
  readonly advises?: string;
  readonly what?: string;
  /** Changes the folder first. */
  readonly given?: (folder: string) => void;
}

async function refused({ args, says, advises, given }: Case): Promise<void> {
  const cwd = newFolder();
  cpSync(prepared, cwd, { recursive: true });
  given?.(cwd);
  const before = treeOf(cwd);
  const ran = await lethe([...args.split(" "), "--json"], { cwd });
  const { status, stderr } = ran;
  const lines = stderr.split("\n");
  expect({ status, end: lines.pop() }, stderr).toEqual({ status: 2, end: "" });
  const { code, advice } = errorOf(ran);
  expect(code).toMatch(/^(bad-input|bad-model|unknown-id|unsupported)$/);
  if (advises !== undefined) expect(advice).toContain(advises);
  expect(lines[0]).toMatch(/^lethe: \S/);
  for (const part of says)
    if (typeof part === "string") expect(lines[0]).toContain(part);
    else expect(lines[0]).toMatch(part);
  expect(lines.length, stderr).toBeLessThanOrEqual(2);
  if (lines.length === 2) expect(lines[1]).toMatch(/^ {7}\S/);
  expect(stderr).not.toMatch(/\n\s+at |Error:|undefined|NaN|\[object/);
  expect(treeOf(cwd)).toEqual(before);
}

/** `train` with these flags. */
const train = (flags: string, ...says: (string | RegExp)[]): Case => ({
  args: `train ratings.csv --out out ${flags}`,
  says,
});

const names: Case[] = [
  train("--model svd++", "--model", '"svd++"', "neumf"),
  train("--loss hinge", "--loss", '"hinge"', "bpr"),
  train("--model gmf --optimizer rmsprop", "--optimizer", '"rmsprop"', "newton"),
  train("--model gmf --set width=3", "gmf", '"width"'),
  train("--model mult-vae --factors 3", "mult-vae", '"factors"'),
  train("--model light-gcn --set layers=17", "layers", "17", "from 0 to 16"),
  train("--model gmf --set factors=0", "factors", "0", "from 1"),
  train("--model gmf --set factors=1.5", "factors", "1.5", "whole number"),
  train("--model mlp --set layers=8,0", "layers", "[8,0]", "from 1"),
  train("--model mult-vae --set noise=3", "noise", "3", "true or false"),
  train("--model mf --loss bpr --set biases=7", "biases", "7", 'true, false or "items"'),
  train("--model gmf --set factors", "--set", '"factors"', "name=value"),
];

const ranges: Case[] = [
  train("--model gmf --epochs 0", "--epochs", "0", "nothing"),
  train("--model gmf --epochs -1", "--epochs", '"-1"', "from 0"),
  train("--model gmf --batch 0", "--batch", '"0"', "from 1"),
  train("--model gmf --learning-rate 0", "--learning-rate", '"0"', "above 0"),
  train("--model gmf --decay 2", "--decay", '"2"', "at most 1"),
  train("--model gmf --optimizer sgd --momentum 1", "momentum", "1", "below 1"),
  train("--model gmf --momentum 0.5", "momentum", "0.5", "adam has none"),
  train("--model gmf --negatives 1001", "--negatives", '"1001"', "1000"),
  train("--model gmf --l2-shared -1", "--l2-shared", '"-1"', "from 0"),
  train("--model gmf --validation 500", "validation", "500", "held out"),
  train("--model gmf --patience 3", "--patience"),
  train("--model gmf --refit", "--refit"),
  train("--model ials --alpha 0", "--alpha", '"0"', "above 0"),
  train("--model ials --l2 0", "--l2", '"0"', "above 0"),
];

const kinds: Case[] = [
  train("--epochs 3", "--epochs", "mf with squared loss"),
  train("--no-redraw", "--no-redraw", "batches"),
  train("--negatives 4", "--negatives"),
  train("--honest", "--honest"),
  train("--polish", "--polish"),
  train("--set factors=3", "--set"),
  train("--alpha 2", "--alpha", "ials"),
  train("--model gmf --confidence-base 1", "--confidence-base", "ials"),
  train("--model gmf --mean 0", "--mean", "mf with squared loss"),
  train("--model mf --loss bpr --l2-bias 3", "--l2-bias", "mf with squared loss"),
  train("--model gmf --biases both", "gmf", '"biases"'),
  train("--model ials --biases both", "--biases", "ials"),
  train("--model ials --loss bpr", "--loss", "bpr", "ials"),
  train("--model ials --mean 3", "--mean", "ials"),
  train("--model ials --optimizer adam", "--optimizer", "ials"),
  train("--model ials --no-redraw", "--no-redraw", "ials"),
  train("--model mf --loss bpr --negatives 0", "negatives", "0", "bpr"),
  train("--model mult-vae --negatives 4", "negatives", "4", "multinomial"),
  train("--model mf --loss multinomial --negatives 4", "negatives", "4", "multinomial"),
  train("--model mult-vae --honest", "honest", "multinomial"),
];

const shards: Case[] = [
  train("--shards 1", "--shards", '"1"', "from 2 to 1000"),
  train("--partition users", "--partition", "shards"),
  train("--model gmf --aggregate mean", "--aggregate", "shards"),
  train("--shards 2 --partition interactions --aggregate own", "own", "shard"),
  train("--shards 2 --partition item-similarity --aggregate own", "own", "item-similarity"),
  train("--shards 2 --slices 2", "--slices", "als-newton"),
  train("--model gmf --slices 2", "--slices", "shards"),
  train("--model gmf --shards 2 --slices 0", "--slices", "from 1 to 100"),
  train("--model gmf --trainer lasso", "--trainer", "sisa"),
  train("--model gmf --shards 2 --validation 1", "--validation", "--shards"),
  train("--model gmf --shards 2 --checkpoint kept", "checkpoint", "--shards"),
  train("--model gmf --shards 2 --batch-log log", "batch log", "--shards"),
];

const given = (name: string, content: string | Uint8Array) => (folder: string) =>
  writeFileSync(join(folder, name), content);
const cut = (name: string, bytes: number) => (folder: string) => truncateSync(join(folder, name), bytes);
const flip = (name: string, place: (bytes: Buffer) => number) => (folder: string) => {
  const bytes = readFileSync(join(folder, name));
  bytes[place(bytes)] ^= 0x10;
  writeFileSync(join(folder, name), bytes);
};
/** `import` of the prepared model of implicit feedback. */
const imported = (from: string, flags = "--confidence-base 1"): string =>
  `import ${from} --interactions ratings.csv --out out ${flags}`;
const stated = "--loss ials --l2 3";
const named = `${stated} --user-ids @users.txt --item-ids @items.txt`;

const imports: Case[] = [
  { what: "a path that is not there", args: imported("absent.npz"), says: ["absent.npz"] },
  {
    what: "a folder without a model",
    args: imported("empty"),
    given: (f) => mkdirSync(join(f, "empty")),
    says: ["empty"],
  },
  { what: "a file of something else", args: imported("ratings.csv"), says: ["ratings.csv", "no factor model"] },
  { what: "an unknown format", args: imported("factors.npz", "--from onnx"), says: ["--from", '"onnx"', "npz"] },
  {
    what: "another format than it is",
    args: imported("factors.npz", "--from spark"),
    says: ["factors.npz", "metadata"],
  },
  { what: "a folder for npz", args: imported("tables", "--from npz"), says: ["tables", "not a file"] },
  { what: "a file for parquet", args: imported("factors.npz", "--from parquet"), says: ["factors.npz"] },
  { what: "npz cut short", args: imported("factors.npz"), given: cut("factors.npz", 900), says: ["factors.npz"] },
  {
    what: "npz with another byte in a table",
    args: imported("factors.npz"),
    given: flip("factors.npz", () => 200),
    says: ["factors.npz", /CRC|checksum|crc/i],
  },
  {
    what: "safetensors cut short",
    args: imported("factors.safetensors", named),
    given: cut("factors.safetensors", 300),
    says: ["factors.safetensors"],
  },
  {
    what: "safetensors with a broken header",
    args: imported("factors.safetensors", named),
    given: flip("factors.safetensors", () => 8),
    says: ["factors.safetensors"],
  },
  {
    what: "parquet cut short",
    args: imported("tables", stated),
    given: cut("tables/users.parquet", 200),
    says: ["tables"],
  },
  {
    what: "a table of texts with a word for a number",
    args: imported("texts", stated),
    given: (folder) => {
      const path = join(folder, "texts/users.csv");
      const lines = readFileSync(path, "utf8").split("\n");
      lines[2] = `${lines[2].split(",")[0]},good,1`;
      writeFileSync(path, lines.join("\n"));
    },
    says: ["users.csv", "line 3", '"good"'],
  },
  {
    what: "a link for a file",
    args: imported("link.npz"),
    given: (f) => symlinkSync("factors.npz", join(f, "link.npz")),
    says: ["link.npz"],
  },
  {
    what: "no such interactions",
    args: "import factors.npz --interactions absent.csv --out out",
    says: ["absent.csv"],
  },
  { what: "no --interactions", args: "import factors.npz --out out", says: ["--interactions <file>"] },
  {
    what: "a folder of other tables for interactions",
    args: "import factors.npz --interactions tables --out out",
    says: ["tables/items.parquet", "factors"],
  },
  {
    what: "interactions with a user that has no row",
    args: `import factors.npz --interactions more.csv --out out`,
    given: given("more.csv", `${tinyCsv}nobody,${itemId(0)},1\n`),
    says: ["user", '"nobody"', "no row"],
  },
  {
    what: "interactions with an item that has no row",
    args: `import factors.npz --interactions more.csv --out out`,
    given: given("more.csv", `${tinyCsv}${userId(0)},nothing,1\n`),
    says: ["item", '"nothing"', "no row"],
  },
  {
    what: "outside ids and none in the file",
    args: imported("factors.safetensors", stated),
    says: [userId(0), "no position"],
  },
  {
    what: "ids for fewer rows",
    args: imported("factors.safetensors", named),
    given: given("users.txt", tinyUserIds.slice(1).join("\n")),
    says: [`${tinyUserIds.length - 1} user ids`, `${tinyUserIds.length} rows`],
  },
  {
    what: "an id twice",
    args: imported("factors.safetensors", named),
    given: given("users.txt", [...tinyUserIds.slice(1), tinyUserIds[1]].join("\n")),
    says: ["--user-ids", tinyUserIds[1]],
  },
  { what: "no loss stated", args: imported("texts", "--l2 3"), says: ["loss"] },
  {
    what: "no L2 stated",
    args: imported("texts", "--loss ials"),
    given: given("texts/parameters.json", "{}"),
    says: ["L2"],
  },
  {
    what: "an L2 of 0 stated",
    args: imported("texts", "--loss ials"),
    given: given("texts/parameters.json", '{"regularization": 0}'),
    says: ["L2", "0"],
  },
  { what: "--l2 0", args: imported("texts", "--loss ials --l2 0"), says: ["--l2", '"0"', "above 0"] },
  {
    what: "biases with ials",
    args: imported("biased", "--loss ials --l2 3"),
    given: (folder) => {
      cpSync(join(folder, "texts"), join(folder, "biased"), { recursive: true });
      for (const side of ["users", "items"]) {
        const path = join(folder, `biased/${side}.csv`);
        const [head, ...rows] = readFileSync(path, "utf8").trim().split("\n");
        writeFileSync(path, `${[`${head},bias`, ...rows.map((row) => `${row},1`)].join("\n")}\n`);
      }
    },
    says: ["biases", "implicit"],
  },
  {
    what: "--out: a folder of somebody else",
    args: "import factors.npz --interactions ratings.csv --out tables",
    says: ["tables", "not a Lethe model"],
  },
];

const exports: Case[] = [
  { what: "an unknown format", args: "export ials --format onnx --out x", says: ["--format", '"onnx"', "npz"] },
  { what: "no format", args: "export ials --out x", says: ["--format"] },
  { what: "biases where there is no place", args: "export mf --format npz --out x.npz", says: ["x.npz", "biases"] },
  { what: "texts as Spark's ids", args: "export ials --format spark --out x", says: ["x", userId(0), "32 bits"] },
  {
    what: "float64 for Spark",
    args: "export ials --format spark --ids positions --precision float64 --out x",
    says: ["x", "float32"],
  },
  { what: "scores that are no dot products", args: "export mlp --format csv --out x", says: ["mlp", "dot products"] },
  { what: "onto another file", args: "export ials --format npz --out ratings.csv", says: ["ratings.csv"] },
  { what: "onto a model folder", args: "export ials --format csv --out mf", says: ["mf"] },
  { what: "no such model", args: "export absent --format npz --out x", says: ["absent"] },
];

const someone = `--user ${userId(0)} --item ${itemId(0)}`;
/** An item that user 0 does not have. */
const absent = Array.from({ length: tinyItems }, (_, i) => i).find(
  (item) => !tinyRows.some(([u, i]) => u === 0 && i === item),
) as number;
const evaluated = (flags: string) => `evaluate gmf ${flags}`;

const questions: Case[] = [
  { what: "no such test file", args: evaluated("--test absent.csv"), says: ["absent.csv"] },
  {
    what: "a folder of other tables to test on",
    args: evaluated("--test tables"),
    says: ["tables/items.parquet", "factors"],
  },
  {
    what: "a test file without rows",
    args: evaluated("--test none.csv"),
    given: given("none.csv", "user,item,rating\n"),
    says: ["none.csv", "no rows"],
  },
  {
    what: "an empty test file",
    args: evaluated("--test none.csv"),
    given: given("none.csv", ""),
    says: ["none.csv", "empty"],
  },
  { what: "no --test", args: "evaluate gmf", says: ["--test <file>"] },
  { what: "-k 0", args: evaluated("--test test.csv -k 0"), says: ["-k", '"0"', "from 1"] },
  { what: "no such negatives", args: evaluated("--test test.csv --negatives absent.tsv"), says: ["absent.tsv"] },
  {
    what: "negatives of another form",
    args: evaluated("--test test.csv --negatives ratings.csv"),
    says: ["ratings.csv", "line 1", "(user,item)"],
  },
  {
    what: "an estimator that needs closed forms, of a network",
    args: `explain gmf ${someone} --method contributions`,
    says: ["the estimator contributions needs users and items that can be solved in turn", "gmf"],
    advises: "for this model: fast-influence, influence-function, newton-step, leave-one-out, ",
  },
  {
    what: "an estimator that needs a network, of factors",
    args: `explain ials ${someone} --method fast-influence-network`,
    says: ["fast-influence-network needs weights that users and items share", "ials"],
  },
  { what: "an unknown estimator", args: `explain gmf ${someone} --method magic`, says: ['"magic"'] },
  {
    what: "a setting that the estimator has not",
    args: `explain gmf ${someone} --method leave-one-out --set form=block`,
    says: ["leave-one-out", 'no setting "form"'],
    advises: "it has: tolerance, steps",
  },
  {
    what: "a setting that is no number",
    args: `explain gmf ${someone} --method leave-one-out --set tolerance=small`,
    says: ["tolerance", '"small"', "a number"],
  },
  {
    what: "a setting out of range",
    args: `explain gmf ${someone} --method leave-one-out --set steps=0`,
    says: ["steps", "0", "from 1"],
  },
  {
    what: "a form that there is not",
    args: `explain gmf ${someone} --method fast-influence --set form=square`,
    says: ["form", '"square"', "text", "code"],
  },
  {
    what: "a setting without a value",
    args: `explain gmf ${someone} --set form`,
    says: ["--set", '"form"', "name=value"],
  },
  {
    what: "players of another kind",
    args: `explain gmf ${someone} --players friends`,
    says: ["--players", '"friends"'],
  },
  {
    what: "a group of a pair without an interaction",
    args: `explain gmf ${someone} --group groups.csv`,
    given: given("groups.csv", `mine,${userId(0)},${itemId(absent)}\n`),
    says: ['"mine"', userId(0), itemId(absent)],
  },
  { what: "no such groups", args: `explain gmf ${someone} --group absent.csv`, says: ["absent.csv"] },
  {
    what: "groups without a name",
    args: `explain gmf ${someone} --group groups.csv`,
    given: given("groups.csv", `${userId(0)},${itemId(0)}\n`),
    says: ["groups.csv", "line 1"],
  },
  {
    what: "an unlearner that needs ratings, of likes",
    args: `forget gmf --users ${userId(0)} --method scif --out out`,
    says: ["the unlearner scif needs ratings under squared loss"],
    advises: "for this model: exact, retrain, newton, influence-function, sif, fine-tune",
  },
  {
    what: "an unlearner that needs ratings, of implicit feedback",
    args: `forget ials --users ${userId(0)} --method cif --out out`,
    says: ["the unlearner cif needs ratings under squared loss"],
    advises: "for this model: exact, retrain, newton, influence-function, sif, warm-als, fine-tune",
  },
  {
    what: "a literal form of what has none",
    args: `forget gmf --users ${userId(0)} --method exact --literal --out out`,
    says: ["exact", "form"],
  },
  {
    what: "a setting that the unlearner has not",
    args: `forget mf --users ${userId(0)} --method sif --set speed=3 --out out`,
    says: ["sif", 'no setting "speed"'],
    advises: "it has: form, solver, samples, seed",
  },
  { what: "settings of no audit", args: "audit mf --original mf --set pairs=3", says: ["--set", "one audit"] },
  {
    what: "a setting that the audit has not",
    args: "audit mf --original mf --method distance --set depth=3",
    says: ["distance", 'no setting "depth"'],
  },
  { what: "an unknown audit", args: "audit mf --original mf --method magic", says: ['"magic"'] },
  { what: "an unknown user", args: `explain gmf --user nobody --item ${itemId(0)}`, says: ['"nobody"'] },
  { what: "forgetting an unknown user", args: "forget gmf --users nobody --out out", says: ['"nobody"'] },
  {
    what: "forgetting everybody",
    args: "forget gmf --users @users.txt --out out",
    says: ["every interaction"],
  },
  { what: "no original to audit against", args: "audit gmf --original absent", says: ["absent"] },
  { what: "an original of another kind", args: "audit gmf --original ials", says: ["original", "ials", "gmf"] },
  {
    what: "parameters of a network cut short",
    args: `recommend gmf --user ${userId(0)}`,
    given: cut("gmf/parameters.safetensors", 100),
    says: ["parameters.safetensors"],
  },
  {
    what: "another loss in the manifest",
    args: `recommend gmf --user ${userId(0)}`,
    given: (folder) => {
      const path = join(folder, "gmf/model.json");
      writeFileSync(path, readFileSync(path, "utf8").replace('"logistic"', '"hinge"'));
    },
    says: ["model.json"],
  },
];

describe.each([
  ["names and settings", names],
  ["ranges", ranges],
  ["flags of another kind of training", kinds],
  ["shards", shards],
  ["imports", imports],
  ["exports", exports],
  ["questions", questions],
])("%s", (_, cases) => {
  for (const one of cases) test(one.what ?? one.args, () => refused(one));
});
