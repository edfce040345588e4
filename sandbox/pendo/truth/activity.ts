import type { RawEvent } from '../../contract.ts';
import type { PeoplePlan } from '../../world/people.ts';
import { hash, mix } from '../../world/random.ts';
import type { Calendar } from '../calendar.ts';
import { featureOf, trackTypeOf } from './definitions.ts';
import { trackProperties } from './track-properties.ts';

/** Visitors that left events but no record are numbered from here. */
export const FORMER = 0x2000_0000;

/** Takes one event row; `hidden`: `blacklist: apply` leaves it out. False when no more are wanted. */
type TakeEvent = (row: RawEvent, hidden: boolean) => boolean;

/** The days for which there is generated activity. Days are civil, counted from 1970-01-01. */
export interface ActiveDays {
  first: number;
  /** The last one. */
  last: number;
  /** Days that passed without any. */
  idle: Set<number>;
  /** Days that are not over: only rows that ended before this instant exist. */
  cut: Map<number, number>;
  /** Visitors from this index on came on this day; ascending. */
  arrivals: { index: number; day: number }[];
}

export interface Activity {
  days: ActiveDays;
  /** Account indexes that a visitor's event rows can carry, its own first; `""` is possible besides. */
  accountsOf(index: number): number[];
  /** The rows of one visitor on the days `from` to `to`, both included, in order of days. False when stopped. */
  events(index: number, visitorId: string, from: number, to: number, take: TakeEvent): boolean;
  /** First and last instant at which an event row of this visitor begins and ends; null: never any. */
  span(index: number): { first: number; last: number } | null;
}

const WEIGHT = 0x1_0000_0000;
const servers = ['app.northwind.example', 'eu.northwind.example', 'm.northwind.example', 'admin.northwind.example'];
const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/128',
  'Mozilla/5.0 (Macintosh) Safari/605',
  'Mozilla/5.0 (X11; Linux x86_64) Firefox/130',
  'Mozilla/5.0 (iPhone) Mobile/15E148',
];
const addresses = Array.from({ length: 256 }, (_, i) => `203.0.113.${i}`);

/**
 * Event rows as a pure function of (seed, visitor, day): nothing is stored, any day of any visitor can be had on its
 * own. What `days` says may grow as the world's days pass; rows of days that were there before never change.
 */
