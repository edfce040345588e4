/** Names of the fields that a sync owns, from its configuration alone. */
import type { SyncConfig, SyncObject } from '../src/sync/config.ts';
import { type PushMapping, type PushMetric, refused, sourceOf, windowOf } from './push-entry.ts';

const metricNames: Record<PushMetric, string> = {
  firstVisit: 'first_visit',
  lastVisit: 'last_visit',
  daysActive: 'days_active',
  timeOnApp: 'time_on_app',
  usageTrending: 'usage_trending',
  totalVisitors: 'total_visitors',
  latestNps: 'latest_nps_response',
};

/** Words in lower case with `_` between: whatever is no letter or digit of ASCII parts them. */
export const words = (...parts: string[]): string =>
  parts
    .join(' ')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join('_');

const measureWords = (measure: string): string => measure.replace(/[A-Z]/g, (letter) => ` ${letter}`);

function defaultName(mapping: PushMapping, config: SyncConfig): string {
  const window = windowOf(mapping, config);
  const suffix = window === undefined ? '' : `${window}d`;
  if ('metric' in mapping) return words('pendo', metricNames[mapping.metric], suffix);
  if (mapping.source === 'metadata') return words('pendo', mapping.group, mapping.field);
  if (mapping.source === 'nps') return words('pendo nps', measureWords(mapping.measure));
  if (mapping.source === 'activeVisitors') return words('pendo active visitors', suffix);
  throw new Error(`${sourceOf(mapping)} has no name without the vendor's`);
}

const longest = 100;

/** The HubSpot property of each push entry, in their order. Throws for a configuration that is never saved. */
export function pushProperties(config: SyncConfig, object: SyncObject): string[] {
  const taken = new Set<string>();
  const values = new Set<string>();
  for (const mapping of config.push) {
    const why = refused(mapping, object);
    if (why !== undefined) throw new Error(`push: ${why}`);
    const value = JSON.stringify([sourceOf(mapping), windowOf(mapping, config)]);
    if (values.has(value)) throw new Error(`push: ${value} is mapped twice`);
    values.add(value);
    if (mapping.property === undefined) continue;
    if (taken.has(mapping.property)) throw new Error(`push: two entries into ${mapping.property}`);
    taken.add(mapping.property);
  }
  return config.push.map((mapping) => {
    if (mapping.property !== undefined) return mapping.property;
    const name = defaultName(mapping, config);
    let unique = name.slice(0, longest);
    for (let n = 2; taken.has(unique); n++) unique = `${name.slice(0, longest - `_${n}`.length)}_${n}`;
    taken.add(unique);
    return unique;
  });
}

/** HubSpot property -> Pendo field, for every pull mapping. Throws where names collide and no resolution was given. */
export function pullFields(config: SyncConfig, resolved: Record<string, string> = {}): Map<string, string> {
  const fields = new Map<string, string>();
  const taken = new Map<string, string>();
  for (const mapping of config.pull) {
    const folded = `hubspot_${mapping.property.toLowerCase().replace(/[^a-z0-9_]/g, '_')}`;
    const field = resolved[mapping.property] ?? mapping.field ?? folded;
    const other = taken.get(field);
    if (other !== undefined) {
      throw new Error(`${other} and ${mapping.property} both become ${field}: name the fields in resolvedFields`);
    }
    taken.set(field, mapping.property);
    fields.set(mapping.property, field);
  }
  return fields;
}
