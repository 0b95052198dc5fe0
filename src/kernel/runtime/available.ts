/** Whether this machine can run WebAssembly at all, and what could be done about it. */

/** Why an error of loading a module means that kernels in WebAssembly are not to be had here; undefined of any other error. */
export function whyUnavailable(error: unknown): string | undefined {
  if ((globalThis as { readonly WebAssembly?: unknown }).WebAssembly === undefined)
    return "this Node has no WebAssembly (was it started with --jitless?)";
  const { name, message } = error instanceof Error ? error : { name: "", message: "" };
  if (name === "RangeError" && message.startsWith("WebAssembly.Memory"))
    return "there is too little address space for WebAssembly: raise ulimit -v to 16 GB, or set NODE_OPTIONS=--disable-wasm-trap-handler";
  if (name === "CompileError" || name === "LinkError") return `this Node cannot run their WebAssembly: ${message}`;
  return undefined;
}
