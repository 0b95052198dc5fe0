/** Balanced clusters: k-means in which no cluster is larger than its share. */

import { LetheError } from "../../errors.ts";
import { keyedUniform, randomOf } from "../../numeric/random.ts";
import type { YieldToEventLoop } from "../../run.ts";
import type { Embeddings } from "./embeddings.ts";
import { sortedInTurns } from "./sorting.ts";

/** What is to be dealt. */
export interface Elements {
  /** Two outside keys of each: the second is 0 for users and items, which have one. */
  readonly keys: readonly [Uint32Array, Uint32Array];
  /** Its vectors: one of a user or an item, two of an interaction. Element n has row `rows[n]` of each. */
  readonly parts: readonly (Embeddings & { readonly rows: Uint32Array })[];
}

/** Rounds of assigning and averaging at most. */
const mostRounds = 20;
/** Elements that are looked at between two turns of the event loop. */
const together = 4096;

/**
 * The cluster of every element (Chen et al. 2022, Algorithm 1, UBP; with two vectors an element its InBP). Elements are taken in the order of
 * their distance to a centroid, each to the nearest one that still has room; centroids become the means of their elements, as vectors; again until
 * nobody moves. An element's distance is the product over its vectors of ‖x − centroid‖². Sizes differ by at most 1. The first centroids are
 * elements that the seed and the outside keys draw, and sums run in the order of these draws, so that no index matters. Throws `bad-input` for
 * fewer elements than clusters.
 */
export async function balancedClusters(
  elements: Elements,
  clusters: number,
  seed: number,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Uint32Array> {
  const order = await drawnOrder(elements, seed, yieldToEventLoop);
  if (order.length < clusters)
    throw new LetheError(
      "bad-input",
      `shards is ${clusters}, and there are ${order.length} to be dealt`,
      "use fewer shards",
    );
  let centroids = Array.from(order.subarray(0, clusters), (n) => meanOf(elements, Uint32Array.of(n)));
  let assigned: Uint32Array = new Uint32Array(order.length);
  for (let round = 0; round < mostRounds; round++) {
    const distances = await distancesTo(elements, centroids, yieldToEventLoop);
    const next = await assign(distances, order, clusters, yieldToEventLoop);
    const same = round > 0 && next.every((cluster, n) => cluster === assigned[n]);
    assigned = next;
    if (same) break;
    centroids = [];
    for (let c = 0; c < clusters; c++) {
      await yieldToEventLoop();
      centroids.push(
        meanOf(
          elements,
          order.filter((n) => assigned[n] === c),
        ),
      );
    }
  }
  return assigned;
}

/** Elements in the order of a number that each has by its outside keys and the seed; the first are the first centroids. */
export function drawnOrder(
  { keys: [first, second] }: Elements,
  seed: number,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Uint32Array> {
  const stream = randomOf(seed, "centroids").integer(2 ** 53);
  const draws = new Float64Array(first.length);
  for (let n = 0; n < draws.length; n++) draws[n] = keyedUniform(stream, first[n], second[n], 0);
  return sortedInTurns(draws, yieldToEventLoop);
}

/** The mean of each vector, coordinate by coordinate. */
function meanOf({ parts }: Elements, members: Uint32Array): Float64Array[] {
  return parts.map(({ values, width, rows }) => {
    const mean = new Float64Array(width);
    for (const n of members) for (let f = 0; f < width; f++) mean[f] += values[rows[n] * width + f];
    return mean.map((sum) => sum / members.length);
  });
}

/** Elements × clusters, row-major. */
async function distancesTo(
  { parts, keys: [{ length }] }: Elements,
  centroids: readonly (readonly Float64Array[])[],
  yieldToEventLoop: YieldToEventLoop,
): Promise<Float64Array> {
  const out = new Float64Array(length * centroids.length).fill(1);
  for (let from = 0; from < length; from += together) {
    await yieldToEventLoop();
    for (let n = from; n < Math.min(length, from + together); n++)
      for (let c = 0; c < centroids.length; c++)
        parts.forEach(({ values, width, rows }, p) => {
          const centroid = centroids[c][p];
          let sum = 0;
          for (let f = 0; f < width; f++) sum += (values[rows[n] * width + f] - centroid[f]) ** 2;
          out[n * centroids.length + c] *= sum;
        });
  }
  return out;
}

/**
 * Each element to the nearest cluster with room, in the order of these distances. When a cluster is full, those that were to go there look again;
 * all distances below the present one have been seen, so that this is what one list of all distances would make.
 */
async function assign(
  distances: Float64Array,
  order: Uint32Array,
  clusters: number,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Uint32Array> {
  const room = roomOf(order.length, clusters);
  const out = new Uint32Array(order.length);
  let waiting = order;
  while (waiting.length > 0) {
    const nearest = new Uint32Array(waiting.length);
    // Distances squeezed into [0, 1), which is what can be sorted fast.
    const near = new Float64Array(waiting.length);
    for (let w = 0; w < waiting.length; w++) {
      if (w % together === 0) await yieldToEventLoop();
      nearest[w] = nearestOpen(distances, waiting[w], clusters, room.isOpen);
      near[w] = squeezed(distances[waiting[w] * clusters + nearest[w]]);
    }
    const placed = new Uint8Array(waiting.length);
    const sorted = await sortedInTurns(near, yieldToEventLoop);
    await yieldToEventLoop();
    for (let k = 0, closed = false; k < sorted.length && !closed; k++) {
      const cluster = nearest[sorted[k]];
      out[waiting[sorted[k]]] = cluster;
      placed[sorted[k]] = 1;
      closed = room.take(cluster);
    }
    await yieldToEventLoop();
    waiting = waiting.filter((_, w) => placed[w] === 0);
  }
  return out;
}

function squeezed(distance: number): number {
  return Math.min(distance / (1 + distance), 1 - 2 ** -53);
}

function nearestOpen(
  distances: Float64Array,
  n: number,
  clusters: number,
  isOpen: (cluster: number) => boolean,
): number {
  let best = -1;
  for (let c = 0; c < clusters; c++) {
    if (!isOpen(c)) continue;
    if (best < 0 || distances[n * clusters + c] < distances[n * clusters + best]) best = c;
  }
  return best;
}

/** Room for ⌊n/k⌋ elements a cluster, and in n mod k of them for one more. */
function roomOf(elements: number, clusters: number) {
  const share = Math.floor(elements / clusters);
  let larger = elements % clusters;
  const sizes = new Uint32Array(clusters);
  const isOpen = (cluster: number) => sizes[cluster] < share || (sizes[cluster] === share && larger > 0);
  return {
    isOpen,
    /** Takes a place; true where a cluster has closed. */
    take(cluster: number): boolean {
      if (sizes[cluster]++ >= share) larger--;
      return !isOpen(cluster);
    },
  };
}
