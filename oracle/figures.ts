/** What each Pendo record wants its HubSpot partner to hold: the push fields. */
import type { RawPendoRecord } from '../sandbox/contract.ts';
import { activeVisitorsOf, activityOf, pagesAndFeatures, usageTrending } from './activity.ts';
import { read, readingOf } from './canonical.ts';
import type { OracleSetup, Reading, Truth } from './contract.ts';
import { readMetadata } from './metadata.ts';
import { npsFigures } from './nps-figures.ts';
import { once } from './once.ts';
import type { People } from './people.ts';
import type { PushField } from './push-definitions.ts';
import { type ItemMapping, isItem, type PushMetric, windowOf } from './push-entry.ts';
import { membersOf } from './segments.ts';
import { type Usage, usageOf } from './usage.ts';
import { visitOf } from './visits.ts';
import { localDay, type Windows, windowsAt } from './zone.ts';

/** A value, and what becomes of an older one where there is none. */
export interface Wanted {
  reading: Reading;
  whenNothing: 'keep' | 'clear';
}

export type Figures = (record: RawPendoRecord, field: PushField) => Wanted;

const nonEmptyStrings = (raw: unknown): string[] =>
  (Array.isArray(raw) ? raw : [raw]).filter((it): it is string => typeof it === 'string' && it !== '');

/** Distinct accounts of a visitor: of `accountids`, or where that is absent, null or empty, of `accountid`. */
export function accountsOf(visitor: RawPendoRecord): Set<string> {
  const { accountids, accountid } = visitor.metadata.auto ?? {};
  const isEmpty = accountids === undefined || accountids === null || (accountids as string | unknown[]).length === 0;
  return new Set(nonEmptyStrings(isEmpty ? accountid : accountids));
}

function totalVisitors(people: People): Map<string, number> {
  const totals = new Map<string, number>();
  for (const visitor of people.visitors) {
    if (people.excludedVisitors.has(visitor.id)) continue;
    for (const account of accountsOf(visitor)) totals.set(account, (totals.get(account) ?? 0) + 1);
  }
  return totals;
}

/** Pendo never has less than no time, nor fewer than no events: such a sum is no figure. */
function sumReading(sums: number[], figure: () => number | null): Reading {
  const wrong = sums.some((it) => it < 0 || !Number.isFinite(it));
  return wrong ? { state: 'unreadable', reason: 'adds up to less than none, or to no number' } : readingOf(figure());
}

/** Each sum is made once, when a field first asks for it; the answer then looks figures up. */
export function figuresOf(truth: Truth, people: People, setup: OracleSetup): Figures {
  const config = setup.syncConfig;
  const { zone } = setup.pendo;
  const scope = { apps: config.apps, excludedVisitors: people.excludedVisitors, by: setup.object };
  const windowsOf = once((days: number): Windows => windowsAt(setup.asOf, zone, days));
  const rows = setup.pendo.activity === 'pagesAndFeatures' ? pagesAndFeatures(truth.events) : truth.events;
  const activity = once((days: number) => activityOf(rows, { ...scope, windows: windowsOf(days) }));
  const active = once((days: number) => activeVisitorsOf(rows, { ...scope, windows: windowsOf(days) }));
  const totals = once((_: 'all') => totalVisitors(people));
  const members = once((segmentId: string) => membersOf(truth.subscription, segmentId, setup.object));
  const items = config.push.filter(isItem).map((mapping) => ({ mapping, days: windowOf(mapping, config)! }));
  const usage = once((_: 'all') => usageOf(truth.events, items, { ...scope, windowsOf }));
  const nps = npsFigures(truth, { ...scope, windows: windowsOf(config.window), mode: config.nps }, zone);

  return (record, { mapping, kind }) => {
    const days = windowOf(mapping, config) ?? config.window;
    if ('metric' in mapping) {
      const whenNothing = mapping.metric === 'usageTrending' ? 'clear' : 'keep';
      return { reading: metric(record, mapping.metric, days), whenNothing };
    }
    switch (mapping.source) {
      case 'metadata': {
        const raw = record.metadata[mapping.group]?.[mapping.field];
        return { reading: readMetadata(raw, kind, mapping.group, zone), whenNothing: mapping.onEmpty };
      }
      case 'nps':
        return nps(record.id, mapping.measure);
      case 'segment':
        return { reading: readingOf(members(mapping.id)(record)), whenNothing: 'keep' };
      case 'activeVisitors':
        return { reading: readingOf(active(days).get(record.id) ?? 0), whenNothing: 'keep' };
      default:
        return { reading: measured(usage('all')(mapping, days, record.id), mapping.measure), whenNothing: 'keep' };
    }
  };

  function metric(record: RawPendoRecord, name: PushMetric, days: number): Reading {
    const visits = { apps: config.apps, kind: config.visitType, zone };
    switch (name) {
      case 'firstVisit':
        return visitOf(record, 'firstvisit', visits);
      case 'lastVisit':
        return visitOf(record, 'lastvisit', visits);
      case 'daysActive':
        return readingOf(activity(days).get(record.id)?.days ?? 0);
      case 'timeOnApp': {
        const minutes = activity(days).get(record.id)?.minutes ?? 0;
        return sumReading([minutes], () => minutes);
      }
      case 'usageTrending': {
        const { minutes = 0, earlier = 0 } = activity(days).get(record.id) ?? {};
        return sumReading([minutes, earlier], () => usageTrending(minutes, earlier));
      }
      case 'totalVisitors':
        return readingOf(totals('all').get(record.id) ?? 0);
      case 'latestNps':
        return nps(record.id, 'score').reading;
    }
  }

  function measured(used: Usage | undefined, measure: ItemMapping['measure']): Reading {
    switch (measure) {
      case 'events':
      case 'minutes': {
        const sum = used?.[measure] ?? 0;
        return sumReading([sum], () => sum);
      }
      case 'days':
        return readingOf(used?.days ?? 0);
      case 'firstUse':
        return used ? read('date', localDay(used.first, zone)) : { state: 'empty' };
      case 'lastUse':
        return used ? read('date', localDay(used.last, zone)) : { state: 'empty' };
    }
  }
}
