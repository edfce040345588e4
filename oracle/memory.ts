/** The oracle's own fold over earlier runs: what was sent, accepted and read back. */
import { canonical } from './canonical.ts';
import type { Expectation, FieldChange, Leg, Memory, OracleSetup, Sent, Side, Truth } from './contract.ts';
import { filedKey } from './creation.ts';
import { accountsOf, fieldKey, identities, placeOf } from './identity.ts';
import { learnLabels } from './labels.ts';
import { crmType, mappingOf } from './mapping.ts';

export const memoryKey = (side: Side, targetId: string, field: string, setup: OracleSetup): string =>
  JSON.stringify([side, targetId, placeOf(side, field, setup)]);

/** `sourceId` of a row, or the target's of a clear after a lost match. */
export const rejectionKey = (leg: Leg, what: 'record' | 'clear', id: string): string => JSON.stringify([leg, what, id]);

/** What of a memory still holds when a run opens: nothing of another portal, of a field made anew, or of one forgotten. */
export function recall(memory: Memory | undefined, truth: Truth, setup: OracleSetup): Memory | undefined {
  if (!memory || (memory.accounts !== undefined && memory.accounts !== accountsOf(truth))) return undefined;
  const now = identities(truth, setup);
  const gone = new Set<string>();
  for (const [key, identity] of now) {
    const before = memory.fields.get(key);
    if (identity === undefined || (before !== undefined && before !== identity)) gone.add(key);
  }
  const forgotten = new Set([
    ...(setup.forgotten?.hubspot ?? []).map((id) => JSON.stringify(['hubspot', id])),
    ...(setup.forgotten?.pendo ?? []).map((id) => JSON.stringify(['pendo', id])),
  ]);
  const sent = [...memory.sent].filter(([key]) => {
    const [side, targetId, place] = JSON.parse(key) as [Side, string, string];
    return !gone.has(fieldKey(side, place)) && !forgotten.has(JSON.stringify([side, targetId]));
  });
  return { ...memory, sent: new Map(sent) };
}

/**
 * What is remembered after a run that did what was expected of it. `acceptedAt` is on the sandbox's clock; `after` has
 * the HubSpot ids of what was created, and the fields that the run made. The memory given is not changed.
 */
export function remember(
  before: Memory | undefined,
  expectation: Expectation,
  acceptedAt: number,
  after?: Truth,
): Memory {
  const { setup, scope, status } = expectation;
  const mapping = mappingOf(setup);
  const recalled = before ? expectation.recalled : undefined;
  const memory: Memory = {
    sent: new Map(recalled?.sent),
    fields: new Map(recalled?.fields),
    labels: new Map(recalled?.labels),
    accounts: expectation.accounts,
    rejected: new Set(recalled?.rejected),
    filedElsewhere: new Map(recalled?.filedElsewhere),
    types: new Map(recalled?.mapping === mapping ? recalled?.types : undefined),
    mapping,
    mirrorStands: recalled?.mirrorStands ?? false,
    uncleared: new Map(recalled?.uncleared),
    readBack: recalled?.readBack ?? false,
    ...(recalled?.baseline ? { baseline: recalled.baseline } : {}),
  };
  learnFields(memory, expectation, after);
  learnLabels(memory, expectation, after);
  if (status === 'paused') return memory;
  if (scope === 'full') memory.mirrorStands = false;
  if (status === 'failed') {
    // Not reached now: whoever was rejected is so no longer.
    if (scope === 'full' && !setup.dryRun) forgetRejected(memory, ['pull', 'push'], 'record');
    return memory;
  }
  for (const [property, type] of expectation.types) if (!memory.types.has(property)) memory.types.set(property, type);
  if (setup.dryRun) return memory;
  if (scope === 'full' && status !== 'held') forgetMissing(memory, expectation);
  for (const key of expectation.confirmed) {
    const sent = memory.sent.get(key);
    if (sent) memory.sent.set(key, { ...sent, confirmed: true });
  }
  learnWrites(memory, expectation, acceptedAt);
  for (const type of expectation.uncleared) memory.uncleared?.set(type, acceptedAt);
  memory.readBack ||= expectation.readBack;
  learnCreations(memory, expectation, acceptedAt, after);
  learnRejected(memory, expectation);
  if (scope === 'full' && (status === 'succeeded' || status === 'degraded')) {
    const { hubspot, pendo, pairs } = expectation.match;
    memory.mirrorStands = true;
    memory.baseline = {
      hubspot: hubspot.read,
      pendo: pendo.read,
      matched: pairs.size,
      create: setup.syncConfig.create,
      mapping,
      definitions: expectation.definitionsMark,
    };
  }
  return memory;
}

