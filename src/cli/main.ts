#!/usr/bin/env node
/** The command line: `lethe <command>`. Exit status 0, 1 for failure or no convergence, 2 for misuse or bad input, 130 on Ctrl-C. */

import { Command, CommanderError } from "commander";
import { version } from "../version.ts";
import { auditCommand } from "./audit.ts";
import { demoCommand } from "./demo.ts";
import { explainCommand } from "./explain.ts";
import { forgetCommand } from "./forget.ts";
import { infoCommand } from "./info.ts";
import { methodsCommand } from "./methods.ts";
import { tell } from "./output.ts";
import { predictCommand } from "./predict.ts";
import { recommendCommand } from "./recommend.ts";
import { trainCommand } from "./train.ts";

const commands = [
  demoCommand,
  trainCommand,
  infoCommand,
  predictCommand,
  recommendCommand,
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
    .showHelpAfterError("(lethe --help shows the commands)");
  for (const add of commands) add(program);
  for (const command of program.commands) command.exitOverride().showHelpAfterError(false);
  // A reader that closes the pipe early (head) is not a failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  try {
    if (process.argv.length <= 2) {
      program.outputHelp({ error: true });
      return 2;
    }
    await program.parseAsync();
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return tell(error);
  }
}

process.exitCode = await main();
