// One thread of the kernel pool (see pool.ts): sleeps, shares a call's tasks, sleeps. Plain JavaScript, because Node 20 starts no .ts worker.

import { workerData } from "node:worker_threads";

const { module, memory, thread, places, spin } = workerData;
const words = new Int32Array(memory.buffer, 0, places.words);

process.on("exit", () => {
  if (Atomics.load(words, places.exit) !== 0) return;
  Atomics.or(words, places.fault, 2);
  Atomics.notify(words, places.finished);
});

const { work } = new WebAssembly.Instance(module, { env: { memory } }).exports;

/** Waits until the generation is no longer `seen`; a short spin first, since the next phase of a call follows at once. */
function next(seen) {
  const until = performance.now() + spin;
  do {
    for (let k = 0; k < 200; k++)
      if (Atomics.load(words, places.wake) !== seen) return Atomics.load(words, places.wake);
  } while (performance.now() < until);
  while (Atomics.load(words, places.wake) === seen) Atomics.wait(words, places.wake, seen);
  return Atomics.load(words, places.wake);
}

let generation = 0;
Atomics.add(words, places.ready, 1);
for (;;) {
  generation = next(generation);
  if (Atomics.load(words, places.exit) !== 0) break;
  let helped = true;
  try {
    helped = work(0, generation, thread) > 0;
  } catch {
    // The task that threw still counts as done, or the others would wait for it.
    Atomics.or(words, places.fault, 1);
    Atomics.add(words, places.finished, 1);
  }
  if (helped) Atomics.notify(words, places.finished);
}
