/** A process that shares kernel calls between threads, and then ends: `close` or not. */

import { wasmKernels } from "../../src/kernel/wasm.ts";
import { problemOf } from "./problems.ts";

const kernels = wasmKernels({ threads: 3, serialBelow: 0 });
while (!kernels.ready()) await new Promise((resolve) => setTimeout(resolve, 5));
const session = kernels.open(problemOf({ factors: 4 }));
for (let k = 0; k < 20; k++) session.evaluate(new Float64Array(session.parameterCount));
if (process.argv[2] === "close") await kernels.close();
console.log("done");
