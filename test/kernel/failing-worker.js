// The kernel worker with kernels that fail in the middle of a task. KERNEL_FAILURE says how: `throw`, `exit` (a crash that runs exit handlers) or `vanish` (one that does not).

const mode = process.env.KERNEL_FAILURE;

/** Takes a task of the present call, as the compiled kernels would; false when there is none. */
function takeTask(memory, generation) {
  const states = new BigUint64Array(memory.buffer, 64, 1);
  for (;;) {
    const seen = Atomics.load(states, 0);
    if (Number(seen >> 32n) !== generation || ((seen >> 16n) & 0xffffn) >= (seen & 0xffffn)) return false;
    if (Atomics.compareExchange(states, 0, seen, seen + 0x10000n) === seen) return true;
  }
}

function work(memory, generation) {
  if (!takeTask(memory, generation)) return 0;
  if (mode === "throw") throw new Error("a task that fails");
  if (mode === "vanish") process.removeAllListeners("exit");
  return process.exit(1);
}

WebAssembly.Instance = function Instance(_module, imports) {
  return { exports: { work: (_control, generation) => work(imports.env.memory, generation) } };
};

await import("../../src/kernel/runtime/kernel-worker.js");
