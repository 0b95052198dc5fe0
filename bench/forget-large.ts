/** The bench "forget" where a training takes minutes: 32 and 64 factors, two sets, one thread. */

import { run as forget } from "./forget.ts";
import type { Report } from "./report.ts";

/** Lengths of the factors as arguments; 32 and 64 by default. */
export function run(args: readonly string[]): Promise<Report> {
  return forget([...(args.length > 0 ? args : ["32", "64"]), "threads=1"]);
}
