import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LetheError } from "../../src/errors.ts";
import { type Manifest, readManifest, readModel, writeModel } from "../../src/exchange/index.ts";
import { parseManifest, printManifest } from "../../src/exchange/model/manifest.ts";
import { folders } from "../support/folders.ts";
import { sampleModel, sealed } from "../support/sample.ts";

const newFolder = folders();
const file = { bytes: 1, sha256: "0".repeat(64) };
const manifest: Manifest = {
  ...sampleModel().manifest,
  counts: { users: 3, items: 4, interactions: 5 },
  files: {
    "parameters.safetensors": file,
    "interactions.parquet": file,
    "users.parquet": file,
    "items.parquet": file,
  },
};

function reversed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

function refusal(text: string): LetheError | undefined {
  try {
    parseManifest(text, "model.json");
  } catch (error) {
    if (!(error instanceof LetheError)) throw error;
    return error;
  }
  return undefined;
}

test("a manifest has one spelling, whatever the order of its keys", () => {
  const text = printManifest(manifest);
  expect(printManifest(reversed(manifest) as Manifest)).toBe(text);
  expect(printManifest(parseManifest(text, "model.json"))).toBe(text);
  expect(text.endsWith("}\n")).toBe(true);
  expect(Object.keys(JSON.parse(text)).slice(0, 3)).toEqual(["format", "formatVersion", "lethe"]);
});

test("another format version is named, with the one that can be read", () => {
  for (const version of [0, 1, 3, "2", null])
    expect(refusal(JSON.stringify({ ...manifest, formatVersion: version, more: 1 }))?.message).toMatch(
      new RegExp(`format version ${JSON.stringify(version)}; this Lethe reads version 2`),
    );
  expect(refusal(JSON.stringify({ ...manifest, format: "other" }))?.message).toMatch(
    /not the manifest of a Lethe model/,
  );
});

/** What a folder says of a model in shards, under a loss that draws negatives. */
const general: Manifest = {
  ...manifest,
  model: {
    name: "gmf",
    settings: { factors: 2 },
    tensors: [
      { name: "user_factors", shape: [3, 2], rowsOf: "user" },
      { name: "output", shape: [2] },
    ],
  },
  objective: {
    ...{ loss: "logistic", l2: 0.5, l2Bias: 0.25, l2Shared: 0.125, regularizer: "table", extraWeight: 0 },
    confidence: { base: 1, alpha: 2 },
    sampling: { perRow: 2, seed: 5, semantics: "frozen" },
  },
  training: {
    ...{ trainer: "sharded", seed: 7, tolerance: 1e-8, recipe: { optimizer: "adam", epochs: 3 } },
    sharding: {
      ...{ shards: 2, partition: "user-similarity", aggregate: "attention", slices: 2, seed: 7, inner: "adam" },
      ends: [
        { status: "step-limit", objective: 3, gradientNorm: 0.5 },
        { status: "step-limit", objective: 4, gradientNorm: 0.25 },
      ],
      learned: {
        tensors: [
          { name: "shard_of_user", shape: [3] },
          { name: "attention.weights", shape: [2] },
        ],
        attention: "step-limit",
      },
    },
  },
};

const manifests = [
  ["closed forms", manifest, ["result.objective=-1"]],
  [
    "the general form",
    general,
    [
      ...["result.objective=-1", "training.sharding.ends.0.objective=-1", "training.sharding.ends.1.objective=-1"],
      ...["recipe", "sharding"].map((name) => `training.${name}=undefined`),
      ...["slices", "learned", "learned.attention"].map((name) => `training.sharding.${name}=undefined`),
      ...["confidence", "sampling"].map((name) => `objective.${name}=undefined`),
      ...['model.settings={"surplus":1}', 'training.recipe={"surplus":1}'],
      ...["model.tensors=[]", "model.tensors.0.rowsOf=undefined"],
    ],
  ],
] as const;

/** Paths to every value that the schema speaks of; it says nothing of what stands in these. */
function paths(value: unknown, path: string[] = []): string[][] {
  const open = ["certificate", "settings", "recipe"].includes(path.at(-1) ?? "");
  if (typeof value !== "object" || value === null || open) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, [...path, key]))];
}

function changed(of: Manifest, path: readonly string[], change: unknown): string {
  const whole = JSON.parse(JSON.stringify(of));
  const parent = path.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, whole);
  parent[path[path.length - 1]] = change;
  return JSON.stringify(whole);
}

