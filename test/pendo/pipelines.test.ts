import { expect, test } from 'vitest';
import { pipelines } from '../../src/pendo/index.ts';

const day = 86_400_000;

test('an id cannot break out of its filter', () => {
  const [, , filter] = pipelines.visitorsPage({ lo: 'a"\\ || 1 == 1', hi: 'é\n', limit: 10, select: {} });
  expect(filter).toEqual({ filter: 'visitorId > "a\\"\\\\ || 1 == 1" && visitorId <= "é\\n"' });
});

const halfYear = (start: number) => ({ days: 180, start: start * day, earlierStart: (start - 180) * day });

test('a page of records is sorted and cut by id, and keeps the id', () => {
  expect(pipelines.accountsPage({ limit: 500, select: { first: 'metadata.auto.firstvisit' } })).toEqual([
    { source: { accounts: null } },
    { identified: 'accountId' },
    { sort: ['accountId'] },
    { limit: 500 },
    { select: { first: 'metadata.auto.firstvisit', accountId: 'accountId' } },
  ]);
});

test('the id filter stands before every group', () => {
  const usage = { lo: 'a', hi: 'b', first: 0, end: 360 * day, days: 360, windows: [halfYear(180)], apps: null };
  for (const pipeline of [pipelines.usageByVisitor(usage), pipelines.usageByAccountVisitor(usage)]) {
    const names = pipeline.map((stage) => Object.keys(stage)[0]);
    const range = pipeline.findIndex((stage) => /Id > "a"/.test(String(stage.filter)));
    expect(range).toBeGreaterThan(0);
    expect(range).toBeLessThan(names.indexOf('group'));
  }
});

test('every app is read unless some are chosen, and instants are literals', () => {
  const usage = { first: 5 * day, end: 365 * day, days: 360, windows: [halfYear(185)] };
  const [all] = pipelines.usageByVisitor({ ...usage, apps: null });
  const [some] = pipelines.usageByVisitor({ ...usage, apps: [-323232, 7] });
  expect(all).toEqual({
    source: {
      events: { appId: 'expandAppIds("*")', blacklist: 'apply' },
      timeSeries: { period: 'dayRange', first: 5 * day, count: 360 },
    },
  });
  expect(some).toMatchObject({ source: { events: { appId: [-323232, 7] } } });
  expect(JSON.stringify(pipelines.usageByVisitor({ ...usage, apps: null }))).not.toContain('now()');
  expect(() => pipelines.usageByVisitor({ ...usage, windows: [halfYear(1 / 7)], apps: null })).toThrow(RangeError);
});

test('no day outside the window counts, however Pendo counts days that its zone skipped', () => {
  const usage = { first: 5 * day, end: 364 * day, days: 360, windows: [halfYear(185)], apps: null };
  for (const pipeline of [pipelines.usageByVisitor(usage), pipelines.usageByAccountVisitor(usage)]) {
    expect(pipeline[1]).toEqual({ filter: `day >= ${5 * day} && day < ${364 * day}` });
  }
});
