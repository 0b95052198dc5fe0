/** Writes a model to the folder of the first argument, and kills its own process at the step of the second. */

import { writeModel } from "../../src/exchange/index.ts";
import { sampleModel } from "../support/sample.ts";

const [, , folder, at] = process.argv;
await writeModel(folder, sampleModel({ shift: 1 }), {
  onStep(step) {
    if (step === at) process.kill(process.pid, "SIGKILL");
  },
});
