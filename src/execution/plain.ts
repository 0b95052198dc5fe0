/** What passes between threads: plain data, and errors as plain data. */

import { LetheError } from "../errors.ts";

/** A copy of plain data, as another thread would get it; throws `internal` where it is none. */
export function plainCopy<Data>(data: Data, what: string): Data {
  return passing(() => structuredClone(data), what);
}

/** Passes something on; throws `internal` where it is no plain data, and any other error as it is. */
export function passing<Result>(pass: () => Result, what: string): Result {
  try {
    return pass();
  } catch (error) {
    const { name, message } = error as Error;
    throw name === "DataCloneError" ? notPlain(what, message) : error;
  }
}

function notPlain(what: string, why: string): LetheError {
  return new LetheError(
    "internal",
    `${what} is no plain data: ${why}`,
    "pass numbers, text, typed arrays, and lists and objects of them",
  );
}

/** An error as another thread tells it. */
export interface ToldError {
  readonly message: string;
  readonly stack?: string | undefined;
  /** Of a LetheError. */
  readonly code?: LetheError["code"] | undefined;
  readonly advice?: string | undefined;
  readonly place?: string | undefined;
  /** Of a result that is no plain data. */
  readonly notPlain?: boolean | undefined;
}

/** The error that was told: a LetheError as it was, any other with its message and stack. */
export function errorFrom({ message, stack, code, advice, place, notPlain: result }: ToldError, name: string): Error {
  if (result) return notPlain(`the result of the task ${name}`, message);
  if (code !== undefined) return new LetheError(code, message, advice, place);
  return Object.assign(new Error(message), stack === undefined ? {} : { stack });
}
