/** Counter-based random numbers: a stream is a pure function of what it is for, so no draw depends on any other. */

import { LetheError } from "../errors.ts";

/** A stream of random numbers for one key. */
export interface Random {
  /** The next number in [0, 1), a multiple of 2⁻⁵³. */
  uniform(): number;
  /** The next integer in 0 … below − 1, without bias; throws `internal` unless below is an integer in 1 … 2⁵³. */
  integer(below: number): number;
  /** The next draw of a normal distribution of mean 0 and variance 1. */
  normal(): number;
  /** The stream of a longer key: `randomOf(s, "a").fork("b")` is `randomOf(s, "a", "b")`, however much has been drawn. */
  fork(label: string | number): Random;
}

const twoTo32 = 2 ** 32;
const twoTo53 = 2 ** 53;

// Tags keep apart what is hashed, so that the label 1, the label "1" and the draws of a stream never meet.
const numberTag = 0x6e756d62;
const stringTag = 0x73747269;
const streamTag = 0x73747265;
const keyedTag = 0x6b657965;

// The result of the last `threefry`: a pair in module state, because an object a draw would cost more than the draw.
let word0 = 0;
let word1 = 0;

/**
 * Encrypts the counter pair (c0, c1) under the key pair (k0, k1) into two 32-bit words: Threefry-2x32 with 20 rounds
 * (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").
 */
export function threefry(k0: number, k1: number, c0: number, c1: number): readonly [number, number] {
  encrypt(k0, k1, c0, c1);
  return [word0 >>> 0, word1 >>> 0];
}

function encrypt(k0: number, k1: number, c0: number, c1: number): void {
  const k2 = 0x1bd11bda ^ k0 ^ k1;
  let x = (c0 + k0) | 0;
  let y = (c1 + k1) | 0;
  x = (x + y) | 0;
  y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0;
  y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0;
  y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0;
  y = ((y << 6) | (y >>> 26)) ^ x;
  x = (x + k1) | 0;
  y = (y + k2 + 1) | 0;
  x = (x + y) | 0;
  y = ((y << 17) | (y >>> 15)) ^ x;
  x = (x + y) | 0;
  y = ((y << 29) | (y >>> 3)) ^ x;
  x = (x + y) | 0;
  y = ((y << 16) | (y >>> 16)) ^ x;
  x = (x + y) | 0;
  y = ((y << 24) | (y >>> 8)) ^ x;
  x = (x + k2) | 0;
  y = (y + k0 + 2) | 0;
  x = (x + y) | 0;
  y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0;
  y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0;
  y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0;
  y = ((y << 6) | (y >>> 26)) ^ x;
  x = (x + k0) | 0;
  y = (y + k1 + 3) | 0;
  x = (x + y) | 0;
  y = ((y << 17) | (y >>> 15)) ^ x;
  x = (x + y) | 0;
  y = ((y << 29) | (y >>> 3)) ^ x;
  x = (x + y) | 0;
  y = ((y << 16) | (y >>> 16)) ^ x;
  x = (x + y) | 0;
  y = ((y << 24) | (y >>> 8)) ^ x;
  x = (x + k1) | 0;
  y = (y + k2 + 4) | 0;
  x = (x + y) | 0;
  y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0;
  y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0;
  y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0;
  y = ((y << 6) | (y >>> 26)) ^ x;
  word0 = (x + k2) | 0;
  word1 = (y + k0 + 5) | 0;
}

function lastUniform(): number {
  return ((word0 >>> 5) * 67108864 + (word1 >>> 6)) / twoTo53;
}

/**
 * A stream keyed by a seed (any finite number) and by labels that say what it is for. Equal keys give equal streams on
 * every machine; streams of different keys are independent. Throws `bad-input` when a number in the key is not finite.
 */
export function randomOf(seed: number, ...labels: readonly (string | number)[]): Random {
  absorbNumber(0, 0, seed);
  for (const label of labels) absorb(word0, word1, label);
  return streamOf(word0, word1);
}

/**
 * The number in [0, 1), with 53 bits, that belongs to a key of four integers: the seed up to 2⁵³ in size, the others in
 * 0 … 2³² − 1 (larger ones wrap). Nothing is allocated.
 */
export function keyedUniform(seed: number, a: number, b: number, c: number): number {
  if (seed !== lastSeed || c !== lastPurpose) {
    encrypt(seed | 0, Math.floor(seed / twoTo32) | 0, keyedTag, c | 0);
    lastKey0 = word0;
    lastKey1 = word1;
    lastSeed = seed;
    lastPurpose = c;
  }
  encrypt(lastKey0, lastKey1, a | 0, b | 0);
  return lastUniform();
}

// The key of the last (seed, c): whoever draws for many pairs asks with the same again and again.
let lastSeed = Number.NaN;
let lastPurpose = Number.NaN;
let lastKey0 = 0;
let lastKey1 = 0;

function streamOf(key0: number, key1: number): Random {
  encrypt(key0, key1, streamTag, 0);
  const k0 = word0;
  const k1 = word1;
  let low = 0;
  let high = 0;
  let spare = 0;
  let hasSpare = false;
  const uniform = (): number => {
    encrypt(k0, k1, low, high);
    low = (low + 1) | 0;
    if (low === 0) high = (high + 1) | 0;
    return lastUniform();
  };
  // The polar method (Marsaglia and Bray 1964): Math.sin and Math.cos differ between engines in the last bit.
  const normal = (): number => {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const length = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * length;
      hasSpare = true;
      return x * length;
    }
  };
  const integer = (below: number): number => {
    if (!Number.isInteger(below) || below < 1 || below > twoTo53)
      throw new LetheError("internal", `a random integer below ${below} does not exist`);
    const limit = twoTo53 - (twoTo53 % below);
    for (;;) {
      const drawn = uniform() * twoTo53;
      if (drawn < limit) return drawn % below;
    }
  };
  const fork = (label: string | number): Random => {
    absorb(key0, key1, label);
    return streamOf(word0, word1);
  };
  return { uniform, integer, normal, fork };
}

/** Leaves in (word0, word1) the key that follows from a key and a label. */
function absorb(k0: number, k1: number, label: string | number): void {
  if (typeof label === "number") absorbNumber(k0, k1, label);
  else absorbString(k0, k1, label);
}

function absorbString(k0: number, k1: number, label: string): void {
  absorbPair(k0, k1, stringTag, label.length);
  for (let at = 0; at < label.length; at += 4) absorbPair(word0, word1, codeUnits(label, at), codeUnits(label, at + 2));
}

const double = new DataView(new ArrayBuffer(8));

function absorbNumber(k0: number, k1: number, value: number): void {
  if (!Number.isFinite(value)) throw new LetheError("bad-input", `a random seed must be a finite number, not ${value}`);
  double.setFloat64(0, value + 0, true); // −0 + 0 is 0: equal numbers give equal keys.
  absorbPair(k0, k1, numberTag, 0);
  absorbPair(word0, word1, double.getInt32(0, true), double.getInt32(4, true));
}

/** Matyas–Meyer–Oseas: the message under the chained key, plus the message. */
function absorbPair(k0: number, k1: number, m0: number, m1: number): void {
  encrypt(k0, k1, m0 | 0, m1 | 0);
  word0 ^= m0;
  word1 ^= m1;
}

function codeUnits(text: string, at: number): number {
  return (at < text.length ? text.charCodeAt(at) : 0) | ((at + 1 < text.length ? text.charCodeAt(at + 1) : 0) << 16);
}
