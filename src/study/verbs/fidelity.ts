/** The verb `fidelity`: how near do methods of influence come to training again without a row? */

import { z } from "zod";
import { partSvg } from "../../report/index.ts";
import { fidelityCsv, fidelityReport, fidelityScatter } from "../cases/fidelity/report.ts";
import { fidelityOf } from "../cases/fidelity.ts";
import { reportPage } from "../cases/report-page.ts";
import { readHeldOut } from "../cases/rows-for-model.ts";
import { checkFiles } from "../cases/written-files.ts";
import {
  heldOut,
  leftovers,
  names,
  page,
  path,
  perhaps,
  readingOf,
  settings,
  status,
  table,
  trainings,
} from "./schemas.ts";
import { verb } from "./verb.ts";

/** What `fidelity` is asked. */
export const fidelityRequest = z.strictObject({
  model: path.describe("a model folder"),
  methods: names
    .describe(
      "estimators and valuers, separated by commas (default: fast-influence and its block form, influence-function, newton-step)",
    )
    .meta({ names: ["valuers", "estimators"] }),
  pairs: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe(
      "random pairs of a user and an item whose scores are asked about (default: 30; where leaving a row out means training from the start: 5)",
    ),
  rows: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(1)
    .describe("rows of each pair: those of its user and item whose influence a method finds largest"),
  settings: settings.optional().describe("a setting of a method as NAME.setting=value; may be repeated"),
  ...trainings,
  seed: z.int().min(0).default(1).describe("seed of the draw"),
  svg: path.optional().describe("a file for the scatter of influences against training again, as SVG"),
  csv: table,
  html: page,
  ...heldOut,
  test: heldOut.test.describe("held-out interactions to draw the pairs from, instead of pairs without a row"),
});

const point = z.strictObject({
  ...{ user: z.string(), item: z.string(), ofUser: z.string(), ofItem: z.string() },
  ...{ estimate: z.number(), truth: z.number() },
});

/** What `fidelity` answers. */
export const fidelityResult = z.strictObject({
  model: z.strictObject({
    ...{ place: z.string(), kind: z.string() },
    ...{ users: z.int(), items: z.int(), interactions: z.int() },
  }),
  ...{ pairs: z.int(), rows: z.int(), seed: z.int(), unit: z.enum(["rating", "score"]) },
  truth: z.strictObject({ trainings: z.int(), seconds: z.number(), status }),
  methods: z.array(
    z.strictObject({
      ...{ method: z.string(), settings },
      ...{ pearson: perhaps, spearman: perhaps, slope: perhaps, medianError: perhaps },
      ...{ prepareSeconds: z.number(), secondsAPair: z.number(), status },
      ...{ points: z.array(point), notes: z.array(z.string()) },
    }),
  ),
  skipped: z.record(z.string(), z.string()),
  warnings: z.array(z.string()),
  ...{ svg: z.string().optional(), csv: z.string().optional(), html: z.string().optional(), leftovers },
});

/** Compares methods with leave-one-out; writes nothing but the files that are asked for. */
export const fidelity = verb({
  name: "fidelity",
  summary: "compare methods of influence with training again without a row, on random pairs: a table and a scatter",
  request: fidelityRequest,
  result: fidelityResult,
  async run({ model: place, test, svg, csv, html, columns, format, separator, decimal, ...request }, run, store) {
    const read = [place, test].filter((path) => path !== undefined);
    const files = await checkFiles({ svg, csv, html }, read);
    const named = await store.open(place, run);
    const held = await readHeldOut(named.trained, test, readingOf({ columns, format, separator, decimal }));
    const found = await fidelityOf(named, request, { ...run, test: held });
    const written = await files.write(
      {
        svg: () => partSvg(fidelityScatter(found)),
        csv: () => fidelityCsv(found),
        html: () => reportPage(fidelityReport(found), run.yieldToEventLoop),
      },
      run,
    );
    // Plain data, to be changed by whoever gets it.
    const report = structuredClone({ ...found, model: { place, ...found.model } });
    return { ...(report as z.infer<typeof fidelityResult>), ...written };
  },
});
