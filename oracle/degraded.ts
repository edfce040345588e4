/** Was too much refused? What the run before was refused as well says nothing new: SEMANTICS 7. */
import type { Expectation } from './contract.ts';
import { compareShare } from './guards.ts';
import { rejectionKey } from './memory.ts';

export function isDegraded({ writes, creates, match, recalled, setup }: Expectation): boolean {
  const limits = setup.syncConfig.degraded;
  const rows = [
    ...writes.map(({ leg, why, sourceId, targetId, accepted }) => ({
      key: why === 'owed' ? rejectionKey(leg, 'record', sourceId) : rejectionKey(leg, 'clear', targetId),
      accepted,
    })),
    ...creates.map(({ leg, sourceId, accepted }) => ({ key: rejectionKey(leg, 'record', sourceId), accepted })),
  ];
  const rejected = rows.filter(({ accepted }) => !accepted).length;
  if (rejected === 0) return false;
  const fresh = rows.filter(({ key }) => !recalled?.rejected.has(key));
  const freshlyRejected = fresh.filter(({ accepted }) => !accepted).length;
  const ofSent = freshlyRejected > 0 && compareShare(freshlyRejected, limits.share, fresh.length) >= 0;
  return ofSent || freshlyRejected >= limits.rows || compareShare(rejected, limits.share, match.pairs.size) >= 0;
}
