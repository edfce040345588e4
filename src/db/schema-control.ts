/** Tables of the control plane: secrets, keys, audit, alerts, OAuth. */
import type { ColumnType, Generated } from 'kysely';
import type { Vendor } from '../sync/legs.ts';
import type { DefaultedTime, Json, NullableJson, NullableTime, Time } from './columns.ts';

/** What an API key may do. Each holds the ones before it. */
export type Scope = 'read' | 'operate' | 'admin';

/** What became of the last attempt to deliver an alert. */
export interface LastDelivery {
  at: string;
  delivered: boolean;
  /** HTTP status of the receiver; null where nobody answered. */
  status: number | null;
  /** The first characters of what the receiver answered. */
  answer: string | null;
  error: string | null;
}

export interface ControlTables {
  data_keys: { tenant_id: string; id: string; kek_id: string; wrapped: Buffer; created_at: DefaultedTime };
  secrets: { tenant_id: string; name: string; key_id: string; sealed: Buffer; updated_at: DefaultedTime };
  api_keys: {
    id: string;
    tenant_id: string | null;
    name: string;
    hash: Buffer;
    prefix: string;
    scopes: Scope[];
    created_by: string;
    created_at: DefaultedTime;
    expires_at: NullableTime;
    last_used_at: NullableTime;
    revoked_at: NullableTime;
    networks: string[] | null;
  };
  deployment_keys: { name: string; kek_id: string; wrapped: Buffer; created_at: DefaultedTime };
  audit_links: { audit_id: string; tenant_id: string | null; seq: string; hash: Buffer };
  audit_checkpoints: {
    id: Generated<string>;
    tenant_id: string | null;
    seq: string;
    kind: 'head' | 'pruned';
    hash: Buffer;
    signature: Buffer;
    at: DefaultedTime;
  };
  erasures: {
    id: Generated<string>;
    tenant_id: string;
    kind: 'person' | 'sync' | 'tenant';
    object: string | null;
    at: DefaultedTime;
    actor: string;
    counts: Json<Record<string, number>>;
    audit_id: string;
  };
  audit: {
    id: Generated<string>;
    at: DefaultedTime;
    tenant_id: string | null;
    actor: string;
    action: string;
    subject: string;
    before: NullableJson<unknown>;
    after: NullableJson<unknown>;
    request_id: string | null;
  };
  oauth_states: {
    hash: Buffer;
    tenant_id: string;
    caller: string;
    stage: 'start' | 'confirm';
    browser: Buffer | null;
    scopes: string[];
    optional_scopes: Generated<string[]>;
    allow_swap: Generated<boolean>;
    expected_portal: string | null;
    identity: ColumnType<Record<string, unknown>, string | undefined, string>;
    secret: string;
    expires_at: Time;
  };
  alert_targets: {
    tenant_id: string;
    url: string | null;
    enabled: Generated<boolean>;
    quiet_hours: Generated<number>;
    kind: string | null;
    last_delivery: NullableJson<LastDelivery>;
    audit_from: string | null;
    updated_at: DefaultedTime;
  };
  alert_states: { tenant_id: string; object: string; state: string; since: Time; run_id: string | null };
  alerts: {
    id: string;
    tenant_id: string;
    object: string;
    kind: string;
    body: Json<Record<string, unknown>>;
    created_at: DefaultedTime;
    attempts: Generated<number>;
    next_attempt_at: NullableTime;
    delivered_at: NullableTime;
    last_error: string | null;
    last_delivery: NullableJson<LastDelivery>;
  };
  sessions: {
    id: string;
    tenant_id: string | null;
    key_id: string;
    hash: Buffer;
    agent: string;
    created_at: Time;
    seen_at: Time;
    expires_at: Time;
  };
  vendor_usage: {
    tenant_id: string;
    vendor: Vendor;
    day: ColumnType<string, string, string>;
    calls: Generated<string>;
    throttled: Generated<string>;
    written: Generated<string>;
    day_limit: string | null;
    day_used: string | null;
  };
  /** Of all tenants together. */
  usage_days: { day: string; vendor: Vendor; calls: string; throttled: string; written: string };
  usage_months: {
    tenant_id: string;
    vendor: Vendor;
    month: string;
    calls: string;
    throttled: string;
    written: string;
  };
  alert_recipients: {
    tenant_id: string;
    id: string;
    email: string;
    added_by: string;
    added_at: Time;
    confirmed_at: NullableTime;
    asked_at: NullableTime;
    last_delivery: NullableJson<LastDelivery>;
  };
  alert_mails: {
    tenant_id: string;
    alert_id: string;
    recipient: string;
    attempts: Generated<number>;
    next_attempt_at: NullableTime;
    delivered_at: NullableTime;
    last_error: string | null;
  };
  login_codes: { hash: Buffer; tenant_id: string | null; key_id: string; expires_at: Time };
}
