/** The verb `compare`: which unlearner may be trusted with an erasure request? */

import { z } from "zod";
import { checkPage } from "../../exchange/foreign/page.ts";
import { comparisonReport } from "../cases/compare/report.ts";
import { compareAt } from "../cases/compare.ts";
import { writeReportPage } from "../cases/report-page.ts";
import { aboveZero, erasure, leftovers, page, path, perhaps, settings, status, tableReading } from "./schemas.ts";
import { verb } from "./verb.ts";

// A request that is fulfilled leaves nothing to compare.
const { idempotent: _, ...chosen } = erasure;

/** What `compare` is asked. */
export const compareRequest = z.strictObject({
  model: path.describe("a model folder, or a file of interactions, on which the usual model is trained first"),
  request: z
    .string()
    .optional()
    .describe("rule that chooses what is forgotten (lethe methods lists them; default: random)")
    .meta({ heading: "What is forgotten", names: ["requests"] }),
  ...chosen,
  methods: z
    .array(z.string())
    .min(1)
    .optional()
    .describe("unlearners, separated by commas (default: all that the model has what they need for)")
    .meta({ heading: "What is compared", names: ["unlearners"] }),
  audits: z
    .array(z.string())
    .min(1)
    .optional()
    .describe("audits of every method, separated by commas (default: those that cost little and give a verdict)")
    .meta({ names: ["audits"] }),
  settings: settings
    .optional()
    .describe("a setting of the rule, or of a method or audit as NAME.setting=value; may be repeated"),
  within: z
    .number()
    .positive()
    .max(1)
    .default(0.01)
    .describe("share of the distance to the retrained model that a method may leave"),
  test: path.optional().describe("held-out interactions"),
  seed: z.int().min(0).optional().describe("seed of the retraining; default another than the model's"),
  html: page,
  l2: aboveZero
    .optional()
    .describe("of a file: λ of the model that is trained on it (default: follows from the data)")
    .meta({ heading: "Where a file of interactions is named" }),
  ...tableReading,
});

const left = z.record(z.string(), perhaps);
const testFigures = z.strictObject({ rmse: perhaps, hr: perhaps }).nullable();

const reference = z.strictObject({
  seconds: z.number(),
  passes: z.number(),
  status,
  seed: z.int(),
  /** What a second retraining leaves. */
  floor: left,
  test: testFigures,
});

const row = z.strictObject({
  method: z.string(),
  settings,
  seconds: z.number(),
  passes: z.number(),
  /** Of retraining, by the method's own. */
  times: perhaps,
  timesPasses: perhaps,
  gradientNorm: perhaps,
  left,
  topItems: z.number(),
  guarantee: z.enum(["exact", "certified", "approximate"]),
  verdict: z.string(),
  audits: z.record(z.string(), z.strictObject({ outcome: z.enum(["good", "bad", "open"]), text: z.string() })),
  caveats: z.array(z.string()),
  test: testFigures,
  own: z
    .strictObject({ unlearner: z.string(), seconds: z.number(), passes: z.number(), test: testFigures, reference })
    .nullable(),
});

/** What `compare` answers. */
export const compareResult = z.strictObject({
  model: z.strictObject({
    place: z.string(),
    kind: z.string(),
    users: z.int(),
    items: z.int(),
    interactions: z.int(),
    test: testFigures,
    /** Seconds of training, where the place is a file of interactions. */
    trainSeconds: perhaps,
  }),
  request: z.strictObject({ rule: z.string().nullable(), settings, users: z.int(), interactions: z.int() }),
  within: z.number(),
  reference,
  rows: z.array(row),
  recommendation: z.strictObject({ method: z.string().nullable(), rule: z.string(), reason: z.string() }),
  skipped: z.record(z.string(), z.string()),
  skippedAudits: z.record(z.string(), z.string()),
  warnings: z.array(z.string()),
  html: z.string().optional(),
  leftovers,
});

/** What `compare` answers, as a type. */
export type CompareReport = z.infer<typeof compareResult>;

/** Compares the unlearners of the catalogue on one request; writes nothing but the page that is asked for. */
export const compare = verb({
  name: "compare",
  summary: "let all unlearners forget the same, and measure each against retraining",
  request: compareRequest,
  result: compareResult,
  async run({ model: place, columns, format, separator, decimal, l2, html, ...request }, run) {
    const read = [place, request.test].filter((path) => path !== undefined);
    const expected = html === undefined ? undefined : await checkPage(html, read);
    const file = { columns, format, separator, decimal, l2 };
    const { trainSeconds, ...comparison } = await compareAt(place, { ...request, file }, run);
    // Plain data, to be changed by whoever gets it.
    const report = structuredClone({ ...comparison, model: { ...comparison.model, place, trainSeconds } });
    if (html === undefined) return report as CompareReport;
    const written = await writeReportPage(html, comparisonReport(report), { ...run, expected });
    return { ...report, ...written } as CompareReport;
  },
});
