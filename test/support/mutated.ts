/** Hostile input by the hundred: files damaged in every way that a seed can think of, and command lines put together by chance. */

import { createHash } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { sealed } from "./sample.ts";
import { tinyCsv, tinyItemIds, tinyUserIds } from "./sandbox.ts";

/** A number from 0 to n − 1. */
export type Draw = (n: number) => number;

/** Draws that are the same for one seed. */
export function drawing(seed: number): Draw {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

const one = <Value>(draw: Draw, values: readonly Value[]): Value => values[draw(values.length)];

const texts = [
  ...["", "0", "-1", "1", "2", "0.5", "1e999", "-1e308", "NaN", "Infinity", "0x10", "9007199254740993", "١٢"],
  ...["\0", "\u001b[2J", "\u202e", "\ufeff", '"', '""', "'", ",", "::", "\t", "\n", "\r", "\n\n", ";", "@", "=", "\\"],
  ...[
    "__proto__",
    "constructor",
    "null",
    "true",
    "[]",
    "{}",
    "[[[[[[[[",
    "..",
    "/",
    "/dev/null",
    "user",
    "item",
    "PAR1",
  ],
  ...["x".repeat(300), "[".repeat(3000), "é", "😀", "\ud83d", "a,b", "a:b", "1,2,3", "%s", "$(id)", "*"],
];

/** The bytes with one to three damages. */
export function damaged(bytes: Buffer, draw: Draw): Buffer {
  let out: Buffer = Buffer.from(bytes);
  for (let k = draw(3); k >= 0; k--) out = damagedOnce(out, draw);
  return out;
}

function damagedOnce(bytes: Buffer, draw: Draw): Buffer {
  const [a, b] = [draw(bytes.length + 1), draw(bytes.length + 1)].sort((x, y) => x - y);
  const [before, between, after] = [bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)];
  switch (draw(8)) {
    case 0:
      return Buffer.from(before);
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, between, between, after]);
    case 3:
      return Buffer.concat([before, Buffer.from(one(draw, texts)), between, after]);
    case 4:
      return Buffer.concat([before, Buffer.from(one(draw, texts)), after]);
    case 5: {
      const out = Buffer.from(bytes);
      for (let k = draw(8); k >= 0 && out.length > 0; k--) out[draw(out.length)] = draw(256);
      return out;
    }
    case 6:
      return Buffer.concat([after, between, before]);
    default:
      return Buffer.from(bytes.toString("latin1").replace(/\d+/, one(draw, texts)), "latin1");
  }
}

/** A file of the corpus that is damaged, and the command that is to read it. */
export interface FileCase {
  readonly file: string;
  readonly args: string;
}

const named = "--interactions ratings.csv --user-ids @users.txt --item-ids @items.txt --out out";
const someone = `--user ${tinyUserIds[0]} --item ${tinyItemIds[0]}`;
const readsModel = (folder: string): FileCase[] =>
  ["model.json", "parameters.safetensors", "interactions.parquet", "users.parquet", "items.parquet"].flatMap((name) =>
    ["info", `recommend --user ${tinyUserIds[0]}`].map((command) => {
      const [verb, ...flags] = command.split(" ");
      return {
        file: `${folder}/${name}`,
        args: [verb, folder, ...flags, ...(verb === "info" ? ["--verify"] : [])].join(" "),
      };
    }),
  );

