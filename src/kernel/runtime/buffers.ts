/** What one session owns of the shared memory: its description (one 8-byte slot a field) and its buffers. */

import { LetheError } from "../../errors.ts";
import type { KernelMemory } from "./memory.ts";

/** The fields and buffers of a session; addresses are bytes. */
export interface Buffers {
  /** Address of the description. */
  readonly session: number;
  get(field: number): number;
  set(field: number, value: number): void;
  setFloat(field: number, value: number): void;
  /** Reserves bytes, with undefined content, until `free`. */
  take(bytes: number, purpose: string): number;
  /** Reserves a copy of the values. */
  takeFloats(values: Float64Array, purpose: string): number;
  takeWords(values: Uint32Array, purpose: string): number;
  /** The address in a field; when there is none yet, of that many new bytes of zeros. */
  lazily(field: number, bytes: number, purpose: string): number;
  /** Copies the first `length` entries of a vector to an address, and from there. */
  put(vector: Float64Array, length: number, address: number): void;
  fetch(out: Float64Array, length: number, address: number): void;
  floatAt(address: number): number;
  /** The sum of `count` numbers that lie `gap` bytes apart, in their order. */
  sum(address: number, count: number, gap: number): number;
  /** Throws when the session is closed. */
  check(): void;
  /** Gives back everything, and closes the session. */
  close(): void;
}

/** Reserves the description of a session, all zeros. */
export function openBuffers(memory: KernelMemory, descriptionBytes: number): Buffers {
  const owned: number[] = [];
  let closed = false;
  const session = takeZeros(descriptionBytes, "the session");

  function take(bytes: number, purpose: string): number {
    const address = memory.allocate(bytes, purpose);
    owned.push(address);
    return address;
  }

  function takeZeros(bytes: number, purpose: string): number {
    const address = take(bytes, purpose);
    memory.floats().fill(0, address / 8, Math.ceil((address + bytes) / 8));
    return address;
  }

  function get(field: number): number {
    return memory.words()[(session + field) / 4];
  }

  function set(field: number, value: number): void {
    memory.words()[(session + field) / 4] = value;
  }

  return {
    session,
    get,
    set,
    setFloat: (field, value) => {
      memory.floats()[(session + field) / 8] = value;
    },
    take,
    takeFloats: (values, purpose) => {
      const address = take(values.byteLength, purpose);
      memory.floats().set(values, address / 8);
      return address;
    },
    takeWords: (values, purpose) => {
      const address = take(values.byteLength, purpose);
      memory.words().set(values, address / 4);
      return address;
    },
    lazily: (field, bytes, purpose) => {
      if (get(field) === 0) set(field, takeZeros(bytes, purpose));
      return get(field);
    },
    put: (vector, length, address) => {
      memory.floats().set(vector.length === length ? vector : vector.subarray(0, length), address / 8);
    },
    fetch: (out, length, address) => out.set(memory.floats().subarray(address / 8, address / 8 + length)),
    floatAt: (address) => memory.floats()[address / 8],
    sum: (address, count, gap) => {
      const floats = memory.floats();
      let total = 0;
      for (let k = 0; k < count; k++) total += floats[(address + k * gap) / 8];
      return total;
    },
    check: () => {
      if (closed) throw new LetheError("internal", "the kernel session is closed", "open a new one");
    },
    close: () => {
      closed = true;
      for (const address of owned.splice(0)) memory.free(address);
    },
  };
}
