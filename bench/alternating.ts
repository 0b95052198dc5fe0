/** Runs of several versions of one thing in turn, and the fastest of each: what the machine gives when other programs leave it alone. */

/** The fastest run of one version. */
export interface Fastest {
  readonly milliseconds: number;
  /** CPU time of that run over wall time. */
  readonly busy: number;
}

/** A version, and whether its time is that of the wall's clock or, where one thread does it all, of the CPU. */
interface Version {
  readonly clock: "wall" | "cpu";
  run(): void;
}

// Below this many milliseconds CPU time is too coarse, and a run is rarely interrupted.
const coarse = 1;

/** The fastest run of each version; runs until every one ran twice and the time, in milliseconds, is over. */
function fastest(versions: readonly Version[], time: number): Fastest[] {
  const best = versions.map(() => ({ milliseconds: Number.POSITIVE_INFINITY, busy: 0 }));
  const begun = performance.now();
  for (let round = 0; round < 2 || performance.now() - begun < time; round++)
    versions.forEach(({ clock, run }, k) => {
      const before = process.cpuUsage();
      const start = performance.now();
      run();
      const wall = performance.now() - start;
      const { user, system } = process.cpuUsage(before);
      const cpu = (user + system) / 1000;
      const milliseconds = clock === "cpu" && wall > coarse ? cpu : wall;
      if (milliseconds < best[k].milliseconds) best[k] = { milliseconds, busy: cpu / wall };
    });
  return best;
}

/** Times of the reference, and of WebAssembly on one and on two threads. */
export interface Versions {
  readonly milliseconds: { reference: number; wasm1: number; wasm2: number };
  readonly gigaflops: { reference: number; wasm1: number; wasm2: number };
  /** CPU time over wall time of the two threads. */
  readonly busy: number;
  /** reference / wasm1. */
  readonly speedup: number;
  /** wasm1 / wasm2. */
  readonly scaling: number;
}

/** Measures the three versions of something that takes so many multiplications and additions. */
export function versionsOf(runs: readonly (() => void)[], flops: number, time: number): Versions {
  const versions = runs.map((run, k): Version => ({ clock: k < 2 ? "cpu" : "wall", run }));
  const [reference, wasm1, wasm2] = fastest(versions, time);
  const speed = ({ milliseconds }: Fastest) => flops / milliseconds / 1e6;
  return {
    milliseconds: {
      reference: reference.milliseconds,
      wasm1: wasm1.milliseconds,
      wasm2: wasm2.milliseconds,
    },
    gigaflops: { reference: speed(reference), wasm1: speed(wasm1), wasm2: speed(wasm2) },
    busy: wasm2.busy,
    speedup: reference.milliseconds / wasm1.milliseconds,
    scaling: wasm1.milliseconds / wasm2.milliseconds,
  };
}

/** What the columns of `versionCells` are. */
export const versionHeader = [
  "reference ms",
  "wasm ms",
  "2 threads ms",
  "reference / wasm",
  "1 / 2 threads",
  "busy",
  "reference GFLOP/s",
  "wasm GFLOP/s",
  "2 threads GFLOP/s",
];

/** How the times were taken, for captions. */
export const timesMeant =
  'fastest of alternating runs, CPU time where one thread does it all; "busy" is CPU time over wall time of the two threads: below 2, other programs had the rest, or one thread sufficed';

/** The cells of one row. */
export function versionCells({ milliseconds, gigaflops, busy, speedup, scaling }: Versions): string[] {
  const { reference, wasm1, wasm2 } = milliseconds;
  return [
    ...[reference, wasm1, wasm2].map((x) => x.toPrecision(3)),
    ...[speedup, scaling, busy].map((x) => x.toFixed(2)),
    ...[gigaflops.reference, gigaflops.wasm1, gigaflops.wasm2].map((x) => x.toFixed(1)),
  ];
}

/** Lets threads start. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 300));
}
