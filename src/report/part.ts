/** What a finding shows: numbers, bars, curves, tables, points or a verdict, as plain data that text, Markdown, SVG and a page draw alike. */

/** A cell of a table; null is an empty one. */
export type Cell = string | number | null;

/** An interval of confidence, lower end first. */
export type Interval = readonly [number, number];

/** Named numbers, each with its unit where it has one. */
export interface Numbers {
  readonly kind: "numbers";
  readonly title: string;
  readonly entries: readonly {
    readonly label: string;
    readonly value: number | string;
    readonly unit?: string | undefined;
    readonly interval?: Interval | undefined;
  }[];
}

/** A table; numbers stand to the right. */
export interface TablePart {
  readonly kind: "table";
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** One value a label, perhaps several series side by side, perhaps with intervals. */
export interface Bars {
  readonly kind: "bars";
  readonly title: string;
  /** What the length of a bar is, with its unit. */
  readonly measure: string;
  /** What a bar over the full length is at least: 1 of shares, so that a small one looks small where it stands alone. */
  readonly whole?: number | undefined;
  readonly bars: readonly {
    readonly label: string;
    readonly series?: string | undefined;
    readonly value: number;
    readonly interval?: Interval | undefined;
  }[];
}

/** Lines over a common axis. */
export interface Curves {
  readonly kind: "curves";
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Axes that are drawn by powers of ten. */
  readonly log?: "x" | "y" | "both" | undefined;
  readonly lines: readonly {
    readonly label: string;
    readonly points: readonly (readonly [number, number])[];
    /** A reference to compare with: chance, a floor. */
    readonly reference?: boolean | undefined;
  }[];
}

/** Points in a plane, in groups. */
export interface Points {
  readonly kind: "points";
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Whether the line y = x is drawn: what agrees lies on it. */
  readonly diagonal?: boolean | undefined;
  readonly groups: readonly {
    readonly label: string;
    readonly points: readonly { readonly x: number; readonly y: number; readonly label?: string | undefined }[];
  }[];
}

/** An answer in words, and whether it is good news. */
export interface Verdict {
  readonly kind: "verdict";
  readonly title: string;
  readonly outcome: "good" | "bad" | "open";
  readonly text: string;
}

/** One thing that is shown. */
export type Part = Numbers | TablePart | Bars | Curves | Points | Verdict;

/** A question and what answers it. */
export interface Section {
  readonly name: string;
  readonly question: string;
  readonly parts: readonly Part[];
}

/** A whole report. */
export interface ReportDocument {
  readonly title: string;
  /** What was compared, in a sentence or two. */
  readonly lead: string;
  readonly sections: readonly Section[];
}
