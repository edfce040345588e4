/** Where an account works in another way than is assumed, a run may know one that leads to the same figures. */
import type { Assumption } from '../../assumptions/types.ts';
import type { Learnt } from '../../db/schema.ts';

/** As it was known when the run began: it reads everything in one way. */
export function goesAnotherWay({ otherWays = [] }: Learnt, { id }: Pick<Assumption, 'id'>): boolean {
  return otherWays.includes(id);
}
