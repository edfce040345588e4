/**
 * The deployment's own chain, for the operator's webhook. In its order, and each message until it has arrived: one that is refused
 * holds back those after it. Tenants' chains go to their own webhooks.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { EgressError } from '../../egress/index.ts';
import type { Control } from '../control.ts';
import { signatureHeaders } from '../signed-webhook.ts';
import { chainName, deploymentChain } from './chains.ts';
import { type FeedLine, headOf, linesAfter } from './feed-lines.ts';

/** Seconds after so many failures; then as the last. */
const backoff = [10, 60, 300, 1_800, 3_600];
/** While one process sends, no other does; one that dies gives it back. */
const leaseSeconds = 60;
const mostMessages = 20;

type Sender = Pick<Control, 'db' | 'clock' | 'log' | 'auditWebhook'>;

interface Taken {
  lines: FeedLine[];
  attempts: number;
}

/** Sends what is new. @returns how many entries arrived. */
export async function sendToOperator(control: Sender): Promise<number> {
  const { auditWebhook: webhook } = control;
  if (webhook === undefined) return 0;
  const receiver = createHash('sha256').update(webhook.url).digest();
  let arrived = 0;
  for (let round = 0; round < mostMessages; round++) {
    const taken = await control.db.platform((tx) => take(tx, receiver, control.clock()));
    if (taken === undefined) break;
    const error = await post(control, webhook, taken.lines);
    const { clock } = control;
    await control.db.platform((tx) => settle(tx, receiver, taken, error === undefined, clock()));
    if (error !== undefined) {
      const entries = taken.lines.length;
      control.log.warn({ error, entries, attempt: taken.attempts + 1 }, 'audit entries not delivered to the operator');
      break;
    }
    arrived += taken.lines.length;
  }
  return arrived;
}

async function take(tx: Tx, receiver: Buffer, now: number): Promise<Taken | undefined> {
  const head = await headOf(tx, deploymentChain);
  const due = new Date(now);
  await sql`insert into audit_feeds (receiver, sent_seq, next_attempt_at) values (${receiver}, ${head}::bigint, ${due})
    on conflict do nothing`.execute(tx);
  const { rows } = await sql<{ sent_seq: string; attempts: number }>`
    select sent_seq::text, attempts from audit_feeds where receiver = ${receiver} and next_attempt_at <= ${due}
    for update skip locked`.execute(tx);
  const [feed] = rows;
  if (feed === undefined) return undefined;
  const lines = await linesAfter(tx, deploymentChain, feed.sent_seq);
  if (lines.length === 0) return undefined;
  const until = new Date(now + leaseSeconds * 1000);
  await sql`update audit_feeds set next_attempt_at = ${until} where receiver = ${receiver}`.execute(tx);
  return { lines, attempts: feed.attempts };
}

async function settle(tx: Tx, receiver: Buffer, { lines, attempts }: Taken, arrived: boolean, now: number) {
  const wait = backoff[Math.min(attempts, backoff.length - 1)]!;
  await (arrived
    ? sql`update audit_feeds set sent_seq = greatest(sent_seq, ${lines.at(-1)!.seq}::bigint), attempts = 0,
            next_attempt_at = ${new Date(now)} where receiver = ${receiver}`
    : sql`update audit_feeds set attempts = attempts + 1, next_attempt_at = ${new Date(now + wait * 1000)}
          where receiver = ${receiver}`
  ).execute(tx);
}

/** @returns why it did not arrive. */
async function post(
  { clock, log }: Sender,
  { url, secret, fetch }: NonNullable<Control['auditWebhook']>,
  entries: FeedLine[],
): Promise<string | undefined> {
  const now = clock();
  const chain = chainName(deploymentChain);
  // A message that is sent again may have more entries by then: `seq` says which a receiver has.
  const id = `msg_${chain}_${entries[0]!.seq}_${entries.at(-1)!.seq}`;
  const message = `${entries.length} entries of the audit trail.`;
  const body = JSON.stringify({ type: 'audit', at: new Date(now).toISOString(), message, chain, entries });
  try {
    const reply = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...signatureHeaders({ id, body, now }, [secret]),
      },
      body,
      timeouts: { total: 15_000 },
    });
    await reply.discard();
    return reply.status >= 200 && reply.status < 300 ? undefined : `answered ${reply.status}`;
  } catch (error) {
    if (error instanceof EgressError) return error.code;
    log.error({ err: error }, 'audit entries could not be sent');
    return 'INTERNAL';
  }
}
