import { mix, random } from '../world/random.ts';

/**
 * Record ids as real portals have them: the first thousands small and dense, later ones twelve digits long, with gaps
 * of every size and in clusters. Ascending.
 */
export function recordIds(seed: number, count: number): Float64Array {
  const dice = random(seed, 'ids');
  const ids = new Float64Array(count);
  const dense = Math.floor(count * 0.3);
  let id = dice.int(1, 900);
  for (let i = 0; i < count; i++) {
    if (i === dense) id = 30_000_000_000 + dice.int(0, 999_999_999);
    ids[i] = id;
    if (i < dense) id += dice.chance(0.7) ? 1 : dice.int(2, 150);
    else if (dice.chance(0.6)) id += dice.int(1, 40);
    else id += Math.floor(1 + dice.next() ** 6 * 4_000_000);
  }
  return ids;
}

/** A seeded shuffle of 0 … count-1. */
export function shuffled(seed: number, count: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = mix(seed, i) % (i + 1);
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}
