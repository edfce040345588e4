/**
 * Seeded randomness that can be asked at any point: the value of `hash(seed, ...keys)` depends on nothing else, so
 * records can be generated one by one, in any order, and again. Keys are hashed by value: 1 and '1' differ.
 */
export type Key = number | string;

/** Mixes two 32-bit integers into one. The cheap core of everything here (murmur3's finaliser over both). */
export function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b ^ 0x7f4a7c15, 0xc2b2ae35);
  h ^= h >>> 16;
  h = Math.imul(h, 0x7feb352d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

/** An unsigned 32-bit integer. */
export function hash(seed: number, ...keys: Key[]): number {
  let h = mix(seed | 0, Math.floor(seed / 0x1_0000_0000) | 0);
  for (const key of keys) {
    if (typeof key === 'number') h = mix(mix(h, key | 0), Math.floor(key / 0x1_0000_0000) | 0);
    else {
      h = mix(h, 0x5eed0000 + key.length);
      for (let i = 0; i < key.length; i++) h = mix(h, key.charCodeAt(i));
    }
  }
  return h;
}

/** A share: 0 <= x < 1. */
export function share(seed: number, ...keys: Key[]): number {
  return hash(seed, ...keys) / 0x1_0000_0000;
}

export interface Random {
  /** 0 <= x < 1. */
  next(): number;
  /** An integer from `low` to `high`, both included. */
  int(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(values: readonly T[]): T;
  /** A generator of its own, independent of how often this one was asked. */
  fork(...keys: Key[]): Random;
}

/** A stream of random values that starts from `hash(seed, ...keys)`. */
export function random(seed: number, ...keys: Key[]): Random {
  const start = hash(seed, ...keys);
  let state = start;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return {
    next,
    int: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    pick: (values) => values[Math.floor(next() * values.length)]!,
    fork: (...more) => random(start, 'fork', ...more),
  };
}
