/** Decimal numbers straight from bytes. */

const plain = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const powersOfTen = Float64Array.from({ length: 16 }, (_, k) => 10 ** k);

/**
 * The number written in decimal in bytes start … end − 1, with the byte `sign` before its decimals, rounded as `Number` would; NaN when it is
 * no decimal number (so are empty text, hexadecimal, "Infinity" and "nan"), and ±Infinity when it is too large.
 */
export function decimalOf(bytes: Uint8Array, start: number, end: number, sign = 0x2e): number {
  let at = start;
  const negative = bytes[at] === 0x2d;
  if (negative) at++;
  let value = 0;
  let digits = 0;
  let decimals = -1;
  for (; at < end; at++) {
    const digit = bytes[at] - 0x30;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digits++;
      if (decimals >= 0) decimals++;
    } else if (bytes[at] === sign && decimals < 0) decimals = 0;
    else return slowDecimal(bytes, start, end, sign);
  }
  // Up to 15 digits, both parts are exact in a double and one division rounds correctly.
  if (digits === 0 || digits > 15) return slowDecimal(bytes, start, end, sign);
  if (decimals > 0) value /= powersOfTen[decimals];
  return negative ? -value : value;
}

function slowDecimal(bytes: Uint8Array, start: number, end: number, sign: number): number {
  const written = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
  // A point beside another sign is no number.
  const text = sign === 0x2e ? written : written.replace(/[.,]/g, (found) => (found === "," ? "." : "?"));
  return plain.test(text) ? Number(text) : Number.NaN;
}
