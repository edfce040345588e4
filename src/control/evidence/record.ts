/** "Was this record synced, and if not, why?" Answered from either side, as of now, from what is stored here. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { Leg } from '../../db/schema.ts';
import { pendoClearing } from '../../sync/canaries.ts';
import type { PendoSettings, SyncObject } from '../../sync/config.ts';
import type { SyncRef } from '../../sync/refs.ts';
import { isUnstorableId, storedId } from '../../sync/stored-id.ts';
import { hubspotName, keyNames } from '../../sync/suppressed-names.ts';
import { needsEscape, readTypedId } from '../../sync/typed-id.ts';
import { openSuppression } from '../../vault/index.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { notFound } from '../errors.ts';
import { findSync } from '../syncs/syncs.ts';
import { type ComparedUnder, compareFields, type StoredRow } from './record-fields.ts';
import { describeLeg, forgottenLeg, type LastRuns, type LegStanding } from './record-leg.ts';
import { type RecordLinks, recordLinks } from './record-links.ts';
import { findMatch, type Match, otherSide, type Side } from './record-match.ts';
import { readOccurrences, type ShownOccurrence } from './record-occurrences.ts';
import {
  isAboutRecord,
  isSuppressed,
  newestOutcome,
  newestRun,
  readDeliveries,
  readMirror,
  type ShownDelivery,
} from './record-rows.ts';
import type { MatchState } from './record-words.ts';

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
  deliveries: ShownDelivery[];
  /** Of custom events: the newest days first, up to fifty. */
  occurrences: ShownOccurrence[];
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
  // A run of one record says nothing of the others.
  const itsOwn = isAboutRecord(side, name);
  const lastRead = await newestRun(tx, scope, sql`settled_at is not null and ${itsOwn}`);
  const match = await findMatch(tx, scope, side, own, lastRead?.config ?? sync.config);
  const partner = match.partnerId === null ? undefined : await readMirror(tx, scope, otherSide(side), match.partnerId);
  const hubspot = side === 'hubspot' ? own : partner;
  const pendo = side === 'pendo' ? own : partner;
  const connections = await tx
    .selectFrom('connections')
    .select(['vendor', 'identity', 'settings', 'answers'])
    .where('tenant_id', '=', scope.tenantId)
    .execute();
  const plan = lastRead?.plan ?? undefined;
  const deliveries = await readDeliveries(tx, scope, side, name);
  const runs: LastRuns = {
    judged: await newestRun(tx, scope, sql`settled_at is not null and not dry_run and ${itsOwn}`),
    ended: await newestRun(tx, scope, sql`closed_at is not null and not dry_run and ${itsOwn}`),
  };
  const ofPendo = connections.find(({ vendor }) => vendor === 'pendo');
  const clear = (ofPendo?.settings as Partial<PendoSettings> | undefined)?.clear ?? 'null';
  const pendoCanClear = pendoClearing(scope.object, clear, ofPendo?.answers ?? {}, clock());
  const under = { ...scope, config: sync.config, version: sync.version, pendoCanClear, now: clock() };
  const leg = (which: Leg): Promise<LegStanding> =>
    legOf(tx, which, {
      under: plan && { ...under, plan, planVersion: lastRead?.config_version ?? 0 },
      scope,
      source: which === 'pull' ? hubspot : pendo,
      target: which === 'pull' ? pendo : hubspot,
      name,
      own: legFrom(side) === which,
      match: match.state,
      runs,
      deliveries,
    });
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
    occurrences: await readOccurrences(tx, scope, side, name),
    links: recordLinks(connections, scope.object, {
      hubspotId: hubspot?.id ?? (side === 'hubspot' ? id : null),
      pendoId: pendo?.id ?? (side === 'pendo' && name === id ? id : null),
    }),
    lastRead: lastRead?.settled_at ? { run: lastRead.id, at: lastRead.settled_at.toISOString() } : null,
  };
}

interface LegAsked {
  scope: SyncRef;
  /** Undefined: no run has compared anything yet. */
  under: ComparedUnder | undefined;
  source: StoredRow | undefined;
  target: StoredRow | undefined;
  /** Of the record that was asked for; `own`: it is the source of the leg. */
  name: string;
  own: boolean;
  match: MatchState;
  runs: LastRuns;
  deliveries: readonly ShownDelivery[];
}

async function legOf(tx: Tx, which: Leg, asked: LegAsked): Promise<LegStanding> {
  const { scope, under, source, target, name, own, match, runs, deliveries } = asked;
  const sourceId = source?.id ?? (own ? name : undefined);
  const newest = sourceId === undefined ? undefined : await newestOutcome(tx, scope, which, sourceId);
  const compared = under !== undefined && source !== undefined && target !== undefined && match === 'matched';
  const fields = compared ? await compareFields(tx, which, under, source, target) : [];
  const refused = lastRefused(deliveries, which, newest?.run_id);
  return describeLeg(which, { source, newest, runs, match, fields, refused, own });
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

/** Names of fields that the run of this outcome could not write beside the others. */
function lastRefused(deliveries: readonly ShownDelivery[], leg: Leg, run: string | undefined): string[] {
  const own = deliveries.find((each) => each.leg === leg && each.run === run && each.refused !== null);
  return Object.keys(own?.refused ?? {});
}

/** The leg on which this side gives. */
function legFrom(side: Side): Leg {
  return side === 'hubspot' ? 'pull' : 'push';
}
