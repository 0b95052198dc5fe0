// A thread of an executor (see threads.ts): loads a module of tasks, and does one task after another. Plain JavaScript, because Node 20 starts no .ts worker.

import { parentPort, workerData } from "node:worker_threads";

const { url, setup } = workerData;

async function open() {
  // From source, where nothing is compiled; what is installed loads nothing here.
  if (url.endsWith(".ts")) (await import("tsx/esm/api")).register();
  return (await import(url)).tasks.open(setup);
}

function told(error) {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, code, advice, place } = error;
  return name === "LetheError" ? { code, message, advice, place } : { message, stack };
}

function answer(id, result) {
  try {
    parentPort.postMessage({ id, result });
  } catch (error) {
    parentPort.postMessage({ id, error: { message: error.message, notPlain: true } });
  }
}

let opened;
let current;
let stop = new AbortController();

parentPort.on("message", async ({ id, task, abort, close }) => {
  if (abort !== undefined) return abort === current && stop.abort();
  if (close) {
    await opened?.then((tasks) => tasks.close()).catch(() => {});
    return parentPort.close();
  }
  [current, stop] = [id, new AbortController()];
  try {
    opened ??= open();
    const tasks = await opened;
    answer(id, await tasks.run(task, stop.signal));
  } catch (error) {
    parentPort.postMessage({ id, error: told(error) });
  }
});
