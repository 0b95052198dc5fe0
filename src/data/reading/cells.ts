/** One line of text cut into trimmed cells; what stands in double quotes is one cell, whatever is in it. */

/** Why a line cannot be cut. */
export type CellFault = "open quote" | "text after a closing quote";

/** The cells of a line between separators of one character, trimmed and without their quotes; a doubled quote is one. */
export function cellsOf(line: string, separator: string): string[] | CellFault {
  if (!line.includes('"')) return line.split(separator).map((cell) => cell.trim());
  const cells: string[] = [];
  for (let at = 0; ; ) {
    const start = at + (/^[^\S\t]*/.exec(line.slice(at))?.[0].length ?? 0);
    if (line[start] === '"') {
      const end = closingQuote(line, start + 1);
      if (end < 0) return "open quote";
      cells.push(
        line
          .slice(start + 1, end)
          .replaceAll('""', '"')
          .trim(),
      );
      const next = line.indexOf(separator, end);
      const rest = line.slice(end + 1, next < 0 ? undefined : next);
      if (rest.trim() !== "") return "text after a closing quote";
      if (next < 0) return cells;
      at = next + 1;
    } else {
      const next = line.indexOf(separator, at);
      cells.push(line.slice(at, next < 0 ? undefined : next).trim());
      if (next < 0) return cells;
      at = next + 1;
    }
  }
}

function closingQuote(line: string, from: number): number {
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 2)) if (line[at + 1] !== '"') return at;
  return -1;
}
