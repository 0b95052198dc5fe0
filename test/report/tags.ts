/** The elements of a document, read as strictly as XML has to be. */

const token =
  /<!--[\s\S]*?-->|<!doctype html>|<(\/?)([A-Za-z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|[<>]|&(?!(?:amp|lt|gt|quot|#\d+|#x[\da-f]+);)/giu;

/** The names of all elements in order. Throws where a tag is not closed, or where a character stands that would have to be escaped. */
export function tagsOf(text: string, empty: readonly string[] = []): string[] {
  const names: string[] = [];
  const open: string[] = [];
  const body = text.replace(/(<style[^>]*>)[^<]*(<\/style>)/g, "$1$2");
  for (const match of body.matchAll(token)) {
    const [all, end, name, , self] = match;
    if (/^<!/.test(all)) continue;
    if (name === undefined) throw new Error(`${all} at ${body.slice(Math.max(0, match.index - 60), match.index + 30)}`);
    if (end === "/") {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    names.push(name);
    if (self !== "/" && !empty.includes(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`<${open.join(" ")}> stays open`);
  return names;
}
