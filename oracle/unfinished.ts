/** What a run at this instant would still write. */
import type { Expectation, Finding } from './contract.ts';

/**
 * Every field that the vendors would still take, as findings. Empty after a finished run at an unmoved clock; a day on, without new
 * events, exactly the days' changes.
 */
export function expectedWrites(expectation: Expectation): Finding[] {
  const findings: Finding[] = [];
  for (const { side, takerId, fields, accepted } of expectation.writes) {
    if (!accepted) continue;
    for (const [field, change] of Object.entries(fields)) {
      if (change.after === 'untouched' || change.after === change.old) continue;
      const kind = change.old === null ? 'missing' : change.new === null ? 'stale' : 'wrong';
      findings.push({ side, id: takerId, field, expected: change.new, actual: change.old, kind });
    }
  }
  for (const { side, key, accepted } of expectation.creates) {
    if (accepted) {
      findings.push({ side, id: key, field: '*', expected: 'a new record', actual: undefined, kind: 'missing' });
    }
  }
  return findings;
}
