/** Instants of Pendo's, and the local day that they are of. */
import type { RawPendoRecord } from '../sandbox/contract.ts';
import { read } from './canonical.ts';
import type { CanonicalKind, Reading } from './contract.ts';
import { localDay } from './zone.ts';

/** An instant or its local day. At the ends of time that day may be one that cannot be written. */
export function readVisit(raw: unknown, kind: CanonicalKind, zone: string): Reading {
  const reading = read('datetime', raw);
  if (reading.state !== 'value' || typeof reading.value !== 'number') return reading;
  const day = read('date', localDay(reading.value, zone));
  if (day.state !== 'value') return { state: 'unreadable', reason: 'outside the years 0000 to 9999' };
  return kind === 'date' ? day : reading;
}

/** 0 is never a visit: Pendo writes it for "never". */
function instantOf(raw: unknown, zone: string): Reading {
  const reading = readVisit(raw, 'datetime', zone);
  return reading.state === 'value' && reading.value === 0 ? { state: 'empty' } : reading;
}

/** Of `auto`, or with apps chosen the least or greatest of theirs. */
export function visitOf(
  record: RawPendoRecord,
  name: 'firstvisit' | 'lastvisit',
  { apps, kind, zone }: { apps: number[] | null; kind: CanonicalKind; zone: string },
): Reading {
  const instant = apps === null ? instantOf(record.metadata.auto?.[name], zone) : ofApps(apps);
  return instant.state === 'value' ? readVisit(instant.value, kind, zone) : instant;

  function ofApps(chosen: number[]): Reading {
    let best: Reading = { state: 'empty' };
    for (const app of chosen) {
      const reading = instantOf(record.metadata[`auto__${Math.abs(app)}`]?.[name], zone);
      if (reading.state === 'unreadable') return reading;
      if (reading.state !== 'value' || typeof reading.value !== 'number') continue;
      const held = best.state === 'value' && typeof best.value === 'number' ? best.value : undefined;
      const better = held === undefined || (name === 'firstvisit' ? reading.value < held : reading.value > held);
      if (better) best = reading;
    }
    return best;
  }
}
