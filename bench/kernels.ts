/** How fast are the kernels? Reference, WebAssembly on one and on two threads, and C where gcc is, side by side in one run. */

import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { pathToFileURL } from "node:url";
import {
  type FactorKernels,
  type FactorProblem,
  type FactorSession,
  type Grouped,
  strideOf,
} from "../src/kernel/kernels.ts";
import { referenceKernels } from "../src/kernel/reference.ts";
import { wasmKernels } from "../src/kernel/wasm.ts";
import { nativeTimes } from "./native/native.ts";

/** Ratings in columns. */
export interface Ratings {
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

/** Measures everything and prints a table; `LETHE_DATA` names a ratings file `user::item::rating::…`. */
export async function run(): Promise<object> {
  const data = readRatings();
  console.log(`${data.source}: ${data.userCount} users, ${data.itemCount} items, ${data.ratings.length} ratings`);
  const one = wasmKernels({ threads: 1 });
  const two = wasmKernels({ threads: 2 });
  two.ready();
  const measured: Measured[] = [];
  const natives: object[] = [];
  for (const factors of [8, 16, 64]) {
    const problem = problemOf(data, factors);
    measured.push(...(await measure(problem, [referenceKernels(), one, two])));
    const native = nativeTimes(problem, paramsFor(problem));
    if (native !== undefined) natives.push(native);
  }
  await two.close();
  await one.close();
  print(measured);
  for (const native of natives) console.log(JSON.stringify(native));
  return {
    source: data.source,
    ratings: data.ratings.length,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    node: process.version,
    measured,
    natives,
  };
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
  const { shape } = problem;
  const random = generator(seed);
  const count = (shape.userCount + shape.itemCount) * strideOf(shape) + (shape.learnedMean ? 1 : 0);
  const scale = 1 / Math.sqrt(shape.factors);
  return Float64Array.from({ length: count }, () => (random() - 0.5) * scale);
}

function print(measured: Measured[]): void {
  const header = [
    "kernel",
    "d",
    "ref ms",
    "wasm ms",
    "2 thr ms",
    "ref/wasm",
    "1/2 thr",
    "busy",
    "GF ref",
    "GF 1",
    "GF 2",
  ];
  const rows = measured.map((m) => [
    m.kernel,
    String(m.factors),
    m.milliseconds.reference.toFixed(1),
    m.milliseconds.wasm1.toFixed(2),
    m.milliseconds.wasm2.toFixed(2),
    m.speedup.toFixed(2),
    m.scaling.toFixed(2),
    m.busy.toFixed(2),
    m.gigaflops.reference.toFixed(2),
    m.gigaflops.wasm1.toFixed(2),
    m.gigaflops.wasm2.toFixed(2),
  ]);
  const widths = header.map((title, c) => Math.max(title.length, ...rows.map((row) => row[c].length)));
  for (const row of [header, ...rows])
    console.log(row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join("  "));
}

/** The middle of some times. */
export function median(times: number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function readRatings(): Ratings {
  const path = process.env.LETHE_DATA ?? new URL("../../shared/data/ml-1m/ratings.dat", import.meta.url).pathname;
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
  const random = generator(7);
  const [userCount, itemCount, size] = [6040, 3706, 1_000_209];
  return {
    source: "synthetic",
    userCount,
    itemCount,
    users: Uint32Array.from({ length: size }, () => Math.floor(random() ** 2 * userCount)),
    items: Uint32Array.from({ length: size }, () => Math.floor(random() ** 3 * itemCount)),
    ratings: Float64Array.from({ length: size }, () => 1 + Math.floor(random() * 5)),
  };
}

function problemOf(data: Ratings, factors: number): FactorProblem {
  const { userCount, itemCount, users, items, ratings } = data;
  const byUser = groupBy(users, items, ratings, userCount);
  const byItem = groupBy(items, users, ratings, itemCount);
  return {
    shape: { userCount, itemCount, factors, biases: true, learnedMean: false },
    fixedMean: ratings.reduce((a, b) => a + b, 0) / ratings.length,
    byUser,
    ratings: byUser.ratings,
    byItem,
    itemRatings: byItem.ratings,
    factorPenalty: 10,
    biasPenalty: 10,
    userScale: new Float64Array(userCount).fill(1),
    itemScale: new Float64Array(itemCount).fill(1),
  };
}

function groupBy(
  keys: Uint32Array,
  values: Uint32Array,
  ratings: Float64Array,
  rows: number,
): Grouped & { ratings: Float64Array } {
  const start = new Uint32Array(rows + 1);
  for (const key of keys) start[key + 1]++;
  for (let r = 0; r < rows; r++) start[r + 1] += start[r];
  const next = start.slice(0, rows);
  const others = new Uint32Array(keys.length);
  const grouped = new Float64Array(keys.length);
  for (let k = 0; k < keys.length; k++) {
    const to = next[keys[k]]++;
    others[to] = values[k];
    grouped[to] = ratings[k];
  }
  return { start, others, ratings: grouped };
}

/** Numbers in [0, 1) from a seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await run();
