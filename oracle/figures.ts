/** What each Pendo record wants its HubSpot partner to hold: the push fields. */
import type { RawPendoRecord } from '../sandbox/contract.ts';
import type { PushMetric } from '../src/sync/push-mapping.ts';
import { activityOf, usageTrending } from './activity.ts';
import { read, readingOf } from './canonical.ts';
import type { CanonicalKind, OracleSetup, Reading, Truth } from './contract.ts';
import { latestNps } from './nps.ts';
import type { People } from './people.ts';
import { localDay, type Windows } from './zone.ts';

export function pushKind(metric: PushMetric, visitType: 'date' | 'datetime'): CanonicalKind {
  return metric === 'firstVisit' || metric === 'lastVisit' ? visitType : 'number';
}

/** What a push field does when there is nothing to say. Those that are then 0 always have a figure. */
export function whenNothing(metric: PushMetric): 'keep' | 'clear' {
  return metric === 'usageTrending' ? 'clear' : 'keep';
}

const nonEmptyStrings = (raw: unknown): string[] =>
  (Array.isArray(raw) ? raw : [raw]).filter((it): it is string => typeof it === 'string' && it !== '');

/** Distinct accounts of a visitor: of `accountids`, or where that is absent, null or empty, of `accountid`. */
export function accountsOf(visitor: RawPendoRecord): Set<string> {
  const { accountids, accountid } = visitor.metadata.auto ?? {};
  const isEmpty = accountids === undefined || accountids === null || (accountids as string | unknown[]).length === 0;
  return new Set(nonEmptyStrings(isEmpty ? accountid : accountids));
}

/** The instant of a visit: of `auto`, or with apps chosen the least or greatest of theirs. */
function visit(record: RawPendoRecord, name: 'firstvisit' | 'lastvisit', apps: number[] | null, zone: string): Reading {
  if (apps === null) return asVisit(record.metadata.auto?.[name], zone);
  let best: Reading = { state: 'empty' };
  for (const app of apps) {
    const reading = asVisit(record.metadata[`auto__${Math.abs(app)}`]?.[name], zone);
    if (reading.state === 'unreadable') return reading;
    if (reading.state !== 'value' || typeof reading.value !== 'number') continue;
    const held = best.state === 'value' && typeof best.value === 'number' ? best.value : undefined;
    const better = held === undefined || (name === 'firstvisit' ? reading.value < held : reading.value > held);
    if (better) best = reading;
  }
  return best;
}

/** 0 is never a visit: Pendo writes it for "never". At the ends of time the local day may be one that cannot be written. */
function asVisit(raw: unknown, zone: string): Reading {
  const reading = read('datetime', raw);
  if (reading.state !== 'value' || typeof reading.value !== 'number') return reading;
  if (reading.value === 0) return { state: 'empty' };
  const day = read('date', localDay(reading.value, zone));
  return day.state === 'value' ? reading : { state: 'unreadable', reason: 'outside the years 0000 to 9999' };
}

function visitReading(reading: Reading, kind: CanonicalKind, zone: string): Reading {
  if (kind !== 'date' || reading.state !== 'value' || typeof reading.value !== 'number') return reading;
  return read('date', localDay(reading.value, zone));
}

/** Pendo never has less than no time: such a sum is no figure. */
function minutesReading(minutes: number[], figure: () => number | null): Reading {
  const negative = minutes.some((it) => it < 0);
  return negative ? { state: 'unreadable', reason: 'the minutes add up to less than none' } : readingOf(figure());
}

export type Figures = (record: RawPendoRecord, metric: PushMetric) => Reading;

/** Adds up everything once; the answer then looks figures up. Only what the mapping asks for is computed. */
export function figuresOf(truth: Truth, people: People, setup: OracleSetup, windows: Windows): Figures {
  const config = setup.syncConfig;
  const wants = (...metrics: PushMetric[]): boolean =>
    config.push.some((mapping) => 'metric' in mapping && metrics.includes(mapping.metric));
  const scope = { windows, apps: config.apps, excludedVisitors: people.excludedVisitors, by: setup.object };
  const activity = wants('daysActive', 'timeOnApp', 'usageTrending') ? activityOf(truth.events, scope) : new Map();
  const nps = wants('latestNps')
    ? latestNps(truth.subscription.guides, truth.pollEvents, { ...scope, mode: config.nps })
    : new Map<string, number>();

  const totals = new Map<string, number>();
  if (wants('totalVisitors')) {
    for (const visitor of people.visitors) {
      if (people.excludedVisitors.has(visitor.id)) continue;
      for (const account of accountsOf(visitor)) totals.set(account, (totals.get(account) ?? 0) + 1);
    }
  }

  return (record, metric) => {
    switch (metric) {
      case 'firstVisit':
        return visitReading(
          visit(record, 'firstvisit', config.apps, setup.pendo.zone),
          config.visitType,
          setup.pendo.zone,
        );
      case 'lastVisit':
        return visitReading(
          visit(record, 'lastvisit', config.apps, setup.pendo.zone),
          config.visitType,
          setup.pendo.zone,
        );
      case 'daysActive':
        return readingOf(activity.get(record.id)?.days ?? 0);
      case 'timeOnApp': {
        const minutes = activity.get(record.id)?.minutes ?? 0;
        return minutesReading([minutes], () => minutes);
      }
      case 'usageTrending': {
        const { minutes = 0, earlier = 0 } = activity.get(record.id) ?? {};
        return minutesReading([minutes, earlier], () => usageTrending(minutes, earlier));
      }
      case 'totalVisitors':
        return readingOf(totals.get(record.id) ?? 0);
      case 'latestNps':
        return readingOf(nps.get(record.id) ?? null);
    }
  };
}
