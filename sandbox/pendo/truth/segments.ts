import type { PendoKind, RawSegment } from '../../contract.ts';
import type { PeoplePlan } from '../../world/people.ts';
import { hash } from '../../world/random.ts';
import type { RecordStore } from './record-store.ts';

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

/** Is a record in the segment? By what is stored, at once; Pendo takes up to an hour. Who has no record is in none. */
export function membership(segment: RawSegment, kind: PendoKind, store: RecordStore): (id: string) => boolean {
  const rule = kind === 'visitor' ? segment.visitors : segment.accounts;
  if (!rule) return () => false;
  if ('ids' in rule) {
    const ids = new Set(rule.ids);
    return (id) => ids.has(id) && store.exists(id);
  }
  return (id) => store.raw(id)?.metadata[rule.group]?.[rule.field] === rule.equals;
}
