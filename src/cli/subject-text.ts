/** What a model holds of a person, in words for people who know nothing of models. */

import type { HeldRow } from "../study/cases/subject/held.ts";
import type { SubjectReport } from "../study/cases/subject.ts";
import { withFlagNames } from "./flags.ts";
import { count, counted, decimal, decimalsFor, percent } from "./numbers.ts";
import { strong } from "./style.ts";
import { table } from "./table.ts";
import { cut, indent, lineWidth, wrap } from "./text.ts";

const shown = 10;

/** The lines of the report: what is held, what was learned, what is remembered, what would go. */
export function subjectLines(report: SubjectReport): string[] {
  const parts: readonly (readonly [string, readonly string[]])[] = [
    ["What is held", held(report)],
    ["What was worked out from it", learned(report)],
    ["How much the model remembers", memorised(report)],
    ["If this person were forgotten", [...own(report), ...others(report)]],
    ["What was not looked at", ["Copies of this model: exports, backups, logs, and what other systems have of it."]],
  ];
  return [
    `What this model holds of user ${report.user}`,
    ...parts.flatMap(([title, lines]) => [
      "",
      title,
      ...indent(
        lines.flatMap((line) => wrapped(line)),
        2,
      ),
    ]),
  ];
}

/** Lines of a table are as wide as they are. */
function wrapped(line: string): string[] {
  return line.startsWith(" ") ? [line] : wrap(line, lineWidth - 2);
}

function held({ interactions, lookAlikes }: SubjectReport): string[] {
  const times = interactions.flatMap(({ time }) => (time === null ? [] : [time]));
  const [from, to] = [Math.min(...times), Math.max(...times)].map(dayOf);
  const span = times.length === 0 ? "" : from === to ? `, of ${from}` : `, from ${from} to ${to}`;
  const more = interactions.length - shown;
  return [
    `${counted(interactions.length, "interaction")}${span}${more > 0 ? `; the first ${shown}:` : ":"}`,
    ...rowLines(interactions.slice(0, shown)),
    ...(more > 0 ? [`and ${count(more)} more: --json has all of them.`] : []),
    ...lookAlikes.map(
      ({ user, interactions: rows }) =>
        `The id ${user} (${counted(rows, "interaction")}) looks like this one. Is it the same person? Then ask for it as well.`,
    ),
  ];
}

function rowLines(rows: readonly HeldRow[]): string[] {
  const titled = rows.some(({ title }) => title !== null);
  const timed = rows.some(({ time }) => time !== null);
  const cells = rows.map(({ item, title, rating, time }) => [
    cut(item, 24),
    ...(titled ? [cut(title ?? "", 30)] : []),
    String(rating),
    ...(timed ? [time === null ? "" : dayOf(time)] : []),
  ]);
  const header = ["item", ...(titled ? ["title"] : []), "value", ...(timed ? ["day"] : [])];
  const lines = table([header, ...cells], {
    right: [titled ? 2 : 1],
    style: (cell, _, row) => (row === 0 ? strong(cell) : cell),
  });
  return indent(lines, 2);
}

/** The day of a time in seconds since 1970; the number itself where it is no such time. */
function dayOf(time: number): string {
  const day = new Date(1000 * time);
  return Number.isNaN(day.getTime()) ? String(time) : day.toISOString().slice(0, 10);
}

function learned({ numbers, embedding }: SubjectReport): string[] {
  const values = numbers.reduce((sum, one) => sum + one.values.length, 0);
  if ("notDetermined" in embedding)
    return [values === 0 ? "Nothing is kept beside the interactions." : counted(values, "number"), reason(embedding)];
  const { norm, median, longerThan } = embedding;
  const digits = decimalsFor(Math.max(norm, median));
  const general = numbers.some(({ name }) => name.endsWith("bias"));
  const apart = general ? ", but for the one that says how high they rate in general" : "";
  return [
    `${counted(values, "number")} that say what this person likes, as the model sees it; --json has them.`,
    `They are the larger, the more the model departs for this person from what it does for everybody. Their size (the root of the sum of their squares${apart}) is ${decimal(norm, digits)}. Half of all people are below ${decimal(median, digits)}; ${percent(longerThan)} of the others are below this person.`,
  ];
}

function memorised({ memorisation }: SubjectReport): string[] {
  if ("notDetermined" in memorisation) return [reason(memorisation)];
  const { fit } = memorisation;
  const digits = decimalsFor(Math.max(fit.with, fit.without));
  const [now, then] = [decimal(fit.with, digits), decimal(fit.without, digits)];
  const apart = "with each left out in turn, while the others stay";
  if (fit.of === "error")
    return [
      `The model comes within ${now} of this person's own ratings (typically, in units of the rating); ${apart}, it would come within ${then}. The more these differ, the more it knows by heart rather than by rule.`,
    ];
  return [
    `The model takes it as ${percent(fit.with)} likely (typically) that this person chose what they chose; ${apart}, as ${percent(fit.without)}. The more these differ, the more it knows by heart rather than by rule.`,
  ];
}

function own({ without }: SubjectReport): string[] {
  if ("notDetermined" in without) return [reason(without)];
  const { items, going } = without.own;
  const names = items.map(({ item, title, goes }) => `${goes ? "goes " : "stays"}  ${cut(title ?? item, 60)}`);
  return [
    `Of the ${counted(items.length, "item")} that the model would recommend to them now, ${count(going)} would go: they are there because of what this person did. Those that stay would be recommended to somebody of whom it knows nothing.`,
    ...indent(names, 2),
  ];
}

function others({ without }: SubjectReport): string[] {
  if ("notDetermined" in without) return [];
  const { users, changed, firstChanged, itemsGone } = without.others;
  const all = count(users * without.count);
  return [
    `Of ${counted(users, "other person")} ${count(changed)} would see another list of ${without.count}, and ${count(firstChanged)} another first item; ${count(itemsGone)} of ${all} places in these lists would get another item.`.replace(
      "persons",
      "people",
    ),
  ];
}

function reason({ notDetermined }: { readonly notDetermined: string }): string {
  return `Not determined: ${withFlagNames(notDetermined, () => true)}.`;
}
