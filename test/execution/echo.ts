/** Tasks to test executors with. */

import { setTimeout as pause } from "node:timers/promises";
import { LetheError, throwIfAborted } from "../../src/errors.ts";
import type { Task, TaskModule } from "../../src/execution/executor.ts";

/** What threads load. */
export const tasks: TaskModule<{ readonly factor: number; readonly fail?: string }, Task, unknown> = {
  url: import.meta.url,
  async open({ factor, fail }) {
    if (fail !== undefined) throw new LetheError("bad-model", fail, "restore it");
    let done = 0;
    return {
      async run(task, signal) {
        done++;
        switch (task.name) {
          case "scale":
            return (task.numbers as Float64Array).map((x) => x * factor + 1 / 3);
          case "count":
            return done;
          case "refuse":
            throw new LetheError("unknown-id", 'no user "9"', "write it as it is", "user");
          case "fail":
            throw new TypeError("this is no LetheError");
          case "exit":
            return process.exit(7);
          case "throw":
            setTimeout(() => {
              throw new Error("out of the blue");
            });
            return pause(5000);
          case "function":
            return () => 1;
          default:
            for (;;) {
              throwIfAborted(signal);
              await pause(5);
            }
        }
      },
      close: async () => {},
    };
  },
};
