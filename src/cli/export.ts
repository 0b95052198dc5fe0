/** `lethe export DIR --format npz --out PATH`: a model's factors in the format of the system that serves them. */

import { type Command, Option } from "commander";
import type { ForeignWriteOptions, Precision } from "../exchange/foreign/factors.ts";
import { foreignFormats } from "../exchange/foreign/index.ts";
import { fingerprintAt } from "../exchange/foreign/sink.ts";
import { type ExportReport, exportModel } from "../study/export.ts";
import { openModel } from "../study/model.ts";
import { counted } from "./numbers.ts";
import { path } from "./options.ts";
import { run, withCommonFlags } from "./run.ts";

interface ExportFlags {
  readonly format: string;
  readonly out: string;
  readonly precision?: Precision;
  readonly biases?: ForeignWriteOptions["biases"];
  readonly ids?: ForeignWriteOptions["ids"];
  readonly json?: boolean;
}

/** Adds the command. */
export function exportCommand(program: Command): void {
  withCommonFlags(
    program
      .command("export")
      .description("write a model's factors for the system that serves them")
      .argument("<dir>", "a model folder", path)
      .addOption(
        new Option("--format <name>", "the format")
          .choices(foreignFormats.map(({ name }) => name))
          .makeOptionMandatory(),
      )
      .requiredOption("--out <path>", "the file or folder to write", path)
      .addOption(
        new Option("--precision <kind>", "what is stored (default: what the other system takes)").choices([
          "float32",
          "float64",
        ]),
      )
      .addOption(
        new Option(
          "--biases <how>",
          "where the format has none: refuse, or append them as two more factors (default: refuse)",
        ).choices(["refuse", "columns"]),
      )
      .addOption(
        new Option(
          "--ids <kind>",
          "outside ids, or row positions for formats that take integers only (default: outside)",
        ).choices(["outside", "positions"]),
      ),
  ).action((dir: string, flags: ExportFlags) =>
    run(flags, async ({ console, signal }) => {
      const { precision, biases, ids } = flags;
      const expected = await fingerprintAt(flags.out);
      const report = await exportModel(await openModel(dir), flags.format, flags.out, {
        precision,
        biases,
        ids,
        expected,
        signal,
      });
      console.result(report, () => text(report));
      return 0;
    }),
  );
}

function text({ format, path: to, factors, users, items, biases, mean }: ExportReport): string[] {
  const more = `${biases ? ", biases" : ""}${mean === 0 ? "" : `, mean ${mean.toPrecision(6)}`}`;
  return [
    `${counted(users, "user")} and ${counted(items, "item")} with ${counted(factors, "factor")}${more}`,
    `${format} in ${to}`,
  ];
}
