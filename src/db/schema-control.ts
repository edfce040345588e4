/** Tables of the control plane: secrets, keys, audit, alerts, OAuth. */
import type { ColumnType, Generated } from 'kysely';

type Json<T> = ColumnType<T, string, string>;
type Time = ColumnType<Date, Date | string, Date | string>;

/** What an API key may do. Each holds the ones before it. */
export type Scope = 'read' | 'operate' | 'admin';

export interface ControlTables {
  data_keys: { tenant_id: string; id: string; kek_id: string; wrapped: Buffer; created_at: Generated<Time> };
  secrets: { tenant_id: string; name: string; key_id: string; sealed: Buffer; updated_at: Generated<Time> };
  api_keys: {
    id: string;
    tenant_id: string | null;
    name: string;
    hash: Buffer;
    prefix: string;
    scopes: Scope[];
    created_by: string;
    created_at: Generated<Time>;
    expires_at: Time | null;
    last_used_at: Time | null;
    revoked_at: Time | null;
  };
  audit: {
    id: Generated<string>;
    at: Generated<Time>;
    tenant_id: string | null;
    actor: string;
    action: string;
    subject: string;
    before: Json<unknown> | null;
    after: Json<unknown> | null;
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
    identity: Generated<Json<Record<string, unknown>>>;
    secret: string;
    expires_at: Time;
  };
  alert_targets: {
    tenant_id: string;
    url: string | null;
    enabled: Generated<boolean>;
    quiet_hours: Generated<number>;
    updated_at: Generated<Time>;
  };
  alert_states: { tenant_id: string; object: string; state: string; since: Time; run_id: string | null };
  alerts: {
    id: string;
    tenant_id: string;
    object: string;
    kind: string;
    body: Json<Record<string, unknown>>;
    created_at: Generated<Time>;
    attempts: Generated<number>;
    next_attempt_at: Time | null;
    delivered_at: Time | null;
    last_error: string | null;
  };
}