describe.each(manifests)("%s", (_, whole, own) => {
  test("come back from their text", () => {
    const text = printManifest(whole);
    expect(parseManifest(text, "model.json")).toEqual(whole);
    expect(printManifest(parseManifest(text, "model.json"))).toBe(text);
  });

  test("every value that is taken away or replaced by another kind is refused and named", () => {
    const allowed: readonly string[] = [
      ...own,
      "forgotten=undefined",
      "forgotten.1.certificate=undefined",
      'forgotten.1.certificate={"surplus":1}',
    ];
    for (const path of paths(whole).slice(1))
      for (const change of [undefined, null, [], "", -1, { surplus: 1 }]) {
        const what = `${path.join(".")}=${JSON.stringify(change)}`;
        const error = refusal(changed(whole, path, change));
        if (allowed.includes(what)) expect(error, what).toBeUndefined();
        else expect(error?.code, what).toBe("bad-model");
        // Without settings it is taken for one of closed forms.
        const named = what === "model.settings=undefined" ? "model" : path.join(".");
        if (path[0] !== "format" && path[0] !== "formatVersion") expect(error?.message ?? what).toContain(named);
      }
  });

  test("every key that does not belong is refused and named", () => {
    for (const path of paths(whole)) {
      const parent = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], whole);
      // A list has no keys of its own.
      if (typeof parent !== "object" || Array.isArray(parent)) continue;
      if (["certificate", "settings", "recipe"].includes(path.at(-1) ?? "")) continue;
      expect(refusal(changed(whole, [...path, "surplus"], 1))?.message).toContain("surplus");
    }
  });
});

test("numbers that JSON can spell and doubles cannot hold are refused", () => {
  const text = printManifest(manifest);
  expect(refusal(text.replace('"tolerance": 1e-10', '"tolerance": 1e999'))?.message).toContain("training.tolerance");
  expect(refusal(text.replace('"seed": 7', '"seed": 9007199254740993'))?.message).toContain("training.seed");
});

test("no change of bytes brings anything but a manifest or a LetheError", () => {
  const bytes = new TextEncoder().encode(printManifest(manifest));
  const edit = fc.record({ at: fc.nat(bytes.length - 1), byte: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 8 }), fc.nat(bytes.length), (edits, length) => {
      const edited = bytes.slice();
      for (const { at, byte } of edits) edited[at] = byte;
      for (const part of [edited, edited.subarray(0, length)]) {
        const error = refusal(new TextDecoder().decode(part));
        if (error !== undefined) expect(error.code).toBe("bad-model");
      }
    }),
    { numRuns: 500 },
  );
});

test("any JSON is answered", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(refusal(text)?.code).toBe("bad-model");
    }),
  );
  expect(refusal("[".repeat(100_000))?.code).toBe("bad-model");
});

const lies: [string, (manifest: Manifest) => unknown][] = [
  ["more users", ({ counts }) => counts.users++],
  ["fewer items", ({ counts }) => counts.items--],
  ["more interactions", ({ counts }) => counts.interactions++],
  ["absurdly many interactions", ({ counts }) => Object.assign(counts, { interactions: 0xffffffff })],
  ["absurdly many users", ({ counts }) => Object.assign(counts, { users: 0xffffffff })],
  ["fewer interactions", ({ counts }) => counts.interactions--],
  ["another number of factors", ({ model }) => Object.assign(model, { factors: 3 })],
  ["no biases", ({ model }) => Object.assign(model, { biases: false })],
  ["another fixed mean", ({ model }) => Object.assign(model, { mean: { kind: "fixed", value: 9 } })],
  ["one file for another", ({ files }) => Object.assign(files, { "users.parquet": files["items.parquet"] })],
  ["a file elsewhere", ({ files }) => Object.assign(files, { "../users.parquet": files["users.parquet"] })],
];

test.each(lies)("a manifest that tells of %s is refused", async (_, lie) => {
  const folder = join(await newFolder(), "model");
  await writeModel(folder, sampleModel());
  const path = join(folder, "model.json");
  const told = JSON.parse(await readFile(path, "utf8"));
  lie(told);
  await writeFile(path, sealed(told));
  await expect(readModel(folder)).rejects.toMatchObject({ code: "bad-model" });
});

