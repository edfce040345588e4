/** The audit trail is kept for so many days. The beginning of a chain goes, and leaves the signed hash that the rest builds on. */
import { sql } from 'kysely';
import { systemCaller } from '../caller.ts';
import type { Control } from '../control.ts';
import { dayMs } from '../quota.ts';
import { audit } from './audit.ts';
import { type Chain, listChains, signCheckpoint } from './chains.ts';

/** In one transaction. */
const most = 5000;

/**
 * Removes what is older than so many days, or than the tenant's own number where that is less. The application cannot but through
 * this (migration 0022). @returns how many rows.
 */
export async function pruneAudit(control: Pick<Control, 'db' | 'clock' | 'vault'>, days: number): Promise<number> {
  const before = new Date(control.clock() - days * dayMs);
  const own = await control.db.platform((tx) =>
    tx.selectFrom('tenants').select(['id', 'audit_days']).where('audit_days', '<', days).execute(),
  );
  const ownDays = new Map(own.map(({ id, audit_days }) => [id, audit_days]));
  let pruned = await pruneUnchained(control, before);
  for (const chain of await control.db.platform(listChains)) {
    const cut = new Date(control.clock() - (ownDays.get(chain) ?? days) * dayMs);
    for (let gone = most; gone === most; pruned += gone) gone = await pruneChain(control, chain, cut);
  }
  if (pruned > 0) {
    const after = { rows: pruned, before: before.toISOString() };
    const entry = { tenantId: null, action: 'audit.pruned', subject: 'audit', after };
    await control.db.platform((tx) => audit(tx, systemCaller('engine'), entry));
  }
  return pruned;
}

function pruneChain(control: Pick<Control, 'db' | 'vault'>, chain: Chain, cut: Date): Promise<number> {
  return control.db.platform(async (tx) => {
    const { rows } = await sql<{ pruned: number; last_seq: string | null; last_hash: Buffer | null }>`
      select pruned, last_seq::text as last_seq, last_hash from prune_audit_chain(${chain}, ${cut}, ${most})`.execute(
      tx,
    );
    const { pruned = 0, last_seq: seq = null, last_hash: hash = null } = rows[0] ?? {};
    if (seq !== null && hash !== null) await signCheckpoint(tx, control, 'pruned', chain, { seq, hash });
    return pruned;
  });
}

/** What is older than the chains, of whatever tenant. */
async function pruneUnchained(control: Pick<Control, 'db'>, before: Date): Promise<number> {
  let pruned = 0;
  for (let gone = most; gone === most; pruned += gone) {
    gone = await control.db.platform(async (tx) => {
      const { rows } = await sql<{ n: number }>`select prune_audit(${before}, ${most}) as n`.execute(tx);
      return rows[0]?.n ?? 0;
    });
  }
  return pruned;
}
