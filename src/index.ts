/** The public face of Lethe, floor by floor; `lethe/influence`, `lethe/unlearning` and the others are its rooms. */

// Use cases: files and model folders in, answers out.

export * from "./study/index.ts";

// Is a claim of forgetting true?

export * from "./audit/index.ts";

// May the values of a method be trusted?

export * from "./judging/index.ts";

// What findings show, and how it is drawn.

export * from "./report/index.ts";

// What is asked to be forgotten.

export * from "./requests/index.ts";

// What did a row contribute?

export * from "./influence/index.ts";

// What is every player worth?

export * from "./valuation/index.ts";

// As if it had never been there.

export * from "./unlearning/index.ts";

// What it is to be a method: settings, needs, players, measures.

export * from "./method/index.ts";

// Models on disk.

export * from "./exchange/index.ts";

// From an objective to its optimum, and what can be proved of it.

export * from "./training/index.ts";

// What training minimises, and what one asks about.

export * from "./objective/index.ts";

// How good a model is.

export * from "./evaluation/index.ts";

// What a model computes.

export * from "./model/index.ts";

// A·x = b.

export * from "./linear/index.ts";

// Who touched what.

export * from "./data/index.ts";

// The hot loops, and how many threads share them.

export type { Curvature, FactorKernels, FactorProblem, FactorSession, FactorShape, Side } from "./kernel/kernels.ts";
export type { MatrixKernels, SparseMatrix } from "./kernel/matrices/matrices.ts";
export { referenceMatrices } from "./kernel/matrices/reference.ts";
export { wasmMatrices } from "./kernel/matrices/wasm.ts";
export { referenceKernels } from "./kernel/reference.ts";
export { type Kernels, type RunContext, runContext } from "./kernel/run-context.ts";
export { type KernelChoice, openKernels } from "./kernel/select.ts";

// What every long verb takes, and what is thrown.

export { type ErrorCode, LetheError } from "./errors.ts";
export type { Progress, RunOptions } from "./run.ts";
export { version } from "./version.ts";
