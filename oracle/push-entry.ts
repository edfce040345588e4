/** What an entry of `push` says by itself, before anything of either vendor is known: SEMANTICS 3.1 and 3.4. */
import type { SyncConfig, SyncObject } from '../src/sync/config.ts';

export type PushMapping = SyncConfig['push'][number];
export type MetricMapping = Extract<PushMapping, { metric: string }>;
export type PushMetric = MetricMapping['metric'];
export type MetadataMapping = Extract<PushMapping, { source: 'metadata' }>;
export type NpsMapping = Extract<PushMapping, { source: 'nps' }>;
export type SegmentMapping = Extract<PushMapping, { source: 'segment' }>;
export type ItemKind = 'page' | 'feature' | 'trackType';
export type ItemMapping = Extract<PushMapping, { source: ItemKind }>;

export const isItem = (mapping: PushMapping): mapping is ItemMapping =>
  !('metric' in mapping) &&
  (mapping.source === 'page' || mapping.source === 'feature' || mapping.source === 'trackType');

const windowedMetrics: PushMetric[] = ['daysActive', 'timeOnApp', 'usageTrending'];

/** Days of the entry's window; undefined where it has none. */
export function windowOf(mapping: PushMapping, config: SyncConfig): number | undefined {
  if ('metric' in mapping) {
    return windowedMetrics.includes(mapping.metric) ? (mapping.window ?? config.window) : undefined;
  }
  if (isItem(mapping) || mapping.source === 'activeVisitors') return mapping.window ?? config.window;
  return undefined;
}

/** Of what the entry is, in one text: a metric's own name, else the source with all that tells it from others. */
export function sourceOf(mapping: PushMapping): string {
  if ('metric' in mapping) return mapping.metric;
  switch (mapping.source) {
    case 'metadata':
      return `metadata ${mapping.group}.${mapping.field}`;
    case 'nps':
      return `nps ${mapping.measure}`;
    case 'segment':
      return `segment ${mapping.id}`;
    case 'activeVisitors':
      return 'activeVisitors';
    default:
      return `${mapping.source} ${mapping.id} ${mapping.measure}`;
  }
}

/** Where the guards see nothing: in an empty value only, also in the number 0, or also in `false`. */
export type Nothing = 'empty' | 'zero' | 'false';

export function nothingOf(mapping: PushMapping): Nothing {
  if ('metric' in mapping) {
    return mapping.metric === 'latestNps' || mapping.metric === 'usageTrending' ? 'empty' : 'zero';
  }
  if (mapping.source === 'segment') return 'false';
  const average = mapping.source === 'nps' && ['averageScore', 'netPromoterScore'].includes(mapping.measure);
  return average ? 'empty' : 'zero';
}

const forAccounts = ['totalVisitors', 'averageScore', 'netPromoterScore', 'answers'];

/** Why a configuration with this entry is never saved. There is nothing to expect of one. */
export function refused(mapping: PushMapping, object: SyncObject): string | undefined {
  const name = sourceOf(mapping);
  if ('metric' in mapping) {
    if (mapping.window !== undefined && !windowedMetrics.includes(mapping.metric)) return `${name} has no window`;
    return object === 'visitor' && forAccounts.includes(mapping.metric) ? `${name} is of accounts only` : undefined;
  }
  if (mapping.source === 'metadata' && mapping.field.startsWith('hubspot_')) return `${name} is what a pull writes`;
  if (isItem(mapping)) {
    if (mapping.measure === 'minutes' && mapping.source !== 'page') return `${name}: only pages have minutes`;
    if (mapping.property === undefined || mapping.window === undefined) {
      return `${name}: the saved entry has property and window, which follow from the item's name when it was saved`;
    }
  }
  if (mapping.source === 'segment' && mapping.property === undefined) {
    return `${name}: the saved entry has property, which follows from the segment's name when it was saved`;
  }
  if (object === 'visitor') {
    if (mapping.source === 'activeVisitors') return `${name} is of accounts only`;
    if (mapping.source === 'nps' && forAccounts.includes(mapping.measure)) return `${name} is of accounts only`;
  }
  return undefined;
}
