/** The line that says where long work is, on a terminal and in a log. */

import type { Progress } from "../run.ts";
import { rough, timeText } from "./numbers.ts";
import { cut, widthOf } from "./text.ts";

const widestBar = 20;
const narrowestBar = 8;
const barStep = 4;

/**
 * `train ████████░░░░  newton 3  J 357326.6  ‖∇J‖ 2e-5  4 s left`, in at most `width` columns: where there is no room,
 * J goes first, then ‖∇J‖, then the phase; the time left (in seconds) stays.
 */
export function progressLine(label: string, progress: Progress, left: number | undefined, width: number): string {
  const { fraction, objective, gradientNorm } = progress;
  const phase = `  ${progress.phase} ${progress.step}`;
  const value = objective === undefined ? "" : `  J ${objective.toPrecision(7)}`;
  const slope = gradientNorm === undefined ? "" : `  ‖∇J‖ ${rough(gradientNorm)}`;
  const end = left === undefined ? "" : `  ${timeText(left)} left`;
  const room = (facts: string) => width - widthOf(label + facts + end);
  const facts = [phase + value + slope, phase + slope, phase].find((some) => room(some) >= narrowestBar) ?? "";
  // In steps, so that the bar's length does not change with the digits behind it.
  const cells = Math.max(barStep, Math.floor(Math.min(room(facts), widestBar) / barStep) * barStep);
  return cut(label + bar(fraction, cells) + facts + end, width);
}

/** `lethe: train, newton 3: 42 %, 4 s left`: an entry of a log, by itself. */
export function progressEntry(label: string, progress: Progress, left: number | undefined): string {
  const { phase, step, fraction } = progress;
  const name = label.trim() === "" ? "" : `${label.trim()}, `;
  const share = Math.floor(100 * Math.min(1, Math.max(0, fraction)));
  return `lethe: ${name}${phase} ${step}: ${share} %${left === undefined || fraction >= 1 ? "" : `, ${timeText(left)} left`}`;
}

function bar(fraction: number, cells: number): string {
  const full = Math.round(cells * Math.min(1, Math.max(0, fraction)));
  return "█".repeat(full) + "░".repeat(cells - full);
}
