/** Boosted trees on MovieLens-100K beside scikit-learn's on the same rows of features, which `csv=FOLDER` writes. */

import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { trainBooster } from "../src/boosting/boost.ts";
import { boosted, type FeatureRows } from "../src/boosting/ensemble.ts";
import { orderedByIds, pairFeatures } from "../src/boosting/features.ts";
import { foldedFeatures } from "../src/boosting/folds.ts";
import { boostingSettings } from "../src/boosting/settings.ts";
import type { Dataset } from "../src/data/dataset.ts";
import { readInteractions } from "../src/data/reading.ts";
import { splitByIds } from "../src/data/splitting.ts";
import { rmse } from "../src/evaluation/rating.ts";
import { nameKeys } from "../src/objective/negatives.ts";
import { finish } from "../src/run.ts";
import { dataFolder } from "./movielens.ts";
import type { Report } from "./report.ts";

/**
 * Test RMSE of scikit-learn 1.2.1 (Debian's python3-sklearn) on the files of `csv=FOLDER`; docs/models/boosting.md has the program. Measured
 * once: the features and the split are the same to the byte every time.
 */
export const reference = 0.92505;

/** Rows with labels. */
interface Labelled {
  readonly features: FeatureRows;
  readonly labels: Float64Array;
}

/** Nine tenths of the ratings to train on, with the features that they are learned from, and a tenth as it is served. */
export function featuresOn({ interactions, userIds, itemIds }: Dataset): { train: Labelled; test: Labelled } {
  const keys = nameKeys(userIds.list, itemIds.list);
  const split = splitByIds(interactions, keys, { fraction: 0.1 }, 1);
  const [train, test] = [interactions.select(split.train), interactions.select(split.test)];
  const owners = Uint32Array.from({ length: train.size }, (_, row) => row);
  const { users, items } = train;
  const served = pairFeatures(orderedByIds(train, keys), "squared");
  return {
    train: {
      features: finish(foldedFeatures(train, keys, "squared", { users, items, owners })),
      labels: train.ratings,
    },
    test: { features: served.of(test), labels: test.ratings },
  };
}

/** With `csv=FOLDER` also writes train.csv and test.csv there: the features of a row, then its rating. */
export async function run(args: readonly string[]): Promise<Report> {
  const folder = args.find((arg) => arg.startsWith("csv="))?.slice("csv=".length);
  const { dataset } = await readInteractions(resolve(dataFolder, "ml-100k/ml-100k.inter"));
  const { train, test } = featuresOn(dataset);
  if (folder !== undefined)
    for (const [name, rows] of Object.entries({ train, test })) writeFileSync(join(folder, `${name}.csv`), csv(rows));
  const begun = performance.now();
  const booster = await trainBooster(train, boostingSettings({ loss: "squared" }));
  const seconds = (performance.now() - begun) / 1000;
  const error = rmse(boosted(booster, test.features), test.labels);
  const rows = [
    ["Lethe", error.toFixed(4), seconds.toFixed(1)],
    ["scikit-learn 1.2.1", reference.toFixed(4), ""],
  ];
  const caption = "MovieLens-100K, a tenth held out: 100 trees of 31 leaves on the same features";
  return {
    tables: [{ id: "reference", caption, header: ["trees of", "test RMSE", "seconds"], rows }],
    figures: { error, reference, seconds },
  };
}

function csv({ features: { width, values }, labels }: Labelled): string {
  return Array.from(labels, (label, row) => [...values.subarray(row * width, (row + 1) * width), label].join()).join(
    "\n",
  );
}
