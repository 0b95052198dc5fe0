/** The verbs behind the command line, HTTP and jobs: answers that fit their schemas as plain data, and requests that do not fit theirs. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { attacks, requestRules } from "../../src/requests/index.ts";
import { folderStore, type Verb, verbs } from "../../src/study/verbs/index.ts";
import { folders } from "../support/folders.ts";
import { run } from "../support/run.ts";
import { tinyCsv, tinyItemIds, tinyRows, tinyUserIds } from "../support/sandbox.ts";
import { csvOf } from "../support/sets.ts";

const newFolder = folders();
const byName = new Map(verbs.map((verb) => [verb.name, verb]));
let place = "";
const at = (name: string) => join(place, name);

const verbOf = (name: string) => byName.get(name) as Verb<unknown, unknown>;

/** What a verb answers, as whoever asks from outside gets it. */
async function ask(name: string, request: object): Promise<unknown> {
  const verb = verbOf(name);
  return JSON.parse(JSON.stringify(await verb.run(verb.parse(request), run, folderStore)));
}

const trained = {
  mf: { factors: 2, l2: 3, l2Bias: 1 },
  ials: { model: "ials", factors: 2, l2: 3 },
  gmf: { model: "gmf", factors: 2, epochs: 2, validation: 1 },
  bpr: { model: "mf", loss: "bpr", factors: 2, biases: "both", epochs: 2 },
  shards: { factors: 2, l2: 3, l2Bias: 1, shards: 2 },
} as const;

beforeAll(async () => {
  place = await newFolder();
  await writeFile(at("ratings.csv"), tinyCsv);
  await writeFile(at("test.csv"), csvOf(tinyRows.slice(0, 20)));
  await writeFile(at("strangers.csv"), "nobody,nothing,1\n");
  const [[, , ...negatives], strangers] = [tinyItemIds, "(nobody,nothing)\tneither\n"];
  const lines = tinyRows.slice(0, 20).map(([u, i]) => [
    `(${csvOf([[u, i, 1]])
      .split(",", 2)
      .join()})`,
    ...negatives,
  ]);
  await writeFile(at("negatives.tsv"), lines.map((line) => `${line.join("\t")}\n`).join(""));
  await writeFile(at("no-negatives.tsv"), strangers);
  for (const [name, fields] of Object.entries(trained))
    await ask("train", { files: [at("ratings.csv")], out: at(name), ...fields });
  await ask("forget", { folder: at("mf"), out: at("after"), users: [tinyUserIds[3]] });
  await ask("forget", { folder: at("mf"), out: at("again"), users: [tinyUserIds[3]], method: "retrain" });
});

const asked = { user: tinyUserIds[4], item: tinyItemIds[0] };
const owned = tinyRows.find(([u]) => csvOf([[u, 0, 1]]).startsWith(`${asked.user},`)) as (typeof tinyRows)[number];
const score = () => `score:${asked.user}:${asked.item}`;
const pair = () => {
  const [user, item] = csvOf([owned]).split(",");
  return { users: [user], items: [item] };
};

