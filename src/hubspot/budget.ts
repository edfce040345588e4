/** HubSpot's limits. Sources: the vendor's page on usage limits, and the headers of its answers. */
import type pg from 'pg';
import { createBudget } from '../egress/budget.ts';
import type { Budget } from '../egress/types.ts';

export interface HubSpotBudgetOptions {
  pool: pg.Pool;
  portalId: number | string;
  /** Whose ten-second limit it is: the OAuth app's id, or anything that stands for the token of a private app. */
  app: string;
  /** The portal's: the day's calls are counted anew at its midnight. IANA name. */
  timeZone: string;
  gate?: ((runId: string) => Promise<string>) | undefined;
}

/** The lowest tier; the headers of the first answer give the real one. */
const leastPerTenSeconds = 100;

/**
 * Limit classes `burst` (ten seconds, per portal and app) and `search` (five a second, per portal, all apps). Search calls do not
 * count into the ten-second limit; both count into the portal's day.
 */
export function createHubSpotBudget({ pool, portalId, app, timeZone, gate }: HubSpotBudgetOptions): Budget {
  const dayBucket = `hubspot day ${portalId}`;
  return createBudget({
    vendor: 'hubspot',
    pool,
    gate,
    day: { bucket: dayBucket, zone: timeZone },
    limitClasses: {
      burst: {
        window: {
          bucket: `hubspot burst ${portalId} ${app}`,
          quota: leastPerTenSeconds,
          learn: true,
          windowMs: 10_000,
          marginMs: 200,
          dayBucket,
        },
      },
      search: {
        window: {
          bucket: `hubspot search ${portalId}`,
          quota: 5,
          learn: false,
          windowMs: 1_000,
          marginMs: 150,
          dayBucket,
        },
      },
    },
  });
}
