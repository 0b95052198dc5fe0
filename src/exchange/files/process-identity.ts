/** Which process on which host owns a lock or a temporary folder, and whether it is still running. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** A process, so that another one with the same number is told apart. */
export interface ProcessIdentity {
  /** Eight hexadecimal digits that follow from the host's name. */
  readonly host: string;
  readonly process: number;
  /** When it started, in a unit of its own; "0" where the system does not tell. */
  readonly start: string;
}

const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

/** The pattern of a printed identity, with three groups. */
export const identityPattern = "([0-9a-f]{8})-(\\d+)-([0-9a-z]+)";

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { host, process: process.pid, start: startOf(process.pid) };
}

/** The identity as text, matched by `identityPattern`. */
export function printIdentity({ host: where, process: number, start }: ProcessIdentity): string {
  return `${where}-${number}-${start}`;
}

/** The identity behind the three groups of the pattern. */
export function identityFrom([where, number, start]: readonly string[]): ProcessIdentity {
  return { host: where, process: Number(number), start };
}

/** Whether the process is running; "unknown" on another host, which cannot be asked. */
export function isRunning({ host: where, process: number, start }: ProcessIdentity): boolean | "unknown" {
  if (where !== host) return "unknown";
  const now = startOf(number);
  if (now !== "0" && start !== "0") return now === start;
  try {
    process.kill(number, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The boot and the clock ticks from it to the process's start, as Linux tells them; "0" elsewhere, and for no process. */
function startOf(number: number): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").replaceAll("-", "").slice(0, 8);
    const stat = readFileSync(`/proc/${number}/stat`, "latin1");
    // The second field, the program's name, may hold spaces and parentheses.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${boot}${Number(ticks).toString(36)}`;
  } catch {
    return "0";
  }
}
