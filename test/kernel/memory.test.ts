/** The allocator of the shared memory: nothing overlaps, everything can be had again. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { openMemory } from "../../src/kernel/runtime/memory.ts";

const steps = fc.array(fc.record({ bytes: fc.integer({ min: 0, max: 300_000 }), frees: fc.nat(5) }), { maxLength: 60 });

test("what is allocated is aligned, inside the memory, and nobody else's", () => {
  fc.assert(
    fc.property(steps, (plan) => {
      const memory = openMemory();
      const owned: { address: number; bytes: number }[] = [];
      for (const { bytes, frees } of plan) {
        const address = memory.allocate(bytes, "a test");
        expect(address % 64).toBe(0);
        expect(address).toBeGreaterThan(0);
        expect(address + bytes).toBeLessThanOrEqual(memory.size);
        for (const other of owned)
          expect(address + bytes <= other.address || other.address + other.bytes <= address).toBe(true);
        owned.push({ address, bytes });
        for (let k = 0; k < frees && owned.length > 0; k++)
          memory.free(owned.splice((bytes + k) % owned.length, 1)[0].address);
      }
    }),
    { numRuns: 30 },
  );
});

test("neighbours that are freed in any order become one again", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
      const memory = openMemory();
      const addresses = order.map(() => memory.allocate(100_000, "a test"));
      for (const k of order) memory.free(addresses[k]);
      expect(memory.used).toBe(0);
      const { size } = memory;
      memory.allocate(800_000, "a test");
      expect(memory.size).toBe(size);
    }),
    { numRuns: 30 },
  );
});

test("views reach the memory after it has grown", () => {
  const memory = openMemory();
  const first = memory.allocate(8, "a test");
  memory.floats()[first / 8] = 1.5;
  const far = memory.allocate(20_000_000, "a test");
  memory.floats()[far / 8 + 2_499_999] = 2.5;
  expect(memory.floats()[first / 8]).toBe(1.5);
  expect(memory.floats()[far / 8 + 2_499_999]).toBe(2.5);
});

test("what is not owned cannot be freed", () => {
  const memory = openMemory();
  const address = memory.allocate(8, "a test");
  memory.free(address);
  expect(() => memory.free(address)).toThrow("nothing is allocated");
});
