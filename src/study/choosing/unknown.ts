/** What a request names and a model does not have, or has in several forms: counted, and told all at once. */

import { LetheError } from "../../errors.ts";

/** An event that the model does not have, with its rating and time where the request gives them. */
export interface UnknownEvent {
  readonly user: string;
  readonly item: string;
  readonly rating?: number;
  readonly time?: number;
}

/** All that a request names and the model does not have. */
export interface Unknown {
  readonly users: string[];
  readonly items: string[];
  readonly interactions: UnknownEvent[];
}

/** Something that the model does not have, or has in several forms: its name in messages, and the error when it is alone. */
export interface Fault {
  readonly name: string;
  readonly error: LetheError;
}

/** What was found of a request beside its rows. */
export interface Findings {
  readonly unknown: Unknown;
  readonly missing: Fault[];
  readonly ambiguous: Fault[];
  readonly warnings: string[];
}

/** Nothing found so far. */
export function noFindings(): Findings {
  return { unknown: { users: [], items: [], interactions: [] }, missing: [], ambiguous: [], warnings: [] };
}

/** How unknown ids are taken. */
export interface Tolerance {
  /** Goes on without unknown ids. */
  readonly ignoreUnknown?: boolean | undefined;
  /** Takes a request of which nothing is in the model as fulfilled. */
  readonly idempotent?: boolean | undefined;
}

/** Throws what was found, all at once: what is unknown, unless it is tolerated, then what could mean several. */
export function refuse({ missing, ambiguous, unknown }: Findings, known: number, tolerance: Tolerance): void {
  const { ignoreUnknown = false, idempotent = false } = tolerance;
  const tolerated = ignoreUnknown || (idempotent && known === 0);
  if (missing.length > 0 && !tolerated) throw unknownError(missing, unknown, idempotent);
  if (ambiguous.length === 0) return;
  const { message, advice } = ambiguous[0].error;
  const head = `${ambiguous.length} ids have look-alikes in this model`;
  throw new LetheError(
    "bad-input",
    ambiguous.length === 1 ? message : `${head}: ${listed(ambiguous)}; ${nothing}`,
    advice,
  );
}

const nothing = "nothing was forgotten";
const partly = "`idempotent` is for a request of which nothing is left, and a part of this one is";

function unknownError(missing: readonly Fault[], unknown: Unknown, idempotent: boolean): LetheError {
  const { message } = missing[0].error;
  const advice = missing.find(({ error }) => error.advice !== undefined)?.error.advice;
  const remedies = [advice, idempotent ? partly : undefined, goOn].filter((text) => text !== undefined).join("; ");
  if (missing.length === 1) return new LetheError("unknown-id", message, remedies);
  const counts = [counted(unknown.users, "user"), counted(unknown.items, "item")];
  const head = [...counts, counted(unknown.interactions, "interaction")].filter((text) => text !== "").join(", ");
  const told = `${head} not in this model: ${listed(missing)}; never seen, or already forgotten`;
  return new LetheError("unknown-id", `${told}; ${nothing}`, remedies);
}

const goOn = "`ignoreUnknown` goes on without what is unknown, and lists all of it in the result";

// More is not read in a message.
const mostTold = 20;

function listed(faults: readonly Fault[]): string {
  const more = faults.length - mostTold;
  const told = faults.slice(0, mostTold).map(({ name }) => name);
  return `${told.join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
}

function counted(of: readonly unknown[], what: string): string {
  return of.length === 0 ? "" : `${of.length} ${what}${of.length === 1 ? "" : "s"}`;
}