test("an edit that leaves a good manifest is refused, with both hashes", async () => {
  const folder = join(await newFolder(), "model");
  await writeModel(folder, sampleModel());
  const path = join(folder, "model.json");
  const text = await readFile(path, "utf8");
  const { sha256 } = JSON.parse(text);
  const both = new RegExp(`model.json is not the file that was written: .*sha256 [0-9a-f]{64}, it says ${sha256}`);
  for (const [from, to] of [
    ['"l2": 0.05', '"l2": 0.06'],
    ['"seed": 7', '"seed": 8'],
    ['"note": "é"', '"note": "e"'],
    ['"trainer": "als"', '"trainer": "als2"'],
  ]) {
    expect(text).toContain(from);
    await writeFile(path, text.replace(from, to));
    await expect(readManifest(folder), to).rejects.toMatchObject({
      code: "bad-model",
      message: expect.stringMatching(both),
    });
  }
  await writeFile(path, JSON.stringify({ ...JSON.parse(text), sha256: undefined }));
  await expect(readManifest(folder)).rejects.toMatchObject({ message: expect.stringMatching(/it says undefined/) });
});

test("a manifest is its bytes: every other spelling of the same document is refused, with the line", async () => {
  const folder = join(await newFolder(), "model");
  await writeModel(folder, sampleModel());
  const path = join(folder, "model.json");
  const text = await readFile(path, "utf8");
  const line = (part: string) => text.slice(0, text.indexOf(part)).split("\n").length;
  const spellings: [string, string | Buffer, number][] = [
    ["a key twice, the last one true", text.replace('"seed": 7', '"seed": 8,\n    "seed": 7'), line('"seed": 7')],
    ["a whole object twice", text.replace('  "result"', '  "result": {},\n  "result"'), line('  "result"')],
    ["a key twice, equal", text.replace('"l2": 0.05', '"l2": 0.05, "l2": 0.05'), line('"l2": 0.05')],
    ["a key under an escape", text.replace('"seed": 7', '"\\u0073eed": 8, "seed": 7'), line('"seed": 7')],
    ["a number spelled otherwise", text.replace('"seed": 7', '"seed": 7.0'), line('"seed": 7')],
    ["an escape", text.replace('"note": "é"', '"note": "\\u00e9"'), line('"note"')],
    ["other white space", text.replace('"seed": 7', '"seed":  7'), line('"seed": 7')],
    ["one line", `${JSON.stringify(JSON.parse(text))}\n`, 1],
    ["no newline at the end", text.trimEnd(), text.split("\n").length],
    ["one newline more", `${text}\n`, text.split("\n").length + 1],
    ["other ends of lines", text.replaceAll("\n", "\r\n"), 1],
    ["other order", text.replace(/( +"alpha".*\n)( +"good".*\n)/, "$2$1"), line('"alpha"')],
  ];
  for (const [what, spelled, at] of spellings) {
    expect(spelled, what).not.toBe(text);
    await writeFile(path, spelled);
    const refused = {
      code: "bad-model",
      message: expect.stringContaining(`model.json, line ${at}: found `),
      advice: expect.any(String),
    };
    await expect(readManifest(folder), what).rejects.toMatchObject(refused);
    await expect(readModel(folder), what).rejects.toMatchObject(refused);
  }
  await writeFile(path, text);
  expect((await readManifest(folder)).training.seed).toBe(7);
});

test("a manifest of bytes that are no text is refused, even where a stand-in would read the same", async () => {
  const folder = join(await newFolder(), "model");
  const { manifest: told, ...rest } = sampleModel();
  await writeModel(folder, { ...rest, manifest: { ...told, training: { ...told.training, trainer: "a\ufffd" } } });
  const path = join(folder, "model.json");
  const bytes = await readFile(path);
  const at = bytes.indexOf("\ufffd");
  await writeFile(path, Buffer.concat([bytes.subarray(0, at), Buffer.of(0xff), bytes.subarray(at + 3)]));
  await expect(readManifest(folder)).rejects.toMatchObject({
    code: "bad-model",
    message: expect.stringMatching(/UTF-8/),
  });
});

test("a manifest of megabytes is not read", async () => {
  const folder = join(await newFolder(), "model");
  await writeModel(folder, sampleModel());
  await writeFile(join(folder, "model.json"), " ".repeat(2 << 20));
  await expect(readManifest(folder)).rejects.toMatchObject({ code: "bad-model" });
});
