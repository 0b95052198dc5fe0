#!/usr/bin/env node
/** The command line: `lethe <command>`. Exit status 0, 1 for failure or no convergence, 2 for misuse or bad input, 3 for a conflict, 130 on Ctrl-C. */

import { Command, CommanderError } from "commander";
import { LetheError } from "../errors.ts";
import { version } from "../version.ts";
import { auditCommand } from "./audit.ts";
import { demoCommand } from "./demo.ts";
import { evaluateCommand } from "./evaluate.ts";
import { explainCommand } from "./explain.ts";
import { exportCommand } from "./export.ts";
import { forgetCommand } from "./forget.ts";
import { importCommand } from "./import.ts";
import { infoCommand } from "./info.ts";
import { methodsCommand } from "./methods.ts";
import { misuse } from "./misuse.ts";
import { tell } from "./output.ts";
import { predictCommand } from "./predict.ts";
import { recommendCommand } from "./recommend.ts";
import { trainCommand } from "./train.ts";

const commands = [
  demoCommand,
  trainCommand,
  infoCommand,
  importCommand,
  exportCommand,
  predictCommand,
  recommendCommand,
  evaluateCommand,
  explainCommand,
  forgetCommand,
  auditCommand,
  methodsCommand,
];

async function main(): Promise<number> {
  const program = new Command("lethe")
    .description("Why was this shown, and forget this person: influence and exact unlearning for recommenders.")
    .version(version, "--version", "print the version")
    .exitOverride()
    // What is wrong with a command line is told by `tell`, as everything is.
    .configureOutput({ outputError: () => {} });
  for (const add of commands) add(program);
  const names = program.commands.map((command) => command.name());
  // A reader that closes the pipe early (head) is not a failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  try {
    if (process.argv.length <= 2)
      throw new LetheError(
        "bad-input",
        `no command was given: ${names.join(", ")}`,
        "lethe --help says what each is for; lethe demo shows what they do together",
      );
    await program.parseAsync();
    return Number(process.exitCode ?? 0);
  } catch (error) {
    const command = program.commands.find((one) => one.name() === process.argv[2]);
    const flags = new Set(command?.options.map((option) => option.attributeName()));
    const spelled: Readonly<Record<string, string>> = { count: "n", settings: "set" };
    const how = {
      json: process.argv.includes("--json"),
      isFlag: (field: string) => flags.has(spelled[field] ?? field),
    };
    if (!(error instanceof CommanderError)) return tell(error, how);
    if (error.exitCode === 0) return 0;
    // `lethe help` with something that is no command has shown the help already.
    if (error.code === "commander.help") return 2;
    return tell(misuse(error, command?.name()), how);
  }
}

process.exitCode = await main();
