/** A function of a vector that keeps its last answer. */

/**
 * The same function, which answers again what it was asked last without computing it. Asks by content, to the bit, because
 * callers change their vectors in place. The answer is shared: nobody may change it.
 */
export function rememberingLast<Answer>(compute: (x: Float64Array) => Answer): (x: Float64Array) => Answer {
  let last: { readonly asked: Float64Array; readonly answer: Answer } | undefined;
  return (x) => {
    if (last === undefined || !sameBits(last.asked, x)) last = { asked: x.slice(), answer: compute(x) };
    return last.answer;
  };
}

/** Words, not numbers: 0 and −0 are equal as numbers, and may lead to different bytes. */
function sameBits(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  const x = new Int32Array(a.buffer, a.byteOffset, 2 * a.length);
  const y = new Int32Array(b.buffer, b.byteOffset, 2 * b.length);
  for (let k = 0; k < x.length; k++) if (x[k] !== y[k]) return false;
  return true;
}
