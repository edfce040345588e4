/** Reads one world's raw truth from the sandbox's admin API. */
import { setTimeout as wait } from 'node:timers/promises';
import type {
  Call,
  Clock,
  RawCrmRecord,
  RawEvent,
  RawPendoRecord,
  RawPollEvent,
  RawPortal,
  RawSubscription,
  Switches,
} from '../sandbox/contract.ts';
import type { Truth } from './contract.ts';
import { EventTable } from './event-table.ts';
import { ndjson } from './ndjson.ts';

async function get(url: string): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url);
      if (response.ok) return response;
      throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
    } catch (error) {
      // A busy sandbox may drop a connection; a wrong address or status stays wrong.
      if (attempt >= 3 || (error instanceof Error && error.message.includes(' answered '))) throw error;
      await wait(100 * attempt);
    }
  }
}

async function json<T>(url: string): Promise<T> {
  return (await (await get(url)).json()) as T;
}

async function* lines<T>(url: string): AsyncGenerator<T> {
  const { body } = await get(url);
  if (body) yield* ndjson<T>(body.pipeThrough(new TextDecoderStream()));
}

export async function all<T>(url: string): Promise<T[]> {
  const found: T[] = [];
  for await (const it of lines<T>(url)) found.push(it);
  return found;
}

const rootOf = (adminUrl: string): string => adminUrl.replace(/\/+$/, '').replace(/\/admin$/, '');

export const worldAt = (adminUrl: string, world: string): string =>
  `${rootOf(adminUrl)}/admin/worlds/${encodeURIComponent(world)}`;

/** Without events a snapshot is enough to be compared, not to expect from. */
export async function snapshot(adminUrl: string, world: string, options?: { events?: boolean }): Promise<Truth> {
  const at = worldAt(adminUrl, world);
  const events = new EventTable();
  const pollEvents: RawPollEvent[] = [];
  if (options?.events !== false) {
    for await (const event of lines<RawEvent>(`${at}/events`)) events.add(event);
    for await (const event of lines<RawPollEvent>(`${at}/poll-events`)) pollEvents.push(event);
  }
  return {
    world,
    takenAt: (await json<Clock>(`${rootOf(adminUrl)}/admin/clock`)).now,
    switches: await json<Switches>(`${at}/switches`),
    portal: await json<RawPortal>(`${at}/portal`),
    subscription: await json<RawSubscription>(`${at}/subscription`),
    contacts: await all<RawCrmRecord>(`${at}/contacts`),
    companies: await all<RawCrmRecord>(`${at}/companies`),
    visitors: await all<RawPendoRecord>(`${at}/visitors`),
    accounts: await all<RawPendoRecord>(`${at}/accounts`),
    events,
    pollEvents,
  };
}

/** The sandbox's call log, from a sequence number on. */
export function calls(adminUrl: string, world: string, since = 0): Promise<Call[]> {
  return all<Call>(`${worldAt(adminUrl, world)}/log?since=${since}`);
}
