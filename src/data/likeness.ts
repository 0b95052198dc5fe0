/** Ids that look alike to a person: the same but for Unicode form, case, surrounding space, and how a whole number is written. */

/** What look-alikes share: `3`, `3.0` and `0003` have one form, and so have `Anna`, `anna ` and `ＡＮＮＡ`. */
export function formOf(id: string): string {
  if (/^(?:0|[1-9]\d*|[a-z][a-z0-9_-]*)$/.test(id)) return id;
  const text = id.normalize("NFKC").trim().toLowerCase();
  const [, sign, digits] = /^([+-]?)0*(\d+)(?:\.0*)?$/.exec(text) ?? [];
  if (digits === undefined) return text;
  return sign === "-" && digits !== "0" ? `-${digits}` : digits;
}

/** Indices of ids by their form. */
export type Forms = ReadonlyMap<string, readonly number[]>;

/** The forms of ids. */
export function formsOf(ids: readonly string[]): Forms {
  const forms = new Map<string, number[]>();
  ids.forEach((id, index) => {
    const form = formOf(id);
    const known = forms.get(form);
    if (known) known.push(index);
    else forms.set(form, [index]);
  });
  return forms;
}

/** Ids that look like a given one. */
export function nearIds(ids: readonly string[], id: string): string[] {
  const form = formOf(id);
  return ids.filter((other) => formOf(other) === form);
}
