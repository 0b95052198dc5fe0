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

/** Whether the process is running; "unknown" on another host, which cannot be asked. A process that has ended and was not waited for is not. */
export function isRunning({ host: where, process: number, start }: ProcessIdentity): boolean | "unknown" {
  if (where !== host) return "unknown";
  const boot = bootOf();
  // Whatever has the number now, a process of an earlier boot is not it.
  if (start !== "0" && boot !== "" && !start.startsWith(boot)) return false;
  const found = statOf(number);
  if (found !== undefined && start !== "0") return !found.ended && start === `${boot}${found.ticks}`;
  if (found?.ended) return false;
  try {
    process.kill(number, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The boot and the clock ticks from it to the process's start, as Linux tells them; "0" elsewhere, and for no process. */
function startOf(number: number): string {
  const [boot, found] = [bootOf(), statOf(number)];
  return boot === "" || found === undefined ? "0" : `${boot}${found.ticks}`;
}

/** Eight digits of the id of this boot; "" where the system has none. */
function bootOf(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").replaceAll("-", "").slice(0, 8);
  } catch {
    return "";
  }
}

function statOf(number: number): { readonly ticks: string; readonly ended: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${number}/stat`, "latin1");
    // The second field, the program's name, may hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { ticks: Number(fields[19]).toString(36), ended: ["Z", "X"].includes(fields[0]) };
  } catch {
    return undefined;
  }
}
