/** What the file system refuses, told as a LetheError. */

import { LetheError } from "../../errors.ts";

const advice: Readonly<Record<string, string>> = {
  EACCES: "choose a folder that you may write to",
  EPERM: "choose a folder that you may write to",
  EROFS: "choose a folder that can be written to",
  ENOSPC: "make room on the disk",
  EBUSY: "it may be a mount point: name a folder inside it",
  EXDEV: "it may be a mount point: name a folder inside it",
  ENOTEMPTY: "somebody else wrote there at the same time: try again",
};

/** A refusal of the file system as `bad-input` with advice, naming what could not be written; any other error as it is. */
export function asLetheError(error: unknown, target: string): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  const refused = syscall !== undefined || code?.startsWith("ERR_FS_") || code === "ERR_INVALID_ARG_VALUE";
  if (error instanceof LetheError || code === undefined || !refused) return error;
  return new LetheError("bad-input", `${target} cannot be written: ${message}`, advice[code] ?? "name another folder");
}
