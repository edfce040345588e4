/** Tables of what is sent as custom events. What each column means is said in migrations/0030-events.ts. */
import type { Generated } from 'kysely';
import type { SyncObject } from '../sync/config.ts';
import type { PropertyValues } from '../sync/event-values.ts';
import type { UsageKind } from '../sync/push-mapping.ts';
import type { NullableJson, NullableTime } from './columns.ts';

interface ItemDay {
  tenant_id: string;
  pendo_id: string;
  source: UsageKind;
  item_id: string;
  day: string;
  events: number;
  minutes: number;
  /** Chosen properties of a track event. */
  properties: NullableJson<PropertyValues>;
}

export type OccurrenceState = 'owed' | 'sending' | 'lost' | 'sent' | 'refused' | 'skipped';

export interface EventTables {
  event_entries: {
    tenant_id: string;
    object: SyncObject;
    portal: string;
    source: UsageKind;
    item_id: string;
    first_day: string;
    through: string;
  };
  event_days: ItemDay & { run_id: string };
  event_occurrences: ItemDay & {
    object: SyncObject;
    portal: string;
    no: number;
    seq: Generated<string>;
    state: Generated<OccurrenceState>;
    run_id: string | null;
    hubspot_id: string | null;
    next_hubspot_id: string | null;
    event_name: string | null;
    uuid: string | null;
    sent_at: NullableTime;
    reason: NullableJson<unknown>;
  };
  event_months: { tenant_id: string; month: string; requested: string };
}
