/** The documents and the comments avoid words that readers stumble over, and names that are gone. */

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { documents, readDocument } from "../bench/tables.ts";

const root = resolve(import.meta.dirname, "..");

type Pair = readonly [pattern: string, better: string];

/**
 * What to avoid, and the better word beside it. A space matches any white space, so that a phrase is found across lines. Upper and lower case
 * differ: "He" is an author of several papers.
 */
const phrases: readonly Pair[] = [
  // Phrases that are no idiom.
  ["\\bwears? (the|an|its)( same)? interface", "implements the same interface"],
  ["\\b(know|knows|known to|knowing) each other\\b", "do not import each other; or what does not depend on what"],
  ["\\bmoves? (nobody|no other|nothing else)", "leaves the others unchanged"],
  ["\\bunmoved by\\b", "unchanged when … are deleted"],
  ["\\bso many at a time\\b", "`batch` rows at a time"],
  ["\\bas SQL has it\\b", "as an SQL literal"],
  ["\\bas [\\w`]+ ha(s|ve) (it|them)\\b", "in …; as … does"],
  ["\\b[Ww]hat is known of\\b", "the facts about; the data on"],
  ["\\b(row|person|user|item)s? (that|who) goes\\b", "a deleted row; a person who is forgotten"],
  ["\\bnot in the luck\\b", "not by chance"],
  ["\\bstands? still\\b", "does not change"],
  ["\\bthe way back is the way there\\b", "forward and backward are the same product"],
  ["\\b(as dear|a dear one|dearer)\\b", "costly; costs as much as"],
  ["\\ba good deal sooner\\b", "faster"],
  ["\\b(does|do) not serve\\b", "does not apply to"],
  [
    "\\b(method|estimator|unlearner)s? that (do not know|does not know|knows?)\\b",
    "that has what it needs; that applies to",
  ],
  ["\\bwhat the optimizer remembers\\b", "optimizer state"],
  ["\\bgoes? astray\\b", "diverges"],
  ["\\bat the door\\b", "on input"],

  // People are "they".
  ["\\b(he|him|his|himself|Him|His|Himself)\\b", "they, them, their"],
];

/** Names that are gone. The changelog has to name them. */
const gone: readonly Pair[] = [
  ["\\b[Ss]cored (family|families|models?|objectives?|ones?|form)\\b", "differentiable; without closed forms"],
  ["\\b(minimise|train|certify|stored|Stored|Named|Trained)Scored\\b", "newtonMinimise, trainByBatches, certify, …"],
  [
    "\\bscored(Objective|Settings|Solver|FastInfluence|Plan)\\b",
    "differentiable, ObjectiveSettings, hessianSolver, planOf",
  ],
  [
    "\\b(useMatrices|useTriples|useKernels|default(Matrices|Kernels|Triples))\\b",
    "RunContext: kernels are an argument",
  ],
  ["\\b(two|both|each|either|other|another|first|second|all) famil(y|ies)\\b", "closed forms, or differentiable"],
  ["\\bfamil(y|ies) of (models|objectives)\\b", "closed forms, or differentiable"],
  ["\\bwithSlowModes\\b", "slowModesOf, nearby"],
  ["(?<!`)\\b[Ss]hortfall(s|Of)?\\b(?!`)", "suboptimality (`shortfall` is a key of JSON)"],
  ["\\b[Rr]eviv(al|e|es|ed|ing)\\b", "rank recovery"],
  ["\\b[Cc]onfin(e|es|ed|ing|ement)\\b", "projection"],
  ["(?<!of )\\b[Ff]reedoms?\\b", "projection; rotations and shifts"],
  ["\\bin turns\\b", "in chunks"],
  ["\\b[Hh]opeless(ly)?\\b", "the gap cannot close"],
  ["\\b[Bb]elonging\\b", "fingerprint"],
  ["(?<!`)\\b[Ll]eft-?overs?\\b(?!`)", "stale temporaries (`leftovers` is a key of JSON)"],
  ["\\b[Bb]reath(e|es|ing|s)?\\b", "yieldToEventLoop; gives the event loop a turn"],
  ["\\b[Dd]esks?\\b", "sandbox"],
  ["\\b[Ll]iteral forms?\\b", "the published form"],
  ["\\b(the|a|The|A) course (of|that|is|cannot)\\b", "recording"],
  ["\\bstated (objective|loss|λ|L2)\\b", "declared"],
  ["\\b(its|their) touches\\b", "how often it is read; touched rows"],
];

/** A comment goes on with a star on the next line. */
function compiled(pairs: readonly Pair[]) {
  return pairs.map(([pattern, better]) => ({ regex: new RegExp(pattern.replaceAll(" ", "[\\s*/]+"), "g"), better }));
}

const ofPhrases = compiled(phrases);
const all = compiled([...phrases, ...gone]);

/** Text with where it stands. */
interface Passage {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** One line for each hit: file, line, word, and a better one. */
function hitsIn(passages: Iterable<Passage>, patterns = all): string[] {
  const hits: string[] = [];
  for (const { file, line, text } of passages)
    for (const { regex, better } of patterns)
      for (const { index, 0: word } of text.matchAll(regex)) {
        const at = line + (text.slice(0, index).match(/\n/g)?.length ?? 0);
        hits.push(`${file}:${at}: "${word.replace(/[\s*/]+/g, " ")}"; better: ${better}`);
      }
  return hits;
}

/** All comments of a source file. */
function commentsOf(file: string, text: string): Passage[] {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const found = new Map<number, Passage>();
  const keep = (ranges: readonly ts.CommentRange[] | undefined) => {
    for (const { pos, end } of ranges ?? [])
      found.set(pos, { file, line: tree.getLineAndCharacterOfPosition(pos).line + 1, text: text.slice(pos, end) });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(tree);
    if (children.length === 0) {
      keep(ts.getLeadingCommentRanges(text, node.pos));
      keep(ts.getTrailingCommentRanges(text, node.end));
    }
    children.forEach(visit);
  };
  visit(tree);
  return [...found.values()];
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(".ts"))
    .sort();
}

describe("finding", () => {
  test("tells file, line and word, across lines, and takes comments alone", () => {
    const text =
      '/** One\n * thing. It wears\n * the same interface. */\nconst desk = "desk"; // his\nf(/* hopeless */ 1);\n';
    expect(hitsIn(commentsOf("some.ts", text)).map((hit) => hit.split(";")[0])).toEqual([
      'some.ts:2: "wears the same interface"',
      'some.ts:4: "his"',
      'some.ts:5: "hopeless"',
    ]);
  });

  test("lets names and the JSON key pass", () => {
    const text = "He, Liao and Zhang; `shortfall` has degrees of freedom; an item scored above another, in turn.";
    expect(hitsIn([{ file: "some.md", line: 1, text }])).toEqual([]);
  });
});

describe("words to avoid", () => {
  test.each(documents())("are not in %s", (name) => {
    const passage = { file: name, line: 1, text: readDocument(name) };
    expect(hitsIn([passage], name === "CHANGELOG.md" ? ofPhrases : all)).toEqual([]);
  });

  test.each(["src", "test"])("are not in the comments of %s", (folder) => {
    const comments = sources(folder).flatMap((name) => commentsOf(name, readFileSync(join(root, name), "utf8")));
    expect(comments.length).toBeGreaterThan(100);
    expect(hitsIn(comments)).toEqual([]);
  });
});
