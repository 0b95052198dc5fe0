/** What it is to be a verb: the one door through which the command line, HTTP and jobs ask for something. */

import type { z } from "zod";
import { LetheError } from "../../errors.ts";
import { firstFault } from "../../exchange/files/complaint.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Store } from "../store/store.ts";

/** One thing that can be asked for: a request and a result that are plain data, each with a schema. */
export interface Verb<Request = unknown, Result = unknown> {
  readonly name: string;
  readonly summary: string;
  readonly request: z.ZodType<Request>;
  readonly result: z.ZodType<Result>;
  /** Checks a request; throws `bad-input` that names the field. */
  parse(body: unknown): Request;
  run(request: Request, run: RunContext, store: Store): Promise<Result>;
}

/** What a verb is made of. */
export interface VerbParts<Request extends z.ZodType, Result extends z.ZodType> {
  readonly name: string;
  readonly summary: string;
  readonly request: Request;
  readonly result: Result;
  run(request: z.infer<Request>, run: RunContext, store: Store): Promise<z.infer<Result>>;
}

/** Makes a verb. */
export function verb<Request extends z.ZodType, Result extends z.ZodType>(
  parts: VerbParts<Request, Result>,
): Verb<z.infer<Request>, z.infer<Result>> {
  return {
    ...parts,
    parse: (body) => parsed<z.infer<Request>>(parts.name, parts.request as z.ZodType<z.infer<Request>>, body),
  } as Verb<z.infer<Request>, z.infer<Result>>;
}

function parsed<Request>(name: string, schema: z.ZodType<Request>, body: unknown): Request {
  const checked = schema.safeParse(body);
  if (checked.success) return checked.data;
  const { place, fault } = firstFault(checked.error);
  throw new LetheError(
    "bad-input",
    place === "" ? `${name}: ${fault}` : `\`${place}\`: ${fault}`,
    `the request of ${name} has a schema: see the verb's documentation`,
    place === "" ? undefined : place,
  );
}

/** A value of one field of a request, checked; throws `bad-input` that names the place. */
export function checkedField({ request }: Verb, name: string, value: unknown, place: string): unknown {
  const { shape } = request as z.ZodObject;
  const checked = (shape[name] as z.ZodType).safeParse(value);
  if (checked.success) return checked.data;
  const { place: inside, fault } = firstFault(checked.error);
  throw new LetheError("bad-input", `${place}${inside === "" ? "" : `.${inside}`}: ${fault}`, `correct it in the file`);
}

/** The same, not read-only. */
type Mutable<Of> = Of extends readonly [infer First, infer Second]
  ? [First, Second]
  : Of extends readonly (infer Part)[]
    ? Mutable<Part>[]
    : Of extends object
      ? { -readonly [Name in keyof Of]: Mutable<Of[Name]> }
      : Of;

/** A result as what its schema says. Results are not changed after they were made; schemas do not know that. */
export function mutable<Result>(result: Result): Mutable<Result> {
  return result as Mutable<Result>;
}
