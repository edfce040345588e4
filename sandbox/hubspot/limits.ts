import { randomUUID } from 'node:crypto';
import type { Access } from './call.ts';
import { HubSpotError } from './errors.ts';
import type { Portal } from './portal.ts';

/** What HubSpot grants an OAuth app of marketplace type, whatever the customer pays for. */
const oauthTier = 110;
const searchesPerSecond = 5;

/** Counts calls as HubSpot does. The windows roll with real time; the day is the portal's own, by the sandbox's clock. */
export interface Limits {
  /** Takes one call from the budgets, or throws the 429. Returns the headers that go with any answer. */
  take(portal: Portal, access: Access, isSearch: boolean): Record<string, string>;
  day(portal: Portal): { used: number; resetsAt: number };
}

/** A 429, kept apart from other errors so that the call log can report it. */
export class OverLimit extends HubSpotError {}

/** Instants of the last calls that were let through. */
class RollingWindow {
  readonly #spanMs: number;
  #calls: number[] = [];

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  used(now: number): number {
    const from = this.#calls.findIndex((at) => at > now - this.#spanMs);
    if (from !== 0) this.#calls = from < 0 ? [] : this.#calls.slice(from);
    return this.#calls.length;
  }

  add(now: number): void {
    this.#calls.push(now);
  }
}

export function createLimits(): Limits {
  const bursts = new Map<number, RollingWindow>();
  const searches = new RollingWindow(1_000);
  let today = { from: 0, resetsAt: 0, used: 0 };

  const day = (portal: Portal) => {
    const now = portal.clock.now();
    if (now < today.from || now >= today.resetsAt)
      today = { from: now, resetsAt: nextMidnight(portal.timeZone, now), used: 0 };
    return today;
  };

  return {
    day,
    take(portal, access, isSearch) {
      if (portal.tier === 0) return {};
      const now = performance.now();
      if (isSearch) {
        if (searches.used(now) >= searchesPerSecond) throw overSearch();
        countDay(portal, access);
        searches.add(now);
        return {};
      }
      const max = access.kind === 'oauth' ? oauthTier : portal.tier;
      let burst = bursts.get(access.appId);
      if (burst === undefined) {
        burst = new RollingWindow(10_000);
        bursts.set(access.appId, burst);
      }
      const before = burst.used(now);
      const headers = (remaining: number): Record<string, string> => ({
        'x-hubspot-ratelimit-max': String(max),
        'x-hubspot-ratelimit-remaining': String(remaining),
        'x-hubspot-ratelimit-interval-milliseconds': '10000',
        'x-hubspot-ratelimit-secondly': String(Math.floor(max / 10)),
        'x-hubspot-ratelimit-secondly-remaining': String(Math.max(0, Math.floor(max / 10) - 1)),
        ...daily(portal, access),
      });
      if (before >= max) throw overBurst(portal, access, headers(0));
      countDay(portal, access, headers(max - before));
      burst.add(now);
      return headers(max - before - 1);
    },
  };

  function countDay(portal: Portal, access: Access, headers: Record<string, string> = {}): void {
    if (access.kind === 'oauth') return;
    if (portal.dailyLimit > 0 && day(portal).used >= portal.dailyLimit) throw overDay(headers);
    day(portal).used++;
  }

  function daily(portal: Portal, access: Access): Record<string, string> {
    if (access.kind === 'oauth' || portal.dailyLimit === 0) return {};
    return {
      'x-hubspot-ratelimit-daily': String(portal.dailyLimit),
      'x-hubspot-ratelimit-daily-remaining': String(Math.max(0, portal.dailyLimit - day(portal).used)),
    };
  }
}

const overBurst = (portal: Portal, access: Access, headers: Record<string, string>) =>
  new OverLimit(
    429,
    'You have reached your ten_secondly_rolling limit.',
    {
      errorType: 'RATE_LIMIT',
      policyName: 'TEN_SECONDLY_ROLLING',
      groupName: `publicapi:${access.kind === 'oauth' ? 'app' : 'private_app'}-api-calls-ten-secondly:${access.appId}:${portal.portalId}`,
      requestId: randomUUID(),
    },
    headers,
  );

const overSearch = () =>
  new OverLimit(429, 'You have reached your secondly limit.', { errorType: 'RATE_LIMIT', requestId: randomUUID() });

const overDay = (headers: Record<string, string>) =>
  new OverLimit(
    429,
    'You have reached your daily limit.',
    { errorType: 'RATE_LIMIT', policyName: 'DAILY', requestId: randomUUID() },
    headers,
  );

/** The first instant after `now` at which the zone's date is another. */
function nextMidnight(timeZone: string, now: number): number {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone });
  const today = format.format(now);
  let low = now;
  let high = now + 26 * 3_600_000;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (format.format(middle) === today) low = middle;
    else high = middle;
  }
  return high;
}