/** Requests by verb, made when the models are there. */
const requests: readonly (readonly [string, string, () => object])[] = [
  ...Object.entries(trained).map(
    ([name, fields]) =>
      ["train", name, () => ({ files: [at("ratings.csv")], out: at(`train-${name}`), ...fields })] as const,
  ),
  ...Object.keys(trained).flatMap((name) => [
    ["info", name, () => ({ folder: at(name) })] as const,
    ["info", `${name}, verified`, () => ({ folder: at(name), verify: true })] as const,
    [
      "predict",
      name,
      () => ({ folder: at(name), pairs: { users: [asked.user, "nobody"], items: [asked.item, "x"] } }),
    ] as const,
    ["recommend", name, () => ({ folder: at(name), user: asked.user, count: 3 })] as const,
    ["evaluate", name, () => ({ folder: at(name), test: at("test.csv") })] as const,
    ["explain", name, () => ({ folder: at(name), ...asked, count: 2 })] as const,
    ["explain", `${name}, by users`, () => ({ folder: at(name), ...asked, players: "users" })] as const,
    ["forget", name, () => ({ folder: at(name), out: at(`less-${name}`), users: [tinyUserIds[5]] })] as const,
    [
      "forget",
      `${name}, one pair`,
      () => ({ folder: at(name), out: at(`less-one-${name}`), interactions: pair() }),
    ] as const,
  ]),
  ...Object.keys(trained).map(
    (name) =>
      [
        "update",
        name,
        () => ({ folder: at(name), out: at(`next-${name}`), add: at("strangers.csv"), remove: pair() }),
      ] as const,
  ),
  ...Object.keys(trained).map((name) => ["subject", name, () => ({ folder: at(name), user: asked.user })] as const),
  ["subject", "by retraining", () => ({ folder: at("bpr"), user: asked.user, count: 3, method: "retrain" })],
  ["update", "nothing", () => ({ folder: at("mf"), out: at("same-rows"), remove: { users: [], items: [] } })],
  ["info", "after forgetting", () => ({ folder: at("after"), verify: true })],
  [
    "evaluate",
    "among negatives",
    () => ({ folder: at("mf"), test: at("test.csv"), negatives: at("negatives.tsv"), k: 3 }),
  ],
  ["evaluate", "nobody", () => ({ folder: at("mf"), test: at("strangers.csv") })],
  [
    "evaluate",
    "nobody, among negatives",
    () => ({ folder: at("mf"), test: at("strangers.csv"), negatives: at("no-negatives.tsv") }),
  ],
  ["explain", "by leave-one-out", () => ({ folder: at("mf"), ...asked, method: "leave-one-out", count: 1 })],
  ["explain", "with settings", () => ({ folder: at("mf"), ...asked, settings: { form: "block" }, positive: true })],
  ["explain", "with how long it is right", () => ({ folder: at("mf"), ...asked, staleWithin: 0.1 })],
  ["explain", "by intervals", () => ({ folder: at("mf"), ...asked, method: "influence-interval", count: 2 })],
  [
    "explain",
    "with intervals of users",
    () => ({ folder: at("mf"), ...asked, method: "influence-interval", players: "users" }),
  ],
  ["explain", "with a distribution", () => ({ folder: at("mf"), ...asked, distribution: true })],
  ["explain", "as a page", () => ({ folder: at("mf"), ...asked, html: at("explained.html") })],
  ["explain", "two pairs together", () => ({ folder: at("mf"), ...asked, pairs: pair(), together: "mean" })],
  ["explain", "two pairs together, by users", () => ({ folder: at("mf"), ...asked, pairs: pair(), players: "users" })],
  ["explain", "each of two pairs", () => ({ folder: at("mf"), pairs: pair() })],
  ["explain", "as a table", () => ({ folder: at("mf"), pairs: pair(), csv: at("why.csv") })],
  ["recommend", "everybody", () => ({ folder: at("mf"), users: "all", count: 2 })],
  ["recommend", "as a table", () => ({ folder: at("mf"), users: [asked.user], csv: at("all.csv") })],
  ["fidelity", "two pairs", () => ({ model: at("mf"), pairs: 2, csv: at("points.csv") })],
  ["explain", "by items", () => ({ folder: at("mf"), ...asked, players: "items" })],
  ["explain", "by groups", () => ({ folder: at("mf"), ...asked, groups: [{ name: "one", ...pair() }] })],
  ["forget", "nothing", () => ({ folder: at("mf"), out: at("same"), users: [] })],
  ...["exact", "retrain", "newton", "cif", "sif", "scif", "influence-function"].map(
    (method) =>
      [
        "forget",
        method,
        () => ({ folder: at("mf"), out: at(`by-${method}`), users: [tinyUserIds[5]], method }),
      ] as const,
  ),
  [
    "forget",
    "with curvature",
    () => ({ folder: at("mf"), out: at("curved"), users: [tinyUserIds[5]], curvature: true }),
  ],
  ["audit", "all", () => ({ folder: at("after"), original: at("mf"), retrained: at("again"), test: at("test.csv") })],
  [
    "audit",
    "stability",
    () => ({ folder: at("after"), original: at("mf"), only: ["influence-stability"], settings: { samples: 1000 } }),
  ],
  ["audit", "one", () => ({ folder: at("after"), original: at("mf"), method: "distance", settings: { pairs: 7 } })],
  ["compare", "a folder", () => ({ model: at("mf"), settings: { share: 0.1 }, test: at("test.csv") })],
  ["compare", "shards, named ids", () => ({ model: at("shards"), users: [tinyUserIds[5]], methods: ["exact"] })],
  ["compare", "a model of its own", () => ({ model: at("mf"), interactions: pair(), methods: ["sharded", "sif"] })],
  ["compare", "a model at no optimum", () => ({ model: at("gmf"), methods: ["retrain"], audits: ["top-items"] })],
  ["compare", "a file", () => ({ model: at("ratings.csv"), methods: ["sif"] })],
  [
    "clean",
    "interactions",
    () => ({ model: at("mf"), holdout: "30%", draws: 1, csv: at("suspects.csv"), out: at("cleaned.csv") }),
  ],
  ["clean", "users of a model that ranks", () => ({ model: at("ials"), players: "users", holdout: "30%", draws: 1 })],
  ["subset", "interactions", () => ({ model: at("mf"), holdout: "30%", draws: 1, folds: 2, out: at("half.csv") })],
  ["fairness", "all users", () => ({ model: at("mf") })],
  ["ask", "a new user", () => ({ model: at("mf"), count: 3 })],
  ["judge", "users", () => ({ model: at("mf"), judges: ["lds"], count: 8, settings: { "lds.subsets": 6 } })],
  ["judge", "interactions", () => ({ model: at("gmf"), players: "interactions", judges: ["loo"], count: 6, pairs: 1 })],
  ["methods", "all", () => ({})],
  ["methods", "the table", () => ({ table: true })],
  ...Object.keys(trained).flatMap((name) => [
    ["value", name, () => ({ folder: at(name), measure: ["fit", "ndcg@5"], test: at("test.csv"), count: 2 })] as const,
  ]),
  [
    "value",
    "of items, by shapley",
    () => ({ folder: at("mf"), measure: [score()], method: "shapley", players: "items", count: 3 }),
  ],
  [
    "value",
    "of pairs to their own fit",
    () => ({
      folder: at("mf"),
      measure: ["own-fit"],
      players: "interactions",
      pairs: pair(),
      csv: at("own.csv"),
      html: at("own.html"),
    }),
  ],
  ["value", "in no time", () => ({ folder: at("mf"), measure: [score()], count: 2, budget: "0.000001s" })],
  ...attacks.methods.map(
    ({ name }) => ["plant", name, () => ({ folder: at("mf"), attack: name, out: at(`${name}.csv`) })] as const,
  ),
  ...requestRules.methods.map(
    ({ name }) =>
      [
        "request",
        name,
        () => ({
          ...{ folder: at("shards"), rule: name, out: at(`${name}.txt`) },
          settings: ({ planted: { prefix: tinyUserIds[0] }, sequence: { count: 2 } } as const)[name],
        }),
      ] as const,
  ),
  ["export", "tables", () => ({ folder: at("mf"), format: "csv", out: at("tables") })],
  ["export", "one file", () => ({ folder: at("ials"), format: "npz", out: at("ials.npz") })],
  [
    "import",
    "tables",
    () => ({ path: at("tables"), interactions: at("ratings.csv"), out: at("back"), loss: "mf", l2: 3, l2Bias: 1 }),
  ],
  [
    "import",
    "with a wrong λ, polished",
    () => ({
      path: at("tables"),
      interactions: at("ratings.csv"),
      out: at("polished"),
      loss: "mf",
      l2: 4,
      polish: true,
    }),
  ],
];

