// Copies what tsc leaves behind (the compiled kernels and their worker) beside the emitted JavaScript.
import { chmodSync, copyFileSync, existsSync, mkdirSync } from "node:fs";

mkdirSync("dist/kernel/runtime", { recursive: true });
const files = ["kernels.wasm", "matrices.wasm", "triples.wasm", "runtime/kernel-worker.js"];
for (const file of files) copyFileSync(`src/kernel/${file}`, `dist/kernel/${file}`);
if (existsSync("dist/cli/main.js")) chmodSync("dist/cli/main.js", 0o755);
