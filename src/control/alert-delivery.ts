/**
 * Takes alerts to their webhooks. Signed as Standard Webhooks has it: HMAC-SHA256 over id, timestamp and body, in
 * `webhook-id`, `webhook-timestamp` and `webhook-signature`. Delivered at least once; the id tells repetitions apart.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { EgressError } from '../egress/index.ts';
import type { Secret, Vault } from '../vault/index.ts';
import { alertSecrets } from './alerts.ts';
import type { Caller } from './caller.ts';
import { type Control, inTenant } from './control.ts';
import { notFound } from './errors.ts';

/** Seconds after each failed attempt: about half a day in all. */
const backoff = [10, 60, 300, 1_800, 7_200, 14_400, 21_600];
/** While an alert is being delivered nobody else takes it up; a process that dies gives it back. */
const leaseSeconds = 60;

interface Due {
  id: string;
  tenant_id: string;
  body: Record<string, unknown>;
  attempts: number;
  url: string;
}

/** Delivers what is due. @returns how many arrived. */
export async function deliverAlerts(
  control: Pick<Control, 'db' | 'vault' | 'clock' | 'log' | 'alerts'>,
  limit = 50,
): Promise<number> {
  if (control.alerts === undefined) return 0;
  const now = control.clock();
  const due = await control.db.platform(async (tx) => {
    // Alerts of tenants who want none are done with.
    await sql`
      update alerts a set next_attempt_at = null
      where a.next_attempt_at is not null and not exists (
        select from alert_targets t where t.tenant_id = a.tenant_id and t.enabled and t.url is not null)`.execute(tx);
    const { rows } = await sql<Due>`
      update alerts a set next_attempt_at = ${new Date(now + leaseSeconds * 1000)}, attempts = attempts + 1
      from alert_targets t
      where t.tenant_id = a.tenant_id and a.id in (
        select id from alerts where delivered_at is null and next_attempt_at <= ${new Date(now)}
        order by next_attempt_at limit ${limit} for update skip locked)
      returning a.id, a.tenant_id, a.body, a.attempts, t.url`.execute(tx);
    return rows;
  });
  const results = await Promise.all(due.map((alert) => deliver(control, alert)));
  return results.filter(Boolean).length;
}

async function deliver(
  control: Pick<Control, 'db' | 'vault' | 'clock' | 'log' | 'alerts'>,
  alert: Due,
): Promise<boolean> {
  const { tenant_id: tenantId, id } = alert;
  const failure = await attempt(control, tenantId, alert);
  await control.db.tenant(tenantId, async (tx) => {
    const wait = backoff[alert.attempts - 1];
    await tx
      .updateTable('alerts')
      .set(
        failure === undefined
          ? { delivered_at: new Date(control.clock()), next_attempt_at: null, last_error: null }
          : {
              last_error: failure,
              next_attempt_at: wait === undefined ? null : new Date(control.clock() + wait * 1000),
            },
      )
      .where('id', '=', id)
      .execute();
  });
  if (failure !== undefined)
    control.log.warn({ alert: id, tenantId, attempt: alert.attempts, failure }, 'alert not delivered');
  return failure === undefined;
}

/** Sends one that says nothing happened, at once. @returns what went wrong, or undefined. */
export async function sendTestAlert(control: Control, caller: Caller, tenantId: string): Promise<string | undefined> {
  const url = await inTenant(control, caller, 'operate', tenantId, async (tx) => {
    const target = await tx
      .selectFrom('alert_targets')
      .select('url')
      .where('tenant_id', '=', tenantId)
      .executeTakeFirst();
    if (target?.url == null) throw notFound('alert target');
    return target.url;
  });
  const body = { type: 'test', tenantId, at: new Date(control.clock()).toISOString(), message: 'This is a test.' };
  return attempt(control, tenantId, { id: `msg_${randomUUID()}`, body, url });
}

async function attempt(
  control: Pick<Control, 'db' | 'vault' | 'clock' | 'alerts'>,
  tenantId: string,
  { id, body, url }: Pick<Due, 'id' | 'body' | 'url'>,
): Promise<string | undefined> {
  if (control.alerts === undefined) return 'NOT_CONFIGURED';
  const secrets = await control.db.tenant(tenantId, (tx) => readSecrets(tx, control.vault, tenantId));
  const text = JSON.stringify(body);
  const timestamp = String(Math.floor(control.clock() / 1000));
  try {
    const reply = await control.alerts.fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Crosswalk',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': secrets.map((secret) => sign(secret, id, timestamp, text)).join(' '),
      },
      body: text,
      timeouts: { total: 15_000 },
      maxBytes: 64 * 1024,
    });
    void reply.discard();
    return reply.status >= 200 && reply.status < 300 ? undefined : `answered ${reply.status}`;
  } catch (error) {
    if (error instanceof EgressError) return error.code;
    throw error;
  }
}

async function readSecrets(tx: Tx, vault: Vault, tenantId: string): Promise<Secret[]> {
  const secrets: Secret[] = [];
  for (const name of [alertSecrets.current, alertSecrets.previous]) {
    const secret = await vault.get(tx, tenantId, name);
    if (secret !== undefined) secrets.push(secret);
  }
  return secrets;
}

function sign(secret: Secret, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.reveal().replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
