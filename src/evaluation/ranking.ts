/** The best items of a user, and how two such lists agree. */

/** Indices of the `count` largest scores, descending; ties by index; those in `exclude` are passed over. */
export function topItems(scores: Float64Array, count: number, exclude: ReadonlySet<number> = new Set()): number[] {
  const better = (a: number, b: number) => scores[b] - scores[a] || a - b;
  const heap: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    if (exclude.has(i)) continue;
    if (heap.length < count) {
      heap.push(i);
      if (heap.length === count) heap.sort(better);
    } else if (count > 0 && better(i, heap[count - 1]) < 0) insert(heap, i, better);
  }
  return heap.length < count ? heap.sort(better) : heap;
}

/** Puts a better entry into a full sorted list, whose last falls out. */
function insert(list: number[], entry: number, compare: (a: number, b: number) => number): void {
  let at = list.length - 1;
  while (at > 0 && compare(entry, list[at - 1]) < 0) {
    list[at] = list[at - 1];
    at--;
  }
  list[at] = entry;
}

/** |A ∩ B| / |A| of two lists of the same length; 1 for empty ones. */
export function overlap<Entry>(a: readonly Entry[], b: readonly Entry[]): number {
  if (a.length === 0) return 1;
  const other = new Set(b);
  return a.filter((entry) => other.has(entry)).length / a.length;
}
