/** Days active and minutes of the records of a page, in both windows. Windows are cut when Pendo runs out of time. */
import { type PendoClient, pipelines } from '../../pendo/index.ts';
import { daysBefore, daysBetween } from '../../sync/clock.ts';
import type { SyncConfig, SyncObject } from '../../sync/config.ts';
import type { Usage } from '../../sync/pendo-row.ts';
import { isTooMuch, type Learning } from '../step/learning.ts';
import type { Instants } from './instants.ts';
import { type Excluded, type PageIds, recordIdOf } from './pendo-people.ts';

export interface UsageReader {
  /** By visitor or account id. Who has no event is not in it. */
  read(ids: PageIds): Promise<Map<string, Usage>>;
}

/** Windows are not cut below this; then the page must get smaller. */
const fewestDays = 10;

export function createUsageReader(
  pendo: PendoClient,
  object: SyncObject,
  config: SyncConfig,
  { zone, T0, currentStart }: Instants,
  excluded: Excluded,
  learning: Learning,
): UsageReader {
  const days = 2 * config.window;
  /** Remembered for the next pages and steps: what was too much once will be again. */
  let parts = learning.known.parts ?? 1;
  const dayStart = (n: number): number => daysBefore(T0, zone, days - n);
  return {
    async read(ids) {
      for (;;) {
        try {
          const usage = new Map<string, Usage>();
          for (let part = 0; part < parts; part++) {
            const from = Math.floor((days * part) / parts);
            const to = Math.floor((days * (part + 1)) / parts);
            const [first, end] = [dayStart(from), dayStart(to)];
            // Both borders may stand on a date that the zone skipped, and are then the day after it.
            if (first === end) continue;
            const request = {
              ...ids,
              first,
              end,
              days: daysBetween(first, end, zone),
              windowStart: currentStart,
              apps: config.apps,
            };
            if (object === 'visitor') await addVisitors(pendo, request, usage, ids.only);
            else await addAccounts(pendo, request, usage, excluded, ids.only);
          }
          return usage;
        } catch (error) {
          if (!isTooMuch(error) || days / (2 * parts) < fewestDays) throw error;
          parts *= 2;
          await learning.lower({ parts }, error);
        }
      }
    },
  };
}

type Request = Parameters<typeof pipelines.usageByVisitor>[0];

async function addVisitors(
  pendo: PendoClient,
  request: Request,
  usage: Map<string, Usage>,
  only: PageIds['only'],
): Promise<void> {
  interface Row {
    visitorId: unknown;
    days: unknown;
    minutes: unknown;
    earlierMinutes: unknown;
  }
  await pendo.aggregate<Row>(pipelines.usageByVisitor(request), (row) => {
    const id = recordIdOf(row.visitorId);
    if (id === undefined || (only !== undefined && !only.has(id))) return;
    const { days, minutes, earlierMinutes } = row;
    add(usage, id, { days: figure(days), minutes: figure(minutes), earlierMinutes: figure(earlierMinutes) });
  });
}

/** Missing is 0. What is no number makes the sum none, which is an invalid field of that record alone. */
function figure(value: unknown): number {
  return typeof value === 'number' ? value : value === null || value === undefined ? 0 : Number.NaN;
}

/** Parts of the window share no days, so everything adds up. */
function add(usage: Map<string, Usage>, id: string, more: Usage): void {
  const before = usage.get(id) ?? { days: 0, minutes: 0, earlierMinutes: 0 };
  usage.set(id, {
    days: before.days + more.days,
    minutes: before.minutes + more.minutes,
    earlierMinutes: before.earlierMinutes + more.earlierMinutes,
  });
}

/** A day counts once for an account, whoever of its visitors was there; so the days come as lists and are united here. */
async function addAccounts(
  pendo: PendoClient,
  request: Request,
  usage: Map<string, Usage>,
  excluded: Excluded,
  only: PageIds['only'],
): Promise<void> {
  interface Row {
    accountId: unknown;
    visitorId: unknown;
    days: unknown;
    minutes: unknown;
    earlierMinutes: unknown;
  }
  const united = new Map<string, { days: Set<number>; unreadable: boolean; minutes: number; earlierMinutes: number }>();
  await pendo.aggregate<Row>(pipelines.usageByAccountVisitor(request), (row) => {
    const [id, visitor] = [recordIdOf(row.accountId), recordIdOf(row.visitorId)];
    if (id === undefined || visitor === undefined) return;
    if (excluded(visitor) || (only !== undefined && !only.has(id))) return;
    let account = united.get(id);
    if (account === undefined) {
      account = { days: new Set(), unreadable: false, minutes: 0, earlierMinutes: 0 };
      united.set(id, account);
    }
    for (const day of Array.isArray(row.days) ? row.days : [row.days ?? 0]) {
      if (typeof day !== 'number') account.unreadable = true;
      else if (day >= request.windowStart) account.days.add(day);
    }
    account.minutes += figure(row.minutes);
    account.earlierMinutes += figure(row.earlierMinutes);
  });
  for (const [id, { days, unreadable, minutes, earlierMinutes }] of united) {
    add(usage, id, { days: unreadable ? Number.NaN : days.size, minutes, earlierMinutes });
  }
}
