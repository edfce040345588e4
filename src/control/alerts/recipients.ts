/**
 * People who get alerts by e-mail. Nobody gets one before somebody who reads that mail has agreed, and everybody can end it
 * with the link in each mail. Links carry a MAC, so that nothing of them is stored.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import pLimit from 'p-limit';
import type { Tx } from '../../db/index.ts';
import type { ControlTables, LastDelivery } from '../../db/schema-control.ts';
import { Secret } from '../../vault/index.ts';
import { audit } from '../audit/audit.ts';
import { type Caller, systemCaller } from '../caller.ts';
import { type Control, inTenant, type Tenant } from '../control.ts';
import { ControlError, conflict, invalid, notFound } from '../errors.ts';

export type Recipient = Selectable<ControlTables['alert_recipients']>;
type Purpose = 'confirm' | 'stop';

const mostOfTenant = 20;
/** Mails that ask for a confirmation, of one tenant in an hour. */
const mostAsked = 10;
const linkLivesMs = 7 * 86_400_000;
const secretName = 'alert.mail';

export function listRecipients(control: Control, caller: Caller, tenantId: string): Promise<Recipient[]> {
  return inTenant(control, caller, 'read', tenantId, (tx) =>
    tx
      .selectFrom('alert_recipients')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .orderBy('added_at')
      .orderBy('id')
      .execute(),
  );
}

/**
 * Adds an address, or asks one again that has not agreed yet, and sends it the link.
 * @throws `MAIL_NOT_CONFIGURED`, `TOO_MANY_RECIPIENTS`, `TOO_MANY_MAILS`
 */
export async function addRecipient(
  control: Control,
  caller: Caller,
  tenantId: string,
  email: string,
): Promise<Recipient> {
  const { recipient, tenant, url } = await inTenant(
    control,
    caller,
    'admin',
    tenantId,
    async (tx, tenant) => {
      if (control.mail === undefined) throw noMail();
      const known = await tx
        .selectFrom('alert_recipients')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('email', '=', email)
        .executeTakeFirst();
      if (known?.confirmed_at) return { recipient: known, tenant, url: undefined };
      await requireRoom(tx, tenantId, known === undefined);
      const now = new Date(control.clock());
      const id = known?.id ?? `rc_${randomBytes(9).toString('hex')}`;
      const added = await tx
        .insertInto('alert_recipients')
        .values({ tenant_id: tenantId, id, email, added_by: caller.actor, added_at: now, asked_at: now })
        .onConflict((on) => on.columns(['tenant_id', 'id']).doUpdateSet({ asked_at: now }))
        .returningAll()
        .executeTakeFirstOrThrow();
      // The trail is kept when everything else is deleted: it names nobody.
      await audit(tx, caller, { tenantId, action: 'alerts.recipientAsked', subject: `recipient:${id}` });
      return { recipient: added, tenant, url: await linkOf(control, tx, added, 'confirm') };
    },
    { lock: 'update' },
  );
  if (url === undefined) return recipient;
  return noteDelivery(control, recipient, await ask(control, recipient, tenant, url));
}

async function requireRoom(tx: Tx, tenantId: string, isNew: boolean): Promise<void> {
  const { rows } = await sql<{ recipients: number; asked: number }>`
    select (select count(*)::int from alert_recipients where tenant_id = ${tenantId}) as recipients,
           (select count(*)::int from audit where tenant_id = ${tenantId} and action = 'alerts.recipientAsked'
              and at > now() - interval '1 hour') as asked`.execute(tx);
  const { recipients = 0, asked = 0 } = rows[0] ?? {};
  if (isNew && recipients >= mostOfTenant) {
    throw conflict(
      'TOO_MANY_RECIPIENTS',
      `A tenant has at most ${mostOfTenant} recipients.`,
      'Remove one first, or use the address of a mailing list.',
    );
  }
  if (asked < mostAsked) return;
  throw new ControlError({
    kind: 'limited',
    code: 'TOO_MANY_MAILS',
    message: `This tenant has sent ${asked} mails that ask for a confirmation within the hour.`,
    fix: 'Wait an hour, then add the address again.',
    retryAfter: 3600,
  });
}

async function ask(control: Control, { email }: Recipient, { name }: Tenant, url: string): Promise<LastDelivery> {
  const outcome = await control.mail!.send({
    to: email,
    subject: 'Crosswalk: do you want alerts at this address?',
    text: [
      `Somebody who manages "${shown(name)}" in Crosswalk added this address, so that you hear when its sync between HubSpot and Pendo needs somebody.`,
      `Open this link within seven days to agree:\n${url}`,
      'If you do not expect this, do nothing: no further mail is sent to you.',
    ].join('\n\n'),
  });
  return { at: new Date(control.clock()).toISOString(), delivered: outcome.error === null, status: null, ...outcome };
}

/** A tenant may be called anything. */
export const shown = (name: string): string => name.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 100);

