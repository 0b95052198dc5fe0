/** How fast are the kernels? Reference, WebAssembly on one and on two threads, and C where gcc is, side by side in one run. */

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { indexBy } from "../src/data/interactions.ts";
import {
  type FactorKernels,
  type FactorProblem,
  type FactorSession,
  parameterCountOf,
  strideOf,
} from "../src/kernel/kernels.ts";
import { referenceKernels } from "../src/kernel/reference.ts";
import { wasmKernels } from "../src/kernel/wasm.ts";
import { randomOf } from "../src/numeric/random.ts";
import { dataFolder } from "./movielens.ts";
import { type NativeTimes, nativeTimes } from "./native/native.ts";
import type { Report, Table } from "./report.ts";

interface Ratings {
  readonly source: string;
  readonly userCount: number;
  readonly itemCount: number;
  readonly users: Uint32Array;
  readonly items: Uint32Array;
  readonly ratings: Float64Array;
}

interface Measured {
  readonly kernel: string;
  readonly factors: number;
  readonly milliseconds: { reference: number; wasm1: number; wasm2: number };
  readonly gigaflops: { reference: number; wasm1: number; wasm2: number };
  /** reference / wasm1. */
  readonly speedup: number;
  /** wasm1 / wasm2. */
  readonly scaling: number;
  /** The same of the fastest runs: what two threads give when other programs leave them both processors. */
  readonly undisturbed: number;
  /** CPU time over wall time of the two threads. */
  readonly busy: number;
}

interface Kernel {
  readonly name: string;
  run(session: FactorSession, scratch: Scratch): void;
  flops(ratings: number, rows: number, users: number, stride: number): number;
}

interface Scratch {
  readonly params: Float64Array;
  readonly direction: Float64Array;
  readonly out: Float64Array;
  readonly reduced: Float64Array;
  readonly reducedOut: Float64Array;
  readonly residuals: Float64Array;
}

// The residuals at the point are kept by wasm between products (as in conjugate gradients), and not counted.
const kernels: Kernel[] = [
  {
    name: "residuals",
    run: (s, v) => {
      s.setPoint(v.params);
      s.residuals(v.residuals);
    },
    flops: (n, _rows, _users, d) => 2 * n * d,
  },
  { name: "evaluate", run: (s, v) => s.evaluate(v.out), flops: (n, _rows, _users, d) => 6 * n * d },
  {
    name: "product full",
    run: (s, v) => s.hessianProduct(v.direction, v.out, "full"),
    flops: (n, _rows, _users, d) => 12 * n * d,
  },
  {
    name: "product gauss-newton",
    run: (s, v) => s.hessianProduct(v.direction, v.out, "gauss-newton"),
    flops: (n, _rows, _users, d) => 8 * n * d,
  },
  {
    name: "schurProduct",
    run: (s, v) => s.schurProduct(v.reduced, v.reducedOut),
    flops: (n, _rows, users, d) => 12 * n * d + 2 * users * d * d,
  },
  {
    name: "relaxUsers",
    run: (s, v) => s.relaxUsers(v.reducedOut),
    flops: (n, _rows, users, d) => 8 * n * d + 2 * users * d * d,
  },
  {
    name: "solve both",
    run: (s) => {
      s.solve("user");
      s.solve("item");
    },
    flops: (n, rows, _users, d) => 2 * n * (d * d + 2 * d) + rows * d ** 3,
  },
];

/** Measures everything; on MovieLens-1M where it is, else on a set of its size. */
export async function run(): Promise<Report> {
  const data = readRatings();
  const one = wasmKernels({ threads: 1 });
  const two = wasmKernels({ threads: 2 });
  two.ready();
  const measured: Measured[] = [];
  const native: NativeTimes[] = [];
  for (const factors of [8, 16, 64]) {
    const problem = problemOf(data, factors);
    measured.push(...(await measure(problem, [referenceKernels(), one, two])));
    const times = nativeTimes(problem, paramsFor(problem));
    if (times !== undefined) native.push(times);
  }
  await two.close();
  await one.close();
  const { source, userCount, itemCount, ratings } = data;
  const set = `${source}, ${userCount} users, ${itemCount} items, ${ratings.length} ratings, with biases`;
  const tables = [kernelTable(set, measured), ...(native.length > 0 ? [nativeTable(native, measured)] : [])];
  return { tables, figures: { source, ratings: ratings.length, measured, native } };
}

async function measure(problem: FactorProblem, sets: FactorKernels[]): Promise<Measured[]> {
  const sessions = sets.map((set) => set.open(problem));
  const scratch = scratchOf(sessions[0], problem);
  for (const session of sessions) {
    session.setPoint(scratch.params);
    session.factorise("user");
  }
  // A turn of the event loop, for the threads to have started.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const found: Measured[] = [];
  const { userCount, itemCount } = problem.shape;
  for (const kernel of kernels) {
    const times: number[][] = sessions.map(() => []);
    let busy = 0;
    const begun = performance.now();
    while (times[0].length < 3 || (performance.now() - begun < 4000 && times[0].length < 41)) {
      for (const [k, session] of sessions.entries()) {
        const cpu = process.cpuUsage();
        const start = performance.now();
        kernel.run(session, scratch);
        const wall = performance.now() - start;
        const used = process.cpuUsage(cpu);
        times[k].push(wall);
        if (k === 2) busy += (used.user + used.system) / 1000;
      }
    }
    const [reference, wasm1, wasm2] = times.map(median);
    const flops = kernel.flops(problem.ratings.length, userCount + itemCount, userCount, strideOf(problem.shape));
    found.push({
      kernel: kernel.name,
      factors: problem.shape.factors,
      milliseconds: { reference, wasm1, wasm2 },
      gigaflops: { reference: flops / reference / 1e6, wasm1: flops / wasm1 / 1e6, wasm2: flops / wasm2 / 1e6 },
      speedup: reference / wasm1,
      scaling: wasm1 / wasm2,
      undisturbed: Math.min(...times[1]) / Math.min(...times[2]),
      busy: busy / times[2].reduce((a, b) => a + b, 0),
    });
  }
  for (const session of sessions) session.close();
  return found;
}

