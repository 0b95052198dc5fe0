/** Reports: what findings show, and how it is drawn. */

export type {
  Bars,
  Cell,
  Curves,
  Interval,
  Numbers,
  Part,
  Points,
  ReportDocument,
  Section,
  TablePart,
  Verdict,
} from "./part.ts";
