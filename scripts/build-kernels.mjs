// Compiles the AssemblyScript kernels to src/kernel/*.wasm: all of them, or those that are named.
import { execFileSync } from "node:child_process";
import { renameSync } from "node:fs";

const entries = {
  kernels: "src/kernel/assembly/index.ts",
  matrices: "src/kernel/assembly/matrices/index.ts",
  triples: "src/kernel/assembly/triples/index.ts",
};
const flags = "-O3 --noAssert --runtime stub --enable simd --enable threads --importMemory --sharedMemory";
const limits = "--initialMemory 16 --maximumMemory 65536";
const named = process.argv.slice(2);

for (const [name, entry] of Object.entries(entries)) {
  if (named.length > 0 && !named.includes(name)) continue;
  // Written aside and renamed, so that a process that starts meanwhile reads the old kernels or the new ones.
  const aside = `src/kernel/${name}.new.wasm`;
  execFileSync(
    process.execPath,
    ["node_modules/assemblyscript/bin/asc.js", entry, "--outFile", aside, ...`${flags} ${limits}`.split(" ")],
    { stdio: "inherit" },
  );
  renameSync(aside, `src/kernel/${name}.wasm`);
}
