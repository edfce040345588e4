/** What a run writes: what it must have done by its end, and what it would still do. */
import type { Expectation, ExpectedCreate, ExpectedWrite, Finding, Side } from './contract.ts';

/** What the vendor of one side takes from the run. A dry run sends nothing. */
export function taken(
  expectation: Expectation | undefined,
  side: Side,
): { writes: ExpectedWrite[]; creates: ExpectedCreate[] } {
  if (!expectation || expectation.setup.dryRun) return { writes: [], creates: [] };
  return {
    writes: expectation.writes.filter((it) => it.side === side && it.accepted),
    // What HubSpot filed under another key is rejected, and there all the same.
    creates: expectation.creates.filter((it) => it.side === side && (it.accepted || it.elsewhere)),
  };
}

/**
 * Every field that the vendors would still take, as findings. Empty after a finished run at an unmoved clock; a day on, without new
 * events, exactly the days' changes.
 */
export function expectedWrites(expectation: Expectation): Finding[] {
  const findings: Finding[] = [];
  for (const { side, targetId, fields, accepted } of expectation.writes) {
    if (!accepted) continue;
    for (const [field, change] of Object.entries(fields)) {
      if (change.after === 'untouched' || change.after === change.old) continue;
      const kind = change.old === null ? 'missing' : change.new === null ? 'stale' : 'wrong';
      findings.push({ side, id: targetId, field, expected: change.new, actual: change.old, kind });
    }
  }
  for (const { side, key, accepted, elsewhere } of expectation.creates) {
    if (accepted || elsewhere) {
      findings.push({ side, id: key, field: '*', expected: 'a new record', actual: undefined, kind: 'missing' });
    }
  }
  return findings;
}
