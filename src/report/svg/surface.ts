/** Observable Plot on a document without a browser; both are loaded when something is drawn, not before. */

import type * as PlotModule from "@observablehq/plot";

/** The library's functions. */
export type Plot = typeof PlotModule;
/** What it draws. */
export type Mark = PlotModule.Markish;
/** What it is told beside the marks. */
export type PlotOptions = Omit<PlotModule.PlotOptions, "document">;

/** Draws with Plot. */
export interface Surface {
  readonly plot: Plot;
  /** The SVG element as text. */
  draw(options: PlotOptions): string;
}

/** Loads what drawing needs. */
export async function openSurface(): Promise<Surface> {
  const plot = await import("@observablehq/plot");
  const { parseHTML } = await import("linkedom");
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  return { plot, draw: (options) => plot.plot({ ...options, document } as PlotModule.PlotOptions).outerHTML };
}
