/** The command line as a function: arguments and a terminal in, an exit status out. */

import { Command, CommanderError } from "commander";
import { aborted, LetheError } from "../errors.ts";
import { placedSoFar } from "../exchange/files/own.ts";
import { version } from "../version.ts";
import { withConfig } from "./config.ts";
import { fieldsOf } from "./flags.ts";
import { misuse } from "./misuse.ts";
import { tell } from "./output.ts";
import { type Run, runOn } from "./run.ts";
import { stopped } from "./stop.ts";
import { type Terminal, writeLines } from "./terminal.ts";

type AddCommand = (program: Command, run: Run) => void;

// Only the command that was named is loaded: a start of the command line costs what it needs.
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  demo: async () => (await import("./demo.ts")).demoCommand,
  train: async () => (await import("./train.ts")).trainCommand,
  info: async () => (await import("./info.ts")).infoCommand,
  import: async () => (await import("./import.ts")).importCommand,
  export: async () => (await import("./export.ts")).exportCommand,
  predict: async () => (await import("./predict.ts")).predictCommand,
  recommend: async () => (await import("./recommend.ts")).recommendCommand,
  evaluate: async () => (await import("./evaluate.ts")).evaluateCommand,
  explain: async () => (await import("./explain.ts")).explainCommand,
  value: async () => (await import("./value.ts")).valueCommand,
  plant: async () => (await import("./plant.ts")).plantCommand,
  request: async () => (await import("./request.ts")).requestCommand,
  subject: async () => (await import("./subject.ts")).subjectCommand,
  forget: async () => (await import("./forget.ts")).forgetCommand,
  update: async () => (await import("./update.ts")).updateCommand,
  audit: async () => (await import("./audit.ts")).auditCommand,
  compare: async () => (await import("./compare.ts")).compareCommand,
  clean: async () => (await import("./clean.ts")).cleanCommand,
  ask: async () => (await import("./ask.ts")).askCommand,
  subset: async () => (await import("./subset.ts")).subsetCommand,
  fairness: async () => (await import("./fairness.ts")).fairnessCommand,
  judge: async () => (await import("./judge.ts")).judgeCommand,
  fidelity: async () => (await import("./fidelity.ts")).fidelityCommand,
  methods: async () => (await import("./methods.ts")).methodsCommand,
  completion: async () => (await import("./completion.ts")).completionCommand,
};

/** Commands that are about all of them. */
const aboutAll = ["completion"];

/** Runs `lethe` with these arguments; exit status 0, 1 for failure or no convergence, 2 for misuse or bad input, 3 for a conflict, 130 when it was stopped. */
export async function lethe(args: readonly string[], terminal: Terminal): Promise<number> {
  const { run, status, clear } = runOn(terminal);
  const placedBefore = placedSoFar().length;
  const program = new Command("lethe")
    .description("Why was this shown, and forget this person: influence and exact unlearning for recommenders.")
    .version(version, "--version", "print the version")
    .exitOverride()
    // What is wrong with a command line is told by `tell`, as everything is.
    .configureOutput({
      writeOut: (text) => writeLines(terminal.stdout, text.replace(/\n$/, "").split("\n")),
      outputError: () => {},
    });
  const [named = ""] = args;
  const loaded =
    Object.hasOwn(commands, named) && !aboutAll.includes(named) ? [commands[named]] : Object.values(commands);
  for (const load of loaded) (await load())(program, run);
  try {
    if (args.length === 0)
      throw new LetheError(
        "bad-input",
        `no command was given: ${Object.keys(commands).join(", ")}`,
        "lethe --help says what each is for; lethe demo shows what they do together",
      );
    const asked = await withConfig(program, args);
    await Promise.race([program.parseAsync(asked, { from: "user" }), stopped(terminal.signal)]);
    return status();
  } catch (error) {
    clear();
    const wasStopped = error instanceof LetheError && error.message === aborted().message;
    // A stop that comes after the result is in place does not take it back.
    return told(wasStopped ? aborted([...new Set(placedSoFar().slice(placedBefore))]) : error, args, program, terminal);
  }
}

/** Tells an error; returns its exit status. */
function told(error: unknown, args: readonly string[], program: Command, terminal: Terminal): number {
  const command = program.commands.find((one) => one.name() === args[0]);
  const fields = command && fieldsOf(command)?.flagged;
  const flags = new Set(command?.options.map((option) => option.attributeName()));
  const how = {
    json: args.includes("--json"),
    isFlag: (field: string) => fields?.has(field) === true || flags.has(field),
  };
  if (!(error instanceof CommanderError)) return tell(error, how, terminal);
  if (error.exitCode === 0) return 0;
  // `lethe help` with something that is no command has shown the help already.
  if (error.code === "commander.help") return 2;
  return tell(misuse(error, command), how, terminal);
}
