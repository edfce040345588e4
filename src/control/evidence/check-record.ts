/** "And what is there right now?" Reads one record from both vendors, compares, and writes nothing. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { longestShown } from '../../db/page-weight.ts';
import type { Leg } from '../../db/schema.ts';
import type { SyncConfig, SyncObject } from '../../sync/config.ts';
import type { MirrorRow } from '../../sync/mirror-row.ts';
import { type Canon, type CanonDoc, isKeeping, type Plan } from '../../sync/types.ts';
import { audit } from '../audit/audit.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { ControlError, conflict } from '../errors.ts';
import { readableAtOnce, readLive } from './live-record.ts';
import { recordForgotten, requireReadablePendoId } from './readable-record.ts';
import { explainRecord } from './record.ts';
import type { Side } from './record-match.ts';
import { notForgotten } from './suppressed.ts';

export interface CheckedField {
  field: string;
  /** False: it takes more than this record to know, and is left to runs. */
  read: boolean;
  source: unknown;
  target: unknown;
  equal: boolean;
}

export interface RecordCheck {
  at: Date;
  calls: number;
  /** Null: it is not there. */
  hubspotId: string | null;
  pendoId: string | null;
  /** Marked do-not-process in Pendo, so nothing of it is compared. */
  excluded: boolean;
  legs: Record<Leg, CheckedField[]>;
}

const patienceMs = 25_000;

/**
 * @throws `RECORD_FORGOTTEN`, `NOTHING_READ_YET`, `ID_NOT_READABLE`, `VENDOR_BUSY`; VendorError when a vendor does not answer.
 */
export async function checkRecord(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  side: Side,
  typed: string,
): Promise<RecordCheck> {
  await inTenant(control, caller, 'operate', tenantId, async () => undefined);
  const known = await explainRecord(control, caller, tenantId, object, side, typed);
  if (known.forgotten) throw recordForgotten('read');
  const wanted = {
    hubspotId: side === 'hubspot' ? known.id : known.match.partnerId,
    pendoId: side === 'pendo' ? known.id : known.match.partnerId,
  };
  if (wanted.pendoId !== null) requireReadablePendoId(wanted.pendoId, 'Look at the record in Pendo itself.');
  const { plan, config } = await inTenant(control, caller, 'operate', tenantId, async (tx) => {
    const after = wanted.hubspotId === null ? undefined : { hubspotId: wanted.hubspotId };
    await audit(tx, caller, { tenantId, action: 'record.checked', subject: `sync:${object}`, after });
    return lastPlan(tx, tenantId, object);
  });
  let calls = 0;
  const signal = AbortSignal.timeout(patienceMs);
  const vendors = await control.vendors.open(tenantId, { signal, onCall: () => void calls++ });
  const now = control.clock();
  const live = await readLive(vendors, { plan, config, now }, wanted).catch((error: unknown) => {
    throw signal.aborted ? busy() : error;
  });
  // Somebody forgotten may have been found by the key.
  const found = [live.hubspot, live.pendo].filter((row) => row !== undefined);
  const nameOf = (row: MirrorRow) => ({
    ...(row === live.hubspot && { hubspotId: row.id }),
    keys: [...(row === live.pendo ? [row.id] : []), ...(row.matchKey === null ? [] : [row.matchKey])],
  });
  const shownRows = await notForgotten(control, tenantId, object, found, nameOf);
  if (shownRows.length < found.length) throw recordForgotten('read');
  const excluded = live.pendo?.keyState === 'excluded';
  const readable = new Set(readableAtOnce(plan).push.map(({ property }) => property));
  const fields = (leg: Leg): CheckedField[] => {
    const [source, target] = leg === 'pull' ? [live.hubspot, live.pendo] : [live.pendo, live.hubspot];
    if (excluded) return [];
    return plan[leg]
      .filter(({ stopped }) => stopped === undefined)
      .map(({ property }) => {
        const read = leg === 'pull' || readable.has(property);
        return compared(property, read, source?.gives, target?.holds);
      });
  };
  return {
    at: new Date(now),
    calls,
    hubspotId: live.hubspot?.id ?? null,
    pendoId: live.pendo?.id ?? null,
    excluded,
    legs: { pull: fields('pull'), push: fields('push') },
  };
}

function compared(
  field: string,
  read: boolean,
  source: CanonDoc | undefined,
  target: CanonDoc | undefined,
): CheckedField {
  const given = read ? source?.[field] : undefined;
  const from = given !== undefined && isKeeping(given) ? null : given;
  const to = target?.[field];
  const equal = from !== undefined && to !== undefined && from === to;
  return { field, read, source: shown(from), target: shown(to), equal };
}

function shown(value: Canon | undefined): unknown {
  if (typeof value !== 'string' || value.length <= longestShown) return value ?? null;
  return `${value.slice(0, longestShown / 4)}… (${value.length} characters)`;
}

async function lastPlan(tx: Tx, tenantId: string, object: SyncObject): Promise<{ plan: Plan; config: SyncConfig }> {
  const run = await tx
    .selectFrom('runs')
    .select(['plan', 'config'])
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where('settled_at', 'is not', null)
    .where(sql<boolean>`plan is not null`)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (run?.plan) return { plan: run.plan, config: run.config };
  throw conflict(
    'NOTHING_READ_YET',
    'No run has compared this sync yet.',
    'Start a preview, then check the record again.',
  );
}

const busy = () =>
  new ControlError({
    kind: 'vendor',
    code: 'VENDOR_BUSY',
    message: 'The vendors did not answer in time. A run may be using up their limits. Nothing was changed.',
    fix: 'Try again in a minute.',
    retryAfter: 60,
  });
