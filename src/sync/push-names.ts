/**
 * What the HubSpot properties of push fields are called: docs/semantics.md, section 3.4. A name that depends on a name in Pendo
 * is stored when the configuration is saved, so that an item that is renamed keeps its property.
 */
import type { SyncConfig } from './config.ts';
import { fitted, fold, numbered, unused } from './made-names.ts';
import type { ItemNames } from './pendo-items.ts';
import { isItemMapping, type PushMapping, type PushMetric, type WindowDays } from './push-mapping.ts';

/** HubSpot takes longer names; nobody reads them. */
const longest = 100;

type NamedConfig = Pick<SyncConfig, 'push' | 'window'>;

const metricNames: Record<PushMetric, { name: string; windowed: boolean }> = {
  firstVisit: { name: 'pendo_first_visit', windowed: false },
  lastVisit: { name: 'pendo_last_visit', windowed: false },
  daysActive: { name: 'pendo_days_active', windowed: true },
  timeOnApp: { name: 'pendo_time_on_app', windowed: true },
  usageTrending: { name: 'pendo_usage_trending', windowed: true },
  totalVisitors: { name: 'pendo_total_visitors', windowed: false },
  latestNps: { name: 'pendo_latest_nps_response', windowed: false },
};

export const hasWindow = (metric: PushMetric): boolean => metricNames[metric].windowed;

/** The days that an entry counts over; null: it has no window. */
export function windowOf(mapping: PushMapping, { window }: Pick<SyncConfig, 'window'>): WindowDays | null {
  if ('metric' in mapping) return hasWindow(mapping.metric) ? (mapping.window ?? window) : null;
  switch (mapping.source) {
    case 'page':
    case 'feature':
    case 'trackType':
    case 'activeVisitors':
      return mapping.window ?? window;
    default:
      return null;
  }
}

/** Equal exactly for entries that would say the same. */
export function valueKey(mapping: PushMapping, config: Pick<SyncConfig, 'window'>): string {
  const window = windowOf(mapping, config);
  if ('metric' in mapping) return JSON.stringify(['metric', mapping.metric, window]);
  switch (mapping.source) {
    case 'metadata':
      return JSON.stringify(['metadata', mapping.group, mapping.field]);
    case 'segment':
      return JSON.stringify(['segment', mapping.id]);
    case 'nps':
      return JSON.stringify(['nps', mapping.measure]);
    case 'activeVisitors':
      return JSON.stringify(['activeVisitors', window]);
    default:
      return JSON.stringify([mapping.source, mapping.id, mapping.measure, window]);
  }
}

/** The property of each entry, in the order of the configuration. Names that are set, and those that have no choice, come first. */
export function propertyNames(config: NamedConfig, items: ItemNames = {}): string[] {
  const fixed = config.push.map((mapping) => mapping.property ?? fixedName(mapping, config));
  const used = new Set(fixed.filter((name) => name !== undefined));
  return config.push.map((mapping, index) => {
    const name = fixed[index];
    if (name !== undefined) return name;
    const free = unused(longest, madeName(mapping, config, items), used);
    used.add(free);
    return free;
  });
}

/**
 * The entries as they are stored: those that name an item of Pendo's with their window and property, those of metadata with a
 * property where two fields would share one. An entry that says what one of `before` says keeps its property. All others stay
 * as they are.
 */
export function resolvedPush(config: NamedConfig, before: NamedConfig | undefined, items: ItemNames): PushMapping[] {
  const stored = new Map(
    (before?.push ?? []).map((mapping) => [valueKey(mapping, before as NamedConfig), mapping.property]),
  );
  const kept = config.push.map((mapping): PushMapping => {
    if (mapping.property !== undefined || 'metric' in mapping) return mapping;
    const property = stored.get(valueKey(mapping, config));
    const isMade = isItemMapping(mapping) || isNumbered(property, madeName(mapping, config, items));
    return property === undefined || !isMade ? mapping : { ...mapping, property };
  });
  const names = propertyNames({ ...config, push: kept }, items);
  return kept.map((mapping, index): PushMapping => {
    const property = names[index] as string;
    if (isItemMapping(mapping)) {
      if (needsItemName(mapping) && !items[mapping.source]?.has(mapping.id)) return mapping;
      return mapping.source === 'segment'
        ? { ...mapping, property }
        : { ...mapping, window: mapping.window ?? config.window, property };
    }
    const isPlain = 'metric' in mapping || property === madeName(mapping, config, items);
    return isPlain ? mapping : { ...mapping, property };
  });
}

/** Is the name of this entry's property to be made from one that only Pendo knows? */
export function needsItemName(mapping: PushMapping): boolean {
  return isItemMapping(mapping) && mapping.property === undefined;
}

/** Undefined: the name may have to give way to another one. */
function fixedName(mapping: PushMapping, config: NamedConfig): string | undefined {
  const suffix = `_${windowOf(mapping, config)}d`;
  if ('metric' in mapping) {
    const { name, windowed } = metricNames[mapping.metric];
    return windowed ? name + suffix : name;
  }
  if (mapping.source === 'nps') return `pendo_nps_${fold(words(mapping.measure))}`;
  return mapping.source === 'activeVisitors' ? `pendo_active_visitors${suffix}` : undefined;
}

export const itemPrefixes = { page: 'pendo_page', feature: 'pendo_feature', trackType: 'pendo_track' } as const;

function madeName(mapping: PushMapping, config: NamedConfig, items: ItemNames): string {
  const fixed = fixedName(mapping, config);
  if (fixed !== undefined || 'metric' in mapping) return fixed ?? '';
  if (mapping.source === 'metadata') return fitted(longest, 'pendo', fold(`${mapping.group} ${mapping.field}`));
  if (!isItemMapping(mapping)) return '';
  const name = fold(items[mapping.source]?.get(mapping.id) ?? '') || fold(mapping.id);
  if (mapping.source === 'segment') return fitted(longest, 'pendo_segment', name);
  const suffix = `_${fold(words(mapping.measure))}_${windowOf(mapping, config)}d`;
  return fitted(longest, itemPrefixes[mapping.source], name, suffix);
}

/** `firstUse` -> `first use`. */
export function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function isNumbered(property: string | undefined, name: string): boolean {
  const n = Number(/_(\d+)$/.exec(property ?? '')?.[1]);
  return Number.isInteger(n) && n > 1 && property === numbered(longest, name, n);
}
