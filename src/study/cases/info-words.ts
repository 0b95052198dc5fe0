/** What a model folder says of itself, in plain sentences. */

import type { Manifest } from "../../exchange/model/manifest.ts";
import type { Forgetting } from "../store/forgettings.ts";
import { assuranceSentence, type Claim, claimLines, trainingWords } from "./plain-words.ts";

type Told = Pick<Manifest, "forgotten" | "training">;

/** The claim of the last forgetting, where a folder has one. */
export function lastClaim({ forgotten, training }: Told): Claim | undefined {
  const { guarantee, certificate } = (forgotten as readonly Forgetting[] | undefined)?.at(-1) ?? {};
  return guarantee === undefined || certificate === undefined
    ? undefined
    : ({ guarantee, certificate, begins: beginningOf(training) } as Claim);
}

function beginningOf(training: Manifest["training"]): Claim["begins"] {
  return "begins" in training ? training.begins : undefined;
}

function endWords({ status, objective }: Manifest["result"]): string {
  if (objective === null) return "made of boosted trees";
  return status === "converged" ? "at the optimum of its objective" : "short of an optimum of its objective";
}

/** "A model of 397 ratings …, trained to its optimum. It has forgotten …" `agrees`: whether the figures were found to be true; undefined where nobody looked. */
export function infoSentence(manifest: Told & Pick<Manifest, "counts" | "result">, agrees?: boolean): string {
  const { counts, result, forgotten = [] } = manifest;
  const size = `${counted(counts.interactions, "rating")} by ${counted(counts.users, "user")} of ${counted(counts.items, "item")}`;
  const rows = forgotten.reduce((sum, note) => sum + note.rows, 0);
  const requests = forgotten.reduce((sum, note) => sum + note.requests, 0);
  const claim = lastClaim(manifest);
  return [
    `This is a model of ${size}, ${endWords(result)}.`,
    ...(requests === 0 ? [] : [`It has forgotten ${counted(rows, "rating")} in ${counted(requests, "request")}.`]),
    ...(claim === undefined
      ? []
      : [`Of the last: ${lowered(assuranceSentence(claim, trainingWords(claim, "what was forgotten")))}`]),
    checkedSentence(agrees),
  ].join(" ");
}

function checkedSentence(agrees: boolean | undefined): string {
  if (agrees === undefined) return "All this is what the folder says; it was not checked here.";
  return agrees ? "What can be recomputed from its files was, and agrees." : "That is not what its files give.";
}

/** The lines that explain what is proved of a model: of its last forgetting, with the certificate that was found, where one was. */
export function provedLines(manifest: Told, found?: Claim["certificate"]): string[] {
  const claim = lastClaim(manifest);
  if (claim === undefined) return found === undefined ? [] : [found.verdict];
  return claimLines(found === undefined ? claim : { ...claim, certificate: found });
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}
