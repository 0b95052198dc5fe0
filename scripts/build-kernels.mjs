// Compiles the AssemblyScript kernels to src/kernel/kernels.wasm.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const entry = "src/kernel/assembly/index.ts";
if (existsSync(entry)) {
  execFileSync(
    process.execPath,
    ["node_modules/assemblyscript/bin/asc.js", entry, "--outFile", "src/kernel/kernels.wasm", "-O3", "--noAssert",
     "--runtime", "stub", "--enable", "simd", "--enable", "threads", "--importMemory", "--sharedMemory",
     "--initialMemory", "16", "--maximumMemory", "65536"],
    { stdio: "inherit" },
  );
}
