/** Parts of every kind for the laws of reports: usual ones, empty ones, large ones, and such as nobody should send. */

import type { Part, ReportDocument } from "../../src/report/index.ts";

/** Texts that try to leave their place, or to be too wide for it. */
export const hostileTexts: readonly string[] = [
  `<script>alert(1)</script>"'><img src=x onerror=alert(1)>&amp;`,
  "]]></svg></title></style><b>",
  "| a | `b` | **c** | [d](javascript:e) | # | ~~f~~ | <!-- ",
  "```\n~~~\r\n# heading\n\n- point\n1. one\n> quote",
  "\u0000\u0007\u001b[31mred\u001b[0m\u007f\u0085\u2028\u2029",
  "\u202eright to left override\u2066\u2069",
  "שלום עולם مرحبا بالعالم",
  "👨‍👩‍👧‍👦 家族 🇩🇪 e\u0301",
  "half \ud83d of a character \udc1b[1m",
  "a-word-without-an-end-".repeat(20),
  "a sentence that goes on and on ".repeat(20),
  "$& $1 $` $$ %s \\ \\u0041",
  "",
  " ",
];

const oddNumbers = [
  0,
  -0,
  1,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e308,
  -1e308,
  5e-324,
  1e21,
];

const roc = (bend: number) => Array.from({ length: 41 }, (_, k): [number, number] => [k / 40, (k / 40) ** (1 / bend)]);

/** One usual part of every kind; charts with several series, intervals, references and powers of ten among them. */
export const usualParts: readonly Part[] = [
  {
    kind: "verdict",
    title: "At an optimum of what remains",
    outcome: "good",
    text: "global: any retraining to the optimum predicts the same, to 1.1e-6 rating units",
  },
  { kind: "verdict", title: "Membership can be told", outcome: "bad", text: "AUC 0.71 is above the floor" },
  { kind: "verdict", title: "As good as before", outcome: "open", text: "no held-out ratings were given" },
  {
    kind: "numbers",
    title: "Gradient and certificate",
    entries: [
      { label: "‖∇J‖ after", value: 9.1251e-10, unit: "per unit of parameter" },
      { label: "AUC", value: 0.70312, interval: [0.68, 0.7264] },
      { label: "compared with", value: "retrained" },
      { label: "ratings", value: 1_000_209 },
    ],
  },
  {
    kind: "table",
    title: "Errors in rating units",
    header: ["model", "RMSE", "MAE", "ratings"],
    rows: [
      ["original", 0.9213, 0.7301, 20_000],
      ["unlearned", 0.92157, 0.7306, 19_981],
      ["retrained", null, -0.7299, null],
    ],
  },
  {
    kind: "bars",
    title: "Advantage of attacks",
    measure: "AUC − ½ (0: no better than chance)",
    bars: [
      { label: "threshold on the loss", series: "unlearned", value: 0.21, interval: [0.18, 0.25] },
      { label: "threshold on the loss", series: "retrained", value: 0.02, interval: [-0.01, 0.05] },
      { label: "shadow models", series: "unlearned", value: 0.27, interval: [0.24, 0.31] },
      { label: "shadow models", series: "retrained", value: -0.012, interval: [-0.05, 0.03] },
    ],
  },
  {
    kind: "curves",
    title: "Who was forgotten can be told",
    x: "false positive rate",
    y: "true positive rate",
    lines: [
      { label: "unlearned", points: roc(3) },
      { label: "retrained", points: roc(1.1) },
      { label: "chance", points: roc(1), reference: true },
    ],
  },
  {
    kind: "curves",
    title: "‖∇J‖ by pass",
    x: "pass",
    y: "‖∇J‖ per unit of parameter",
    log: "y",
    lines: [
      { label: "exact", points: Array.from({ length: 30 }, (_, k) => [k, 10 ** (1 - k / 3)]) },
      {
        label: "tolerance",
        points: [
          [0, 1e-8],
          [29, 1e-8],
        ],
        reference: true,
      },
    ],
  },
  {
    kind: "points",
    title: "Cost and distance of unlearners",
    x: "time in seconds",
    y: "RMS distance in rating units",
    groups: [
      {
        label: "exact",
        points: [
          { x: 1.2, y: 1e-6, label: "exact" },
          { x: 8.4, y: 0, label: "retrain" },
        ],
      },
      {
        label: "approximate",
        points: [
          { x: 0.3, y: 0.041, label: "scif" },
          { x: 0.5, y: 0.02, label: "cif" },
          { x: 0.9, y: 0.0174, label: "newton" },
        ],
      },
    ],
  },
];

