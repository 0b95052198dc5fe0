/** Numbers for people: with the digits that they deserve. */

/** 75,000 */
export function count(n: number): string {
  return n.toLocaleString("en");
}

/** "1 rating", "75,000 ratings" */
export function counted(n: number, one: string): string {
  return `${count(n)} ${one}${n === 1 ? "" : "s"}`;
}

/** Two digits of a number that may be of any size: ‖∇J‖, a distance; "none" where there is no such number. */
export function rough(x: number | null): string {
  if (x === null) return "none";
  const size = Math.abs(x);
  if (x === 0 || (size >= 0.01 && size < 1000)) return String(Number(x.toPrecision(2)));
  return x.toExponential(1).replace(".0e", "e").replace("e+", "e");
}

/** Ten digits of J; "none" of a model without an objective. */
export function objectiveText(x: number | null, digits = 10): string {
  return x === null ? "none" : x.toPrecision(digits);
}

/** A score or a rating with this many decimals; huge ones by their leading digits. */
export function decimal(x: number, decimals: number): string {
  return Math.abs(x) < 1e6 ? x.toFixed(decimals) : x.toPrecision(6);
}

/** With its sign, for influences. */
export function signed(x: number, decimals: number): string {
  return `${x < 0 ? "−" : "+"}${decimal(Math.abs(x), decimals)}`;
}

/** The decimals that show two digits of a number, from 2 to 8. */
export function decimalsFor(x: number): number {
  return x > 0 ? Math.min(8, Math.max(2, 1 - Math.floor(Math.log10(x)))) : 2;
}

/** A share as a percentage. */
export function percent(share: number): string {
  const value = 100 * share;
  if (value >= 1 || value === 0) return `${value.toFixed(0)} %`;
  return value < 1e-12 ? "under 1e-12 %" : `${value.toFixed(Math.ceil(-Math.log10(value)))} %`;
}

/** Seconds: 2 ms, 0.12 s, 3.4 s, 2 min. */
export function timeText(seconds: number): string {
  if (seconds < 0.0095) return `${Math.max(1, Math.round(1000 * seconds))} ms`;
  if (seconds >= 119.5) return `${Math.round(seconds / 60)} min`;
  if (seconds >= 9.95) return `${Math.round(seconds)} s`;
  return `${seconds.toFixed(seconds >= 0.995 ? 1 : 2)} s`;
}
