/** The entry of the compiled matrix products and towers: one task of a call, and the loop by which threads share the tasks. */

import { finishTask, operationOf, sessionOf, takeTask } from "../sharing";
import { forward, pack as packLayer, tangent } from "../towers/forward";
import * as towers from "../towers/layout";
import { reverse, reverseTangent } from "../towers/reverse";
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
    case towers.opPack: return packLayer(s, task);
    case towers.opForward: return forward(s, task);
    case towers.opTangent: return tangent(s, task);
    case towers.opReverse: return reverse(s, task, thread);
    case towers.opReverseTangent: return reverseTangent(s, task, thread);
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
