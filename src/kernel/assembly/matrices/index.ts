/** The entry of the compiled matrix products: one task of a call, and the loop by which threads share the tasks. */

import { finishTask, operationOf, sessionOf, takeTask } from "../sharing";
import { multiply, pack } from "./dense";
import { opMultiply, opPack, opSparse, opSplit } from "./layout";
import { sparseMultiply, split } from "./sparse";

export { announce } from "../sharing";

/** Does one task of an operation on a description; `thread` names the private scratch. */
export function execute(operation: i32, s: usize, task: i32, thread: i32): void {
  switch (operation) {
    case opPack: return pack(s, task);
    case opMultiply: return multiply(s, task, thread);
    case opSparse: return sparseMultiply(s, task);
    case opSplit: return split(s, task);
    default: unreachable();
  }
}

/** Takes tasks of one call until none is left. Returns how many it did. */
export function work(control: usize, generation: u32, thread: i32): i32 {
  let done = 0;
  for (let task = takeTask(control, generation); task >= 0; task = takeTask(control, generation)) {
    execute(operationOf(control), sessionOf(control), task, thread);
    finishTask(control);
    done++;
  }
  return done;
}
