/** Private tables of the items, one a chunk of users: how long they are, and how many there may be. */

// More bytes than this for all of them, and there are fewer chunks.
const accumulatorLimit = 2 ** 30;

/** Bytes of one table, with cache lines of its own, since another chunk's begins behind it. */
export function tableBytesOf(rows: number, columns: number): number {
  return Math.ceil((rows * columns * 8) / 64) * 64 + 64;
}

/** So many chunks, halved until their tables fit. */
export function fittingChunks(chunks: number, tableBytes: number): number {
  let fitting = chunks;
  while (fitting > 1 && fitting * tableBytes > accumulatorLimit) fitting /= 2;
  return fitting;
}
