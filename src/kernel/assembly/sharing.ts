/** How threads share the tasks of one call. */

import { controlFinished, controlOperation, controlSession, controlState } from "./layout";

/** Takes the next task of a call; −1 when none is left, or the call is over. */
@inline
export function takeTask(control: usize, generation: u32): i32 {
  while (true) {
    const seen = atomic.load<u64>(control, controlState);
    if (<u32>(seen >> 32) != generation) return -1;
    if (((seen >> 16) & 0xffff) >= (seen & 0xffff)) return -1;
    // A thread that wakes late fails here, and so never reads the arguments of another call.
    if (atomic.cmpxchg<u64>(control, seen, seen + 0x10000, controlState) == seen) return <i32>((seen >> 16) & 0xffff);
  }
}

@inline
export function operationOf(control: usize): i32 {
  return load<i32>(control, controlOperation);
}

@inline
export function sessionOf(control: usize): usize {
  return load<usize>(control, controlSession);
}

@inline
export function finishTask(control: usize): void {
  atomic.add<i32>(control, 1, controlFinished);
}

/** Announces a call of `count` tasks to the other threads. */
export function announce(control: usize, generation: u32, operation: i32, s: usize, count: i32): void {
  store<i32>(control, operation, controlOperation);
  store<usize>(control, s, controlSession);
  atomic.store<i32>(control, 0, controlFinished);
  atomic.store<u64>(control, ((<u64>generation) << 32) | (<u64>count), controlState);
}
