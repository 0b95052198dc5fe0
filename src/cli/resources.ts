/** What the machine does not have, told as a refusal: no defect of ours, and somebody can do something about it. */

import { LetheError } from "../errors.ts";

const adviceOf: Readonly<Record<string, string>> = {
  ENOMEM: "end other programs, or use a machine with more memory",
  EAGAIN: "raise the limit of processes and threads (ulimit -u), or end some",
  EMFILE: "raise the limit of open files (ulimit -n)",
  ENFILE: "raise the limit of open files (ulimit -n)",
  ENOSPC: "make room on the disk",
  EIO: "check the disk or the terminal",
};

/** The refusal that an error of the system or of the engine stands for; undefined where the error is a defect. */
export function resourceRefusal(error: unknown): LetheError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  const { code = "", syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined && /^E[A-Z0-9]+$/.test(code))
    return refusal(`the system refused: ${message}`, adviceOf[code] ?? "check the file or folder, and its permissions");
  if (code === "ERR_DLOPEN_FAILED")
    return refusal(
      `a library cannot be loaded: ${message}`,
      "raise ulimit -v; if the file is damaged, install Lethe again",
    );
  if (!(error instanceof RangeError)) return undefined;
  if (/call stack/i.test(message))
    return refusal(
      `this takes more stack than there is: ${message}`,
      "raise it: node --stack-size=4000 (and ulimit -s)",
    );
  if (/string length|string longer/i.test(message))
    return refusal(`the result is too long for one text: ${message}`, "ask about fewer at a time, or leave out --json");
  if (!/-\d/.test(message) && /allocat|array (buffer )?length|typed array|maximum size/i.test(message))
    return refusal(
      `this takes more memory than there is: ${message}`,
      "take fewer factors, rows or threads, a machine with more memory, or raise NODE_OPTIONS=--max-old-space-size and ulimit -v",
    );
  return undefined;
}

function refusal(message: string, advice: string): LetheError {
  return new LetheError("unsupported", message, advice);
}
