#!/usr/bin/env node
/** The program `lethe`: the process's arguments, streams and signals. */

import { lethe } from "./program.ts";

const { argv, stdout, stderr } = process;
const stop = new AbortController();
const onSignal = () => stop.abort();
process.once("SIGINT", onSignal);
process.once("SIGTERM", onSignal);
// A reader that closes the pipe early (head) is not a failure.
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
process.exitCode = await lethe(argv.slice(2), { stdout, stderr, signal: stop.signal });
process.off("SIGINT", onSignal);
process.off("SIGTERM", onSignal);
