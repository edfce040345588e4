/** A truth on disk: one JSON value a line, so that neither writing nor reading holds it twice. */
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RawPollEvent } from '../sandbox/contract.ts';
import type { EventFact, Truth } from './contract.ts';
import { EventTable } from './event-table.ts';
import { ndjson } from './ndjson.ts';

const lists = ['contacts', 'companies', 'visitors', 'accounts', 'pollEvents'] as const;

function* linesOf(truth: Truth): Generator<string> {
  const { world, takenAt, switches, portal, subscription } = truth;
  yield `${JSON.stringify({ head: { world, takenAt, switches, portal, subscription } })}\n`;
  for (const list of lists) for (const it of truth[list]) yield `${JSON.stringify({ [list]: it })}\n`;
  for (const event of truth.events) yield `${JSON.stringify({ event })}\n`;
}

export async function saveTruth(truth: Truth, file: string): Promise<void> {
  await pipeline(Readable.from(linesOf(truth)), createWriteStream(file));
}

export async function loadTruth(file: string): Promise<Truth> {
  const events = new EventTable();
  const found: Pick<Truth, (typeof lists)[number]> = {
    contacts: [],
    companies: [],
    visitors: [],
    accounts: [],
    pollEvents: [] as RawPollEvent[],
  };
  let head: Pick<Truth, 'world' | 'takenAt' | 'switches' | 'portal' | 'subscription'> | undefined;
  for await (const parsed of ndjson<Record<string, unknown>>(createReadStream(file, 'utf8'))) {
    if (parsed.head) head = parsed.head as typeof head;
    else if (parsed.event) {
      const event = parsed.event as EventFact;
      const { events: numEvents = 0, minutes: numMinutes, ...row } = event;
      events.add({ ...row, numEvents, numMinutes });
    } else {
      for (const list of lists) if (parsed[list]) (found[list] as unknown[]).push(parsed[list]);
    }
  }
  if (!head) throw new Error(`${file} holds no saved truth`);
  return { ...head, ...found, events };
}
