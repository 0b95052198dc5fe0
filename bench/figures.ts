/** Draws the figures of the documents from bench/results: `npx tsx bench/figures.ts`. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { frontierSvg } from "./frontier/drawing.ts";
import type { Figure } from "./frontier/tables.ts";
import { readReport } from "./tables.ts";

const root = resolve(import.meta.dirname, "..");

/** Each figure's file from the root of the project, and what is in it; throws where a result is not there. */
export async function drawnFigures(): Promise<ReadonlyMap<string, string>> {
  const report = readReport("frontier");
  if (report === undefined) throw new Error("there is no bench/results/frontier.json to draw");
  return new Map([["docs/figures/frontier.svg", `${await frontierSvg(report.figures as readonly Figure[])}\n`]]);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [name, svg] of await drawnFigures()) {
    const file = join(root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, svg);
    process.stdout.write(`${name}\n`);
  }
