/** The C twins of two kernels, where gcc is there to compile them. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FactorProblem } from "../../src/kernel/kernels.ts";

/** Milliseconds on one and on two threads. */
export interface NativeTimes {
  readonly factors: number;
  readonly evaluate: { one: number; two: number };
  readonly relaxUsers: { one: number; two: number };
}

/** Times of C (medians), or undefined without gcc. */
export function nativeTimes(problem: FactorProblem, params: Float64Array): NativeTimes | undefined {
  const folder = mkdtempSync(join(tmpdir(), "lethe-native-"));
  try {
    const program = join(folder, "factors");
    const source = new URL("./factors.c", import.meta.url).pathname;
    const { userCount, itemCount, factors } = problem.shape;
    const flags = ["-O3", "-march=native", "-ffast-math", "-pthread", `-DFACTORS=${factors}`];
    try {
      execFileSync("gcc", [...flags, source, "-o", program, "-lm"], { stdio: "pipe" });
    } catch {
      return undefined;
    }
    const head = Uint32Array.of(userCount, itemCount, problem.ratings.length, 0);
    const data = join(folder, "data");
    const { start, others } = problem.byUser;
    const { ratings } = problem;
    const mean = Float64Array.of(problem.fixedMean, problem.factorPenalty);
    writeFileSync(data, Buffer.concat([head, start, others, mean, ratings, params].map(bytesOf)));
    return JSON.parse(execFileSync(program, [data], { encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function bytesOf(values: Uint32Array | Float64Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
