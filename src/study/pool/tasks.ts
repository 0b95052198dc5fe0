/** Training as a task: a thread opens the model folder once, and trains with kernels of one thread. */

import type { Rows } from "../../data/interactions.ts";
import { LetheError, throwIfAborted } from "../../errors.ts";
import type { ModelFolder } from "../../exchange/model/folder.ts";
import type { TaskModule } from "../../execution/executor.ts";
import { runContext } from "../../kernel/run-context.ts";
import { openKernels } from "../../kernel/select.ts";
import { openModel } from "../store/model.ts";
import { type Found, type Numbers, openSession, takingOf } from "./session.ts";

/** The model, the measures and the seed of all trainings. */
export interface TrainingSetup {
  readonly model: Pick<ModelFolder, "folder" | "digest">;
  readonly numbers: readonly Numbers[];
  readonly seed: number;
}

/** One training. */
export interface Training {
  readonly name: "training";
  /** What is left out, ascending. */
  readonly rows: Rows;
  readonly [argument: string]: unknown;
}

/** What threads load. */
export const tasks: TaskModule<TrainingSetup, Training, Found> = {
  url: import.meta.url,
  async open({ model: { folder, digest }, numbers, seed }) {
    const kernels = openKernels({ threads: 1 });
    const { trained, source } = await openModel(folder, { kernels });
    if (source?.digest !== digest)
      throw new LetheError("conflict", `${folder} was replaced while it was trained again`, "ask again");
    let signal: AbortSignal | undefined;
    const context = runContext(kernels);
    const run = {
      ...context,
      async yieldToEventLoop() {
        await context.yieldToEventLoop();
        throwIfAborted(signal);
      },
    };
    const takings = numbers.map((data) => takingOf(data, trained));
    const session = await openSession(trained, takings, run, seed);
    return {
      run({ rows }, stop) {
        signal = stop;
        return session.without(rows);
      },
      async close() {
        await session.close();
        await kernels.close();
      },
    };
  },
};
