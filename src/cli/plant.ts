/** `lethe plant DIR --attack average-attack --out FILE`: made-up profiles in a model's data. */

import type { Command } from "commander";
import { methodNamed } from "../method/method.ts";
import { attacks } from "../requests/index.ts";
import type { PlantReport } from "../study/cases/plant.ts";
import { folderStore, plant, type Verb } from "../study/verbs/index.ts";
import { argumentSummary, setSpelling, withFlags } from "./flags.ts";
import { commandLine } from "./next.ts";
import { counted, decimal } from "./numbers.ts";
import { path } from "./options.ts";
import { warnOfLeftovers } from "./output.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { cut, lineWidth, wrap } from "./text.ts";

/** Adds the command. */
export function plantCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("plant")
        .description(plant.summary)
        .argument("<dir>", argumentSummary(plant as Verb, "folder"), path),
      plant as Verb,
      ["folder"],
      {
        out: { flag: "--out <file>" },
        settings: { ...setSpelling, summary: "a setting of the attack; may be repeated" },
      },
    ),
  ).action((folder: string, { json, threads, set, ...fields }: CommonFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const asked = plant.parse({ folder, settings: set, ...fields });
      methodNamed(attacks, asked.attack);
      const report = await plant.run(asked, context("plant "), folderStore);
      const next = commandLine(["lethe", "train", report.out, "--out", "DIR"]);
      console.advise(report.warnings);
      warnOfLeftovers(console, report.out, report.leftovers);
      console.result({ ...report, next }, () => text(report, next));
      return report.status === "converged" ? 0 : 1;
    }),
  );
}

function text(report: PlantReport, next: string): string[] {
  const { attack, item, title, rating, profiles, prefix, planted, users, interactions, out, status } = report;
  const named = title === null ? item : `${item} (${cut(title, 40)})`;
  const made = `${attack}: ${counted(profiles, "profile")} with ${counted(planted, "rating")}, ids ${prefix}1 …`;
  return [
    ...wrap(`${made}; each rates item ${named} ${decimal(rating, 1)}`, lineWidth),
    ...(status === "converged" ? [] : [`the solve ended with ${status}: the profiles are not what they should be`]),
    `${counted(interactions, "rating")} of ${counted(users, "user")} in ${out}`,
    `next: ${next}`,
  ];
}
