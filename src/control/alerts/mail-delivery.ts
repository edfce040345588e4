/** Sends alerts to the people who agreed to get them. At least once: a process that dies gives its mails back. */
import { sql } from 'kysely';
import type { LastDelivery } from '../../db/schema-control.ts';
import type { Control } from '../control.ts';
import { auditKind } from './audit-feed.ts';
import { wordsOf } from './message.ts';
import { linkOf, shown } from './recipients.ts';

/** Seconds after each failed attempt: about half a day in all. */
const backoff = [60, 300, 1_800, 7_200, 14_400, 21_600];
const leaseSeconds = 120;
/** Of one round, one after the other: mail servers do not like many connections. */
const most = 50;

interface Due {
  tenant_id: string;
  alert_id: string;
  recipient: string;
  attempts: number;
  email: string;
  body: Record<string, unknown>;
  name: string;
}

type Sender = Pick<Control, 'db' | 'vault' | 'clock' | 'log' | 'mail' | 'publicUrl'>;

/** @returns how many the mail server took. */
export async function deliverAlertMails(control: Sender): Promise<number> {
  if (control.mail === undefined) return 0;
  let taken = 0;
  for (const due of await takeDue(control)) if (await deliver(control, due)) taken++;
  return taken;
}

async function takeDue({ db, clock }: Sender): Promise<Due[]> {
  const now = new Date(clock());
  return db.platform(async (tx) => {
    // Who agreed after an alert was raised has nothing to do with it.
    await sql`
      insert into alert_mails (tenant_id, alert_id, recipient, next_attempt_at)
      select a.tenant_id, a.id, r.id, ${now} from alerts a
      join alert_recipients r on r.tenant_id = a.tenant_id and r.confirmed_at <= a.created_at
      where a.created_at > ${new Date(clock() - 86_400_000)}
        -- Entries of the audit trail go to the webhook only: who gets mails may not read the trail.
        and a.kind <> ${auditKind}
      on conflict do nothing`.execute(tx);
    const { rows } = await sql<Due>`
      update alert_mails m set next_attempt_at = ${new Date(clock() + leaseSeconds * 1000)}, attempts = m.attempts + 1
      from alerts a, alert_recipients r, tenants t
      where a.id = m.alert_id and r.tenant_id = m.tenant_id and r.id = m.recipient and t.id = m.tenant_id
        and (m.tenant_id, m.alert_id, m.recipient) in (
          select tenant_id, alert_id, recipient from alert_mails where next_attempt_at <= ${now}
          order by next_attempt_at limit ${most} for update skip locked)
      returning m.tenant_id, m.alert_id, m.recipient, m.attempts, r.email, a.body, t.name`.execute(tx);
    return rows;
  });
}

async function deliver(control: Sender, due: Due): Promise<boolean> {
  const { tenant_id: tenantId, alert_id, recipient, attempts, email, body, name } = due;
  const stopUrl = await control.db.tenant(tenantId, (tx) =>
    linkOf(control, tx, { tenant_id: tenantId, id: recipient, email }, 'stop'),
  );
  const [subject = '', ...lines] = wordsOf(body, shown(name));
  const { error, answer } = await control.mail!.send({
    to: email,
    subject,
    text: [...lines, pageOf(control, body), `You agreed to get these alerts. To stop them:\n${stopUrl}`].join('\n\n'),
    stopUrl,
  });
  const last: LastDelivery = {
    at: new Date(control.clock()).toISOString(),
    delivered: error === null,
    status: null,
    answer,
    error,
  };
  const wait = backoff[attempts - 1];
  const again = error === null || wait === undefined ? null : new Date(control.clock() + wait * 1000);
  await control.db.tenant(tenantId, async (tx) => {
    await tx
      .updateTable('alert_mails')
      .set({
        next_attempt_at: again,
        last_error: error,
        ...(error === null && { delivered_at: new Date(control.clock()) }),
      })
      .where('tenant_id', '=', tenantId)
      .where('alert_id', '=', alert_id)
      .where('recipient', '=', recipient)
      .execute();
    await tx
      .updateTable('alert_recipients')
      .set({ last_delivery: JSON.stringify(last) })
      .where('tenant_id', '=', tenantId)
      .where('id', '=', recipient)
      .execute();
  });
  // No address in the log.
  if (error !== null) control.log.warn({ alert: alert_id, recipient, attempt: attempts, error }, 'alert not mailed');
  return error === null;
}

/** Where it can be looked at. */
function pageOf({ publicUrl }: Sender, { tenantId, object, run }: Record<string, unknown>): string {
  const tenant = `${publicUrl}/t/${encodeURIComponent(String(tenantId))}`;
  return run === null || run === undefined ? `${tenant}/${String(object)}` : `${tenant}/runs/${String(run)}`;
}
