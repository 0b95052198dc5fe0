// Compiles the AssemblyScript kernels to src/kernel/kernels.wasm.
import { execFileSync } from "node:child_process";
import { renameSync } from "node:fs";

const flags = "-O3 --noAssert --runtime stub --enable simd --enable threads --importMemory --sharedMemory";
const limits = "--initialMemory 16 --maximumMemory 65536";
// Written aside and renamed, so that a process that starts meanwhile reads the old kernels or the new ones.
const aside = "src/kernel/kernels.new.wasm";
execFileSync(
  process.execPath,
  [
    "node_modules/assemblyscript/bin/asc.js",
    "src/kernel/assembly/index.ts",
    "--outFile",
    aside,
    ...`${flags} ${limits}`.split(" "),
  ],
  { stdio: "inherit" },
);
renameSync(aside, "src/kernel/kernels.wasm");
