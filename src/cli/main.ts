#!/usr/bin/env node
/** The program `lethe`: the process's arguments, streams and signals. */

import { setTimeout as pause } from "node:timers/promises";
import { processStream } from "./streams.ts";
import { writeLines } from "./terminal.ts";

const statuses = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof statuses;
const signals = Object.keys(statuses) as Signal[];

const stop = new AbortController();
// The second signal ends the process at once.
const onSignal = (name: Signal) => {
  ignore();
  stop.abort(name);
};
const listen = () => {
  for (const name of signals) process.on(name, onSignal);
};
const ignore = () => {
  for (const name of signals) process.off(name, onSignal);
};
listen();

// While the result is printed the event loop hears no signal, and nothing is left to clean up: their default ends us.
const whilePrinting = (print: () => void) => {
  ignore();
  try {
    print();
  } finally {
    if (!stop.signal.aborted) listen();
  }
};
const [stdout, stderr] = [process.stdout, process.stderr].map(processStream);

// After the signals are listened to: this takes a moment.
const { lethe } = await import("./program.ts");
let status = await lethe(process.argv.slice(2), { stdout, stderr, signal: stop.signal, whilePrinting });
ignore();
if (status === 130) status = statuses[stop.signal.reason as Signal] ?? status;

// Who stopped us does not wait for a reader; nor may work that was given up.
if (stop.signal.aborted) {
  await Promise.race([Promise.all([stdout.settled(), stderr.settled()]), pause(50)]);
  process.exit(status);
}
const lost = await stdout.settled();
// A reader that closes the pipe early (head) has what it wants.
if (lost !== undefined && lost.code !== "EPIPE") {
  writeLines(stderr, [
    `lethe: the result cannot be written to stdout: ${lost.message}`,
    "       make room there, or send it elsewhere; what the command was to do is done",
  ]);
  if (status === 0) status = 1;
}
process.exitCode = status;
