// Copies what tsc leaves behind (the compiled kernels and their worker) beside the emitted JavaScript.
import { chmodSync, copyFileSync, existsSync, mkdirSync } from "node:fs";

mkdirSync("dist/kernel", { recursive: true });
for (const file of ["kernels.wasm", "kernel-worker.js"]) copyFileSync(`src/kernel/${file}`, `dist/kernel/${file}`);
if (existsSync("dist/cli/main.js")) chmodSync("dist/cli/main.js", 0o755);
