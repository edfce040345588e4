import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EventTable, loadTruth, saveTruth } from '../../oracle/index.ts';
import { answer, crm, event, NOON, pendo, truth } from './fixtures.ts';

test('a truth comes back from disk as it was, poison and line separators among it', async () => {
  const before = truth({
    contacts: [crm(1, { note: 'a\u2028b\nc\u0000\ud800' })],
    companies: [crm(2)],
    visitors: [pendo('é', { custom: { list: ['x', 1, null] } })],
    accounts: [pendo('')],
    pollEvents: [answer('v', NOON, '7', { excluded: true })],
    events: [
      event('v', 1, 3, { accountId: 'a', pageId: 'p', featureId: 'f', events: 4 }),
      event('w', 2, 0, { appId: -5, blacklisted: true }),
      event('w', 3, 0, { trackTypeId: 't', properties: { plan: ['a', null, { b: '\ud800' }] } }),
      event('w', 4, 0, { properties: null }),
    ],
  });
  const folder = await mkdtemp(join(tmpdir(), 'oracle-'));
  try {
    await saveTruth(before, join(folder, 'truth'));
    const loaded = await loadTruth(join(folder, 'truth'));
    expect({ ...loaded, events: [...loaded.events] }).toEqual(before);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the event table gives back every row, as often as it is asked', () => {
  const table = new EventTable();
  const rows = Array.from({ length: 5000 }, (_, index) =>
    event(`v${index % 7}`, index % 400, index, {
      accountId: index % 3 === 0 ? '' : 'a',
      blacklisted: index % 11 === 0,
      events: index % 5,
      pageId: index % 2 === 0 ? 'home' : '',
      featureId: `f${index % 3}`,
      trackTypeId: index % 13 === 0 ? 'home' : '',
      ...(index % 13 === 0 ? { properties: index % 2 === 0 ? { plan: index % 5 } : null } : {}),
    }),
  );
  for (const row of rows) table.add({ ...row, numEvents: row.events ?? 0, numMinutes: row.minutes });
  expect([...table]).toEqual(rows);
  expect([...table]).toEqual(rows);
  expect(table.length).toBe(5000);
});
