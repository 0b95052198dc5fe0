/** The entry of the compiled kernels on triples: one task of a call, and the loop by which threads share the tasks. */

import { finishTask, operationOf, sessionOf, takeTask } from "../sharing";
import { descend } from "./descend";
import { exponential, logarithm } from "./exponential";
import {
  countField, inputField, opDescend, opEvaluate, opExponential, opFullProduct, opGaussNewtonProduct, opLogarithm,
  opReduce, opSlopes, outputField,
} from "./layout";
import { evaluate, fullProduct, gaussNewtonProduct, keepSlopes } from "./passes";
import { reduce } from "./reduce";

export { announce } from "../sharing";

/** Does one task of an operation on a session; `thread` names the private scratch. */
export function execute(operation: i32, s: usize, task: i32, thread: i32): void {
  switch (operation) {
    case opEvaluate: return evaluate(s, task, thread);
    case opSlopes: return keepSlopes(s, task, thread);
    case opFullProduct: return fullProduct(s, task, thread);
    case opGaussNewtonProduct: return gaussNewtonProduct(s, task, thread);
    case opReduce: return reduce(s, task);
    case opDescend: return descend(s);
    case opExponential: return tabulate(s, true);
    case opLogarithm: return tabulate(s, false);
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

/** A function of every pair of numbers of the input. */
function tabulate(s: usize, exponentials: bool): void {
  let from = load<usize>(s, inputField);
  let to = load<usize>(s, outputField);
  for (let k = load<i32>(s, countField); k > 0; k -= 2) {
    const x = v128.load(from);
    v128.store(to, exponentials ? exponential(x) : logarithm(x));
    from += 16;
    to += 16;
  }
}
