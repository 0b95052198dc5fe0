/** Training along the path of falling λ beside random starts: where it ends, what it costs, and what exact forgetting keeps of it. */

import { openKernels } from "../src/kernel/select.ts";
import { type Figure, figureOf } from "./continuation/figures.ts";
import { waysWith } from "./continuation/measure.ts";
import { problems } from "./continuation/settings.ts";
import { tablesOf } from "./continuation/tables.ts";
import type { Report } from "./report.ts";

/** Names of sets, or of problems as the tables have them: these alone. */
export async function run(args: readonly string[]): Promise<Report> {
  const asked = problems.filter(({ id, set }) => args.length === 0 || args.includes(id) || args.includes(set));
  const kernels = openKernels({ threads: 2 });
  const ways = waysWith(kernels.factors);
  const figures: Figure[] = [];
  for (const problem of asked)
    figures.push(
      await figureOf(problem, ways, (what) => {
        process.stderr.write(`${problem.id}: ${what}\n`);
      }),
    );
  await kernels.close();
  return { tables: tablesOf(figures), figures };
}
