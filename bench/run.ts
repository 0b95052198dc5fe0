/** `npm run bench -- <name>`: runs bench/<name>.ts, prints its tables, keeps them in bench/results. */

import { existsSync } from "node:fs";
import { keep, markdown, type Report } from "./report.ts";

const [name, ...rest] = process.argv.slice(2);
const file = new URL(`./${name}.ts`, import.meta.url);
if (name === undefined || !/^[a-z-]+$/.test(name) || !existsSync(file)) {
  process.stderr.write(
    "usage: npm run bench -- NAME, where NAME is one of: kernels | matrices | bpr | models | implicit | fidelity-gmf | fidelity-mlp | fidelity-neumf | fidelity-mlp-relu | published-bpr | published-bpr-plain | published-neumf | published-light-gcn | train | forget | forget-large | explain | influence-rows | fidelity | scif | scif-models | unlearners | pairwise-unlearning | receraser | stability | intervals | self-influence | event-loop\n",
  );
  process.exit(2);
}
const bench = (await import(file.href)) as { run: (args: readonly string[]) => Promise<Report> };
const report = keep(name, await bench.run(rest));
for (const table of report.tables) process.stdout.write(`\n${table.caption}\n\n${markdown(table)}\n`);
process.stdout.write(`\n${report.machine}, Node ${report.node}, ${report.date}\n`);
