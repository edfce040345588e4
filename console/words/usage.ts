import { count, counted, share } from './numbers.ts';

interface Today {
  vendor: string;
  calls: number;
  throttled: number;
  limit: number | null;
  used: number | null;
}

/** A few calls of many are not none. */
export const shareOf = (n: number, of: number): string => (n > 0 && n / of < 0.001 ? 'less than 0.1%' : share(n, of));

export const usage = {
  title: 'Usage',
  allTitle: 'Usage of all tenants',
  /** The first line of a tenant's page, one for each vendor. */
  today: ({ vendor, calls, throttled, limit, used }: Today): string => {
    const refused = throttled === 0 ? '' : ` ${vendor} asked to slow down ${counted(throttled, 'time')}.`;
    if (calls === 0) return `${vendor}: no calls today.`;
    if (limit === null || used === null)
      return `${vendor}: ${counted(calls, 'call')} today. It reports no daily limit.${refused}`;
    return `${vendor}: ${shareOf(used, limit)} of today’s ${count(limit)} calls are used, ${shareOf(calls, limit)} by Crosswalk.${refused}`;
  },
  none: 'No calls in this time. Figures appear here as soon as Crosswalk talks to HubSpot or Pendo.',
  days: 'Period',
  daysOf: (n: number) => `${n} days`,
  calls: (vendor: string) => `Calls to ${vendor}, by day`,
  legend: 'One column for each day (UTC). Red: calls that were refused as too frequent, and repeated later.',
  column: (day: string, calls: number, throttled: number) =>
    `${day}: ${counted(calls, 'call')}${throttled > 0 ? `, ${count(throttled)} refused` : ''}`,
  picture: (days: number, most: number) =>
    `${counted(days, 'day')}, at most ${counted(most, 'call')} in one. The table has the same figures.`,
  most: (n: number) => `peak ${count(n)}`,
  table: 'By day',
  columns: {
    day: 'Day (UTC)',
    vendor: 'Vendor',
    calls: 'Calls',
    throttled: 'Refused (429)',
    limit: 'Limit a day',
    used: 'Used by all apps',
    own: 'Our share',
    written: 'Records written',
  },
  tenants: 'Tenants with most calls',
  tenant: 'Tenant',
  total: (calls: number, tenants: number) =>
    `${counted(calls, 'call')} in this period, by ${counted(tenants, 'tenant')}${tenants === 20 ? ' or more' : ''}.`,
};
