/** The chains of the audit trail: one for each tenant, and `deployment` for what belongs to no tenant (migration 0022). */
import { createHash, createHmac } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { signingKey } from '../../vault/index.ts';
import type { Control } from '../control.ts';

/** As PostgreSQL has it: a tenant's id, or nothing. */
export type Chain = string;
export const deploymentChain = '';
export const chainName = (chain: Chain): string => (chain === deploymentChain ? 'deployment' : chain);

export type CheckpointKind = 'head' | 'pruned';

export interface Link {
  seq: string;
  hash: Buffer;
}

/** The text of an entry that its hash is over. Calculated here and not by the function of the trigger, so that both have to be right. */
export const entryText = sql<string>`
  jsonb_build_object(
    'id', a.id, 'at', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'tenantId', a.tenant_id,
    'actor', a.actor, 'action', a.action, 'subject', a.subject, 'before', a.before, 'after', a.after,
    'requestId', a.request_id)::text`;

export function linkHash(before: Buffer, entry: string): Buffer {
  return createHash('sha256').update(before).update(entry, 'utf8').digest();
}

/** Every chain that has a link, by looking an index up once for each. */
export async function listChains(tx: Tx): Promise<Chain[]> {
  const { rows } = await sql<{ chain: string }>`
    with recursive chains as (
      (select coalesce(tenant_id, '') as chain from audit_links order by 1 limit 1)
      union all
      select (select coalesce(tenant_id, '') from audit_links where coalesce(tenant_id, '') > c.chain order by 1 limit 1)
      from chains c where c.chain is not null)
    select chain from chains where chain is not null`.execute(tx);
  return rows.map(({ chain }) => chain);
}

/** What a signature is over, so that none can be put to another use. */
export function signatureOf(key: Buffer, kind: CheckpointKind, chain: Chain, { seq, hash }: Link): Buffer {
  const text = JSON.stringify(['crosswalk audit', kind, chain, String(seq), hash.toString('hex')]);
  return createHmac('sha256', key).update(text).digest();
}

/** In a transaction of the platform. */
export async function signCheckpoint(
  tx: Tx,
  { vault }: Pick<Control, 'vault'>,
  kind: CheckpointKind,
  chain: Chain,
  link: Link,
): Promise<void> {
  const signature = signatureOf(await vault.deployment.get(tx, signingKey), kind, chain, link);
  await tx
    .insertInto('audit_checkpoints')
    .values({
      tenant_id: chain === deploymentChain ? null : chain,
      seq: link.seq,
      kind,
      hash: link.hash,
      signature,
    })
    .execute();
}

/** Signs the head of each chain that has grown since it was signed last. Call it about once an hour. @returns how many. */
export async function signHeads(control: Pick<Control, 'db' | 'vault'>): Promise<number> {
  let signed = 0;
  for (const chain of await control.db.platform(listChains)) {
    await control.db.platform(async (tx) => {
      const { rows } = await sql<Link>`
        select l.seq::text as seq, l.hash from audit_links l
        where coalesce(l.tenant_id, '') = ${chain} and l.seq > coalesce((
          select max(c.seq) from audit_checkpoints c where coalesce(c.tenant_id, '') = ${chain}), 0)
        order by l.seq desc limit 1`.execute(tx);
      const head = rows[0];
      if (head === undefined) return;
      await signCheckpoint(tx, control, 'head', chain, head);
      signed += 1;
    });
  }
  return signed;
}
