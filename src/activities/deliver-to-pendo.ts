/** The pull leg: what HubSpot gives, by metadata value writes of 500 rows. */
import type { OwedRow, RejectedDelivery } from '../db/deliver/index.ts';
import { pipelines, type WriteReply } from '../pendo/index.ts';
import { isClear } from '../sync/canaries.ts';
import { fromPendo, toPendo } from '../sync/canonical.ts';
import type { PendoSettings } from '../sync/config.ts';
import { heldOf, pendoSelection } from '../sync/pendo-row.ts';
import type { CanonDoc } from '../sync/types.ts';
import { pendoTypeFor } from '../sync/value-types.ts';
import { kindsBy } from './deliver/canary-kinds.ts';
import type { BatchAnswer } from './deliver/carrier.ts';
import { deliver, wantedOf } from './deliver/deliver.ts';
import type { EngineDeps } from './deps.ts';
import { recordIdOf } from './read/pendo-people.ts';
import { planOf } from './read/row-rules.ts';
import type { Step } from './step/step.ts';
import type { RunRef, StepResult } from './types.ts';

export function deliverToPendo(deps: EngineDeps, ref: RunRef): Promise<StepResult> {
  return deliver(deps, ref, {
    leg: 'pull',
    batchSize: 500,
    inFlight: 2,
    async send(rows, step) {
      const { pendo, pendoSettings } = await step.vendors();
      const creating = rows[0]?.kind === 'create';
      const reply = await pendo.writeValues(
        ref.object,
        step.run.config.pendoGroup,
        rows.map((row) => ({ id: targetIdOf(row), values: values(row, step, pendoSettings) })),
        { create: creating },
      );
      return answerOf(rows, reply, step);
    },
    targetId: targetIdOf,
    readBack: (ids, step) => readBack(ids, step, ref),
    async kinds(step, names) {
      const { pendoSettings } = await step.vendors();
      const { pendoGroup } = step.run.config;
      const byField = new Map(
        planOf(step.run).pull.map(({ property, field, valueType }) => [
          property,
          {
            set: { kind: names.set(`${pendoGroup}.${field}`, valueType), field: property },
            clear: { kind: names.clear(pendoSettings.clear, pendoTypeFor(valueType)), field: property },
          },
        ]),
      );
      return kindsBy(names, (field, wanted) => byField.get(field)?.[wanted === null ? 'clear' : 'set']);
    },
    mayWithhold: isClear,
  });
}

async function readBack(ids: string[], { run, vendors }: Step, { object }: RunRef): Promise<Map<string, CanonDoc>> {
  const found = new Map<string, CanonDoc>();
  if (ids.length === 0) return found;
  const { pendo } = await vendors();
  const plan = planOf(run);
  const request = {
    ids,
    limit: ids.length,
    select: pendoSelection({ plan: { ...plan, push: [] }, config: run.config }),
  };
  await pendo.aggregate<Record<string, unknown>>(
    object === 'visitor' ? pipelines.visitorsPage(request) : pipelines.accountsPage(request),
    (row) => {
      const held = heldOf(row, { plan });
      const id = recordIdOf(row[object === 'visitor' ? 'visitorId' : 'accountId']);
      if (id === undefined) return;
      found.set(
        id,
        Object.fromEntries(
          plan.pull.map(({ property, field, valueType }) => [property, fromPendo(valueType, held[field])]),
        ),
      );
    },
  );
  return found;
}

function targetIdOf(row: OwedRow): string {
  return (row.kind === 'create' ? row.key : row.pendoId) ?? '';
}

function values(row: OwedRow, { run }: Step, { clear }: PendoSettings): Record<string, unknown> {
  const fields = new Map(planOf(run).pull.map((field) => [field.property, field]));
  const written: Record<string, unknown> = {};
  for (const [property, [, wanted]] of Object.entries(row.changes)) {
    const field = fields.get(property);
    if (field === undefined) continue;
    if (wanted !== null) written[field.field] = toPendo(field.valueType, wanted);
    else written[field.field] = clear === 'emptyString' ? '' : null;
  }
  return written;
}

function answerOf(rows: OwedRow[], reply: WriteReply, { run }: Step): BatchAnswer {
  const byId = new Map(rows.map((row) => [targetIdOf(row), row]));
  const rejected: RejectedDelivery[] = [];
  const refuse = (id: string, code: string, message: string, vendorText?: string): void => {
    const row = byId.get(id);
    if (row) rejected.push({ seq: row.seq, code, message, vendorText });
  };
  for (const id of reply.missing) refuse(id, 'MISSING', 'Pendo does not know this id (any more).');
  for (const { id, message } of reply.errors) {
    if (id === undefined) continue;
    refuse(
      id,
      'PENDO_ERROR',
      'Pendo refused the values of this record. They are tried again in the next run.',
      message,
    );
  }
  for (const id of reply.unaccounted)
    refuse(id, 'UNACCOUNTED', 'Pendo counted a failure and did not say whose it was.');
  const unsent = new Set(reply.unsent);
  const properties = new Map(planOf(run).pull.map(({ field, property }) => [field, property]));
  return {
    accepted: reply.updated.flatMap((id) => {
      const row = byId.get(id);
      return row
        ? [{ seq: row.seq, kind: row.kind, fields: wantedOf(row), createdId: row.kind === 'create' ? id : undefined }]
        : [];
    }),
    rejected,
    again: rows.filter((row) => unsent.has(targetIdOf(row))),
    failure: reply.failure,
    dropped: reply.dropFields.flatMap(({ name, message }) => {
      const property = properties.get(name);
      return property === undefined ? [] : [{ field: property, code: 'UNKNOWN_FIELD', message }];
    }),
  };
}
