/** Days active and minutes of the records of a page, in both windows. Windows are cut when Pendo runs out of time. */
import { type PendoClient, pipelines } from '../pendo/index.ts';
import { startOfDay } from '../sync/clock.ts';
import type { SyncConfig, SyncObject } from '../sync/config.ts';
import { isTooMuch, type Learning } from './learning.ts';
import type { Instants } from './open-run.ts';
import type { Excluded } from './pendo-page.ts';

export interface Usage {
  days: number;
  minutes: number;
  earlierMinutes: number;
}

export interface IdRange {
  lo: string | undefined;
  hi: string | undefined;
  /** Of the range, Pendo is asked for these only. */
  ids?: readonly string[] | undefined;
  /** Of what Pendo answers, only these are kept. */
  only?: ReadonlySet<string> | undefined;
}

export interface UsageReader {
  /** By visitor or account id. Who has no event is not in it. */
  read(ids: IdRange): Promise<Map<string, Usage>>;
}

const dayMs = 86_400_000;
/** Windows are not cut below this; then the page must get smaller. */
const fewestDays = 10;

export function createUsageReader(
  pendo: PendoClient,
  object: SyncObject,
  config: SyncConfig,
  { zone, earlierStart, currentStart }: Instants,
  excluded: Excluded,
  learning: Learning,
): UsageReader {
  const days = 2 * config.window;
  /** Remembered for the next pages and steps: what was too much once will be again. */
  let parts = learning.known.parts ?? 1;
  const dayStart = (n: number): number =>
    n === 0 ? earlierStart : startOfDay(earlierStart + n * dayMs + dayMs / 2, zone);
  return {
    async read(ids) {
      for (;;) {
        try {
          const usage = new Map<string, Usage>();
          for (let part = 0; part < parts; part++) {
            const from = Math.floor((days * part) / parts);
            const to = Math.floor((days * (part + 1)) / parts);
            const request = {
              ...ids,
              first: dayStart(from),
              days: to - from,
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
  only: IdRange['only'],
): Promise<void> {
  interface Row extends Usage {
    visitorId: string;
  }
  await pendo.aggregate<Row>(pipelines.usageByVisitor(request), (row) => {
    if (only === undefined || only.has(row.visitorId)) add(usage, row.visitorId, row);
  });
}

/** Parts of the window share no days, so everything adds up. */
function add(usage: Map<string, Usage>, id: string, more: Usage): void {
  const before = usage.get(id) ?? { days: 0, minutes: 0, earlierMinutes: 0 };
  usage.set(id, {
    days: before.days + (more.days || 0),
    minutes: before.minutes + (more.minutes || 0),
    earlierMinutes: before.earlierMinutes + (more.earlierMinutes || 0),
  });
}

/** A day counts once for an account, whoever of its visitors was there; so the days come as lists and are united here. */
async function addAccounts(
  pendo: PendoClient,
  request: Request,
  usage: Map<string, Usage>,
  excluded: Excluded,
  only: IdRange['only'],
): Promise<void> {
  interface Row {
    accountId: string;
    visitorId: string;
    days: number[] | null;
    minutes: number;
    earlierMinutes: number;
  }
  const united = new Map<string, { days: Set<number>; minutes: number; earlierMinutes: number }>();
  await pendo.aggregate<Row>(pipelines.usageByAccountVisitor(request), (row) => {
    if (excluded(row.visitorId) || (only !== undefined && !only.has(row.accountId))) return;
    let account = united.get(row.accountId);
    if (account === undefined) {
      account = { days: new Set(), minutes: 0, earlierMinutes: 0 };
      united.set(row.accountId, account);
    }
    for (const day of row.days ?? []) if (day >= request.windowStart) account.days.add(day);
    account.minutes += row.minutes || 0;
    account.earlierMinutes += row.earlierMinutes || 0;
  });
  for (const [id, { days, minutes, earlierMinutes }] of united) {
    add(usage, id, { days: days.size, minutes, earlierMinutes });
  }
}
