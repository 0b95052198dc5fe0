/** How long the event loop stands still during some work, and in which calls. */

import { existsSync, openSync, readSync } from "node:fs";
import { type Profiler, Session } from "node:inspector/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Milliseconds between two ticks of the watching timer where nothing else runs. */
const interval = 1;

/** The longest stretches without a turn of the event loop. */
export interface Gaps {
  /** When the longest began, by `performance.now`. */
  readonly from: number;
  /** Its length beyond the timer's own interval, in milliseconds. */
  readonly longest: number;
  /** The most CPU time that the thread itself took in one: what a busy machine does not lengthen. NaN where the system does not tell. */
  readonly cpu: number;
}

/** The gaps while `work` runs, the turn after it included. */
export async function gapsOf(work: () => unknown): Promise<Gaps> {
  let found: Gaps = { from: 0, longest: 0, cpu: processorTime() - processorTime() };
  let last = Number.NaN;
  let lastCpu = Number.NaN;
  let onTick = () => {};
  const timer = setInterval(() => {
    const now = performance.now();
    const cpu = processorTime();
    const gap = now - last - interval;
    if (gap > found.longest) found = { ...found, from: last, longest: gap };
    if (cpu - lastCpu > found.cpu) found = { ...found, cpu: cpu - lastCpu };
    [last, lastCpu] = [now, cpu];
    onTick();
  }, interval);
  const tick = () =>
    new Promise<void>((resolve) => {
      onTick = resolve;
    });
  try {
    await tick();
    await work();
    await tick();
    return found;
  } finally {
    clearInterval(timer);
  }
}

// Linux: nanoseconds that the main thread has been on a processor come first.
const statistics = `/proc/self/task/${process.pid}/schedstat`;
const opened = existsSync(statistics) ? openSync(statistics, "r") : undefined;
const line = Buffer.alloc(64);

/** Milliseconds that this thread has been on a processor. */
function processorTime(): number {
  if (opened === undefined) return Number.NaN;
  return Number(line.toString("latin1", 0, readSync(opened, line, 0, line.length, 0)).split(" ")[0]) / 1e6;
}

/** The same under the profiler: the calls that were on the stack for a third of the longest gap or more, with their shares of it. */
export async function blame(work: () => unknown): Promise<string[]> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 500 });
  await session.post("Profiler.start");
  const { from, longest } = await gapsOf(work);
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  // The profiler counts microseconds by the clock that `performance.now` counts from the start of the process.
  const begun = Number(process.hrtime.bigint() / 1000n) - performance.now() * 1000;
  return sharesOf(profile, begun + from * 1000, begun + (from + longest) * 1000);
}

function sharesOf({ nodes, samples = [], timeDeltas = [], startTime }: Profiler.Profile, from: number, to: number) {
  const parent = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const counts = new Map<number, number>();
  let time = startTime;
  let all = 0;
  samples.forEach((sample, k) => {
    time += timeDeltas[k];
    if (time < from || time > to) return;
    all++;
    for (let at: number | undefined = sample; at !== undefined; at = parent.get(at))
      counts.set(at, (counts.get(at) ?? 0) + 1);
  });
  return nodes.flatMap(({ id, callFrame: { functionName, url } }) => {
    const share = (counts.get(id) ?? 0) / all;
    if (!(share > 1 / 3) || url === "") return [];
    const place = url.startsWith("file:") ? relative(process.cwd(), fileURLToPath(url)) : url;
    return [`${Math.round(100 * share)} % ${functionName || "(anonymous)"} ${place}`];
  });
}
