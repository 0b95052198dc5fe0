/** `npm run bench -- <name>`: runs bench/<name>.ts, prints its tables, keeps them in bench/results. */

import { readdirSync, readFileSync } from "node:fs";
import { keep, markdown, type Report } from "./report.ts";

const [name, ...rest] = process.argv.slice(2);
const here = new URL("./", import.meta.url);
// A bench is a file that exports `run`.
const names = readdirSync(here)
  .filter(
    (file) =>
      file.endsWith(".ts") && /^export (async )?function run\(/m.test(readFileSync(new URL(file, here), "utf8")),
  )
  .map((file) => file.slice(0, -3));
if (!names.includes(name)) {
  process.stderr.write(`usage: npm run bench -- NAME, where NAME is one of: ${names.join(" | ")}\n`);
  process.exit(2);
}
const bench = (await import(new URL(`${name}.ts`, here).href)) as { run: (args: readonly string[]) => Promise<Report> };
// Parts that were named go beside those that were kept.
const report = keep(name, await bench.run(rest), rest.length > 0);
for (const table of report.tables) process.stdout.write(`\n${table.caption}\n\n${markdown(table)}\n`);
process.stdout.write(`\n${report.machine}, Node ${report.node}, ${report.date}\n`);
