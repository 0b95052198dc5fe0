/** Temporary files for the tests of readers. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect } from "vitest";
import { LetheError } from "../../src/errors.ts";

/** A folder of the calling test file's own, removed after its tests, and a way to write into it. */
export function scratchFolder(): { readonly path: string; write(name: string, content: string | Uint8Array): string } {
  const path = mkdtempSync(join(tmpdir(), "lethe-data-"));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  const write = (name: string, content: string | Uint8Array): string => {
    const file = join(path, name);
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    writeFileSync(file, name.endsWith(".gz") ? gzipSync(bytes) : bytes);
    return file;
  };
  return { path, write };
}

/** Expects a `bad-input` LetheError whose one-line message has every part in it; returns it. */
export async function expectDefect(reading: Promise<unknown>, ...parts: readonly string[]): Promise<LetheError> {
  const error: unknown = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LetheError);
  if (!(error instanceof LetheError)) throw new Error("no LetheError");
  expect(error.code).toBe("bad-input");
  for (const part of parts) expect(error.message).toContain(part);
  expect(error.message).not.toMatch(/\p{Cc}/u);
  return error;
}
