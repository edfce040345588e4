import type { PendoKind, RawPendoRecord, RawSegment } from '../../contract.ts';
import type { PeoplePlan } from '../../world/people.ts';
import { hash } from '../../world/random.ts';

/** The segments that a subscription begins with: by metadata of both kinds, of one kind, and by a list of ids. */
export function segmentsOf(subscriptionId: string, plan: PeoplePlan, accountIds: string[]): RawSegment[] {
  const id = (name: string) => `segment-${hash(plan.seed, 'segment', subscriptionId, name).toString(36)}`;
  const some = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: Math.min(count, 8) }, (_, i) => make(i));
  return [
    {
      id: id('emea'),
      name: 'EMEA and small',
      shared: true,
      visitors: { group: 'custom', field: 'region', equals: 'EMEA' },
      accounts: { group: 'custom', field: 'segment', equals: 'smb' },
    },
    { id: id('admins'), name: 'Admins', shared: true, visitors: { group: 'agent', field: 'role', equals: 'admin' } },
    {
      id: id('picked'),
      name: 'Beta "2026" – picked by hand',
      visitors: { ids: some(plan.counts.visitors, (index) => plan.visitorId(index)) },
      accounts: { ids: some(accountIds.length, (index) => accountIds[index]!) },
    },
  ];
}

/** Is the record in the segment? By what is stored, at once; Pendo takes up to an hour. */
export function isInSegment(segment: RawSegment, kind: PendoKind, record: RawPendoRecord): boolean {
  const rule = kind === 'visitor' ? segment.visitors : segment.accounts;
  if (!rule) return false;
  if ('ids' in rule) return rule.ids.includes(record.id);
  return record.metadata[rule.group]?.[rule.field] === rule.equals;
}