/** Fields as the run found them, and those that it made as they are after it. */
function learnFields(
  memory: Memory,
  { setup, identities: found, status }: Expectation,
  after: Truth | undefined,
): void {
  const made = after && !setup.dryRun && status !== 'paused' ? identities(after, setup) : undefined;
  for (const [key, identity] of found) {
    const now = identity ?? made?.get(key);
    if (now === undefined) memory.fields.delete(key);
    else memory.fields.set(key, now);
  }
}

/** A Pendo record that was gone and comes back was made anew. HubSpot never gives an id twice. */
function forgetMissing(memory: Memory, { match }: Expectation): void {
  for (const key of memory.sent.keys()) {
    const [side, targetId] = JSON.parse(key) as [Side, string];
    if (side === 'pendo' && !match.pendo.states.has(targetId)) memory.sent.delete(key);
  }
}

function learnWrites(memory: Memory, { writes, setup }: Expectation, at: number): void {
  for (const write of writes) {
    if (!write.accepted) continue;
    for (const [field, change] of Object.entries(write.fields)) {
      const key = memoryKey(write.side, write.targetId, field, setup);
      memory.sent.set(key, accepted(memory.sent.get(key), change, at, mappingOf(setup)));
    }
  }
}

/** What was never read back and is accepted a second time keeps what was read in its place. */
function accepted(before: Sent | undefined, change: FieldChange, at: number, mapping: string): Sent {
  const again = before !== undefined && !before.confirmed && before.value === change.new;
  return {
    value: change.new,
    at,
    confirmed: false,
    mapping,
    // A value that was there already does not become visible later.
    previous: again ? before.previous : change.old,
    storedAt: again ? before.storedAt : at,
    ...(again ? { seen: change.read } : {}),
  };
}

function learnCreations(memory: Memory, expectation: Expectation, at: number, after: Truth | undefined): void {
  const { setup } = expectation;
  const mapping = mappingOf(setup);
  for (const create of expectation.creates) {
    const known = filedKey(create.side, create.sourceId, create.key);
    if (create.elsewhere) memory.filedElsewhere.set(known, mapping);
    const targetId = create.accepted ? createdId(create.side, create.storedKey, expectation, after) : undefined;
    if (targetId === undefined) continue;
    for (const [field, value] of Object.entries(create.fields)) {
      const change: FieldChange = { old: null, new: value, after: value, read: { state: 'empty' } };
      memory.sent.set(memoryKey(create.side, targetId, field, setup), accepted(undefined, change, at, mapping));
    }
  }
}

function learnRejected(memory: Memory, expectation: Expectation): void {
  for (const leg of ['pull', 'push'] as const) {
    const run = expectation[leg];
    if (!run) continue;
    forgetRejected(memory, [leg], 'record');
    for (const [sourceId, { outcome }] of run.records) {
      if (outcome === 'rejected') memory.rejected.add(rejectionKey(leg, 'record', sourceId));
    }
    if (expectation.heldLegs.includes(leg)) continue;
    forgetRejected(memory, [leg], 'clear');
    for (const write of expectation.writes) {
      if (write.leg !== leg || write.why !== 'lostMatch' || write.accepted) continue;
      memory.rejected.add(rejectionKey(leg, 'clear', write.targetId));
    }
  }
}

function forgetRejected(memory: Memory, legs: Leg[], what: 'record' | 'clear'): void {
  for (const key of memory.rejected) {
    const [leg, kind] = JSON.parse(key) as [Leg, string];
    if (legs.includes(leg) && kind === what) memory.rejected.delete(key);
  }
}

/** Keys of what is remembered and is read back as it was sent, whether its record is matched or not. */
export function isConfirmed(sent: Sent, read: FieldChange['read']): boolean {
  return !sent.confirmed && canonical(read) === sent.value;
}

function createdId(side: Side, key: string, expectation: Expectation, after: Truth | undefined): string | undefined {
  if (side === 'pendo') return key;
  const property = expectation.setup.syncConfig.joinKey.property;
  const records = after?.[crmType(expectation.object)] ?? [];
  return records.find((record) => !record.archived && record.properties[property] === key)?.id;
}
