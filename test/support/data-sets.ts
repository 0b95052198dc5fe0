/** The real data sets, where this machine has them: in LETHE_DATA, else in ../shared/data beside the project. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "vitest";

const promised = process.env.LETHE_DATA;
const folder = promised ? resolve(promised) : resolve(import.meta.dirname, "../../../shared/data");

/** The path of a data file, there or not. */
export function dataFile(name: string): string {
  return resolve(folder, name);
}

/**
 * A test on real files, named from the data folder; `body` gets their paths. Without LETHE_DATA a test whose files are
 * absent is skipped, and counted as skipped; with it, a missing file fails the test.
 */
export function testOn(
  names: readonly string[],
  title: string,
  body: (...paths: string[]) => void | Promise<void>,
): void {
  const missing = names.filter((name) => !existsSync(dataFile(name)));
  if (missing.length === 0) test(title, () => body(...names.map(dataFile)));
  else if (!promised) test.skip(`${title} (no ${missing.join(", ")} in ${folder})`, () => {});
  else
    test(title, () => {
      throw new Error(`LETHE_DATA is ${folder}, but there is no ${missing.join(", ")} in it`);
    });
}
