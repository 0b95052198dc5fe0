/** Laws of executors: the same bytes and errors in this thread and in others, stopping, dying and closing. */

import { getEventListeners } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import type { Executor } from "../../src/execution/executor.ts";
import { inlineExecutor } from "../../src/execution/inline.ts";
import { threadExecutor } from "../../src/execution/threads.ts";
import { tasks } from "./echo.ts";

const made: Executor[] = [];
const kept = (executor: Executor) => {
  made.push(executor);
  return executor;
};
const inline = (setup = { factor: 3 }) => kept(inlineExecutor(tasks, setup));
const threads = (width: number, setup = { factor: 3 }) => kept(threadExecutor(tasks, setup, width));
const kinds = [
  ["inline", inline],
  ["one thread", (setup?: { factor: number }) => threads(1, setup)],
  ["two threads", (setup?: { factor: number }) => threads(2, setup)],
] as const satisfies readonly (readonly [string, (setup?: { factor: number }) => Executor])[];

afterEach(async () => {
  for (const executor of made.splice(0)) await executor.close();
});

const numbers = Float64Array.of(0.1, -0, Number.NaN, 1e-310);
const bits = (result: unknown) => Array.from(new BigUint64Array((result as Float64Array).buffer));

describe.each(kinds)("%s", (_, open) => {
  test("does tasks: the same bytes, and the caller's data stay as they are", async () => {
    const executor = open();
    const before = bits(numbers);
    const all = await Promise.all([1, 2, 3, 4].map(() => executor.run({ name: "scale", numbers })));
    for (const one of all) expect(bits(one)).toEqual(bits(numbers.map((x) => x * 3 + 1 / 3)));
    expect(bits(numbers)).toEqual(before);
  });

  test("gives back a LetheError as it was, any other error with its message, and works on", async () => {
    const executor = open();
    await expect(executor.run({ name: "refuse" })).rejects.toMatchObject({
      ...{ name: "LetheError", code: "unknown-id", message: 'no user "9"', advice: "write it as it is", place: "user" },
    });
    await expect(executor.run({ name: "fail" })).rejects.toThrow("this is no LetheError");
    expect(await executor.run({ name: "scale", numbers: Float64Array.of(0) })).toEqual(Float64Array.of(1 / 3));
  });

  test("tells what could not be made ready, at every task", async () => {
    const executor = open({ factor: 1, fail: "the model is damaged" } as { factor: number });
    for (let k = 0; k < 2; k++)
      await expect(executor.run({ name: "count" })).rejects.toMatchObject({ code: "bad-model", advice: "restore it" });
  });

  test("takes and gives plain data alone", async () => {
    const executor = open();
    const sent = executor.run({ name: "scale", numbers: () => 1 });
    await expect(sent).rejects.toMatchObject({ code: "internal", message: expect.stringContaining("the task scale") });
    await expect(executor.run({ name: "function" })).rejects.toMatchObject({
      message: expect.stringContaining("the result of the task function is no plain data"),
    });
  });

  test("stops a task in work and those that wait, and works on", async () => {
    const executor = open();
    const stop = new AbortController();
    const endless = Array.from({ length: 4 }, () => executor.run({ name: "endless" }, stop.signal));
    const other = executor.run({ name: "scale", numbers });
    setTimeout(() => stop.abort(), 30);
    for (const one of endless) await expect(one).rejects.toMatchObject({ code: "aborted" });
    expect(bits(await other)).toEqual(bits(numbers.map((x) => x * 3 + 1 / 3)));
    await expect(executor.run({ name: "count" }, stop.signal)).rejects.toMatchObject({ code: "aborted" });
    // Of those that waited none was begun.
    if (executor.width === 1) expect(await executor.run({ name: "count" })).toBe(3);
  });

  test("leaves nothing that listens to a signal", async () => {
    const { signal } = new AbortController();
    const executor = open();
    await Promise.all(Array.from({ length: 500 }, () => executor.run({ name: "scale", numbers }, signal)));
    await expect(executor.run({ name: "refuse" }, signal)).rejects.toMatchObject({ code: "unknown-id" });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("closes once what is in work is done, and does nothing afterwards", async () => {
    const executor = open();
    const jobs = Array.from({ length: 4 }, () => executor.run({ name: "scale", numbers }));
    const outcomes = Promise.allSettled(jobs);
    await executor.close();
    const fulfilled = (await outcomes).map(({ status }) => status === "fulfilled");
    expect(fulfilled).toEqual([0, 1, 2, 3].map((k) => k < executor.width));
    await expect(executor.run({ name: "count" })).rejects.toMatchObject({ code: "internal" });
  });
});

describe("threads", () => {
  test.each([
    ["exit", /thread 1 of the executor died during the task exit: it ended with status 7/],
    ["throw", /thread 1 of the executor died during the task throw: out of the blue/],
  ])("that die are named: %s", async (name, message) => {
    const executor = threads(1);
    await expect(executor.run({ name })).rejects.toMatchObject({ code: "internal", message });
    await expect(executor.run({ name: "count" })).rejects.toMatchObject({ code: "internal" });
  });

  test("work side by side", async () => {
    const executor = threads(2);
    const stop = new AbortController();
    const endless = executor.run({ name: "endless" }, stop.signal);
    expect(await executor.run({ name: "count" })).toBe(1);
    stop.abort();
    await expect(endless).rejects.toMatchObject({ code: "aborted" });
  });
});
