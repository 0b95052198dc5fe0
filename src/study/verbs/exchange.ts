/** The verbs `import` and `export`: factors from other systems, and for them. */

import { z } from "zod";
import { LetheError } from "../../errors.ts";
import { foreignFormats, formatToWrite } from "../../exchange/foreign/index.ts";
import { checkPlace } from "../../exchange/foreign/sink.ts";
import { exportModel } from "../cases/export.ts";
import { importModel } from "../cases/import.ts";
import { aboveZero, fromZero, id, leftovers, path, reading, readingOf, status } from "./schemas.ts";
import { verb } from "./verb.ts";

const formats = z.enum(foreignFormats.map(({ name }) => name) as [string, ...string[]]);

const idSource = z.enum(["file", "labels", "order", "positions"]);

const array = z.string().optional();

/** What `import` is asked. */
export const importRequest = z.strictObject({
  path: path.describe("the file or folder of the factors"),
  interactions: path.describe("the interactions that they were trained on").meta({ heading: "What is imported" }),
  out: path.describe("model folder to write; a model that is there is replaced in one step"),
  from: formats.optional().describe("the format, where the bytes do not tell"),
  loss: z
    .enum(["ials", "mf"])
    .optional()
    .describe("ials: implicit feedback; mf: squared loss on ratings (default: what the format says)")
    .meta({ heading: "The objective that was minimised" }),
  l2: aboveZero.optional().describe("λ beside a sum of ½·squared errors (default: what the file states)"),
  l2Bias: aboveZero.optional().describe("L2 of the biases, where there are any (default: λ)"),
  regularizer: z
    .enum(["table", "interaction"])
    .optional()
    .describe("table, or interaction as Spark (default: what the format does)"),
  alpha: aboveZero.optional().describe("ials: confidence base + alpha·|r| (default: what the file states, else 1)"),
  confidenceBase: fromZero.optional().describe("ials: that base (default: 0 for npz, else 1)"),
  userTensor: array
    .describe("the array or tensor of user factors (safetensors, npz), where its name is not usual")
    .meta({ heading: "What is imported" }),
  itemTensor: array.describe("the array or tensor of item factors (safetensors, npz), where its name is not usual"),
  userBias: array.describe("the array or tensor of user biases (safetensors, npz), where its name is not usual"),
  itemBias: array.describe("the array or tensor of item biases (safetensors, npz), where its name is not usual"),
  userIds: z
    .array(id)
    .optional()
    .describe(
      "outside ids: label k for the id k of the file, or in the order of its rows where it has no ids: @FILE with one a line",
    )
    .meta({ heading: "Who is who" }),
  itemIds: z
    .array(id)
    .optional()
    .describe(
      "outside ids: label k for the id k of the file, or in the order of its rows where it has no ids: @FILE with one a line",
    ),
  ...reading,
  polish: z
    .boolean()
    .optional()
    .describe("minimise the declared objective from the imported factors, and store the optimum")
    .meta({ heading: "The optimum" }),
  tolerance: z
    .number()
    .positive()
    .optional()
    .describe("‖∇J‖ at which a model counts as converged (default: 1e-8 times the scale of the data)"),
});

/** Imports factors trained elsewhere, and measures how near to an optimum they are. */
export const importFactors = verb({
  name: "import",
  summary: "import factors trained elsewhere, and measure how near to an optimum they are",
  request: importRequest,
  result: z.looseObject({
    model: z.enum(["ials", "mf"]),
    format: z.string(),
    factors: z.int(),
    l2: z.number(),
    regularizer: z.string(),
    confidences: z.strictObject({ zero: z.int(), negative: z.int(), belowOne: z.int(), least: z.number() }).nullable(),
    passedOver: z.array(z.string()),
    ids: z.strictObject({ users: idSource, items: idSource }),
    users: z.int(),
    items: z.int(),
    interactions: z.int(),
    shortfall: z.looseObject({ gradientNorm: z.number() }),
    polished: z.boolean(),
    status,
    objective: z.number(),
    gradientNorm: z.number(),
    tolerance: z.number(),
    notes: z.array(z.string()),
    verdict: z.strictObject({ kind: z.enum(["good", "usual", "suspicious"]), reason: z.string() }),
    meaning: z.string(),
    out: z.string(),
    leftovers,
  }),
  async run(
    { out, from, format, columns, separator, decimal, items, userTensor, itemTensor, userBias, itemBias, ...request },
    run,
  ) {
    const reading = readingOf({ columns, format, separator, decimal, items });
    const names = { userFactors: userTensor, itemFactors: itemTensor, userBias, itemBias };
    const report = await importModel({ ...run, ...request, format: from, names, reading }, out);
    return {
      ...report,
      confidences: report.confidences && { ...report.confidences },
      passedOver: [...report.passedOver],
      notes: [...report.notes],
      shortfall: { ...report.shortfall },
      verdict: { ...report.verdict },
    };
  },
});

/** What `export` is asked. */
export const exportRequest = z.strictObject({
  folder: path.describe("a model folder"),
  format: formats.optional().describe("the format (default: what the name of `out` tells, such as model.npz)"),
  out: path.describe("the file or folder to write"),
  precision: z
    .enum(["float32", "float64"])
    .optional()
    .describe("what is stored (default: what the other system takes)"),
  biases: z
    .enum(["refuse", "columns"])
    .optional()
    .describe("where the format has none: refuse, or append them as two more factors (default: refuse)"),
  ids: z
    .enum(["outside", "positions"])
    .optional()
    .describe("outside ids, or row positions for formats that take integers only (default: outside)"),
  guardFormulas: z
    .boolean()
    .optional()
    .describe("csv: an apostrophe before ids that a spreadsheet would take for formulas"),
  compact: z
    .boolean()
    .optional()
    .describe("write rows one after another, also where they are known by position: those behind a gap move"),
});

/** Writes a model's factors for the system that serves them. */
export const exportFactors = verb({
  name: "export",
  summary: "write a model's factors for the system that serves them",
  request: exportRequest,
  result: z.strictObject({
    format: z.string(),
    path: z.string(),
    factors: z.int(),
    users: z.int(),
    items: z.int(),
    biases: z.boolean(),
    mean: z.number(),
    emptyRows: z.strictObject({ users: z.int(), items: z.int() }).optional(),
    notes: z.array(z.string()).optional(),
    leftovers,
  }),
  async run({ folder, format: asked, out, ...options }, run, store) {
    const format = await formatToWrite(out, asked);
    if (options.guardFormulas === true && format !== "csv")
      throw new LetheError(
        "bad-input",
        `\`guardFormulas\`: no spreadsheet opens ${format}`,
        "leave it out, or choose the format csv",
        "guardFormulas",
      );
    const expected = await checkPlace(out);
    const model = await store.open(folder, run);
    const { notes, ...report } = await exportModel(model, format, out, { ...options, expected, signal: run.signal });
    return { ...report, ...(notes ? { notes: [...notes] } : {}) };
  },
});
