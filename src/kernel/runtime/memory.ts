/** The one shared memory of a set of kernels, and who owns which part of it. */

import { LetheError } from "../../errors.ts";
import { controlBytes } from "../assembly/layout.ts";

/** What is used of a WebAssembly.Memory. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** A shared memory with an allocator; addresses are bytes from its beginning. */
export interface KernelMemory {
  readonly memory: SharedMemory;
  /** Bytes of the memory, free or not; it grows and never shrinks. */
  readonly size: number;
  /** Bytes that have an owner. */
  readonly used: number;
  /** Reserves bytes (with undefined content) at a multiple of 64; throws `unsupported` when the memory would exceed its limit. */
  allocate(bytes: number, purpose: string): number;
  /** Gives back what `allocate` returned. */
  free(address: number): void;
  /** The whole memory; ask again after every `allocate`, which may replace it. */
  floats(): Float64Array;
  words(): Uint32Array;
}

declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => SharedMemory;
};

const pageBytes = 65536;
const firstPages = 16;
// One page less than 4 GiB, so that the end of the last allocation is still a 32-bit address.
const lastPages = 65535;
const alignment = 64;

interface Gap {
  address: number;
  bytes: number;
}

/** Makes an empty shared memory that may grow to `maximumPages` of 64 KiB. */
export function openMemory(maximumPages = lastPages): KernelMemory {
  const memory = new WebAssembly.Memory({ initial: firstPages, maximum: 65536, shared: true });
  const owned = new Map<number, number>();
  // Sorted by address; neighbours are always merged.
  const gaps: Gap[] = [{ address: controlBytes, bytes: firstPages * pageBytes - controlBytes }];
  let size = firstPages * pageBytes;
  let used = 0;
  let floats = new Float64Array(memory.buffer);
  let words = new Uint32Array(memory.buffer);

  function allocate(bytes: number, purpose: string): number {
    const wanted = Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
    let place = gaps.findIndex((gap) => gap.bytes >= wanted);
    if (place < 0) {
      grow(wanted, purpose);
      place = gaps.length - 1;
    }
    const gap = gaps[place];
    const address = gap.address;
    gap.address += wanted;
    gap.bytes -= wanted;
    if (gap.bytes === 0) gaps.splice(place, 1);
    owned.set(address, wanted);
    used += wanted;
    return address;
  }

  function grow(wanted: number, purpose: string): void {
    const last = gaps.at(-1);
    const behind = last !== undefined && last.address + last.bytes === size ? last.bytes : 0;
    const pages = Math.ceil((wanted - behind) / pageBytes);
    if (size / pageBytes + pages > maximumPages) throw exceeded(wanted, purpose, used, maximumPages * pageBytes);
    try {
      memory.grow(pages);
    } catch {
      throw exceeded(wanted, purpose, used, size);
    }
    insert({ address: size, bytes: pages * pageBytes });
    size += pages * pageBytes;
    floats = new Float64Array(memory.buffer);
    words = new Uint32Array(memory.buffer);
  }

  function insert(gap: Gap): void {
    let at = gaps.findIndex((other) => other.address > gap.address);
    if (at < 0) at = gaps.length;
    gaps.splice(at, 0, gap);
    merge(at);
    merge(at - 1);
  }

  /** Merges the gap at a place with the next one when they touch. */
  function merge(at: number): void {
    if (at < 0 || at + 1 >= gaps.length) return;
    if (gaps[at].address + gaps[at].bytes !== gaps[at + 1].address) return;
    gaps[at].bytes += gaps[at + 1].bytes;
    gaps.splice(at + 1, 1);
  }

  return {
    memory,
    get size() {
      return size;
    },
    get used() {
      return used;
    },
    allocate,
    free: (address) => {
      const bytes = owned.get(address);
      if (bytes === undefined) throw new LetheError("internal", `nothing is allocated at ${address}`);
      owned.delete(address);
      used -= bytes;
      insert({ address, bytes });
    },
    floats: () => floats,
    words: () => words,
  };
}

function exceeded(wanted: number, purpose: string, used: number, limit: number): LetheError {
  return new LetheError(
    "unsupported",
    `${purpose} need ${mebibytes(wanted)} MiB; ${mebibytes(used)} MiB of the ${mebibytes(limit)} MiB that WebAssembly can have here are in use`,
    "take fewer factors, fewer users or items, close sessions that are done, or choose the kernels of kind 'reference'",
  );
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