describe("answers", () => {
  test.each(requests)("of %s fit its schema: %s", async (name, _, request) => {
    const answer = await ask(name, request());
    const found = verbOf(name).result.safeParse(answer);
    expect(found.error?.issues ?? []).toEqual([]);
    // Nothing is lost on the way, and nothing is added.
    expect(found.data).toEqual(answer);
  });

  test("are asked for of every verb", () => {
    expect([...new Set(requests.map(([name]) => name))].sort()).toEqual([...byName.keys()].sort());
    expect(byName.size).toBe(verbs.length);
  });
});

describe("requests", () => {
  test.each(verbs.map(({ name }) => name))("of %s have a JSON schema that describes every field", (name) => {
    const schema = verbOf(name).request.toJSONSchema({ io: "input" }) as {
      readonly properties?: Record<string, { readonly description?: string }>;
      readonly additionalProperties?: boolean;
    };
    expect(schema.additionalProperties).toBe(false);
    for (const [field, { description }] of Object.entries(schema.properties ?? {}))
      expect(description, `${name}.${field}`).toEqual(expect.any(String));
    expect(verbOf(name).result.toJSONSchema({ unrepresentable: "any" })).toEqual(expect.any(Object));
  });

  test.each([
    ["train", { out: "x" }, "files"],
    ["train", { files: ["x"], out: "y", factors: 0 }, "factors"],
    ["train", { files: ["x"], out: "y", loss: "hinge" }, "loss"],
    ["train", { files: ["x"], out: "" }, "out"],
    ["predict", { folder: "x", pairs: { users: ["a"], items: [1] } }, "pairs.items.0"],
    ["recommend", { folder: "x", user: 7 }, "user"],
    ["explain", { folder: "x", user: "a", item: "b", settings: { form: null } }, "settings.form"],
    ["explain", { folder: "x", user: "a", item: "b", players: "friends" }, "players"],
    ["explain", { folder: "x", user: "a", item: "b", staleWithin: 0 }, "staleWithin"],
    ["explain", { folder: "x", user: "a", item: "b", groups: [{ name: "", users: [], items: [] }] }, "groups.0.name"],
    ["forget", { folder: "x", out: "y", tolerance: 0 }, "tolerance"],
    ["audit", { folder: "x", original: "" }, "original"],
    ["request", { folder: "x", rule: 7 }, "rule"],
    ["value", { folder: "x" }, "measure"],
    ["value", { folder: "x", measure: ["fit"], players: "friends" }, "players"],
    ["value", { folder: "x", measure: ["fit"], count: 0 }, "count"],
    ["compare", { model: "" }, "model"],
    ["compare", { model: "x", within: 0 }, "within"],
    ["compare", { model: "x", methods: [] }, "methods"],
    ["plant", { folder: "x" }, "out"],
    ["import", { path: "x", interactions: "y", out: "z", from: "onnx" }, "from"],
  ] as const)("of %s that do not fit are refused, and the field named: %j", (name, request, field) => {
    let thrown: unknown;
    try {
      verbOf(name).parse(request);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "bad-input", place: field, message: expect.stringContaining(`\`${field}\``) });
  });

  test("with a field that there is not, or that are no objects, are refused", () => {
    for (const verb of verbs)
      for (const body of [{ surplus: 1 }, null, [], "x", 7, undefined])
        expect(() => verb.parse(body), verb.name).toThrow(expect.objectContaining({ code: "bad-input" }));
  });

  test("of pairs with users and items of different lengths are refused", async () => {
    const pairs = { users: [asked.user, asked.user], items: [asked.item] };
    await expect(ask("predict", { folder: at("mf"), pairs })).rejects.toMatchObject({ code: "bad-input" });
    await expect(ask("forget", { folder: at("mf"), out: at("never"), interactions: pairs })).rejects.toMatchObject({
      code: "bad-input",
    });
    const groups = [{ name: "odd", ...pairs }];
    await expect(ask("explain", { folder: at("mf"), ...asked, groups })).rejects.toMatchObject({ code: "bad-input" });
  });
});

