/** Ids given numbers in order of first appearance, straight from their bytes: no string is made for an id seen before. */

import { hasControl, longestId } from "./ids.ts";

/** A growing table of ids. */
export interface Interner {
  /** The number of the id in bytes start … end − 1 (UTF-8), or −1 when `faultOfId` finds fault with it. */
  intern(bytes: Buffer, start: number, end: number): number;
  /** All ids, by number. */
  readonly list: readonly string[];
}

/** An empty table of ids. */
export function interner(): Interner {
  const ids: string[] = [];
  let mask = (1 << 12) - 1;
  let slots = new Int32Array(mask + 1).fill(-1);
  let hashes = new Int32Array(1 << 11);
  // The bytes of id k are arena[ends[k − 1] … ends[k] − 1].
  let ends = new Float64Array((1 << 11) + 1);
  let arena = new Uint8Array(1 << 14);

  const intern = (bytes: Buffer, start: number, end: number): number => {
    const length = end - start;
    if (length === 0 || length > longestId) return -1;
    const hash = hashOf(bytes, start, end);
    let slot = hash & mask;
    for (let id = slots[slot]; id >= 0; id = slots[slot]) {
      if (hashes[id] === hash && sameBytes(arena, ends[id], ends[id + 1], bytes, start, length)) return id;
      slot = (slot + 1) & mask;
    }
    return add(bytes, start, end, hash, slot);
  };
  const add = (bytes: Buffer, start: number, end: number, hash: number, slot: number): number => {
    const text = bytes.toString("utf8", start, end);
    if (hasControl(text)) return -1;
    const id = ids.length;
    const from = ends[id];
    if (from + end - start > arena.length) arena = copied(arena, new Uint8Array(2 * arena.length));
    ids.push(text);
    slots[slot] = id;
    hashes[id] = hash;
    arena.set(bytes.subarray(start, end), from);
    ends[id + 1] = from + end - start;
    if (ids.length === hashes.length) grow();
    return id;
  };
  const grow = (): void => {
    hashes = copied(hashes, new Int32Array(2 * hashes.length));
    ends = copied(ends, new Float64Array(hashes.length + 1));
    mask = 2 * hashes.length - 1;
    slots = new Int32Array(mask + 1).fill(-1);
    for (let id = 0; id < ids.length; id++) {
      let slot = hashes[id] & mask;
      while (slots[slot] >= 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
  };
  return { intern, list: ids };
}

function copied<T extends Int32Array | Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** FNV-1a over the bytes, with the high bits folded into the low ones that the table uses. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return hash ^ (hash >>> 15);
}

function sameBytes(
  arena: Uint8Array,
  from: number,
  to: number,
  bytes: Uint8Array,
  start: number,
  length: number,
): boolean {
  if (to - from !== length) return false;
  for (let k = 0; k < length; k++) if (arena[from + k] !== bytes[start + k]) return false;
  return true;
}
