/** Times in every unit and spelling are seconds since 1970; what is none leaves the set without times, and says where. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { secondsOf } from "../../src/data/reading/times.ts";
import { readEvents, readInteractions } from "../../src/data/reading.ts";
import { expectDefect, scratchFolder } from "./files.ts";

const folder = scratchFolder();

const timed = (times: readonly string[]) =>
  folder.write("timed.csv", `user,item,rating,time\n${times.map((time, k) => `u${k},i,1,${time}\n`).join("")}`);
const read = async (...times: string[]) => readInteractions(timed(times));
const timesOf = async (...times: string[]) => [...((await read(...times)).dataset.interactions.times ?? [])];

describe("dates of ISO 8601", () => {
  test.each([
    ["1970-01-01", 0],
    ["1970/01/02", 86_400],
    ["1969-12-31T23:59:59Z", -1],
    ["1969-12-31T23:59:59.25Z", -0.75],
    ["2019-05-11T20:17:18Z", 1_557_605_838],
    ["2019-05-11 20:17:18", 1_557_605_838],
    ["2019-05-11T20:17", 1_557_605_820],
    ["2019-05-11 20:17:18 UTC", 1_557_605_838],
    ["2019-05-11T22:17:18+02:00", 1_557_605_838],
    ["2019-05-11T22:17:18+02", 1_557_605_838],
    ["2019-05-11T14:47:18.123456-0530", 1_557_605_838.123456],
    ["2000-02-29", 951_782_400],
  ])("%s", (text, seconds) => {
    expect(secondsOf(text)).toBe(seconds);
  });

  test.each([
    "2019-02-29",
    "2019-13-01",
    "2019-00-10",
    "2019-05-11T25:00",
    "2019-05-11T20:61",
    "11.5.2019",
    "noon",
    "",
  ])("%j is none", (text) => {
    expect(secondsOf(text)).toBeNaN();
  });

  test("are what the calendar says, for every millisecond", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (ms) => {
        expect(secondsOf(new Date(ms).toISOString())).toBe(ms / 1000);
      }),
    );
  });
});

describe("numbers", () => {
  test.each([
    ["milliseconds", 1e3],
    ["microseconds", 1e6],
    ["nanoseconds", 1e9],
  ])("%s are told by their size, and said", async (name, parts) => {
    const reading = await read(
      ...[1_557_605_838, 1_557_605_839].map((seconds) => String(BigInt(seconds) * BigInt(parts))),
    );
    expect([...(reading.dataset.interactions.times ?? [])]).toEqual([1_557_605_838, 1_557_605_839]);
    expect(reading.notes).toEqual([expect.stringContaining(`times are read as ${name} since 1970`)]);
    expect(reading.notes[0]).toContain("is 2019-05-11T20:17:18.000Z");
  });

  test("seconds need no word, a time far away among them changes nothing, and days are days", async () => {
    const plain = await read("1557605838", "0", "253402300799", "12.5");
    expect([...(plain.dataset.interactions.times ?? [])]).toEqual([1557605838, 0, 253402300799, 12.5]);
    expect(plain.notes).toEqual([]);
    expect(await timesOf("20190511", "20000229")).toEqual([1557532800, 951782400]);
    expect(await timesOf("20190511", "20190532")).toEqual([20190511, 20190532]);
  });
});

describe("a column that is not read", () => {
  test.each([
    [["17", "noon"], 'line 3: found "noon"'],
    [["17", ""], 'line 3: found ""'],
    [["1e999"], 'line 2: found "1e999"'],
    [["12/1/2010 8:26"], 'line 2: found "12/1/2010 8:26"'],
    [["2019-05-11", "1557605838"], 'line 3: found "1557605838"'],
    [["1557605838", "2019-05-11"], 'line 3: found "2019-05-11"'],
  ])("%j", async (times, told) => {
    const reading = await read(...times);
    expect([reading.rows, reading.dataset.interactions.times]).toEqual([times.length, undefined]);
    expect(reading.timeless).toContain(`timed.csv, ${told} as the time, expected seconds or milliseconds since 1970`);
  });
});

describe("times of a request", () => {
  const events = (content: string) => readEvents(folder.write("events.csv", content), "events");

  test("are those of the set, in any spelling", async () => {
    const spellings = ["1557605838", "1557605838000", "2019-05-11T20:17:18Z", "2019-05-11 20:17:18"];
    for (const time of spellings) {
      const [known] = await timesOf(time);
      expect((await events(`user,item,time\nu0,i,${time}\n`)).times).toEqual([known]);
      expect((await events(`u0,i,1,${time}\n`)).times).toEqual([known]);
      expect((await events(`u0,i,${time}\n`)).times).toEqual([known]);
    }
  });

  test("that are none are refused, for they would mean other events", async () => {
    await expectDefect(events("user,item,time\nu0,i,noon\n"), "line 2", '"noon"', "seconds or milliseconds");
  });

  test("stand beside ratings with a decimal comma", async () => {
    const read = await events("user;item;rating;time\nu;i;4,5;2019-05-11\n");
    expect([read.ratings, read.times]).toEqual([[4.5], [1557532800]]);
    await expectDefect(events("user;item;rating\nu;i;1,000\n"), "line 2", '"1,000"');
  });
});