/** Every file of the corpus with a command that reads it. */
export const fileCases: readonly FileCase[] = [
  ...[
    "ratings.csv",
    "ratings.tsv",
    "ratings.dat",
    "ratings.inter",
    "ratings.csv.gz",
    "lists.txt",
    "mf/interactions.parquet",
  ].map((file) => ({ file, args: `train ${file} --factors 2 --l2 3 --out out` })),
  { file: "lists.txt", args: "train lists.txt --format lists --model ials --factors 2 --l2 3 --out out" },
  { file: "catalogue.csv", args: "train ratings.csv --items catalogue.csv --factors 2 --l2 3 --out out" },
  { file: "movies.dat", args: "train ratings.csv --items movies.dat --factors 2 --l2 3 --out out" },
  { file: "pairs.csv", args: "predict mf --pairs pairs.csv" },
  { file: "users.txt", args: "forget mf --users @users.txt --out out" },
  { file: "pairs.csv", args: "forget mf --interactions pairs.csv --out out" },
  { file: "groups.csv", args: `explain mf ${someone} --group groups.csv` },
  { file: "ratings.csv", args: "evaluate mf --test ratings.csv" },
  { file: "negatives.tsv", args: "evaluate gmf --test pairs3.csv --negatives negatives.tsv" },
  { file: "ratings.csv", args: "audit mf --original mf --test ratings.csv" },
  { file: "factors.npz", args: "import factors.npz --interactions ratings.csv --out out" },
  { file: "factors.safetensors", args: `import factors.safetensors --loss ials --l2 3 ${named}` },
  ...["users.csv", "items.csv", "parameters.json"].map((name) => ({
    file: `texts/${name}`,
    args: "import texts --loss ials --l2 3 --interactions ratings.csv --out out",
  })),
  { file: "tables/users.parquet", args: "import tables --loss ials --l2 3 --interactions ratings.csv --out out" },
  ...["mf", "ials", "gmf"].flatMap(readsModel),
];

/** The commands that chance command lines are made of; the demo takes no model. */
export const commandNames = [
  ...["train", "info", "import", "export", "predict", "recommend"],
  ...["evaluate", "explain", "plant", "request", "forget", "audit", "compare", "methods"],
];

/** What makes the corpus, in order. */
export const corpusCommands = [
  "train ratings.csv --factors 2 --l2 3 --items catalogue.csv --out mf",
  "train ratings.csv --model ials --factors 2 --l2 3 --out ials",
  "train ratings.csv --model gmf --factors 2 --epochs 1 --out gmf",
  "export ials --format npz --out factors.npz",
  "export ials --format safetensors --out factors.safetensors",
  "export ials --format parquet --out tables",
  "export ials --format csv --out texts",
];

/** Writes the files that the commands of the corpus begin with. */
export function writeCorpus(folder: string): void {
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  const rows = tinyCsv
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","));
  const lines = (separator: string) => rows.map((row) => `${row.join(separator)}\n`).join("");
  write("ratings.csv", tinyCsv);
  write("ratings.csv.gz", gzipSync(tinyCsv));
  write("ratings.tsv", lines("\t"));
  write("ratings.dat", lines("::"));
  write("ratings.inter", `user_id:token\titem_id:token\trating:float\n${lines("\t")}`);
  write("lists.txt", "1 2 3 4\n2 3\n3 1 2\n4 4 1 3\n");
  write("catalogue.csv", `item,title,genres\n${tinyItemIds.map((id, k) => `${id},"Title, ${k}",A|B\n`).join("")}`);
  write("movies.dat", tinyItemIds.map((id, k) => `${id}::Título ${k}::A|B\n`).join(""));
  write(
    "pairs.csv",
    rows
      .slice(0, 9)
      .map(([user, item]) => `${user},${item}\n`)
      .join(""),
  );
  write(
    "pairs3.csv",
    `user,item,rating\n${rows
      .slice(0, 3)
      .map((row) => `${row.join(",")}\n`)
      .join("")}`,
  );
  write(
    "groups.csv",
    rows
      .slice(0, 9)
      .map(([user, item], k) => `g${k % 2},${user},${item}\n`)
      .join(""),
  );
  write(
    "negatives.tsv",
    rows
      .slice(0, 3)
      .map(([user, item]) => `(${user},${item})\t${tinyItemIds.slice(3).join("\t")}\n`)
      .join(""),
  );
  write("users.txt", tinyUserIds.slice(0, 3).join("\n"));
  write("items.txt", tinyItemIds.join("\n"));
}