/** Parts of every kind that hold nothing. */
export const emptyParts: readonly Part[] = [
  { kind: "numbers", title: "", entries: [] },
  { kind: "table", title: "", header: [], rows: [] },
  { kind: "table", title: "rows without cells", header: ["a"], rows: [[], []] },
  { kind: "bars", title: "", measure: "", bars: [] },
  { kind: "curves", title: "", x: "", y: "", lines: [] },
  { kind: "curves", title: "a line without points", x: "x", y: "y", lines: [{ label: "none", points: [] }] },
  { kind: "points", title: "", x: "", y: "", groups: [] },
  { kind: "points", title: "", x: "", y: "", groups: [{ label: "none", points: [] }] },
  { kind: "verdict", title: "", outcome: "open", text: "" },
];

/** One value, many values, and values that are none. */
export const oddParts: readonly Part[] = [
  {
    kind: "numbers",
    title: "numbers that are none",
    entries: oddNumbers.map((value, k) => ({ label: `odd ${k}`, value, interval: [value, oddNumbers[0]] })),
  },
  {
    kind: "table",
    title: "odd",
    header: ["a", "b"],
    rows: oddNumbers.map((value) => [value, null, "beyond the header"]),
  },
  {
    kind: "bars",
    title: "odd",
    measure: "units",
    bars: oddNumbers.map((value, k) => ({ label: `bar ${k}`, value, interval: [value, Number.NaN] })),
  },
  { kind: "bars", title: "none drawn", measure: "units", bars: [{ label: "nothing", value: Number.NaN }] },
  { kind: "bars", title: "one", measure: "units", bars: [{ label: "alone", value: -3 }] },
  {
    kind: "bars",
    title: "500 bars",
    measure: "units",
    bars: Array.from({ length: 500 }, (_, k) => ({ label: `bar ${k}`, value: Math.sin(k / 9), interval: [-1, 1] })),
  },
  ...(["x", "y", "both", undefined] as const).map(
    (log): Part => ({
      kind: "curves",
      title: `odd, log ${log ?? "none"}`,
      x: "x",
      y: "y",
      log,
      lines: [{ label: "odd", points: oddNumbers.flatMap((x) => oddNumbers.map((y): [number, number] => [x, y])) }],
    }),
  ),
  ...(["x", "y", "both", undefined] as const).map(
    (log): Part => ({
      kind: "curves",
      title: `one point, log ${log ?? "none"}`,
      x: "x",
      y: "y",
      log,
      lines: [
        { label: "one", points: [[3, 3]] },
        { label: "chance", points: [[3, 3]], reference: true },
      ],
    }),
  ),
  {
    kind: "curves",
    title: "ends that are nearly the same",
    x: "x",
    y: "y",
    lines: [
      {
        label: "flat",
        points: [
          [0, 1],
          [1, 1 + Number.EPSILON],
          [5e-324, 1],
        ],
      },
    ],
  },
  {
    kind: "points",
    title: "one",
    x: "x",
    y: "y",
    groups: [{ label: "one", points: [{ x: 0, y: 0, label: "origin" }] }],
  },
  {
    kind: "points",
    title: "odd",
    x: "x",
    y: "y",
    groups: oddNumbers.map((x, k) => ({
      label: `group ${k}`,
      points: oddNumbers.map((y) => ({ x, y, label: `${y}` })),
    })),
  },
];

/** Every text of a part of every kind, replaced. */
export function partsWith(text: string): Part[] {
  return [
    { kind: "verdict", title: text, outcome: "bad", text },
    {
      kind: "numbers",
      title: text,
      entries: [
        { label: text, value: text, unit: text, interval: [0, 1] },
        { label: text, value: 1 },
      ],
    },
    {
      kind: "table",
      title: text,
      header: [text, text, text],
      rows: [
        [text, 1, text],
        [text, null, null],
      ],
    },
    {
      kind: "bars",
      title: text,
      measure: text,
      bars: [
        { label: text, series: text, value: 1 },
        { label: text, series: "b", value: -1, interval: [-2, 0] },
        { label: text, value: 2 },
      ],
    },
    {
      kind: "curves",
      title: text,
      x: text,
      y: text,
      lines: [
        {
          label: text,
          points: [
            [0, 1],
            [1, 2],
          ],
        },
        {
          label: text,
          points: [
            [0, 0],
            [1, 1],
          ],
          reference: true,
        },
      ],
    },
    {
      kind: "points",
      title: text,
      x: text,
      y: text,
      groups: [
        {
          label: text,
          points: [
            { x: 0, y: 1, label: text },
            { x: 1, y: 1, label: text },
          ],
        },
      ],
    },
  ];
}

/** All of them. */
export const allParts: readonly Part[] = [
  ...usualParts,
  ...emptyParts,
  ...oddParts,
  ...hostileTexts.flatMap(partsWith),
];

/** A report with these parts in one section. */
export function reportOf(parts: readonly Part[], text = "Every kind of part"): ReportDocument {
  return { title: text, lead: text, sections: [{ name: text, question: text, parts }] };
}
