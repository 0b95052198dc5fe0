/** The process's own streams as commands write to them: nobody listens, or there is no room, and work goes on all the same. */

import type { Stream } from "./terminal.ts";

/** A stream that keeps the error by which text was lost. */
export interface ProcessStream extends Stream {
  /** Waits until everything is written; returns the first error, if there was one. */
  settled(): Promise<NodeJS.ErrnoException | undefined>;
}

/** A stream of the process. */
export function processStream(stream: NodeJS.WriteStream): ProcessStream {
  let failure: NodeJS.ErrnoException | undefined;
  let last = Promise.resolve();
  // The callback of a write has the error as well.
  stream.on("error", () => {});
  const write = (text: string) => {
    if (failure !== undefined) return;
    last = new Promise((resolve) => {
      stream.write(text, (error) => {
        failure ??= error ?? undefined;
        resolve();
      });
    });
  };
  return {
    write,
    isTTY: stream.isTTY,
    get columns() {
      return stream.columns;
    },
    async settled() {
      await last;
      return failure;
    },
  };
}
