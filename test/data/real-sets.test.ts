/** The real sets have the rows, users, items and titles that they are known to have. */

import { expect } from "vitest";
import { type Reading, readInteractions, readItems, readPairs } from "../../src/data/reading.ts";
import { testOn } from "../support/data-sets.ts";

function sizes({ dataset, rows, format, duplicates }: Reading): unknown[] {
  return [format, rows, dataset.userIds.size, dataset.itemIds.size, duplicates];
}

testOn(["ml-1m/ratings.dat"], "MovieLens-1M", async (file) => {
  const reading = await readInteractions(file);
  expect(sizes(reading)).toEqual(["dat", 1_000_209, 6_040, 3_706, 0]);
  const { interactions, userIds, itemIds } = reading.dataset;
  expect([userIds.list[0], itemIds.list[0], interactions.ratings[0]]).toEqual(["1", "1193", 5]);
  expect(interactions.times).toBeUndefined();
  expect(interactions.ratings.every((rating) => [1, 2, 3, 4, 5].includes(rating))).toBe(true);
});

testOn(["ml-100k/ml-100k.inter"], "MovieLens-100K", async (file) => {
  const reading = await readInteractions(file);
  expect(sizes(reading)).toEqual(["inter", 100_000, 943, 1_682, 0]);
  expect(reading.dataset.interactions.times?.[0]).toBe(881_250_949);
});

testOn(["amazon-magazine/ratings.tsv"], "Amazon Magazine", async (file) => {
  expect(sizes(await readInteractions(file)).slice(0, 4)).toEqual(["tsv", 89_689, 72_098, 2_428]);
});

testOn(["ml-1m/movies.dat"], "MovieLens-1M titles, in ISO-8859-1", async (file) => {
  const items = await readItems(file);
  expect(items.size).toBe(3_883);
  expect(items.get("1")).toEqual({ title: "Toy Story (1995)", genres: ["Animation", "Children's", "Comedy"] });
  expect(items.get("73")).toEqual({ title: "Misérables, Les (1995)", genres: ["Drama", "Musical"] });
  expect([...items.values()].every(({ genres }) => genres.length > 0)).toBe(true);
});

testOn(["ml-100k/ml-100k.item"], "MovieLens-100K titles", async (file) => {
  const items = await readItems(file);
  expect(items.size).toBe(1_682);
  expect(items.get("543")).toEqual({ title: "Misérables, Les", genres: ["Drama", "Musical"] });
});

testOn(["ml-1m/fia/ml-1m-ex.test.rating"], "the rows that FIA tests on", async (file) => {
  const pairs = await readPairs(file, "rows to test on");
  expect([pairs.users.length, pairs.users[0], pairs.items[0]]).toEqual([12_080, "0", "47"]);
});

testOn(["ml-1m/ncf/ml-1m.test.rating"], "the rows that Neural Collaborative Filtering tests on", async (file) => {
  const reading = await readInteractions(file);
  expect(sizes(reading).slice(0, 3)).toEqual(["tsv", 6_040, 6_040]);
  const { interactions, userIds, itemIds } = reading.dataset;
  expect([userIds.list[0], itemIds.list[0], interactions.ratings[0]]).toEqual(["0", "25", 5]);
  expect(interactions.times?.[0]).toBe(978_824_351);
  expect((await readPairs(file)).items[1]).toBe("133");
});

testOn(
  ["lastfm-2k/train.txt", "lastfm-2k/test.txt"],
  "Last.fm, play counts with Windows line ends",
  async (...files) => {
    const [train, test] = await Promise.all(files.map((file) => readInteractions(file)));
    expect([train.format, train.rows, test.rows, train.duplicates]).toEqual(["tsv", 42_135, 10_533, 0]);
    const { interactions, userIds, itemIds } = train.dataset;
    expect([userIds.list[0], itemIds.list[0], interactions.ratings[0]]).toEqual(["424", "4076", 993]);
  },
);

testOn(["pinterest/hmgcn_train.txt", "pinterest/hmgcn_test.txt"], "Pinterest, in lists", async (...files) => {
  const [train, test] = await Promise.all(files.map((file) => readInteractions(file)));
  expect([train.format, test.format]).toEqual(["lists", "lists"]);
  expect([train.dataset.userIds.size, test.dataset.userIds.size]).toEqual([37_501, 37_501]);
  expect(new Set([...train.dataset.itemIds.list, ...test.dataset.itemIds.list]).size).toBe(9_836);
  expect(train.rows + test.rows).toBe(1_025_709);
  expect(train.dataset.itemIds.list.slice(0, 3)).toEqual(["2", "4", "0"]);
});
