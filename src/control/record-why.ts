/** "Was this record synced, and if not, why?" Answered from either side, as of now, from what is stored here. */
import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { longestShown } from '../db/page-weight.ts';
import type { Leg } from '../db/schema.ts';
import type { SyncObject } from '../sync/config.ts';
import { hubspotName, keyNames } from '../sync/suppressed-names.ts';
import { openSuppression } from '../vault/index.ts';
import type { Caller } from './caller.ts';
import { type Control, inTenant } from './control.ts';
import { notFound } from './errors.ts';
import {
  compareFields,
  describeLeg,
  forgottenLeg,
  type LegStanding,
  type MatchState,
  type MirrorRow,
} from './record-standing.ts';
import { type RefusedField, refusedFields } from './refused-fields.ts';
import { findSync } from './syncs.ts';

export type Side = 'hubspot' | 'pendo';

export interface RecordAnswer {
  object: SyncObject;
  side: Side;
  id: string;
  /** Read by the last run. */
  known: boolean;
  forgotten: boolean;
  match: {
    state: MatchState;
    key: string | null;
    partnerId: string | null;
    /** The others that hold the same key, up to twenty on each side. */
    sharedWith: { hubspot: string[]; pendo: string[] };
    /** Records of the other side whose keys look the same and differ. */
    nearMisses: string[];
  };
  legs: Record<Leg, LegStanding>;
  /** The newest first, up to ten. */
  deliveries: {
    run: string;
    leg: Leg;
    kind: string;
    state: string;
    at: string | null;
    changes: Record<string, [unknown, unknown]>;
    /** Left out of it, and refused for the whole run. */
    refused: Record<string, RefusedField> | null;
    reason: Record<string, unknown> | null;
  }[];
  lastRead: { run: string; at: string } | null;
}

interface Scope {
  tenantId: string;
  object: SyncObject;
}

/** @throws `NOT_FOUND` when the tenant has no such sync. An id that nobody has seen is an answer, not an error. */
export function explainRecord(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  side: Side,
  id: string,
): Promise<RecordAnswer> {
  return inTenant(control, caller, 'read', tenantId, (tx) => answer(tx, control, { tenantId, object }, side, id));
}

