/**
 * Forgetting one person: out of the mirror and the evidence, and out of what the next scans bring. Nothing is deleted at
 * the vendors. The epoch rises, so that a run in flight cannot bring the person back. And the way back, for a person who
 * consents again.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { SyncObject } from '../../sync/config.ts';
import type { SyncRef } from '../../sync/refs.ts';
import { hubspotName, keyNames } from '../../sync/suppressed-names.ts';
import { ensureSuppression, openSuppression, type SuppressionHash } from '../../vault/index.ts';
import { audit } from '../audit/audit.ts';
import type { Caller } from '../caller.ts';
import { afterCommit, type Control, inTenant } from '../control.ts';
import { ControlError } from '../errors.ts';
import { cancelActive, lockSync } from '../runs/start.ts';
import { noteErasure, total } from './erasures.ts';
import { erasePerson, type ForgetRequest, gatherNames, type Names } from './forgotten-names.ts';
import { scrubTexts } from './forgotten-texts.ts';

export interface Forgotten {
  /** Rows that were erased here. */
  erased: number;
  /** Names that will be known again. */
  suppressed: number;
  /** Id of the proof. */
  erasure: string;
}

export interface ReadmitRequest extends ForgetRequest {
  /** Where the consent is on record, for the audit trail. Names nobody. */
  reference?: string | undefined;
}

export async function forgetPerson(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  request: ForgetRequest,
): Promise<Forgotten> {
  const result = await inTenant(
    control,
    caller,
    'operate',
    tenantId,
    async (tx, tenant) => {
      await lockSync(tx, tenantId, object);
      const scope = { tenantId, object };
      const hash = await ensureSuppression(tx, control.vault, tenantId);
      const given = hashesOf(request, hash);
      const names = await gatherNames(tx, scope, request);
      const hashes = [...namesOf(names)].map(hash);
      await suppress(tx, scope, given, hashes);
      await tx
        .updateTable('tenants')
        .set({ epoch: tenant.epoch + 1, updated_at: sql`now()` })
        .where('id', '=', tenantId)
        .execute();
      await cancelActive(tx, tenantId);
      const counts = await erasePerson(tx, scope, names);
      const erased = total(counts);
      const scrubbed = await scrubTexts(tx, tenantId, names);
      // Neither ids nor hashes: the trail must not be a list of the forgotten.
      const after = { erased, scrubbed, ...counts };
      const entry = { tenantId, action: 'person.forgotten', subject: `sync:${object}`, after };
      const auditId = await audit(tx, caller, entry);
      const erasure = await noteErasure(tx, caller, { tenantId, kind: 'person', object, counts, auditId });
      return { erased, suppressed: hashes.length, erasure };
    },
    { lock: 'update' },
  );
  await afterCommit(control, 'cancel', () => control.starter.lookNow(tenantId, object));
  return result;
}

/**
 * Takes back that somebody was forgotten, by any of the names that they were forgotten by. What was erased stays erased: the
 * next full run reads the person like anybody who is new. No later `forget` finds a trace of this but the audit trail.
 *
 * @returns how many names are free again.
 * @throws `NOT_FORGOTTEN` where none of the names belongs to somebody forgotten.
 */
export function readmitPerson(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  request: ReadmitRequest,
): Promise<{ readmitted: number }> {
  return inTenant(
    control,
    caller,
    'operate',
    tenantId,
    async (tx) => {
      await lockSync(tx, tenantId, object);
      const hash = await openSuppression(tx, control.vault, tenantId);
      const given = hash === undefined ? [] : hashesOf(request, hash);
      const persons = await personsOf(tx, { tenantId, object }, given);
      const gone = await sql`
        delete from suppressions where tenant_id = ${tenantId} and object = ${object}
          and (hash = any(${given}::bytea[]) or person = any(${persons}))`.execute(tx);
      const readmitted = Number(gone.numAffectedRows ?? 0n);
      if (readmitted === 0) throw notForgotten(object);
      const { reference } = request;
      // Who and when is in every entry; the name is not, for the person may want to be forgotten again.
      await audit(tx, caller, {
        tenantId,
        action: 'person.readmitted',
        subject: `sync:${object}`,
        after: { names: readmitted, ...(reference === undefined ? {} : { reference }) },
      });
      return { readmitted };
    },
    { lock: 'update' },
  );
}

function notForgotten(object: SyncObject): ControlError {
  return new ControlError({
    kind: 'notFound',
    code: 'NOT_FORGOTTEN',
    message: `Nobody was forgotten in the ${object} sync under any of these names.`,
    fix: 'Give the names that were forgotten: the HubSpot record id, the Pendo id, or the join value. Somebody who was forgotten in both syncs is readmitted in each.',
  });
}

function hashesOf({ hubspotId, pendoId, key }: ForgetRequest, hash: SuppressionHash): Buffer[] {
  const keys = [pendoId, key].filter((name) => name !== undefined);
  return [...(hubspotId === undefined ? [] : [hubspotName(hubspotId)]), ...keys.flatMap(keyNames)].map(hash);
}

function namesOf({ hubspot, pendo, keys }: Names): Set<string> {
  return new Set([...[...hubspot].map(hubspotName), ...[...pendo, ...keys].flatMap(keyNames)]);
}

/** Everything that was forgotten together with any of these. */
async function personsOf(tx: Tx, { tenantId, object }: SyncRef, hashes: Buffer[]): Promise<string[]> {
  if (hashes.length === 0) return [];
  const rows = await tx
    .selectFrom('suppressions')
    .select('person')
    .distinct()
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where('hash', 'in', hashes)
    .where('person', 'is not', null)
    .execute();
  return rows.flatMap(({ person }) => person ?? []);
}

/** Somebody who is forgotten again, by more names, stays one person: what readmits them then readmits all of the names. */
async function suppress(tx: Tx, scope: SyncRef, given: Buffer[], hashes: Buffer[]): Promise<void> {
  const [known, ...others] = await personsOf(tx, scope, given);
  const person = known !== undefined && others.length === 0 ? known : randomUUID();
  await tx
    .insertInto('suppressions')
    .values(hashes.map((hash) => ({ tenant_id: scope.tenantId, object: scope.object, hash, person })))
    // A name that the release before forgot belongs to nobody yet.
    .onConflict((on) =>
      on
        .columns(['tenant_id', 'object', 'hash'])
        .doUpdateSet({ person: sql`coalesce(suppressions.person, excluded.person)` }),
    )
    .execute();
}
