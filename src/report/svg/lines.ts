/** Lines of text as a picture: what has no drawing of its own is written. */

import { escaped } from "../escape.ts";
import { ink } from "./palette.ts";

const columnWidth = 7.3;
const lineHeight = 17;

/** How many columns of text a picture of this width has. */
export function columnsIn(width: number): number {
  return Math.max(20, Math.floor((width - 16) / columnWidth));
}

/** The lines in a fixed pitch as an SVG element of this width. */
export function linesSvg(lines: readonly string[], title: string, width: number): string {
  const height = lines.length * lineHeight + 12;
  const texts = lines.map((line, k) => {
    const y = (k + 1) * lineHeight;
    return `<text x="8" y="${y}" xml:space="preserve">${escaped(line)}</text>`;
  });
  const fonts = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace";
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escaped(title)}" viewBox="0 0 ${width} ${height}" ` +
    `width="${width}" height="${height}" font-family="${fonts}" font-size="12" fill="${ink}" ` +
    `style="background:var(--paper, #fff);max-width:100%;height:auto">${texts.join("")}</svg>`
  );
}
