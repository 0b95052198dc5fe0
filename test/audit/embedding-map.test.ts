/** Laws of the map of a user: distances of the embeddings where a plane holds them, who is shown, and who is gone. */

import { beforeAll, describe, expect, test } from "vitest";
import {
  type AuditedModel,
  type EmbeddingMapFinding,
  embeddingMap,
  type MapOfModel,
  missingPairs,
} from "../../src/audit/index.ts";
import { noItem } from "../../src/objective/negatives.ts";
import { compacted } from "../../src/study/store/compaction.ts";
import { exact, retrain } from "../../src/unlearning/index.ts";
import { run } from "../support/run.ts";
import { expectNear, rowsWhere } from "../support/small.ts";
import { turned } from "../support/subjects.ts";
import { forgetBy, smoothOf } from "../support/trained.ts";
import { modelAt, optimum, subjectNamed } from "../unlearning/subjects.ts";
import { named, subjectOf } from "./subjects.ts";

const found = async (on: ReturnType<typeof subjectOf>, settings = {}): Promise<EmbeddingMapFinding> =>
  (await embeddingMap.make(settings).run(on, run)) ?? expect.fail("no finding");

async function subjectOn(name: string) {
  const model = await optimum(subjectNamed(name));
  const rows = rowsWhere(model.interactions, ([user], row) => user === 7 || row === 0);
  const original = named(model);
  const unlearned = named((await forgetBy(exact, model, rows)).model);
  const retrained = named((await forgetBy(retrain, model, rows)).model);
  return subjectOf(original, unlearned, { retrained, forgotten: missingPairs(original, unlearned) });
}

let subject: ReturnType<typeof subjectOf>;
beforeAll(async () => {
  // Two factors: the plane holds all there is.
  subject = await subjectOn("mf, logistic");
});

/** Distances from the user to the items of a map. */
const distances = ({ user, positives, negatives }: MapOfModel) =>
  [...positives, ...negatives].map(({ x, y }) => Math.hypot(x - user.x, y - user.y));

function byEmbeddings({ trained }: AuditedModel, user: number, { positives, negatives }: MapOfModel) {
  const { userFactors = [], itemFactors = [], factors: width = 0 } = trained.factors ?? {};
  return [...positives, ...negatives].map(({ item }) => {
    let squares = 0;
    for (let f = 0; f < width; f++)
      squares += (userFactors[user * width + f] - itemFactors[Number(item.slice(1)) * width + f]) ** 2;
    return Math.sqrt(squares);
  });
}

test("with two factors distances are those of the embeddings, of the user who lost most", async () => {
  const { user, before, after, retrained, method } = await found(subject);
  expect([user, method, before.known]).toEqual(["u7", "pca", true]);
  for (const [map, model] of [
    [before, subject.original],
    [after, subject.unlearned],
    [retrained, subject.retrained],
  ] as const) {
    if (!map || !model) return expect.fail("no map");
    expectNear(distances(map), byEmbeddings(model, 7, map), 1e-10);
    expect(map.explained?.[0]).toBeGreaterThanOrEqual(map.explained?.[1] ?? 1);
  }
});

test("shows so many of their positives, each with the negatives that the objective keeps for it", async () => {
  const { before } = await found(subject, { positives: 2 });
  const { interactions, negatives, settings } = smoothOf(subject.original.trained).objective;
  const perRow = settings.sampling?.perRow ?? 0;
  expect(before.positives.length).toBe(2);
  for (const { item } of before.positives) {
    const row = interactions.items.findIndex((i, k) => `i${i}` === item && interactions.users[k] === 7);
    const own = Array.from(negatives.subarray(row * perRow, (row + 1) * perRow)).filter((i) => i !== noItem);
    const drawn = before.negatives.flatMap((point) => (point.of === item ? [point.item] : []));
    expect(drawn).toEqual(own.map((i) => `i${i}`));
  }
  expect((await found(subject)).before.positives.length).toBe(3);
});

test("a rotation of the embeddings changes nothing", async () => {
  const { objective, params } = smoothOf(subject.original.trained);
  const copy = named(modelAt(subject.original.trained, turned(objective, params), objective));
  const [plain, other] = [await found(subject), await found({ ...subject, original: copy })];
  const numbers = ({ positives, negatives, user }: MapOfModel) =>
    [user, ...positives, ...negatives].flatMap(({ x, y }) => [x, y]);
  expectNear(numbers(other.before), numbers(plain.before), 1e-9);
});

test("a user who is gone has an empty row, the same before and after the model is stored", async () => {
  const stored = compacted(subject.unlearned);
  const [here, there] = [await found(subject), await found({ ...subject, unlearned: stored })];
  expect([here.after.known, there.after.known]).toEqual([true, false]);
  expectNear(distances(there.after), distances(here.after), 1e-10);
});

describe("by t-SNE", () => {
  test("is a picture of as many points, the same each time", async () => {
    const settings = { method: "tsne", iterations: 60 };
    const { before, method } = await found(subject, settings);
    expect([method, before.explained]).toEqual(["tsne", null]);
    expect(before.positives.length).toBe(3);
    expect(distances(before).every((d) => d > 0 && Number.isFinite(d))).toBe(true);
    expect((await found(subject, settings)).before).toEqual(before);
    expect(distances((await found(subject)).before)).not.toEqual(distances(before));
  });
});

test("of any user that is named, and of none that the original does not have", async () => {
  const { user, before } = await found(subject, { user: "u4" });
  expect(user).toBe("u4");
  expectNear(distances(before), byEmbeddings(subject.original, 4, before), 1e-10);
  await expect(found(subject, { user: "nobody" })).rejects.toMatchObject({ code: "unknown-id" });
  // Who has no interaction has nothing to show.
  expect((await found(subject, { user: "u9" })).before).toMatchObject({ positives: [], negatives: [] });
});

test("what is missing is said: dot products, or somebody to show", async () => {
  const gmf = named(await optimum(subjectNamed("gmf, logistic")));
  expect(embeddingMap.make({}).missing?.(subjectOf(gmf, gmf))).toMatch(/dot products/);
  const nobody = subjectOf(subject.original, subject.original);
  expect(embeddingMap.make({}).missing?.(nobody)).toMatch(/^needs a user/);
  expect(await embeddingMap.make({}).run(nobody, run)).toBeNull();
  expect(embeddingMap.make({ user: "u1" }).missing?.(nobody)).toBeUndefined();
});

test("shows points of user, positives and negatives for every model", async () => {
  const parts = embeddingMap.make({}).parts?.(await found(subject)) ?? [];
  expect(parts.map((part) => part.kind === "points" && part.groups.map(({ label }) => label))).toEqual(
    [1, 2, 3].map(() => ["user", "positives", "negatives"]),
  );
});
