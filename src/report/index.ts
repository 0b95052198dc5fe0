/** Reports: what findings show, and how it is drawn. */

export { documentHtml, type PageOptions } from "./html.ts";
export { documentMarkdown, partMarkdown, sectionMarkdown } from "./markdown.ts";
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
export { plainParts } from "./plain.ts";
export { type Drawing, openDrawing, partSvg } from "./svg.ts";
export { type Tabular, tabular } from "./tabular.ts";
export { documentLines, type Emphasis, partLines, partsLines, sectionLines } from "./text.ts";
