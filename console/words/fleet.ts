import { count, counted } from './numbers.ts';

export const fleet = {
  title: 'All syncs',
  /** The answer: how many are fine, how many need somebody. */
  answer: (inStep: number, total: number, need: number) =>
    total === 0
      ? 'There is no sync yet.'
      : `${count(inStep)} of ${counted(total, 'enabled sync')} in step. ${need === 0 ? 'None needs attention.' : `${counted(need, 'sync needs', 'syncs need')} attention.`}`,
  search: 'Tenant name or external id',
  sort: 'Order',
  sorts: { worst: 'Worst first', name: 'By name', oldest: 'Longest unchanged' },
  everything: 'All',
  columns: {
    tenant: 'Tenant',
    sync: 'Sync',
    health: 'State',
    since: 'Since',
    strip: 'Last 30 days',
    matched: 'Matched',
    fresh: 'Last good run',
  },
  empty:
    'A tenant is one of your customers, with its own HubSpot and Pendo accounts. Create the first one to set up its syncs.',
  noneFound: 'No sync matches these filters.',
  newTenant: 'New tenant',
  tenantName: 'Name',
  tenantNameHint: 'Shown everywhere in the console.',
  externalId: 'External id',
  externalIdHint: 'Your own id for this customer, if there is one.',
  create: 'Create and set up',
  page: (from: number, to: number, total: number) => `${count(from)}–${count(to)} of ${count(total)}`,
  matchedOf: (matched: number, hubspot: number) => `${count(matched)} of ${count(hubspot)} in HubSpot`,
};
