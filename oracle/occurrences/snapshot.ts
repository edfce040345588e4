/** A world's raw truth with the occurrences that its portal has taken. */
import type { RawOccurrence } from '../../sandbox/contract.ts';
import { all, snapshot, worldAt } from '../snapshot.ts';
import type { OccurrenceTruth } from './contract.ts';

export async function occurrenceSnapshot(
  adminUrl: string,
  world: string,
  options?: { events?: boolean },
): Promise<OccurrenceTruth> {
  const truth = await snapshot(adminUrl, world, options);
  return { ...truth, occurrences: await all<RawOccurrence>(`${worldAt(adminUrl, world)}/occurrences`) };
}
