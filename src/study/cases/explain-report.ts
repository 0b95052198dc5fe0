/** An explanation, as a report. */

import type { Part, ReportDocument } from "../../report/part.ts";
import { distributionSection } from "./explain-distribution.ts";
import type { Explanation, Reason } from "./explanation.ts";

/** What is asked, in words: one score, or several together. */
export function askedInWords({
  user,
  item,
  title,
  joint,
}: Pick<Explanation, "user" | "item" | "title" | "joint">): string {
  const name = title === null ? `item ${item}` : `"${title}"`;
  const first = `user ${user}, ${name}`;
  return joint === undefined
    ? `score of ${first}`
    : `${joint.together} of the scores of ${joint.pairs} pairs, ${first} the first`;
}

/** The score, the ratings that it rests on, and their distribution where that was asked for. */
export function explanationDocument(found: Explanation): ReportDocument {
  const { score, base, baseOf, method, byItem, byUser, note, unit, distribution } = found;
  const alone = baseOf === null ? "" : ` (${baseOf} alone: ${base.toPrecision(4)})`;
  return {
    title: `Explanation of the ${askedInWords(found)}`,
    lead: `It is ${score.toPrecision(4)}${alone}, by ${method}. ${note}.`,
    sections: [
      { name: "own", question: "which of the users' own rows does it rest on?", parts: [tableOf(byItem, "item")] },
      { name: "others", question: "which rows of others?", parts: [tableOf(byUser, "user")] },
      ...(distribution === undefined ? [] : [distributionSection(distribution, unit)]),
    ],
  };
}

function tableOf(reasons: readonly Reason[], named: "user" | "item"): Part {
  return {
    kind: "table",
    title: "",
    header: [named, "rating", "score without", "influence"],
    rows: reasons.map((reason) => [
      named === "item" ? (reason.title ?? reason.item) : reason.user,
      reason.rating,
      reason.without,
      reason.influence,
    ]),
  };
}
