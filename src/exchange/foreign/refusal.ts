/** What is refused of a foreign file, as errors that name the place. */

import { LetheError } from "../../errors.ts";

/** What helps against damage: nobody can mend it here. */
const anew = "it is damaged or was not written for this: save it anew where the model was trained";

/** A `bad-input` error: what is at `place` is refused for this reason. */
export function refused(place: string, why: string, advice = anew): LetheError {
  return new LetheError("bad-input", `${place}: ${why}`, advice);
}

/** A text from a file as it can be shown in a message, whatever it contains. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** What the file system or an allocation refused while `place` was read, as `bad-input`; any other error as it is. */
export function readingError(error: unknown, place: string): unknown {
  if (error instanceof LetheError || !(error instanceof Error)) return error;
  if (error instanceof RangeError && /alloc|array length|array buffer/i.test(error.message))
    return refused(place, "its tables do not fit in memory", "use a machine with more memory");
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return refused(place, "there is no such file", "check the path");
  if (code === "ELOOP") return refused(place, "this is not a file but a link", "name what the link leads to");
  if (code === "ERR_INVALID_ARG_VALUE") return refused(place, "this is no path", "a path has no NUL");
  if (syscall !== undefined) return refused(place, `cannot be read (${code})`, "check the file and its permissions");
  return error;
}
