/** Where does a user stand among what they chose and what they did not? */

import type { RunContext } from "../kernel/run-context.ts";
import { method } from "../method/method.ts";
import { principalPlane } from "../numeric/principal.ts";
import { tsneSteps } from "../numeric/tsne.ts";
import type { Part } from "../report/part.ts";
import { finishYielding } from "../run.ts";
import type { Audit, AuditedModel, AuditSubject } from "./audit.ts";
import { factorsOf } from "./embeddings.ts";
import { type Chooser, chooserNamed } from "./preferences.ts";

/** An item in the plane. */
export interface MapPoint {
  readonly item: string;
  /** Of a negative: the positive that it was drawn for. */
  readonly of?: string;
  readonly x: number;
  readonly y: number;
}

/** One model's picture. */
export interface MapOfModel {
  /** Whether the model still has the user; else they are at an empty row. */
  readonly known: boolean;
  /** Shares of the variance along the axes, of principal components. */
  readonly explained: readonly [number, number] | null;
  readonly user: { readonly x: number; readonly y: number };
  /** Items that the model does not have are left out. */
  readonly positives: readonly MapPoint[];
  readonly negatives: readonly MapPoint[];
}

/** The same user in every model, each in a plane of its own. Coordinates are in units of the embeddings (t-SNE's have none). */
export interface EmbeddingMapFinding {
  readonly user: string;
  readonly method: "pca" | "tsne";
  readonly before: MapOfModel;
  readonly after: MapOfModel;
  readonly retrained: MapOfModel | null;
}

/** Points that a plane is made of, at most: t-SNE is exact. */
const mostPoints = 500;

/**
 * Embeddings of a user, their positives and the negatives of these in a plane (UBPR, Fig. 4). The plane is made of all of them, up to 500 points;
 * `positives` of them are told, with their negatives. Cost: O(points · width²), of t-SNE O(points²) an iteration.
 */
export const embeddingMap = method({
  name: "embedding-map",
  summary: "a user among what they chose and what they did not, in a plane",
  source: "UBPR (003), Fig. 4; van der Maaten and Hinton (2008)",
  needs: [],
  settings: {
    method: { summary: "how points come into a plane", standard: "pca", choices: ["pca", "tsne"] },
    user: { summary: "an outside id; empty: whose interactions most are forgotten of", standard: "" },
    positives: { summary: "positives that are told", standard: 3, least: 1 },
    negatives: { summary: "negatives a choice, where the objective has none", standard: 4, least: 1 },
    seed: { summary: "seed of negatives", standard: 1, least: 0 },
    perplexity: { summary: "of t-SNE: about how many neighbours a point has", standard: 30, least: 1 },
    iterations: { summary: "of t-SNE", standard: 500, least: 1 },
  },
  cost: "closed form",
  make: ({
    method: how,
    user: given,
    positives: told,
    negatives,
    seed,
    perplexity,
    iterations,
  }): Audit<EmbeddingMapFinding | null> => {
    const missing = (subject: AuditSubject) => {
      const { original, unlearned, retrained = unlearned, forgotten } = subject;
      if ([original, unlearned, retrained].some(({ trained }) => trained.factors === undefined))
        return "needs scores that are dot products";
      return given === "" && forgotten.users.length === 0 ? "needs a user, or forgotten interactions" : undefined;
    };
    return {
      question: "where does a user stand among what they chose and what they did not?",
      missing,
      async run(subject, run) {
        await run.yieldToEventLoop();
        if (missing(subject) !== undefined) return null;
        const user = given === "" ? mostForgotten(subject) : given;
        const chooser = chooserNamed(subject, user, { negatives, seed });
        const picture = (model: AuditedModel) =>
          mapOf(model, chooser, told, how === "tsne" ? { perplexity, iterations } : undefined, run);
        const { original, unlearned, retrained } = subject;
        return {
          ...{ user, method: how as EmbeddingMapFinding["method"] },
          ...{ before: await picture(original), after: await picture(unlearned) },
          retrained: retrained ? await picture(retrained) : null,
        };
      },
      parts: (finding) => (finding === null ? [] : partsOf(finding)),
    };
  },
});

/** Whose forgotten interactions are most; of equals the first by id. */
function mostForgotten({ forgotten }: AuditSubject): string {
  const counts = new Map<string, number>();
  for (const id of forgotten.users) counts.set(id, (counts.get(id) ?? 0) + 1);
  const [[first]] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return first;
}

async function mapOf(
  model: AuditedModel,
  { user, choices }: Chooser,
  told: number,
  tsne: { readonly perplexity: number; readonly iterations: number } | undefined,
  { yieldToEventLoop }: RunContext,
): Promise<MapOfModel> {
  const [users, items] = [factorsOf(model, "user"), factorsOf(model, "item")];
  const width = items?.width ?? 0;
  const places = choices
    .flatMap(({ positive, negatives }, choice) => [
      { item: positive, choice, of: undefined },
      ...negatives.map((item) => ({ item, choice, of: positive })),
    ])
    .flatMap((place) => {
      const row = items?.of(place.item);
      return row === undefined ? [] : [{ ...place, row }];
    })
    .slice(0, mostPoints - 1);
  const own = users?.of(user);
  const rows = [own ?? new Float64Array(width), ...places.map(({ row }) => row)];
  const table = Float64Array.from(rows.flatMap((row) => [...row]));
  await yieldToEventLoop();
  const plane = principalPlane(table, width);
  const points = tsne ? await finishYielding(tsneSteps(table, width, tsne), yieldToEventLoop) : plane.points;
  const at = (k: number) => ({ x: points[2 * k], y: points[2 * k + 1] });
  const shown = places.flatMap(({ item, of, choice }, k) =>
    choice < told ? [{ item, ...(of === undefined ? {} : { of }), ...at(k + 1) }] : [],
  );
  return {
    known: own !== undefined,
    explained: tsne ? null : plane.explained,
    user: at(0),
    positives: shown.filter(({ of }) => of === undefined),
    negatives: shown.filter(({ of }) => of !== undefined),
  };
}

function partsOf({ user, method: how, before, after, retrained }: EmbeddingMapFinding): Part[] {
  const axis = (k: number) => `${how === "pca" ? "principal component" : "t-SNE"} ${k}`;
  const part = (title: string, map: MapOfModel): Part => ({
    kind: "points",
    title: `User ${user} ${title}`,
    x: axis(1),
    y: axis(2),
    groups: [
      { label: "user", points: [{ ...map.user, label: user }] },
      { label: "positives", points: map.positives.map(({ item, x, y }) => ({ x, y, label: item })) },
      { label: "negatives", points: map.negatives.map(({ item, x, y }) => ({ x, y, label: item })) },
    ],
  });
  return [
    part("in the original", before),
    part("in the unlearned model", after),
    ...(retrained ? [part("in the retrained model", retrained)] : []),
  ];
}