describe("explain with staleWithin", () => {
  type Answer = {
    readonly staleWithin?: number;
    readonly byItem: readonly object[];
    readonly byUser: readonly object[];
  };
  const rowsOf = ({ byItem, byUser }: Answer) =>
    [...byItem, ...byUser] as { validWithin?: { distance: number; score: number } }[];

  test("tells of every row how far the rows may move: farther for a larger limit, and nothing else changes", async () => {
    const [plain, near, far] = await Promise.all(
      [{}, { staleWithin: 0.01 }, { staleWithin: 0.1 }].map(
        async (more) => (await ask("explain", { folder: at("mf"), ...asked, ...more })) as Answer,
      ),
    );
    expect(rowsOf(plain).every((row) => !("validWithin" in row))).toBe(true);
    expect([plain.staleWithin, near.staleWithin]).toEqual([undefined, 0.01]);
    expect(rowsOf(near).map(({ validWithin, ...row }) => row)).toEqual(rowsOf(plain));
    rowsOf(near).forEach(({ validWithin }, k) => {
      expect(validWithin?.distance).toBeGreaterThan(0);
      expect(rowsOf(far)[k].validWithin?.distance).toBeGreaterThan(validWithin?.distance as number);
      expect(rowsOf(far)[k].validWithin?.score).toBeGreaterThan(validWithin?.score as number);
    });
  });

  test("is refused where no guarantee is known, and the reason is told", async () => {
    for (const [name, more, message] of [
      ["ials", {}, "another loss"],
      ["gmf", {}, "another kind"],
      ["shards", {}, "a model in shards"],
      ["mf", { method: "newton-step" }, "the method is newton-step"],
      ["mf", { settings: { form: "block" } }, "the form is block"],
      ["mf", { method: "fast-influence-text" }, "the form is text"],
    ] as const) {
      const request = { folder: at(name), ...asked, staleWithin: 0.1, ...more };
      await expect(ask("explain", request)).rejects.toMatchObject({
        code: "unsupported",
        message: expect.stringContaining(message),
      });
    }
    const byUsers = { folder: at("mf"), ...asked, staleWithin: 0.1, players: "users" };
    await expect(ask("explain", byUsers)).rejects.toMatchObject({ code: "bad-input" });
  });
});
