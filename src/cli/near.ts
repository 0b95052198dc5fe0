/** Names that look like one that is not there. */

/** Those of the names that are a slip or two away, nearest first. */
export function nearNames(name: string, names: readonly string[]): string[] {
  const most = Math.max(1, Math.floor(name.length / 3));
  const far = names.map((one) => ({ one, distance: distance(name.toLowerCase(), one.toLowerCase()) }));
  return far
    .filter(({ distance: d }) => d <= most)
    .sort((a, b) => a.distance - b.distance)
    .map(({ one }) => one);
}

/** Letters that are missing, added, changed, or swapped with their neighbour (Damerau 1964). */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i || j));
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const change = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  return rows[a.length][b.length];
}
