/** The entry of the compiled kernels: one task of a call, and the loop by which threads share the tasks. */

import { applyInverse, factorise } from "./blocks";
import {
  controlFinished, controlOperation, controlSession, controlState, opApplyInverse, opEvaluate, opFactorise,
  opGaussNewton, opGram, opHessian, opItemCoupling, opOptimiseUsers, opReduce, opRelaxUsers, opResiduals, opSchur, opSolve, opUserCoupling,
} from "./layout";
import { sumGram } from "./pairs";
import { evaluate, moveUsers, residuals } from "./passes";
import { fullProduct, gaussNewtonProduct, itemCoupling, schurProduct, userCoupling } from "./products";
import { reduce } from "./reduce";

/** Does one task of an operation on a session; `thread` names the private scratch. */
export function execute(operation: i32, s: usize, task: i32, thread: i32): void {
  switch (operation) {
    case opResiduals: return residuals(s, task);
    case opEvaluate: return evaluate(s, task, thread);
    case opHessian: return fullProduct(s, task, thread);
    case opGaussNewton: return gaussNewtonProduct(s, task, thread);
    case opRelaxUsers: return moveUsers(s, task, thread, false);
    case opOptimiseUsers: return moveUsers(s, task, thread, true);
    case opSchur: return schurProduct(s, task, thread);
    case opUserCoupling: return userCoupling(s, task, thread);
    case opItemCoupling: return itemCoupling(s, task, thread);
    case opReduce: return reduce(s, task);
    case opFactorise: return factorise(s, task, thread, false);
    case opSolve: return factorise(s, task, thread, true);
    case opApplyInverse: return applyInverse(s, task, thread);
    case opGram: return sumGram(s, task, thread);
    default: unreachable();
  }
}

/** Takes tasks of one call until none is left, or until the call is over. Returns how many it did. */
export function work(control: usize, generation: u32, thread: i32): i32 {
  let done = 0;
  while (true) {
    const seen = atomic.load<u64>(control, controlState);
    if (<u32>(seen >> 32) != generation) return done;
    if (((seen >> 16) & 0xffff) >= (seen & 0xffff)) return done;
    // A thread that wakes late fails here, and so never reads the arguments of another call.
    if (atomic.cmpxchg<u64>(control, seen, seen + 0x10000, controlState) != seen) continue;
    execute(
      load<i32>(control, controlOperation),
      load<usize>(control, controlSession),
      <i32>((seen >> 16) & 0xffff),
      thread,
    );
    done++;
    atomic.add<i32>(control, 1, controlFinished);
  }
}

/** Announces a call of `count` tasks to the other threads. */
export function announce(control: usize, generation: u32, operation: i32, s: usize, count: i32): void {
  store<i32>(control, operation, controlOperation);
  store<usize>(control, s, controlSession);
  atomic.store<i32>(control, 0, controlFinished);
  atomic.store<u64>(control, ((<u64>generation) << 32) | (<u64>count), controlState);
}
