/** A grid of characters on which points and lines are drawn: by symbols, or by the eight dots of a braille character. */

/** A place from 0 to 1 on both axes, from the lower left. */
export type Place = readonly [x: number, y: number];

/** The dots of a braille character by column and row from the upper left. */
const dots = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];

/** A grid that is drawn on. */
export interface Raster {
  /** Draws points, joined by lines or not; without a symbol by braille dots. Later drawings lie above earlier ones. */
  draw(places: readonly Place[], joined: boolean, symbol?: string): void;
  /** One text a row, from the top, without spaces at its end. */
  lines(): string[];
}

/** An empty grid of `columns` by `rows` characters. */
export function raster(columns: number, rows: number): Raster {
  const cells = Array.from({ length: rows }, () => new Array<string>(columns).fill(" "));
  return {
    draw(places, joined, symbol) {
      const [fine, high] = symbol === undefined ? [2 * columns, 4 * rows] : [columns, rows];
      const at = ([x, y]: Place): Place => [Math.round(x * (fine - 1)), Math.round((1 - y) * (high - 1))];
      const mark = ([x, y]: Place) => {
        if (symbol !== undefined) cells[y][x] = symbol;
        else cells[y >> 2][x >> 1] = withDot(cells[y >> 2][x >> 1], dots[x & 1][y & 3]);
      };
      const grid = places.map(at);
      grid.forEach((place, k) => {
        if (joined && k > 0) between(grid[k - 1], place).forEach(mark);
        mark(place);
      });
    },
    lines: () => cells.map((row) => row.join("").trimEnd()),
  };
}

function withDot(cell: string, dot: number): string {
  const code = cell.charCodeAt(0);
  const before = code >= 0x2800 && code <= 0x28ff ? code - 0x2800 : 0;
  return String.fromCharCode(0x2800 + (before | dot));
}

/** The places between two on a grid, one a step of the longer side. */
function between([x, y]: Place, [toX, toY]: Place): Place[] {
  const steps = Math.max(Math.abs(toX - x), Math.abs(toY - y));
  return Array.from({ length: Math.max(0, steps - 1) }, (_, k): Place => {
    const t = (k + 1) / steps;
    return [Math.round(x + t * (toX - x)), Math.round(y + t * (toY - y))];
  });
}
