/** Tasks one after another in this thread. */

import { type Executor, executorOf, type Task, type TaskModule } from "./executor.ts";
import { plainCopy } from "./plain.ts";

/** An executor in this thread. Setup, tasks and results are copied as they would be between threads. */
export function inlineExecutor<Setup, Of extends Task, Result>(
  module: TaskModule<Setup, Of, Result>,
  setup: Setup,
): Executor<Of, Result> {
  return executorOf(1, () => {
    const opening = Promise.resolve().then(() => module.open(plainCopy(setup, "the setup")));
    return {
      async run(task, signal) {
        const tasks = await opening;
        const result = await tasks.run(plainCopy(task, `the task ${task.name}`), signal);
        return plainCopy(result, `the result of the task ${task.name}`);
      },
      close: () =>
        opening.then(
          (tasks) => tasks.close(),
          () => {},
        ),
    };
  });
}
