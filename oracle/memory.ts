/** The oracle's own fold over earlier runs: what was sent, accepted and read back. */
import { canonical } from './canonical.ts';
import type { Expectation, Leg, Memory, Side, Truth } from './contract.ts';
import { crmType, mappingOf } from './definitions.ts';

export const memoryKey = (leg: Leg, giverId: string, takerId: string, field: string): string =>
  JSON.stringify([leg, giverId, takerId, field]);

export const writtenKey = (side: Side, takerId: string): string => JSON.stringify([side, takerId]);

/**
 * What is remembered after a run that did what was expected of it. `acceptedAt` is on the sandbox's clock; `after` finds
 * the HubSpot ids of what was created. The memory given is not changed.
 */
export function remember(
  before: Memory | undefined,
  expectation: Expectation,
  acceptedAt: number,
  after?: Truth,
): Memory {
  const mapping = mappingOf(expectation.setup);
  const memory: Memory = {
    sent: new Map(before?.sent),
    written: new Map([...(before?.written ?? [])].map(([key, fields]) => [key, new Set(fields)])),
    types: new Map(before?.mapping === mapping ? before?.types : undefined),
    mapping,
    ...(before?.baseline ? { baseline: before.baseline } : {}),
  };
  if (expectation.status === 'paused' || expectation.status === 'failed') return memory;
  for (const [property, type] of expectation.types) if (!memory.types.has(property)) memory.types.set(property, type);
  confirm(memory, expectation);
  if (expectation.setup.dryRun) return memory;

  for (const write of expectation.writes) {
    if (!write.accepted) continue;
    for (const [field, change] of Object.entries(write.fields)) {
      if (write.why === 'owed') {
        const key = memoryKey(write.leg, write.giverId, write.takerId, field);
        memory.sent.set(key, { value: change.new, at: acceptedAt, confirmed: false, previous: change.old });
      }
      mark(memory, write.side, write.takerId, field, change.new !== null);
    }
  }
  for (const create of expectation.creates) {
    const takerId = create.accepted ? createdId(create.side, create.key, expectation, after) : undefined;
    if (takerId === undefined) continue;
    for (const [field, value] of Object.entries(create.fields)) {
      memory.sent.set(memoryKey(create.leg, create.giverId, takerId, field), {
        value,
        at: acceptedAt,
        confirmed: false,
        previous: null,
      });
      mark(memory, create.side, takerId, field, true);
    }
  }
  if (expectation.status === 'succeeded' || expectation.status === 'degraded') {
    const { hubspot, pendo, pairs } = expectation.match;
    memory.baseline = { hubspot: hubspot.read, pendo: pendo.read, matched: pairs.size };
  }
  return memory;
}

function confirm(memory: Memory, expectation: Expectation): void {
  for (const leg of [expectation.pull, expectation.push]) {
    if (!leg) continue;
    for (const [giverId, record] of leg.records) {
      if (record.partner === undefined) continue;
      for (const field of record.fields) {
        const key = memoryKey(leg.leg, giverId, record.partner, field.field);
        const sent = memory.sent.get(key);
        if (sent && !sent.confirmed && canonical(field.read) === sent.value) {
          memory.sent.set(key, { ...sent, confirmed: true });
        }
      }
    }
  }
}

function mark(memory: Memory, side: Side, takerId: string, field: string, holds: boolean): void {
  const key = writtenKey(side, takerId);
  const fields = memory.written.get(key) ?? new Set<string>();
  if (holds) fields.add(field);
  else fields.delete(field);
  if (fields.size > 0) memory.written.set(key, fields);
  else memory.written.delete(key);
}

function createdId(side: Side, key: string, expectation: Expectation, after: Truth | undefined): string | undefined {
  if (side === 'pendo') return key;
  const property = expectation.setup.syncConfig.joinKey.property;
  const records = after?.[crmType(expectation.object)] ?? [];
  return records.find((record) => !record.archived && record.properties[property] === key)?.id;
}
