/** Names of the fields that a sync owns, from its configuration alone. */
import type { SyncConfig } from '../src/sync/config.ts';
import type { PushMapping, PushMetric } from '../src/sync/push-mapping.ts';

const pushNames: Record<PushMetric, { name: string; windowed: boolean }> = {
  firstVisit: { name: 'pendo_first_visit', windowed: false },
  lastVisit: { name: 'pendo_last_visit', windowed: false },
  daysActive: { name: 'pendo_days_active', windowed: true },
  timeOnApp: { name: 'pendo_time_on_app', windowed: true },
  usageTrending: { name: 'pendo_usage_trending', windowed: true },
  totalVisitors: { name: 'pendo_total_visitors', windowed: false },
  latestNps: { name: 'pendo_latest_nps_response', windowed: false },
};

export function pushProperty(mapping: PushMapping, window: number): string {
  const { name, windowed } = pushNames[(mapping as { metric: PushMetric }).metric];
  return mapping.property ?? (windowed ? `${name}_${window}d` : name);
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
