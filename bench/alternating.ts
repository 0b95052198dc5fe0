/** Runs of several versions of one thing in turn, and the fastest of each: what the machine gives when other programs leave it alone. */

/** The best of the runs of one version, in milliseconds. */
interface Fastest {
  wall: number;
  /** CPU time of all threads: for a version that has one, what it takes when nothing interrupts it. */
  cpu: number;
  /** CPU time over wall time of the run that was fastest on the wall's clock. */
  busy: number;
}

/** Three rounds at least, and until the time, in milliseconds, is over; the first version, the slow one, has three at most. */
function fastest(versions: readonly (() => void)[], time: number): Fastest[] {
  const best = versions.map(() => ({ wall: Number.POSITIVE_INFINITY, cpu: Number.POSITIVE_INFINITY, busy: 0 }));
  const begun = performance.now();
  for (let round = 0; round < 3 || performance.now() - begun < time; round++)
    versions.forEach((run, k) => {
      if (k === 0 && round >= 3) return;
      const before = process.cpuUsage();
      const start = performance.now();
      run();
      const wall = performance.now() - start;
      const { user, system } = process.cpuUsage(before);
      const cpu = (user + system) / 1000;
      if (wall < best[k].wall) Object.assign(best[k], { wall, busy: cpu / wall });
      best[k].cpu = Math.min(best[k].cpu, cpu);
    });
  return best;
}

// Below this many milliseconds CPU time is too coarse, and a run is rarely interrupted.
const coarse = 1;

/** Times of the reference, and of WebAssembly on one and on two threads. */
export interface Versions {
  readonly milliseconds: { reference: number; wasm1: number; wasm2: number };
  readonly gigaflops: { reference: number; wasm1: number; wasm2: number };
  /** CPU time over wall time of the two threads. */
  readonly busy: number;
  /** reference / wasm1. */
  readonly speedup: number;
  /** wasm1 / wasm2, both on the wall's clock. */
  readonly scaling: number;
}

/** Measures the three versions of something that takes so many multiplications and additions. */
export function versionsOf(runs: readonly (() => void)[], flops: number, time: number): Versions {
  const [reference, wasm1, wasm2] = fastest(runs, time);
  const alone = ({ wall, cpu }: Fastest) => (wall > coarse ? cpu : wall);
  const milliseconds = { reference: alone(reference), wasm1: alone(wasm1), wasm2: wasm2.wall };
  const speed = (taken: number) => flops / taken / 1e6;
  return {
    milliseconds,
    gigaflops: {
      reference: speed(milliseconds.reference),
      wasm1: speed(milliseconds.wasm1),
      wasm2: speed(milliseconds.wasm2),
    },
    busy: wasm2.busy,
    speedup: milliseconds.reference / milliseconds.wasm1,
    scaling: wasm1.wall / wasm2.wall,
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
  'fastest of alternating runs, in CPU time for one thread and on the wall\'s clock for two ("1 / 2 threads": for both); "busy" is CPU time over wall time of the two threads: below 2, other programs had the rest, or one thread sufficed';

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
