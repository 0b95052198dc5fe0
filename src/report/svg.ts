/** Parts as pictures: SVG without a browser, a script or a request. */

import type { Part } from "./part.ts";
import { barsSvg } from "./svg/bars.ts";
import { columnsIn, linesSvg } from "./svg/lines.ts";
import { planeSvg } from "./svg/plane.ts";
import { openSurface, type Surface } from "./svg/surface.ts";
import { partLines } from "./text.ts";

const usualWidth = 680;

/** Draws parts; made once for many. */
export interface Drawing {
  /** The part as one SVG element, `width` CSS pixels wide (200 at least). Bars, curves and points are drawn; the others are written. */
  svg(part: Part, width?: number): string;
}

/** Loads what drawing needs: some 100 ms, once. */
export async function openDrawing(): Promise<Drawing> {
  const surface = await openSurface();
  return { svg: (part, width = usualWidth) => drawn(surface, part, width) };
}

/** One part as one SVG element. */
export async function partSvg(part: Part, width = usualWidth): Promise<string> {
  return (await openDrawing()).svg(part, width);
}

function drawn(surface: Surface, part: Part, width: number): string {
  switch (part.kind) {
    case "bars":
      return barsSvg(surface, part, width);
    case "curves":
    case "points":
      return planeSvg(surface, part, width);
    default:
      return linesSvg(partLines(part, columnsIn(width)), part.title, width);
  }
}
