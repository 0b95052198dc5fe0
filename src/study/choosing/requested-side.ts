/** The users, or the items, of a request: what an id means, and what looks like it. */

import { type Ids, unknownId } from "../../data/dataset.ts";
import type { Index } from "../../data/interactions.ts";
import { type Forms, formOf, formsOf } from "../../data/likeness.ts";
import { LetheError } from "../../errors.ts";
import type { Fault, Findings, Tolerance } from "./unknown.ts";

/** How ids are matched. */
export interface Matching extends Tolerance {
  /** Takes ids as they are written, where others look alike. */
  readonly exactly?: boolean | undefined;
  /** Takes all ids that look alike. */
  readonly allForms?: boolean | undefined;
}

/** One side of a request. */
export interface Side {
  /** The indices that ids mean; what is unknown or could mean several is put to the findings. */
  all(ids: readonly string[], findings: Findings): Set<number>;
  /** The indices of an id: its own, or with all that look alike; why there is none. */
  meant(id: string): readonly number[] | Fault;
  /** An id's own index, where there is one, and all that look alike. */
  forms(id: string): readonly number[];
  /** Words for each index, with how much data it has. */
  told(indices: readonly number[]): string[];
}

/** A side of a model. */
export function sideOf(what: "user" | "item", ids: Ids, { start }: Index, matching: Matching): Side {
  const { exactly = false, allForms = false, ignoreUnknown = false, idempotent = false } = matching;
  let known: Forms | undefined;
  const others = (id: string): readonly number[] => {
    known ??= formsOf(ids.list);
    return (known.get(formOf(id)) ?? []).filter((index) => ids.list[index] !== id);
  };
  const told = (indices: readonly number[]) =>
    indices.map((k) => `${JSON.stringify(ids.list[k])} (${interactionCount(start[k + 1] - start[k])})`);
  const missing = (id: string, alike: readonly number[]): Fault => {
    const near = alike.length === 0 ? "" : ` (it has ${told(alike).join(", ")})`;
    const error = unknownId(id, what, told(alike), formsAdvice);
    return { name: `${what} ${JSON.stringify(id)}${near}`, error };
  };
  const warn = (id: string, alike: readonly number[], { warnings }: Findings) => {
    const end = allForms ? "was forgotten as well" : "stays";
    for (const words of told(alike)) warnings.push(`${what} ${words} looks like ${JSON.stringify(id)}, and ${end}`);
  };
  const all = (asked: readonly string[], findings: Findings) => {
    const named = new Set(asked);
    const taken = new Set<number>();
    for (const id of named) {
      const own = ids.find(id);
      const alike = others(id).filter((index) => !named.has(ids.list[index]));
      const absent = own === undefined && !(allForms && alike.length > 0);
      if (absent) findings.unknown[`${what}s`].push(id);
      if (absent) findings.missing.push(missing(id, alike));
      if (own !== undefined) taken.add(own);
      if (alike.length === 0) continue;
      if (allForms) for (const index of alike) taken.add(index);
      // Without leave to pass over unknown ids, the unknown id is the error.
      else if (!exactly && (!absent || ignoreUnknown || idempotent))
        findings.ambiguous.push(ambiguous(`${what} ${JSON.stringify(id)}`, told(alike), absent));
      if (exactly || allForms) warn(id, alike, findings);
    }
    return taken;
  };
  const meant = (id: string) => {
    const own = ids.find(id);
    const alike = others(id);
    if (own === undefined && !(allForms && alike.length > 0)) return missing(id, alike);
    return [...(own === undefined ? [] : [own]), ...(allForms ? alike : [])];
  };
  const forms = (id: string) => [...[ids.find(id)].filter((own) => own !== undefined), ...others(id)];
  return { all, meant, forms, told };
}

/** "1 interaction", "2 interactions" */
export function interactionCount(rows: number): string {
  return `${rows} interaction${rows === 1 ? "" : "s"}`;
}

const formsAdvice = "write the id as the model has it, or take all that look alike with `allForms`";

/** What could mean several. */
export function ambiguous(name: string, alike: readonly string[], absent = false): Fault {
  const has = absent ? "is unknown, and has look-alikes" : "has look-alikes";
  const error = new LetheError(
    "bad-input",
    `${name} ${has} in this model: ${alike.join(", ")}; nothing was forgotten`,
    "`exactly` takes ids as they are written, `allForms` takes all that look alike",
  );
  return { name: `${name} (${alike.join(", ")})`, error };
}
