/** `lethe methods`: the catalogues. */

import type { Command } from "commander";
import { folderStore, type Listed, methods } from "../study/verbs/index.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { strong } from "./style.ts";
import { indent, lineWidth, padded, wrap } from "./text.ts";

/** Adds the command. */
export function methodsCommand(program: Command, run: Run): void {
  withCommonFlags(program.command("methods").description(methods.summary)).action((flags: CommonFlags) =>
    run(flags, async ({ console, run: context }) => {
      const catalogue = await methods.run(methods.parse({}), context(), folderStore);
      console.result(catalogue, () => text(catalogue));
      return 0;
    }),
  );
}

const nameWidth = 30;

function text(catalogue: Readonly<Record<string, readonly Listed[]>>): string[] {
  return Object.entries(catalogue).flatMap(([kind, entries], k) => [
    ...(k === 0 ? [] : [""]),
    strong(kind),
    ...entries.flatMap((entry) =>
      indent(
        wrap(summaryOf(entry), lineWidth - nameWidth - 2).map(
          (line, n) => padded(n === 0 ? entry.name : "", nameWidth) + line,
        ),
        2,
      ),
    ),
  ]);
}

function summaryOf({ summary, needs, cost, settings }: Listed): string {
  const wants = needs === undefined || needs.length === 0 ? "" : `; needs ${needs.join(", and ")}`;
  const names = Object.keys(settings ?? {});
  const set = names.length === 0 ? "" : `; settings: ${names.join(", ")}`;
  return `${summary}${cost === undefined ? "" : ` (${cost})`}${wants}${set}`;
}
