/** Everything that Lethe refuses, and how loudly: misuse is thrown as a LetheError, numeric failure is a returned status. */

export type ErrorCode =
  | "bad-input" // a file, a row, an id or a flag that cannot be used as given
  | "bad-model" // a model folder that is damaged, foreign or from another version
  | "unknown-id" // a user or item that the model has never seen, or has forgotten
  | "unsupported" // a method asked to do what it cannot
  | "conflict" // somebody else has changed, or is changing, what was to be replaced
  | "aborted" // stopped by the person who started it
  | "internal"; // a defect of Lethe's own

const exitStatuses: Record<ErrorCode, number> = {
  "bad-input": 2,
  "bad-model": 2,
  "unknown-id": 2,
  unsupported: 2,
  conflict: 3,
  aborted: 130,
  internal: 1,
};

/** An error with a code, a message that names the place, and advice that names the remedy. Fields of requests stand in backquotes. */
export class LetheError extends Error {
  readonly code: ErrorCode;
  readonly advice: string | undefined;
  /** The field of a request that is meant, where it is one. */
  readonly place: string | undefined;

  constructor(code: ErrorCode, message: string, advice?: string, place?: string) {
    super(message);
    this.name = "LetheError";
    this.code = code;
    this.advice = advice;
    this.place = place;
  }

  /** The Unix exit status of this error: 2 for misuse and bad input, 3 for a conflict with another writer, 130 when aborted, 1 otherwise. */
  get exitStatus(): number {
    return exitStatuses[this.code];
  }
}

/** The error of work that was stopped, perhaps after something was put in its place. */
export function aborted(placed: readonly string[] = []): LetheError {
  const written = placed.length === 0 ? "nothing was written" : `already in place: ${placed.join(", ")}`;
  return new LetheError("aborted", `stopped before the end; ${written}`);
}

/** Throws `aborted` once the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted();
}
