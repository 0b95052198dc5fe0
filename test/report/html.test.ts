/** Laws of pages: whole by themselves, safe from what they show, readable without seeing the drawings, and the same bytes each time. */

import { expect, test } from "vitest";
import { documentHtml, tabular } from "../../src/report/index.ts";
import { cellText } from "../../src/report/values.ts";
import { expectStops } from "../support/run.ts";
import { allParts, hostileTexts, partsWith, reportOf, usualParts } from "./samples.ts";
import { tagsOf } from "./tags.ts";

const empty = ["meta", "link"];

test("a page is well-formed, has a title, headings, and a caption for every figure", async () => {
  const page = await documentHtml(reportOf(usualParts, "Found & lost"), { footer: "Lethe <1>" });
  const tags = tagsOf(page, empty);
  const count = (name: string) => tags.filter((tag) => tag === name).length;
  expect([count("h1"), count("main"), count("title"), count("script")]).toEqual([1, 1, 1, 0]);
  expect(count("figcaption")).toBe(count("figure"));
  expect(count("figure")).toBe(usualParts.filter(({ kind }) => ["bars", "curves", "points"].includes(kind)).length);
  expect(page).toContain("<title>Found &amp; lost</title>");
  expect(page).toContain("<footer>Lethe &lt;1&gt;</footer>");
  expect(page.match(/<svg /g)?.length).toBe(page.match(/role="img" aria-label="[^"]+"/g)?.length);
  for (const section of page.matchAll(/href="#([^"]*)"/g)) expect(page).toContain(`id="${section[1]}"`);
});

test("every value that is drawn can be read as text", async () => {
  for (const part of usualParts) {
    const page = await documentHtml(reportOf([part], "t"));
    const words = page
      .replace(/<svg [\s\S]*?<\/svg>/g, "")
      .replace(/<[^>]*>/g, "\n")
      .split(/[\n() ]+/);
    for (const row of tabular(part).rows)
      for (const cell of row) if (typeof cell === "number") expect(words).toContain(cellText(cell));
  }
});

test("a page asks for nothing and runs nothing", async () => {
  const page = await documentHtml(reportOf(allParts, hostileTexts[0]));
  const tags = new Set(tagsOf(page, empty));
  for (const tag of ["script", "img", "iframe", "object", "form", "b", "image", "use"]) expect(tags).not.toContain(tag);
  const markup = page.replace(/>[^<]*</g, "><").replace(/(aria-label)="[^"]*"/g, "");
  expect(markup.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
    /https?:|\/\/| (src|srcset|on\w+)=|javascript:/,
  );
  expect(
    Array.from(markup.matchAll(/href="([^"]*)"/g), ([, to]) => to).filter((to) => !/^(#section-\d+|data:,)$/.test(to)),
  ).toEqual([]);
  expect(page).toContain("default-src 'none'");
});

test.each(hostileTexts)("%j is text wherever it stands", async (text) => {
  const page = await documentHtml({
    title: text,
    lead: text,
    sections: [{ name: text, question: text, parts: partsWith(text) }],
  });
  const plain = await documentHtml(reportOf(partsWith("plain"), "plain"));
  const allowed = new Set([...tagsOf(plain, empty), "bdi", "tspan"]);
  expect([...new Set(tagsOf(page, empty))].filter((tag) => !allowed.has(tag))).toEqual([]);
  expect(page).not.toMatch(/[\p{Surrogate}\u2028\u2029\u202a-\u202e\u2066-\u2069]|\p{Cc}(?<!\n)/u);
});

test("the same report has the same bytes, and another before it changes none", async () => {
  const report = reportOf(usualParts);
  const [first] = [await documentHtml(report), await documentHtml(reportOf(allParts))];
  expect(await documentHtml(report)).toBe(first);
});

test("a long table is cut, and says so", async () => {
  const rows = Array.from({ length: 1200 }, (_, k) => [`row ${k}`, k]);
  const page = await documentHtml(reportOf([{ kind: "table", title: "t", header: ["a", "b"], rows }], "t"));
  expect(page).toContain("… and 200 more rows");
  expect(page.match(/<tr>/g)).toHaveLength(1001);
});

test("drawing is stopped at every turn", async () => {
  await expectStops((run) => documentHtml(reportOf(usualParts), run));
});
