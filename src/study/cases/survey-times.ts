/** Times that were measured of methods of influence; written by `npx tsx bench/tables.ts` from bench/results/complexity.json. */

/** For a first target on 10,000 rows, by method. */
export const surveyTimes: Readonly<Record<string, string>> = {
  "g-shapley": "217 ms",
  "generative-downsampling": "14.9 s",
  "leaf-influence": "306 ms",
  "tracin-rp": "955 ms",
  "tracin-last": "222 ms",
  "tracin-we": "153 ms",
};
