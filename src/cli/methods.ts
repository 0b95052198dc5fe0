/** `lethe methods`: the catalogues. */

import type { Command } from "commander";
import { audits } from "../audit/index.ts";
import { estimators } from "../influence/index.ts";
import { solvers } from "../linear/index.ts";
import { models } from "../model/index.ts";
import { trainers } from "../training/index.ts";
import { unlearners } from "../unlearning/index.ts";
import { run, withCommonFlags } from "./run.ts";
import { strong } from "./style.ts";
import { indent, lineWidth, padded, wrap } from "./text.ts";

/** Adds the command. */
export function methodsCommand(program: Command): void {
  withCommonFlags(
    program.command("methods").description("list solvers, models, trainers, estimators, unlearners, audits"),
  ).action((flags: { readonly json?: boolean }) =>
    run(flags, async ({ console }) => {
      const catalogue = catalogues();
      console.result(catalogue, () => text(catalogue));
      return 0;
    }),
  );
}

const nameWidth = 30;

/** What is said of a method that knows one family only. */
const onlyFor: Readonly<Record<string, string>> = {
  factorization: "mf with squared loss and ials only",
  scored: "models trained by batches only",
};

function text(catalogue: Catalogues): string[] {
  return Object.entries(catalogue).flatMap(([kind, entries], k) => [
    ...(k === 0 ? [] : [""]),
    strong(kind),
    ...entries.flatMap(({ name, summary, models: known }) =>
      indent(
        wrap(summary + (known?.length === 1 ? ` (${onlyFor[known[0]]})` : ""), lineWidth - nameWidth - 2).map(
          (line, n) => padded(n === 0 ? name : "", nameWidth) + line,
        ),
        2,
      ),
    ),
  ]);
}

/** `models`, where it is there, names the families that a method knows. */
interface Listed {
  readonly name: string;
  readonly summary: string;
  readonly models?: readonly string[];
}

type Catalogues = Record<string, readonly Listed[]>;

/** The families that an entry knows. */
function familiesOf(entry: { readonly factorization?: unknown; readonly scored?: unknown }): string[] {
  return (["factorization", "scored"] as const).filter((kind) => entry[kind] !== undefined);
}

function catalogues(): Catalogues {
  return {
    solvers: [...solvers],
    models: [...models],
    trainers: [...trainers],
    estimators: Object.entries(estimators).map(([name, entry]) => ({
      name,
      summary: (entry.factorization?.() ?? entry.scored?.())?.summary ?? "",
      models: familiesOf(entry),
    })),
    unlearners: Object.entries(unlearners).map(([name, entry]) => {
      const made = entry.factorization?.() ?? entry.scored?.();
      return { name, guarantee: made?.guarantee ?? "", summary: made?.summary ?? "", models: familiesOf(entry) };
    }),
    audits: audits.map(({ name, question }) => ({ name, summary: question })),
  };
}