async function noteDelivery(
  control: Pick<Control, 'db'>,
  { tenant_id: tenantId, id }: Recipient,
  last: LastDelivery,
): Promise<Recipient> {
  const noted = await control.db.tenant(tenantId, (tx) =>
    tx
      .updateTable('alert_recipients')
      .set({ last_delivery: JSON.stringify(last) })
      .where('tenant_id', '=', tenantId)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst(),
  );
  if (noted === undefined) throw notFound('recipient');
  return noted;
}

export function removeRecipient(control: Control, caller: Caller, tenantId: string, id: string): Promise<void> {
  return inTenant(control, caller, 'admin', tenantId, async (tx) => {
    const { numDeletedRows } = await tx
      .deleteFrom('alert_recipients')
      .where('tenant_id', '=', tenantId)
      .where('id', '=', id)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw notFound('recipient');
    await audit(tx, caller, { tenantId, action: 'alerts.recipientRemoved', subject: `recipient:${id}` });
  });
}

/** Nobody needs a key to ask for these rows: the database is asked for few of them at once. */
const lookups = pLimit(4);

/** What a link is about, without doing it. @throws `LINK_STALE` */
export function readLink(
  control: Control,
  token: string,
  purpose: Purpose,
): Promise<{ email: string; tenant: string }> {
  return atLink(control, token, purpose, async (_tx, { email }, tenant) => ({ email, tenant: tenant.name }));
}

/** @throws `LINK_STALE`. Following a link again changes nothing. */
export function followLink(control: Control, token: string, purpose: Purpose): Promise<void> {
  return atLink(control, token, purpose, async (tx, { tenant_id: tenantId, id, confirmed_at: confirmed }) => {
    if (purpose === 'confirm' && confirmed !== null) return;
    const row = { tenantId, subject: `recipient:${id}` };
    if (purpose === 'stop') {
      await tx.deleteFrom('alert_recipients').where('tenant_id', '=', tenantId).where('id', '=', id).execute();
      await audit(tx, systemCaller('engine'), { ...row, action: 'alerts.recipientStopped' });
      return;
    }
    await tx
      .updateTable('alert_recipients')
      .set({ confirmed_at: new Date(control.clock()) })
      .where('tenant_id', '=', tenantId)
      .where('id', '=', id)
      .execute();
    await audit(tx, systemCaller('engine'), { ...row, action: 'alerts.recipientConfirmed' });
  });
}

function atLink<T>(
  control: Control,
  token: string,
  purpose: Purpose,
  work: (tx: Tx, recipient: Recipient, tenant: Tenant) => Promise<T>,
): Promise<T> {
  const [tenantId = '', id = '', mac = ''] = token.split('.');
  if (!/^[\w-]{1,64}$/.test(tenantId)) throw staleLink();
  return lookups(() =>
    control.db.tenant(tenantId, async (tx) => {
      const recipient = await tx
        .selectFrom('alert_recipients')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('id', '=', id)
        .executeTakeFirst();
      const tenant = await tx.selectFrom('tenants').selectAll().where('id', '=', tenantId).executeTakeFirst();
      const secret = recipient && (await control.vault.get(tx, tenantId, secretName));
      if (recipient === undefined || tenant === undefined || secret === undefined) throw staleLink();
      if (!isSame(mac, macOf(secret, recipient, purpose))) throw staleLink();
      const asked = recipient.asked_at?.getTime() ?? 0;
      if (purpose === 'confirm' && asked < control.clock() - linkLivesMs) throw staleLink();
      return work(tx, recipient, tenant);
    }),
  );
}

/** The address of the page that this person confirms on, or stops at. */
export async function linkOf(
  control: Pick<Control, 'vault' | 'publicUrl'>,
  tx: Tx,
  recipient: Pick<Recipient, 'tenant_id' | 'id' | 'email'>,
  purpose: Purpose,
): Promise<string> {
  const { tenant_id: tenantId, id } = recipient;
  let secret = await control.vault.get(tx, tenantId, secretName);
  if (secret === undefined) {
    secret = new Secret(randomBytes(32).toString('base64url'));
    await control.vault.put(tx, tenantId, secretName, secret);
  }
  return `${control.publicUrl}/v1/alerts/${purpose}?token=${tenantId}.${id}.${macOf(secret, recipient, purpose)}`;
}

function macOf(secret: Secret, { id, email }: Pick<Recipient, 'id' | 'email'>, purpose: Purpose): string {
  return createHmac('sha256', secret.reveal()).update(`${purpose}\n${id}\n${email}`).digest('base64url');
}

function isSame(given: string, mac: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(mac)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const staleLink = () =>
  invalid(
    'LINK_STALE',
    'This link is not valid any more: it was cut off, is too old, or the address was removed.',
    'To get alerts, ask whoever manages the sync to add your address again. Otherwise there is nothing to do.',
  );

const noMail = () =>
  conflict(
    'MAIL_NOT_CONFIGURED',
    'This installation has no mail server, so nothing can be sent by e-mail.',
    'Whoever operates it sets CROSSWALK_SMTP_URL and CROSSWALK_MAIL_FROM. Until then use a webhook, Slack or Teams.',
  );
