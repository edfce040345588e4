/** What several assumptions ask of a Pendo account: asked once for all of them. */
import type { Guide, PendoClient } from '../../pendo/index.ts';
import { pipelines } from '../../pendo/index.ts';
import { daysBefore, startOfDay } from '../../sync/clock.ts';
import { numberIn } from '../../sync/numbers.ts';

export interface PendoQuestions {
  client: PendoClient;
  /** IANA zone of the subscription. */
  zone: string;
  /** Epoch ms. */
  now: number;
  guides(): Promise<Guide[]>;
  /** What Pendo counts in rows that the request brings along. */
  sums(): Promise<Sums>;
  /** Yesterday's days with activity, or those of the week before today. Undefined: nothing happened. */
  recentDays(): Promise<RecentDays | undefined>;
}

export interface Sums {
  days?: unknown;
  minutes?: unknown;
}

export interface RecentDays {
  /** Start of the first day that was asked for, and of today. Epoch ms. */
  first: number;
  end: number;
  /** Starts of the days that Pendo answered. */
  days: number[];
}

/** All methods throw `VendorError`. */
export function createPendoQuestions(
  client: PendoClient,
  { zone, now }: { zone: string; now: number },
): PendoQuestions {
  return {
    client,
    zone,
    now,
    guides: once(() => client.guides()),
    sums: once(() => askSums(client)),
    recentDays: once(() => askRecentDays(client, zone, now)),
  };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}

/** Day 1 twice, so that distinct days and rows differ; one row without minutes. */
const rows = [
  { key: 'a', day: 1, numMinutes: 5 },
  { key: 'a', day: 1 },
  { key: 'a', day: 2, numMinutes: 7 },
];

async function askSums(client: PendoClient): Promise<Sums> {
  let found: Sums = {};
  await client.aggregate<Sums>(
    [
      { source: { const: rows } },
      {
        group: {
          group: ['key'],
          fields: {
            days: { countIf: { count: 'day', if: 'day >= 1' } },
            minutes: { sum: 'if(day >= 1, numMinutes, 0)' },
          },
        },
      },
    ],
    (row) => {
      found = row;
    },
  );
  return found;
}

async function askRecentDays(client: PendoClient, zone: string, now: number): Promise<RecentDays | undefined> {
  const end = startOfDay(now, zone);
  for (const count of [1, 7]) {
    const first = daysBefore(end, zone, count);
    const days: number[] = [];
    await client.aggregate<{ day: unknown }>(pipelines.activeDays(first, count), (row) => {
      const day = numberIn(row.day);
      if (day !== undefined) days.push(day);
    });
    if (days.length > 0) return { first, end, days };
  }
  return undefined;
}
