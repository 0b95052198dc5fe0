// Copies what tsc leaves behind (the compiled kernels, and the workers) beside the emitted JavaScript.
import { chmodSync, copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

const kernels = ["kernels.wasm", "matrices.wasm", "triples.wasm", "runtime/kernel-worker.js"];
for (const file of [...kernels.map((name) => `kernel/${name}`), "execution/worker.js"]) {
  mkdirSync(dirname(`dist/${file}`), { recursive: true });
  copyFileSync(`src/${file}`, `dist/${file}`);
}
if (existsSync("dist/cli/main.js")) chmodSync("dist/cli/main.js", 0o755);
