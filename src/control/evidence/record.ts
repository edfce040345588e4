/** "Was this record synced, and if not, why?" Answered from either side, as of now, from what is stored here. */
import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { longestShown } from '../../db/page-weight.ts';
import type { Leg } from '../../db/schema.ts';
import type { SyncObject } from '../../sync/config.ts';
import type { SyncRef } from '../../sync/refs.ts';
import { isUnstorableId, storedId } from '../../sync/stored-id.ts';
import { hubspotName, keyNames } from '../../sync/suppressed-names.ts';
import { needsEscape, readTypedId } from '../../sync/typed-id.ts';
import { openSuppression } from '../../vault/index.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { notFound } from '../errors.ts';
import { findSync } from '../syncs/syncs.ts';
import {
  compareFields,
  describeLeg,
  forgottenLeg,
  type LastRuns,
  type LegStanding,
  type StoredRow,
} from './record-leg.ts';
import { type RecordLinks, recordLinks } from './record-links.ts';
import { findMatch, type Match, otherSide, type Side } from './record-match.ts';
import { type RefusedField, refusedFields } from './refused-fields.ts';

export interface RecordAnswer {
  object: SyncObject;
  side: Side;
  id: string;
  /** The name under which runs list the record, where its id cannot be stored. */
  listedAs: string | null;
  /** Read by the last run. */
  known: boolean;
  forgotten: boolean;
  match: Match;
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
  /** The record's own page at each vendor. */
  links: RecordLinks;
  lastRead: { run: string; at: string } | null;
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
  scope: SyncRef,
  side: Side,
  typed: string,
): Promise<RecordAnswer> {
  const sync = await findSync(tx, scope.tenantId, scope.object);
  if (sync === undefined) throw notFound('sync');
  const id = side === 'hubspot' ? typed : await meantId(tx, scope, typed);
  // What the tables know it by.
  const name = side === 'hubspot' ? id : storedId(id);
  const own = await readMirror(tx, scope, side, name);
  const lastRead = await newestRun(tx, scope, sql`settled_at is not null`);
  const match = await findMatch(tx, scope, side, own, lastRead?.config ?? sync.config);
  const partner = match.partnerId === null ? undefined : await readMirror(tx, scope, otherSide(side), match.partnerId);
  const hubspot = side === 'hubspot' ? own : partner;
  const pendo = side === 'pendo' ? own : partner;
  const connections = await tx
    .selectFrom('connections')
    .select(['vendor', 'identity', 'settings'])
    .where('tenant_id', '=', scope.tenantId)
    .execute();
  const plan = lastRead?.plan ?? undefined;
  const deliveries = await readDeliveries(tx, scope, side, name);
  const runs: LastRuns = {
    judged: await newestRun(tx, scope, sql`settled_at is not null and not dry_run`),
    ended: await newestRun(tx, scope, sql`closed_at is not null and not dry_run`),
  };
  const under = {
    ...scope,
    config: sync.config,
    version: sync.version,
    pendoCanClear: connections.find(({ vendor }) => vendor === 'pendo')?.settings.clear !== 'cannot',
    now: clock(),
  };
  const leg = async (which: Leg): Promise<LegStanding> => {
    const source = which === 'pull' ? hubspot : pendo;
    const sourceId = source?.id ?? (legFrom(side) === which ? name : undefined);
    const newest = sourceId === undefined ? undefined : await newestOutcome(tx, scope, which, sourceId);
    const target = which === 'pull' ? pendo : hubspot;
    const fields =
      plan === undefined || source === undefined || target === undefined || match.state !== 'matched'
        ? []
        : await compareFields(
            tx,
            which,
            { ...under, plan, planVersion: lastRead?.config_version ?? 0 },
            source,
            target,
          );
    const refused = lastRefused(deliveries, which, newest?.run_id);
    return describeLeg(which, {
      source,
      newest,
      runs,
      match: match.state,
      fields,
      refused,
      own: legFrom(side) === which,
    });
  };
  const suppression = await openSuppression(tx, vault, scope.tenantId);
  const names = side === 'hubspot' ? [hubspotName(id)] : [...keyNames(id), ...keyNames(name)];
  const forgotten = suppression !== undefined && (await isSuppressed(tx, scope, names.map(suppression)));
  const erased = forgotten && own === undefined;
  return {
    object: scope.object,
    side,
    id,
    listedAs: name === id ? null : name,
    known: own !== undefined,
    forgotten,
    match: erased ? { ...match, state: 'excluded' } : match,
    legs: erased ? { pull: forgottenLeg, push: forgottenLeg } : { pull: await leg('pull'), push: await leg('push') },
    deliveries,
    links: recordLinks(connections, scope.object, {
      hubspotId: hubspot?.id ?? (side === 'hubspot' ? id : null),
      pendoId: pendo?.id ?? (side === 'pendo' && name === id ? id : null),
    }),
    lastRead: lastRead?.settled_at ? { run: lastRead.id, at: lastRead.settled_at.toISOString() } : null,
  };
}

/** An id may look like an escaped one: what is there, is meant. */
async function meantId(tx: Tx, scope: SyncRef, typed: string): Promise<string> {
  const { literal, escaped } = readTypedId(typed);
  if (escaped === undefined) return literal;
  const isThere = async (id: string): Promise<boolean> =>
    (await readMirror(tx, scope, 'pendo', storedId(id))) !== undefined ||
    (await newestOutcome(tx, scope, 'push', storedId(id))) !== undefined;
  if (await isThere(literal)) return literal;
  return needsEscape(escaped) || isUnstorableId(escaped) || (await isThere(escaped)) ? escaped : literal;
}

function newestRun(tx: Tx, { tenantId, object }: SyncRef, that: RawBuilder<boolean>) {
  return tx
    .selectFrom('runs')
    .select(['id', 'plan', 'config', 'config_version', 'settled_at', 'read_round', 'reason', 'counts', 'as_of'])
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where(that)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

async function readMirror(
  tx: Tx,
  { tenantId, object }: SyncRef,
  side: Side,
  id: string,
): Promise<StoredRow | undefined> {
  const { rows } = await sql<StoredRow>`
    select id::text as id, key_state, match_key, coalesce(loose_key, fold_key) as loose_key,
           cut_values(gives, ${longestShown}) as gives, cut_values(holds, ${longestShown}) as holds
    from ${sql.table(`${side}_records`)}
    where tenant_id = ${tenantId} and object = ${object} and id = ${id}${sql.raw(side === 'hubspot' ? '::bigint' : '')}`.execute(
    tx,
  );
  return rows[0];
}

async function newestOutcome(tx: Tx, { tenantId, object }: SyncRef, leg: Leg, sourceId: string) {
  return tx
    .selectFrom('outcomes as o')
    .leftJoin('runs as r', 'r.id', 'o.run_id')
    .select(['o.outcome', 'o.partner_id', 'o.reason', 'o.run_id', 'r.as_of'])
    .where('o.tenant_id', '=', tenantId)
    .where('o.object', '=', object)
    .where('o.leg', '=', leg)
    .where('o.giver_id', '=', sourceId)
    .orderBy('o.run_id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

async function readDeliveries(
  tx: Tx,
  { tenantId, object }: SyncRef,
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

async function isSuppressed(tx: Tx, { tenantId, object }: SyncRef, hashes: Buffer[]): Promise<boolean> {
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