async function answer(
  tx: Tx,
  { vault, clock }: Pick<Control, 'vault' | 'clock'>,
  scope: Scope,
  side: Side,
  id: string,
): Promise<RecordAnswer> {
  const sync = await findSync(tx, scope.tenantId, scope.object);
  if (sync === undefined) throw notFound('sync');
  const own = await readMirror(tx, scope, side, id);
  const other: Side = side === 'hubspot' ? 'pendo' : 'hubspot';
  const standing = await newestOutcome(tx, scope, legFrom(side), id);
  const match = await findMatch(tx, scope, side, own, standing?.partner_id ?? null);
  const partner = match.partnerId === null ? undefined : await readMirror(tx, scope, other, match.partnerId);
  const hubspot = side === 'hubspot' ? own : partner;
  const pendo = side === 'pendo' ? own : partner;
  const lastRun = await tx
    .selectFrom('runs')
    .select(['id', 'plan', 'settled_at'])
    .where('tenant_id', '=', scope.tenantId)
    .where('object', '=', scope.object)
    .where('settled_at', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const clear = await tx
    .selectFrom('connections')
    .select(sql<string | null>`settings->>'clear'`.as('clear'))
    .where('tenant_id', '=', scope.tenantId)
    .where('vendor', '=', 'pendo')
    .executeTakeFirst();
  const plan = lastRun?.plan ?? undefined;
  const deliveries = await readDeliveries(tx, scope, side, id);
  const under = {
    ...scope,
    config: sync.config,
    version: sync.version,
    pendoCanClear: clear?.clear !== 'cannot',
    now: clock(),
  };
  const leg = async (which: Leg): Promise<LegStanding> => {
    const giver = which === 'pull' ? hubspot : pendo;
    const giverId = giver?.id ?? (legFrom(side) === which ? id : undefined);
    const newest = giverId === undefined ? undefined : await newestOutcome(tx, scope, which, giverId);
    const taker = which === 'pull' ? pendo : hubspot;
    const fields =
      plan === undefined || giver === undefined || taker === undefined || match.state !== 'matched'
        ? []
        : await compareFields(tx, which, { ...under, plan }, giver, taker);
    return describeLeg(which, newest, lastRun?.id, match.state, fields, lastRefused(deliveries, which, newest?.run_id));
  };
  const suppression = await openSuppression(tx, vault, scope.tenantId);
  const names = side === 'hubspot' ? [hubspotName(id)] : keyNames(id);
  const forgotten = suppression !== undefined && (await isSuppressed(tx, scope, names.map(suppression)));
  const erased = forgotten && own === undefined;
  return {
    object: scope.object,
    side,
    id,
    known: own !== undefined,
    forgotten,
    match: erased ? { ...match, state: 'excluded' } : match,
    legs: erased ? { pull: forgottenLeg, push: forgottenLeg } : { pull: await leg('pull'), push: await leg('push') },
    deliveries,
    lastRead: lastRun?.settled_at ? { run: lastRun.id, at: lastRun.settled_at.toISOString() } : null,
  };
}

async function readMirror(tx: Tx, { tenantId, object }: Scope, side: Side, id: string): Promise<MirrorRow | undefined> {
  const { rows } = await sql<MirrorRow>`
    select id::text as id, key_state, match_key, coalesce(loose_key, fold_key) as loose_key,
           cut_values(gives, ${longestShown}) as gives, cut_values(holds, ${longestShown}) as holds
    from ${sql.table(`${side}_records`)}
    where tenant_id = ${tenantId} and object = ${object} and id = ${id}${sql.raw(side === 'hubspot' ? '::bigint' : '')}`.execute(
    tx,
  );
  return rows[0];
}

async function newestOutcome(tx: Tx, { tenantId, object }: Scope, leg: Leg, giverId: string) {
  return tx
    .selectFrom('outcomes as o')
    .leftJoin('runs as r', 'r.id', 'o.run_id')
    .select(['o.outcome', 'o.partner_id', 'o.reason', 'o.run_id', 'r.as_of'])
    .where('o.tenant_id', '=', tenantId)
    .where('o.object', '=', object)
    .where('o.leg', '=', leg)
    .where('o.giver_id', '=', giverId)
    .orderBy('o.run_id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** From the keys as they were last read; an additional e-mail's match is known from the outcome alone. */
async function findMatch(
  tx: Tx,
  { tenantId, object }: Scope,
  side: Side,
  own: MirrorRow | undefined,
  partnerId: string | null,
): Promise<RecordAnswer['match']> {
  const none = { partnerId: null, sharedWith: { hubspot: [], pendo: [] }, nearMisses: [] };
  if (own === undefined) return { state: 'unknown', key: null, ...none };
  if (own.key_state !== 'ok') {
    return { state: own.key_state === 'invalid' ? 'invalidKey' : own.key_state, key: own.match_key, ...none };
  }
  const holders = async (of: Side, has: RawBuilder<unknown>): Promise<string[]> => {
    const { rows } = await sql<{ id: string }>`
      select id::text as id from ${sql.table(`${of}_records`)} m
      where tenant_id = ${tenantId} and object = ${object} and key_state = 'ok' and ${has}
      order by m.id limit 21`.execute(tx);
    return rows.map((row) => row.id);
  };
  const sameKey = sql`m.match_key = ${own.match_key}`;
  const sharedWith = { hubspot: await holders('hubspot', sameKey), pendo: await holders('pendo', sameKey) };
  const other: Side = side === 'hubspot' ? 'pendo' : 'hubspot';
  const key = own.match_key;
  if (sharedWith.hubspot.length > 1 || sharedWith.pendo.length > 1) {
    return { state: 'ambiguous', key, partnerId: null, sharedWith, nearMisses: [] };
  }
  const partner = sharedWith[other][0] ?? partnerId;
  if (partner !== null) return { state: 'matched', key, partnerId: partner, sharedWith, nearMisses: [] };
  const nearMisses = (await holders(other, sql`coalesce(m.loose_key, m.fold_key) = ${own.loose_key}`)).slice(0, 20);
  return { state: 'unmatched', key, partnerId: null, sharedWith, nearMisses };
}

async function readDeliveries(
  tx: Tx,
  { tenantId, object }: Scope,
  side: Side,
  id: string,
): Promise<RecordAnswer['deliveries']> {
  const rows = await tx
    .selectFrom('deliveries as d')
    .innerJoin('runs as r', 'r.id', 'd.run_id')
    .select(['d.run_id', 'd.leg', 'd.kind', 'd.state', 'd.reason', 'r.closed_at', 'r.settled_at', 'r.dropped'])
    .select(sql<Record<string, [unknown, unknown]>>`cut_values(d.changes, ${longestShown})`.as('changes'))
    .select(sql<Record<string, [unknown, unknown]> | null>`cut_values(d.dropped, ${longestShown})`.as('leftOut'))
    .where('d.tenant_id', '=', tenantId)
    .where('r.object', '=', object)
    .where(side === 'hubspot' ? 'd.hubspot_id' : 'd.pendo_id', '=', id)
    .orderBy('d.run_id', 'desc')
    .orderBy('d.seq', 'desc')
    .limit(10)
    .execute();
  return rows.map((row) => ({
    run: row.run_id,
    leg: row.leg,
    kind: row.kind,
    state: row.state,
    at: (row.closed_at ?? row.settled_at)?.toISOString() ?? null,
    changes: row.changes,
    refused: refusedFields(row.leg, row.leftOut, row.dropped),
    reason: row.reason as Record<string, unknown> | null,
  }));
}

/** Names of fields that the run of this outcome could not write beside the others. */
function lastRefused(deliveries: RecordAnswer['deliveries'], leg: Leg, run: string | undefined): string[] {
  const own = deliveries.find((each) => each.leg === leg && each.run === run && each.refused !== null);
  return Object.keys(own?.refused ?? {});
}

async function isSuppressed(tx: Tx, { tenantId, object }: Scope, hashes: Buffer[]): Promise<boolean> {
  const found = await tx
    .selectFrom('suppressions')
    .select('hash')
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where('hash', 'in', hashes)
    .executeTakeFirst();
  return found !== undefined;
}

/** The leg on which this side gives. */
function legFrom(side: Side): Leg {
  return side === 'hubspot' ? 'pull' : 'push';
}