function scratchOf(session: FactorSession, problem: FactorProblem): Scratch {
  return {
    params: paramsFor(problem),
    direction: paramsFor(problem, 2),
    out: new Float64Array(session.parameterCount),
    reduced: paramsFor(problem, 3).subarray(0, session.reducedCount),
    reducedOut: new Float64Array(session.reducedCount),
    residuals: new Float64Array(problem.ratings.length),
  };
}

function paramsFor(problem: FactorProblem, seed = 1): Float64Array {
  const random = randomOf(seed, "bench");
  const scale = 1 / Math.sqrt(problem.shape.factors);
  return Float64Array.from({ length: parameterCountOf(problem.shape) }, () => (random.uniform() - 0.5) * scale);
}

function kernelTable(set: string, measured: Measured[]): Table {
  return {
    id: "kernels",
    caption: `One call of each kernel, medians of alternating runs (${set}). "busy" is CPU time over wall time of two threads: below 2, other programs had the rest.`,
    header: [
      "kernel",
      "factors",
      "reference ms",
      "wasm ms",
      "2 threads ms",
      "reference / wasm",
      "1 / 2 threads",
      "fastest runs",
      "busy",
      "reference GFLOP/s",
      "wasm GFLOP/s",
      "2 threads GFLOP/s",
    ],
    rows: measured.map(({ kernel, factors, milliseconds, gigaflops, speedup, scaling, undisturbed, busy }) => [
      kernel,
      String(factors),
      ...[milliseconds.reference, milliseconds.wasm1, milliseconds.wasm2].map((x) => x.toFixed(1)),
      ...[speedup, scaling, undisturbed, busy].map((x) => x.toFixed(2)),
      ...[gigaflops.reference, gigaflops.wasm1, gigaflops.wasm2].map((x) => x.toFixed(1)),
    ]),
  };
}

function nativeTable(native: NativeTimes[], measured: Measured[]): Table {
  const rows = native.flatMap(({ factors, ...kernelTimes }) =>
    Object.entries(kernelTimes).map(([kernel, { one, two }]) => {
      const wasm = measured.find((m) => m.kernel === kernel && m.factors === factors)?.milliseconds.wasm1 ?? Number.NaN;
      const numbers = [(one / two).toFixed(2), (wasm / one).toFixed(2)];
      return [kernel, String(factors), one.toFixed(1), two.toFixed(1), ...numbers];
    }),
  );
  return {
    id: "native",
    caption: "The control in C (gcc -O3 -march=native -ffast-math, compiled for each number of factors)",
    header: ["kernel", "factors", "C ms", "C 2 threads ms", "1 / 2 threads", "wasm / C, 1 thread"],
    rows,
  };
}

function median(times: number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function readRatings(): Ratings {
  const path = resolve(dataFolder, "ml-1m/ratings.dat");
  return existsSync(path) ? parseRatings(path) : syntheticRatings();
}

function parseRatings(path: string): Ratings {
  const users: number[] = [];
  const items: number[] = [];
  const ratings: number[] = [];
  const userIds = new Map<string, number>();
  const itemIds = new Map<string, number>();
  for (const line of readFileSync(path, "latin1").split("\n")) {
    const [user, item, rating] = line.split("::");
    if (rating === undefined) continue;
    users.push(indexOf(userIds, user));
    items.push(indexOf(itemIds, item));
    ratings.push(Number(rating));
  }
  return {
    source: "MovieLens-1M",
    userCount: userIds.size,
    itemCount: itemIds.size,
    users: Uint32Array.from(users),
    items: Uint32Array.from(items),
    ratings: Float64Array.from(ratings),
  };
}

function indexOf(ids: Map<string, number>, id: string): number {
  const known = ids.get(id);
  if (known !== undefined) return known;
  ids.set(id, ids.size);
  return ids.size - 1;
}

/** A set of MovieLens-1M's size, with users and items of very different popularity. */
function syntheticRatings(): Ratings {
  const random = randomOf(7, "ratings");
  const [userCount, itemCount, size] = [6040, 3706, 1_000_209];
  return {
    source: "synthetic",
    userCount,
    itemCount,
    users: Uint32Array.from({ length: size }, () => Math.floor(random.uniform() ** 2 * userCount)),
    items: Uint32Array.from({ length: size }, () => Math.floor(random.uniform() ** 3 * itemCount)),
    ratings: Float64Array.from({ length: size }, () => 1 + random.integer(5)),
  };
}

function problemOf(data: Ratings, factors: number): FactorProblem {
  const { userCount, itemCount, users, items, ratings } = data;
  const byUser = indexBy(users, userCount);
  const byItem = indexBy(items, itemCount);
  return {
    shape: { userCount, itemCount, factors, biases: true, learnedMean: false },
    fixedMean: ratings.reduce((a, b) => a + b, 0) / ratings.length,
    byUser: { start: byUser.start, others: byUser.rows.map((k) => items[k]) },
    ratings: Float64Array.from(byUser.rows, (k) => ratings[k]),
    byItem: { start: byItem.start, others: byItem.rows.map((k) => users[k]) },
    itemRatings: Float64Array.from(byItem.rows, (k) => ratings[k]),
    factorPenalty: 10,
    biasPenalty: 10,
    userScale: new Float64Array(userCount).fill(1),
    itemScale: new Float64Array(itemCount).fill(1),
  };
}
