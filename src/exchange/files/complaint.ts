/** What a schema finds wrong, in words for whoever has the file or wrote the request. */

/** The part of a schema's error that is told. */
export interface SchemaError {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

/** The place (empty for the whole) and the fault that is found first: "expected number, found nothing". */
export function firstFault({ issues: [{ path, message }] }: SchemaError): {
  readonly place: string;
  readonly fault: string;
} {
  const fault = message.replace("Invalid input: ", "").replace(/received undefined$/, "found nothing");
  return { place: path.map(String).join("."), fault: fault.replace(/received (\w+)$/, "found $1") };
}
