/** The push leg: what Pendo gives, by batch update of record ids; by batch upsert where creating is allowed. */
import type { OwedRow, RejectedDelivery } from '../db/deliver/index.ts';
import type { BatchReply } from '../hubspot/index.ts';
import { crmTypeOf } from '../hubspot/index.ts';
import { hubspotTargetValue, toHubSpot } from '../sync/canonical.ts';
import type { CanonDoc } from '../sync/types.ts';
import { kindsBy } from './deliver/canary-kinds.ts';
import type { BatchAnswer } from './deliver/carrier.ts';
import { askFirst, checkCreated, creationKey } from './deliver/created-in-hubspot.ts';
import { deliver, wantedOf } from './deliver/deliver.ts';
import { deliverEvents } from './deliver/events.ts';
import type { EngineDeps } from './deps.ts';
import { planOf } from './read/row-rules.ts';
import type { Step } from './step/step.ts';
import type { RunRef, StepResult } from './types.ts';

export async function deliverToHubSpot(deps: EngineDeps, ref: RunRef): Promise<StepResult> {
  const delivered = await deliverProperties(deps, ref);
  return delivered.kind === 'done' ? deliverEvents(deps, ref) : delivered;
}

function deliverProperties(deps: EngineDeps, ref: RunRef): Promise<StepResult> {
  return deliver(deps, ref, {
    leg: 'push',
    batchSize: 100,
    // Rate times latency asks for ten or twenty; but the calls that open a window are free, and what is not sent then is
    // waited for at the end.
    inFlight: 128,
    async send(rows, step) {
      const { hubspot } = await step.vendors();
      if (rows[0]?.kind === 'create') return create(rows, step, ref);
      const reply = await hubspot.batchUpdate(
        crmTypeOf[ref.object],
        rows.map((row) => ({ id: row.hubspotId ?? '', properties: properties(row, step) })),
      );
      return answerOf(rows, (row) => row.hubspotId ?? '', reply);
    },
    targetId: (row) => row.hubspotId ?? '',
    readBack: (ids, step) => readBack(ids, step, ref),
    async kinds(step, names) {
      // HubSpot documents that an empty text clears any property, so clearing a field tests it as well as setting it does.
      const fields = new Map(
        planOf(step.run).push.map(({ property, hubspotType }) => [
          property,
          { kind: names.set(property, hubspotType), field: property },
        ]),
      );
      return kindsBy(names, (field) => fields.get(field));
    },
    mayWithhold: () => false,
  });
}

async function readBack(ids: string[], { run, vendors }: Step, { object }: RunRef): Promise<Map<string, CanonDoc>> {
  if (ids.length === 0) return new Map();
  const { hubspot } = await vendors();
  const fields = planOf(run).push.filter(({ stopped }) => stopped === undefined);
  const names = fields.map(({ property }) => property);
  const records = await hubspot.readRecords(crmTypeOf[object], ids, names);
  return new Map(
    records.map(({ id, properties }) => [
      id,
      Object.fromEntries(
        fields.map(({ property, hubspotType }) => [property, hubspotTargetValue(hubspotType, properties[property])]),
      ),
    ]),
  );
}

async function create(rows: OwedRow[], step: Step, ref: RunRef): Promise<BatchAnswer> {
  const { hubspot } = await step.vendors();
  const asked = await askFirst(rows, step, ref);
  const notCreated = asked.taken.map(({ seq }) => ({ seq, code: 'KEY_TAKEN' }));
  if (asked.free.length === 0) return { accepted: [], rejected: [], dropped: [], again: [], notCreated };
  const key = (row: OwedRow): string => creationKey(row, step);
  const answered = await hubspot.batchUpsert(crmTypeOf[ref.object], {
    idProperty: step.run.config.joinKey.property,
    inputs: asked.free.map((row) => ({ key: key(row), properties: properties(row, step) })),
  });
  const { reply, rejected } = await checkCreated(answered, asked, step, ref);
  const answer = answerOf(asked.free, key, reply);
  return { ...answer, rejected: [...answer.rejected, ...rejected], notCreated };
}

function properties(row: OwedRow, { run }: Step): Record<string, string> {
  const types = new Map(planOf(run).push.map((field) => [field.property, field.hubspotType]));
  return Object.fromEntries(
    Object.entries(row.changes).map(([field, [, wanted]]) => [field, toHubSpot(types.get(field) ?? 'number', wanted)]),
  );
}

function answerOf(rows: OwedRow[], input: (row: OwedRow) => string, reply: BatchReply): BatchAnswer {
  const byInput = new Map(rows.map((row) => [input(row), row]));
  const rejected: RejectedDelivery[] = [];
  for (const { input: name, code, property, message } of reply.rejected) {
    const row = byInput.get(name);
    const what = property === undefined ? 'this record' : `the property "${property}" of this record`;
    if (row) {
      rejected.push({
        seq: row.seq,
        code,
        property,
        message: `HubSpot refused ${what} (${code}). It is tried again in the next run.`,
        vendorText: message,
      });
    }
  }
  for (const name of reply.absent) {
    const row = byInput.get(name);
    if (row) {
      rejected.push({
        seq: row.seq,
        code: 'NOT_IN_REPLY',
        message: 'HubSpot left this record out of its reply: merged away or deleted since it was read.',
      });
    }
  }
  const accepted = reply.accepted.flatMap(({ id, key }) => {
    const row = byInput.get(key ?? id);
    return row
      ? [{ seq: row.seq, kind: row.kind, fields: wantedOf(row), createdId: key === undefined ? undefined : id }]
      : [];
  });
  const unsent = new Set(reply.unsent);
  return {
    accepted,
    rejected,
    again: rows.filter((row) => unsent.has(input(row))),
    failure: reply.failure,
    dropped: reply.dropProperties.map(({ name, code, message }) => ({ field: name, code, message })),
  };
}
