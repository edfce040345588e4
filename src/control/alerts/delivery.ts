/**
 * Takes alerts to their receivers, each in the form that it takes. A webhook of one's own is signed as Standard Webhooks has it: HMAC-SHA256 over id, timestamp and body, in
 * `webhook-id`, `webhook-timestamp` and `webhook-signature`. Delivered at least once; the id tells repetitions apart.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { LastDelivery } from '../../db/schema-control.ts';
import { EgressError, type GuardedResponse } from '../../egress/index.ts';
import type { Secret, Vault } from '../../vault/index.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { notFound } from '../errors.ts';
import { signatureHeaders } from '../signed-webhook.ts';
import { kindOf } from './address.ts';
import { alertSecrets } from './alerts.ts';
import { alertMessage } from './message.ts';

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
  kind: string | null;
}

type Sender = Pick<Control, 'db' | 'vault' | 'clock' | 'log' | 'alerts'>;

/** Delivers what is due. @returns how many arrived. */
export async function deliverAlerts(control: Sender, limit = 50): Promise<number> {
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
      returning a.id, a.tenant_id, a.body, a.attempts, t.url, t.kind`.execute(tx);
    return rows;
  });
  const results = await Promise.all(due.map((alert) => deliver(control, alert)));
  return results.filter(Boolean).length;
}

async function deliver(control: Sender, alert: Due): Promise<boolean> {
  const { tenant_id: tenantId, id } = alert;
  const last = await attempt(control, tenantId, alert);
  await control.db.tenant(tenantId, async (tx) => {
    const wait = backoff[alert.attempts - 1];
    await tx
      .updateTable('alerts')
      .set({
        last_delivery: JSON.stringify(last),
        last_error: last.error,
        ...(last.delivered
          ? { delivered_at: new Date(control.clock()), next_attempt_at: null }
          : { next_attempt_at: wait === undefined ? null : new Date(control.clock() + wait * 1000) }),
      })
      .where('id', '=', id)
      .execute();
    await noteLast(tx, tenantId, last);
  });
  const { delivered, error, status } = last;
  if (!delivered)
    control.log.warn({ alert: id, tenantId, attempt: alert.attempts, error, status }, 'alert not delivered');
  return delivered;
}

/** Sends one that says nothing happened, at once. */
export async function sendTestAlert(control: Control, caller: Caller, tenantId: string): Promise<LastDelivery> {
  const target = await inTenant(control, caller, 'operate', tenantId, async (tx) => {
    const row = await tx
      .selectFrom('alert_targets')
      .select(['url', 'kind'])
      .where('tenant_id', '=', tenantId)
      .executeTakeFirst();
    if (row?.url == null) throw notFound('alert target');
    return { url: row.url, kind: row.kind };
  });
  const at = new Date(control.clock()).toISOString();
  const message = 'This is a test. Nothing has happened.';
  const body = { type: 'test', tenantId, at, message };
  const last = await attempt(control, tenantId, { id: `msg_${randomUUID()}`, body, ...target });
  await control.db.tenant(tenantId, (tx) => noteLast(tx, tenantId, last));
  return last;
}

async function noteLast(tx: Tx, tenantId: string, last: LastDelivery): Promise<void> {
  await tx
    .updateTable('alert_targets')
    .set({ last_delivery: JSON.stringify(last) })
    .where('tenant_id', '=', tenantId)
    .execute();
}

/** Never throws: whatever stands in the way of one alert is what became of it. */
async function attempt(
  control: Sender,
  tenantId: string,
  alert: Pick<Due, 'id' | 'body' | 'url' | 'kind'>,
): Promise<LastDelivery> {
  const outcome = await post(control, tenantId, alert).catch((error: unknown) => {
    if (error instanceof EgressError) return { status: null, answer: null, error: error.code };
    control.log.error({ err: error, tenantId, alert: alert.id }, 'an alert could not be sent');
    return { status: null, answer: null, error: 'INTERNAL' };
  });
  return { at: new Date(control.clock()).toISOString(), delivered: outcome.error === null, ...outcome };
}

async function post(
  control: Sender,
  tenantId: string,
  { id, body, url, kind: set }: Pick<Due, 'id' | 'body' | 'url' | 'kind'>,
): Promise<Pick<LastDelivery, 'status' | 'answer' | 'error'>> {
  if (control.alerts === undefined) return { status: null, answer: null, error: 'NOT_CONFIGURED' };
  const kind = kindOf(url, set);
  const text = JSON.stringify(alertMessage(kind, body));
  const reply = await control.alerts.fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(kind === 'webhook' ? await signatures(control, tenantId, id, text) : {}),
    },
    body: text,
    timeouts: { total: 15_000 },
  });
  const { status } = reply;
  const answer = withoutSecrets(await readStart(reply), url);
  const taken = status >= 200 && status < 300;
  // Connectors of Teams answer 200 also where the message came to nothing.
  if (taken && kind === 'teams' && /delivery failed/i.test(answer)) {
    return { status, answer, error: 'Teams did not deliver the message' };
  }
  return { status, answer, error: taken ? null : `answered ${status}` };
}

async function signatures(
  control: Sender,
  tenantId: string,
  id: string,
  text: string,
): Promise<Record<string, string>> {
  const secrets = await control.db.tenant(tenantId, (tx) => readSecrets(tx, control.vault, tenantId));
  const message = { id, body: text, now: control.clock() };
  return signatureHeaders(
    message,
    secrets.map((secret) => secret.reveal()),
  );
}

const answerCharacters = 200;

/** The first characters of what was answered; what breaks off, or never ends, has begun all the same. */
async function readStart(reply: GuardedResponse): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of reply.stream()) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= 4 * answerCharacters) break;
    }
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
  }
  const text = Buffer.concat(pieces)
    .toString('utf8')
    .replace(/[\p{Cc}\p{Cs}]+/gu, ' ')
    .trim();
  return [...text].slice(0, answerCharacters).join('');
}

/** A receiver may repeat the address that it was called by. */
function withoutSecrets(text: string, address: string): string {
  const { pathname, search } = new URL(address);
  const parts = [...pathname.split('/'), ...search.split(/[?&=]/)].filter((part) => part.length >= 8);
  return parts.flatMap((part) => [part, ...decoded(part)]).reduce((left, part) => left.replaceAll(part, '…'), text);
}

function decoded(part: string): string[] {
  try {
    return [decodeURIComponent(part)];
  } catch {
    return [];
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
