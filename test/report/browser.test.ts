/** Pages in a browser: nothing on the console, nothing asked for, nothing wider than the screen, and texts that can be read. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentHtml, openDrawing } from "../../src/report/index.ts";
import { browserPath, startBrowser } from "../support/browser.ts";
import { allParts, hostileTexts, partsWith, reportOf, usualParts } from "./samples.ts";

const path = browserPath();
const startMs = 60_000;

describe.skipIf(path === undefined)(`in ${path ?? "no browser: none is on the PATH"}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "lethe-pages-"));
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser(path ?? "");
    writeFileSync(join(folder, "usual.html"), await documentHtml(reportOf(usualParts, "What was found")));
    writeFileSync(join(folder, "all.html"), await documentHtml(reportOf(allParts, hostileTexts[9])));
  }, startMs);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a page; what it writes to the console, asks for, or throws is kept. */
  async function opened(name: string, width: number, colorScheme: "light" | "dark" = "light") {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const told: string[] = [];
    page.on("console", (message) => told.push(message.text()));
    page.on("pageerror", (error) => told.push(error.message));
    page.on("request", (request) => told.push(request.url()));
    const address = pathToFileURL(join(folder, `${name}.html`)).href;
    await page.goto(address);
    return { page, told: told.filter((line) => line !== address && !line.startsWith("data:")) };
  }

  /** What a script in the page finds; it is text, since the types of a browser are not those of this project. */
  const ask = <Answer>(page: Page, script: string) => page.evaluate(script) as Promise<Answer>;

  test.each([
    ["usual", 390],
    ["usual", 1280],
    ["all", 390],
    ["all", 1280],
  ])("%s parts are quiet and no wider than %d pixels", async (name, width) => {
    const { page, told } = await opened(name, width);
    expect(told).toEqual([]);
    expect(await ask<number>(page, "document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    // Every table and drawing within its box, opened or not.
    await ask(page, "document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    expect(await ask<number>(page, "document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    const shown =
      "Array.from(document.querySelectorAll('figure svg')).filter((svg) => svg.getBoundingClientRect().width > 0)";
    const figures = await ask<number>(page, "document.querySelectorAll('figure svg').length");
    expect(await ask<number>(page, `${shown}.length`)).toBe(figures / 2);
    expect(
      await ask<number>(page, `Math.max(...${shown}.map((svg) => svg.getBoundingClientRect().right)) - innerWidth`),
    ).toBeLessThanOrEqual(0);
    await page.close();
  });

  test("names, numbers and verdicts are there to be read", async () => {
    const { page } = await opened("usual", 390);
    const text = await ask<string>(page, "document.body.innerText");
    for (const { title } of usualParts) expect(text).toContain(title);
    for (const words of ["0.9213", "9.125e-10", "(0.68 to 0.7264)", "global: any retraining", "✗ Bad:"])
      expect(text).toContain(words);
    expect(await page.title()).toBe("What was found");
    await page.close();
  });

  test.each(["light", "dark"] as const)("text stands out from its ground (%s)", async (scheme) => {
    const { page } = await opened("usual", 1280, scheme);
    const ratios = await ask<[string, number][]>(page, contrastScript);
    expect(ratios.length).toBeGreaterThan(50);
    for (const [words, ratio] of ratios) expect(ratio, words).toBeGreaterThanOrEqual(4.5);
    await page.close();
  });

  test("the drawn texts of usual parts lie within their drawing and not on each other", async () => {
    for (const width of [390, 1280]) {
      const { page } = await opened("usual", width);
      expect(await ask<string[]>(page, overlapScript)).toEqual([]);
      await page.close();
    }
  });

  test("every picture is an XML document by itself", async () => {
    const drawing = await openDrawing();
    const pictures = [...usualParts, ...hostileTexts.flatMap(partsWith)].map((part) => drawing.svg(part, 400));
    const page = await browser.newPage();
    const script = `(${JSON.stringify(pictures)}).filter((svg) =>
      new DOMParser().parseFromString(svg, "image/svg+xml").querySelector("parsererror") !== null)`;
    expect(await ask<string[]>(page, script)).toEqual([]);
    await page.close();
  });
});

/** Every shown text with the contrast of its colour and that of the page or field behind it (WCAG 2.2). */
const contrastScript = `(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const out = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = Array.from(node.childNodes).filter((one) => one.nodeType === 3 && one.textContent.trim() !== "");
    if (own.length === 0 || node.getBoundingClientRect().width === 0 || node.tagName === "style") continue;
    const style = getComputedStyle(node);
    const [a, b] = [light(node instanceof SVGElement ? style.fill : style.color), light(ground(node))];
    out.push([own[0].textContent, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]);
  }
  return out;
})()`;

/** Texts of drawings that reach out of their drawing or touch another text. */
const overlapScript = `Array.from(document.querySelectorAll("figure svg")).flatMap((svg) => {
  const box = svg.getBoundingClientRect();
  if (box.width === 0) return [];
  const texts = Array.from(svg.querySelectorAll("text")).map((text) => [text.textContent, text.getBoundingClientRect()]);
  const out = texts.filter(([, t]) => t.left < box.left - 1 || t.right > box.right + 1 || t.top < box.top - 1 || t.bottom > box.bottom + 1);
  const pairs = texts.flatMap(([a, s], k) => texts.slice(k + 1).filter(([, t]) =>
    s.left < t.right - 1 && t.left < s.right - 1 && s.top < t.bottom - 3 && t.top < s.bottom - 3).map(([b]) => a + " on " + b));
  return [...out.map(([a]) => a + " out of its drawing"), ...pairs];
})`;