export function createActivity(options: {
  plan: PeoplePlan;
  calendar: () => Calendar;
  accountIds: string[];
  apps: number[];
  /** Ids of the subscription's tagged pages. */
  taggedPages: string[];
  days: ActiveDays;
}): Activity {
  const { plan, accountIds, apps, days } = options;
  // Rows without a tagged page carry `allevents`.
  const pages = ['allevents', ...options.taggedPages];
  const features = pages.map(featureOf);
  const trackTypes = pages.map(trackTypeOf);
  const { tame } = plan;
  const seed = hash(plan.seed, 'pendo activity');
  const length = days.last - days.first + 1;
  // Those of the beginning: whom a row names must not change as accounts are added.
  const accountCount = plan.counts.accounts;
  const origin = days.first;

  /** How often a visitor comes, as a threshold for a 32-bit hash, and between which days. */
  function habit(index: number) {
    const own = mix(seed, index);
    const u = mix(own, 1) / WEIGHT;
    if (u < 0.25) return { own, threshold: 0, from: 0, to: -1 };
    const v = mix(own, 2) / WEIGHT;
    const born = mix(own, 3);
    const left = mix(own, 4);
    return {
      own,
      threshold: Math.floor((0.003 + 0.5 * v ** 4) * WEIGHT),
      from: arrival(index) ?? ((born & 1) === 0 ? origin : origin + Math.floor((born / WEIGHT) * length)),
      to: left % 10 < 7 ? Number.MAX_SAFE_INTEGER : origin + Math.floor((mix(left, 5) / WEIGHT) * length),
    };
  }

  function arrival(index: number): number | undefined {
    if (index >= FORMER || index < plan.counts.visitors) return undefined;
    return days.arrivals.findLast((arrived) => arrived.index <= index)?.day;
  }

  function accountsOf(index: number): number[] {
    const dice = mix(seed ^ 0xacc, index);
    if (index >= FORMER) return accountCount > 0 && dice % 4 !== 0 ? [dice % accountCount] : [];
    const own = plan.accountsOfVisitor(index);
    // Some were active for an account that is not among theirs now.
    if (!tame && dice % 20 === 0 && accountCount > 0) return [...own, (dice >>> 5) % accountCount];
    return own;
  }

  function events(index: number, visitorId: string, from: number, to: number, take: TakeEvent): boolean {
    const { own, threshold, from: born, to: left } = habit(index);
    const first = Math.max(from, born, days.first);
    const last = Math.min(to, left, days.last);
    if (threshold === 0 || first > last) return true;
    const calendar = options.calendar();
    let accounts: string[] | undefined;
    for (let day = first; day <= last; day++) {
      const h = mix(own, day);
      if (!comes(h, threshold, day) || days.idle.has(day)) continue;
      accounts ??= accountsOf(index).map((account) => accountIds[account]!);
      const start = calendar.dayStart(day);
      // A date that the zone skipped (Apia, 2011-12-30) is no day.
      if (calendar.dayNumber(start) !== day) continue;
      const cut = days.cut.get(day) ?? Number.POSITIVE_INFINITY;
      const r = mix(h, 0x77);
      const rows = 1 + ((r & 3) === 0 ? 1 : 0) + ((r >>> 2) % 29 === 0 ? 2 : 0);
      for (let j = 0; j < rows; j++) {
        const x = mix(h, 0x100 + j);
        // Each further row differs from the first in one thing: page, browser, address, or app and page.
        const other = j === 0 ? -1 : x & 3;
        const page = (own >>> 3) + (r >>> 8) + (other === 0 || other === 3 ? j : 0);
        const app =
          ((r >>> 5) % 10 < 7 || apps.length === 1 ? 0 : 1 + ((r >>> 9) % (apps.length - 1))) + (other === 3 ? j : 0);
        const spread = (x >>> 8) & 63;
        const minutes = spread < 48 ? 1 + (spread % 12) : spread;
        const firstTime = start + 21_600_000 + (x % 50_400) * 1000;
        const lastTime = firstTime + minutes * 60_000 - 1000;
        if (lastTime >= cut) continue;
        const numEvents = minutes + ((x >>> 20) % 9);
        const row: RawEvent = {
          visitorId,
          accountId: accountAt(accounts, x),
          appId: apps[app % apps.length]!,
          pageId: pages[page % pages.length]!,
          day: start,
          server: servers[app % apps.length]!,
          remoteIp: addresses[((own >>> 4) + (other === 2 ? j : 0)) & 255]!,
          userAgent: agents[((own >>> 12) + (other === 1 ? j : 0)) & 3]!,
          numEvents,
          numMinutes: minutes,
          firstTime,
          lastTime,
        };
        const tagged = page % pages.length;
        if (tagged > 0 && numEvents % 2 !== 0) row.featureId = features[tagged]!;
        if (tagged > 0 && numEvents % 5 === 0) {
          row.trackTypeId = trackTypes[tagged]!;
          const properties = trackProperties(x, tame);
          if (properties !== undefined) row.properties = properties;
        }
        if (plan.beyondSources && x % 97 === 0) delete row.numEvents;
        if (plan.beyondSources && x % 89 === 0) delete row.numMinutes;
        else if (plan.beyondSources && x % 89 === 1) row.numMinutes = 0;
        if (!take(row, !tame && x % 53 === 0)) return false;
      }
    }
    return true;
  }

  /** Less at weekends. */
  function comes(h: number, threshold: number, day: number): boolean {
    const weekday = (day + 4) % 7;
    return h < (weekday === 0 || weekday === 6 ? threshold >>> 2 : threshold);
  }

  function accountAt(accounts: string[], x: number): string {
    if (accounts.length === 0 || (!tame && x % 41 === 0)) return '';
    return accounts[(x >>> 4) % 4 === 0 ? (x >>> 6) % accounts.length : 0]!;
  }

  function span(index: number) {
    const { own, threshold, from, to } = habit(index);
    if (threshold === 0) return null;
    let first: number | undefined;
    let last: number | undefined;
    for (let day = Math.max(from, days.first); day <= Math.min(to, days.last) && first === undefined; day++) {
      if (!comes(mix(own, day), threshold, day)) continue;
      events(index, '', day, day, (row) => {
        first = Math.min(first ?? row.firstTime, row.firstTime);
        return true;
      });
    }
    if (first === undefined) return null;
    for (let day = Math.min(to, days.last); last === undefined; day--) {
      if (!comes(mix(own, day), threshold, day)) continue;
      events(index, '', day, day, (row) => {
        last = Math.max(last ?? 0, row.lastTime);
        return true;
      });
    }
    return { first, last };
  }

  return { days, accountsOf, events, span };
}
