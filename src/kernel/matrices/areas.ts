/** Areas of the shared memory that grow with what is asked of them and are used again. */

import type { KernelMemory } from "../runtime/memory.ts";

/** Areas by what they are for. */
export interface Areas {
  /** The address of an area of at least so many bytes; its content is lost when it had to grow. */
  take(purpose: string, bytes: number): number;
  /** Gives back the large ones. */
  trim(): void;
}

// Bytes that an area keeps between calls.
const keptBytes = 2 ** 26;

/** Makes areas; none is taken yet. */
export function openAreas(memory: KernelMemory): Areas {
  const areas = new Map<string, { address: number; bytes: number }>();

  function drop(purpose: string): void {
    const area = areas.get(purpose);
    if (area === undefined) return;
    areas.delete(purpose);
    memory.free(area.address);
  }

  return {
    take(purpose, bytes) {
      const area = areas.get(purpose);
      if (area !== undefined && area.bytes >= bytes) return area.address;
      drop(purpose);
      const address = memory.allocate(bytes, purpose);
      areas.set(purpose, { address, bytes });
      return address;
    },
    trim() {
      for (const [purpose, { bytes }] of areas) if (bytes > keptBytes) drop(purpose);
    },
  };
}
