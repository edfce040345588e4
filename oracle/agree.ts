/** Reported counts and expected writes against what the vendors saw. */
import type { Call } from '../sandbox/contract.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { canonical, read } from './canonical.ts';
import type { Canonical, CanonicalKind, Expectation, Finding, Leg, ReportedCounts, Side } from './contract.ts';
import { crmType } from './mapping.ts';
import { taken } from './unfinished.ts';

interface Delivered {
  /** Record id -> field -> the last value that the vendor accepted. */
  accepted: Map<string, Map<string, unknown>>;
  created: Set<string>;
  /** Ids refused and never accepted. */
  refused: Set<string>;
  /** Accepted writes of a record beyond its first. */
  repeated: number;
}

function isWriteOf(call: Call, side: Side, object: SyncObject): boolean {
  if (call.vendor !== side || !call.writes) return false;
  const noun = side === 'hubspot' ? crmType(object) : object;
  return new RegExp(`[/:]${noun}(/|$)`).test(`${call.path.split('?')[0]}:${call.operation}`);
}

export function delivered(log: Call[], side: Side, object: SyncObject): Delivered {
  const result: Delivered = { accepted: new Map(), created: new Set(), refused: new Set(), repeated: 0 };
  /** A record has no id until it is made: a row of one that was refused goes by the value of its key. */
  const refusedKeys = new Map<string, string>();
  const made = new Set<string>();
  for (const call of log) {
    if (!isWriteOf(call, side, object)) continue;
    for (const write of call.writes ?? []) {
      if (!write.accepted) {
        result.refused.add(write.id);
        for (const [field, value] of Object.entries(write.fields)) {
          if (value === write.id) refusedKeys.set(JSON.stringify([field, value]), write.id);
        }
        continue;
      }
      const known = result.accepted.get(write.id);
      if (known) result.repeated += 1;
      const fields = known ?? new Map<string, unknown>();
      for (const [field, value] of Object.entries(write.fields)) fields.set(field, value);
      result.accepted.set(write.id, fields);
      if (!write.created) continue;
      result.created.add(write.id);
      for (const entry of Object.entries(write.fields)) made.add(JSON.stringify(entry));
    }
  }
  for (const id of result.accepted.keys()) result.refused.delete(id);
  for (const [value, id] of refusedKeys) if (made.has(value)) result.refused.delete(id);
  return result;
}

const targetOf: Record<Leg, Side> = { pull: 'pendo', push: 'hubspot' };

/** Records that the vendor wrote by nothing but rows which it filed under another key: they are counted as rejected. */
export function elsewhereOnly({ creates, writes }: Expectation, leg: Leg): number {
  const written = new Set(writes.filter((it) => it.leg === leg && it.accepted).map((it) => it.targetId));
  const rows = creates.filter((it) => it.leg === leg && it.elsewhere && !written.has(it.into ?? ''));
  return new Set(rows.map((it) => it.into ?? `new ${it.storedKey}`)).size;
}

/** What does not add up: each leg's outcomes to the source's records read, and written and rejected to the log. Empty: all agrees. */
export function agree(log: Call[], counts: ReportedCounts): string[] {
  const problems: string[] = [];
  for (const leg of ['pull', 'push'] as const) {
    const reported = counts[leg];
    const { accepted, refused } = delivered(log, targetOf[leg], counts.object);
    if (!reported) {
      if (accepted.size > 0) problems.push(`${leg}: not reported, yet ${accepted.size} records were written`);
      continue;
    }
    const sum = Object.values(reported.outcomes).reduce((total, it) => total + it, 0);
    if (sum !== reported.read) problems.push(`${leg}: outcomes add up to ${sum}, records read are ${reported.read}`);
    const written = (reported.outcomes.written ?? 0) + (reported.cleared ?? 0) + (reported.elsewhere ?? 0);
    const { tried = 0 } = reported;
    if (written > accepted.size || accepted.size > written + tried) {
      problems.push(
        `${leg}: ${written} written, cleared or filed elsewhere, the log has ${accepted.size} records accepted`,
      );
    }
    const rejected = reported.outcomes.rejected ?? 0;
    if (refused.size > rejected + tried)
      problems.push(`${leg}: ${rejected} rejected, the log has ${refused.size} refused`);
  }
  return problems;
}

/** Every accepted write in the log is expected, with that value, and every expected one is there. */
export function compareLog(log: Call[], expectation: Expectation): Finding[] {
  const findings: Finding[] = [];
  for (const side of ['hubspot', 'pendo'] as const) {
    const kinds = new Map(expectation.owned[side].map((it) => [it.field, it.kind]));
    const { accepted, created } = delivered(log, side, expectation.object);
    const { writes, creates } = taken(expectation, side);
    const expected = new Map<string, Record<string, { new: Canonical }>>(writes.map((it) => [it.targetId, it.fields]));
    for (const { into, fields } of creates) {
      if (into === undefined) continue;
      const values = Object.entries(fields).map(([field, value]) => [field, { new: value }]);
      expected.set(into, { ...expected.get(into), ...Object.fromEntries(values) });
    }
    const made = creates.filter(({ into }) => into === undefined).length;
    for (const [id, fields] of accepted) {
      if (created.has(id)) continue;
      for (const [field, value] of fields) {
        const change = expected.get(id)?.[field];
        if (!change) findings.push({ side, id, field, expected: undefined, actual: value, kind: 'foreign' });
        else if (differs(kinds.get(field)!, value, change.new)) {
          findings.push({ side, id, field, expected: change.new, actual: value, kind: 'wrong' });
        }
      }
    }
    for (const [id, fields] of expected) {
      for (const [field, change] of Object.entries(fields)) {
        if (accepted.get(id)?.has(field)) continue;
        findings.push({ side, id, field, expected: change.new, actual: undefined, kind: 'missing' });
      }
    }
    if (created.size !== made) {
      findings.push({ side, id: '*', field: '*', expected: made, actual: created.size, kind: 'created' });
    }
  }
  return findings;
}

function differs(kind: CanonicalKind, raw: unknown, expected: unknown): boolean {
  return canonical(read(kind, raw)) !== expected;
}
