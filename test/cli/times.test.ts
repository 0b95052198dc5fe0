/** Dates and ages as they are typed. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ageOption, timeAgo, timeOption } from "../../src/cli/times.ts";

const seconds = (iso: string) => Date.parse(iso) / 1000;

describe("a time", () => {
  test.each([
    ["2017-01-01", "2017-01-01T00:00:00Z"],
    [" 2017-01-01 ", "2017-01-01T00:00:00Z"],
    ["2016-02-29T10:30", "2016-02-29T10:30:00Z"],
    ["2017-01-01 10:30:05", "2017-01-01T10:30:05Z"],
    ["2017-01-01T00:30:00+01:00", "2016-12-31T23:30:00Z"],
    ["2017-01-01T00:30:00-0130", "2017-01-01T02:00:00Z"],
    ["1483228800", "2017-01-01T00:00:00Z"],
    ["-86400", "1969-12-31T00:00:00Z"],
  ])("%s", (typed, iso) => {
    expect(timeOption(typed)).toBe(seconds(iso));
  });

  test.each([
    "",
    "2017",
    "201701",
    "20170101",
    "1483228800000",
    "2017-02-30",
    "2017-13-01",
    "01.02.2017",
    "1/2/2017",
    "x",
    "2017-01-01T25:00",
  ])("not %j: it could be another", (typed) => {
    expect(() => timeOption(typed)).toThrow(/expected a date \(2017-01-01\)/);
  });

  test("every moment is itself", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("1900-01-01"), max: new Date("2200-01-01"), noInvalidDate: true }),
        (date) => {
          expect(timeOption(date.toISOString())).toBe(date.getTime() / 1000);
        },
      ),
    );
  });
});

describe("an age", () => {
  test.each([
    ["25mo", "2024-03-31T12:00:00Z", "2022-02-28T12:00:00Z"],
    ["1mo", "2024-03-31T12:00:00Z", "2024-02-29T12:00:00Z"],
    ["2y", "2024-02-29T00:00:00Z", "2022-02-28T00:00:00Z"],
    ["12mo", "2024-01-15T00:00:00Z", "2023-01-15T00:00:00Z"],
    ["90d", "2024-03-31T12:00:00Z", "2024-01-01T12:00:00Z"],
    ["1w", "2024-03-08T12:00:00Z", "2024-03-01T12:00:00Z"],
    ["0d", "2024-03-08T12:00:00Z", "2024-03-08T12:00:00Z"],
  ])("%s before %s is %s", (age, now, then) => {
    expect(timeAgo(ageOption(age), new Date(now))).toBe(seconds(then));
  });

  test.each(["25", "25m", "mo", "-3d", "1.5y", "25 months"])("not %j", (typed) => {
    expect(() => ageOption(typed)).toThrow(/expected an age/);
  });

  test("more is earlier, and months keep the day where they have it", () => {
    const date = fc.date({ min: new Date("1980-01-01"), max: new Date("2100-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(date, fc.nat(400), (now, months) => {
        const then = new Date(1000 * timeAgo({ count: months, unit: "mo" }, now));
        expect(timeAgo({ count: months + 1, unit: "mo" }, now)).toBeLessThan(then.getTime() / 1000);
        const between = 12 * (now.getUTCFullYear() - then.getUTCFullYear()) + now.getUTCMonth() - then.getUTCMonth();
        expect(between).toBe(months);
        expect(then.getUTCDate()).toBeLessThanOrEqual(now.getUTCDate());
        if (now.getUTCDate() < 29) expect(then.getUTCDate()).toBe(now.getUTCDate());
      }),
    );
  });
});