/** Damages the file of a case in a folder that holds the corpus; half of the time the manifest of a model folder vouches for it. */
export function damage(folder: string, { file }: FileCase, draw: Draw): void {
  const path = join(folder, file);
  const bytes = damaged(readFileSync(path), draw);
  writeFileSync(path, bytes);
  const manifest = join(dirname(path), "model.json");
  if (dirname(file) === "." || /^t/.test(file) || draw(2) === 0) return;
  try {
    const told = JSON.parse(readFileSync(manifest, "utf8"));
    if (basename(path) !== "model.json")
      told.files[basename(path)] = { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
    else alter(told, draw);
    writeFileSync(manifest, sealed(told));
  } catch {
    // The manifest itself is no JSON any more: a case of its own.
  }
}

/** Puts something else in one place of a document. */
function alter(document: Record<string, unknown>, draw: Draw): void {
  const key = one(draw, Object.keys(document));
  const inner = document[key];
  if (
    typeof inner === "object" &&
    inner !== null &&
    !Array.isArray(inner) &&
    Object.keys(inner).length > 0 &&
    draw(4) > 0
  )
    alter(inner as Record<string, unknown>, draw);
  else document[key] = one<unknown>(draw, [null, -1, 1e300, 0.5, true, [], {}, 2 ** 53, ...texts]);
}

/** Makes a folder with the corpus of another. */
export function copyCorpus(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
}

/** A command line put together by chance, of commands and flags that there are: `flags` by command, with whether each takes a value. */
export function anyCommand(
  flags: Readonly<Record<string, readonly (readonly [string, boolean])[]>>,
  draw: Draw,
): string[] {
  const places = ["mf", "ials", "gmf", "ratings.csv", "texts", "factors.npz", "absent", ""];
  const command = draw(20) === 0 ? one(draw, texts) : one(draw, Object.keys(flags));
  const args = [command];
  if (draw(10) > 0) args.push(one(draw, places));
  const usual: Readonly<Record<string, readonly string[]>> = {
    train: ["--out", "out"],
    forget: ["--users", tinyUserIds[1], "--out", "out"],
    plant: ["--attack", "random-attack", "--out", "out"],
    request: ["--rule", "core", "--out", "out"],
    explain: someone.split(" "),
    recommend: ["--user", tinyUserIds[0]],
    predict: ["--pairs", "pairs.csv"],
    evaluate: ["--test", "ratings.csv"],
    export: ["--format", "csv", "--out", "out"],
    import: ["--interactions", "ratings.csv", "--loss", "ials", "--l2", "3", "--out", "out"],
    audit: ["--original", "mf"],
  };
  if (draw(5) > 0) args.push(...own(usual, command, []));
  for (let k = draw(4); k > 0; k--) {
    const [flag, takes] = one(draw, own(flags, command, flags.train));
    args.push(flag);
    if (takes) args.push(one(draw, [...texts, ...places, ...words]).replaceAll("\0", ""));
  }
  return args.map((arg) => arg.replaceAll("\0", ""));
}

/** What a record has of its own under a name that may be `constructor`. */
function own<Value>(record: Readonly<Record<string, Value>>, name: string, otherwise: Value): Value {
  return Object.hasOwn(record, name) ? record[name] : otherwise;
}

const words = [
  ...[
    "mf",
    "ials",
    "gmf",
    "mlp",
    "neumf",
    "light-gcn",
    "mult-vae",
    "squared",
    "logistic",
    "bpr",
    "multinomial",
    "exact",
  ],
  ...["retrain", "scif", "newton", "adam", "sgd", "3", "7", "17", "100", "1000", "1e-3", "user,item,rating", "0,1,2"],
  ...[
    "layers=4,2",
    "factors=3",
    "form=block",
    "users",
    "items",
    "csv",
    "npz",
    "table",
    "lists",
    "parquet",
    "last",
    "sum",
  ],
];

/** The flags of a command in its help, with whether each takes a value. */
export function flagsIn(help: string): [string, boolean][] {
  return Array.from(help.matchAll(/^ {2}(?:-h, )?(--?[a-z][a-z0-9-]*)( <)?/gm), ([, flag, value]) => [
    flag,
    value !== undefined,
  ]);
}

/** What is wrong with how a command ended, or undefined: every end is a status that is documented, and every refusal is told. */
export function wrongEnd(ran: {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}): string | undefined {
  const { status, stdout, stderr } = ran;
  if (status === null || ![0, 1, 2, 3].includes(status)) return `exit status ${status}`;
  if (/defect of Lethe/.test(stderr)) return "a defect";
  if (/\n\s+at .*:\d+/.test(stdout + stderr)) return "a trace";
  if (/undefined|\[object/.test(stderr.replace(/"[^"\n]*"/g, ""))) return "no words";
  if (status !== 0 && stderr === "" && stdout === "") return "silence";
  return undefined;
}
