/** Which days a run looks at. */
import { expect, test } from 'vitest';
import { eventSpans, oldestDay } from '../../src/sync/event-days.ts';
import { occurrenceId } from '../../src/sync/occurrence-id.ts';

const zone = 'America/New_York';
/** Shortly after midnight there: in UTC it is the same day, four hours on. */
const at = (day: string): { asOf: number; zone: string } => ({ asOf: Date.parse(`${day}T04:30:00Z`), zone });
const entry = { source: 'page', id: 'p' } as const;
const settings = { settleDays: 2, backfillDays: 30 };
const spanOf = (day: string, known: { firstDay: string; through: string }[] = [], more: object = {}) => {
  const of = known.map((one) => ({ ...entry, ...one }));
  const [span] = eventSpans([entry], of, at(day), { ...settings, ...more });
  return span && [span.firstDay, span.from, span.until];
};

test.each([
  ['the first run sends the last month', [], {}, ['2026-05-16', '2026-05-16', '2026-06-13']],
  ['without backfill it sends nothing yet', [], { backfillDays: 0 }, ['2026-06-15', '2026-06-15', '2026-06-13']],
  [
    'a later one looks back a week before where the last one ended',
    [{ firstDay: '2026-05-16', through: '2026-06-12' }],
    {},
    ['2026-05-16', '2026-06-05', '2026-06-13'],
  ],
  [
    'but not before the first day',
    [{ firstDay: '2026-06-10', through: '2026-06-12' }],
    {},
    ['2026-06-10', '2026-06-10', '2026-06-13'],
  ],
  [
    'after a long pause it goes back 90 days',
    [{ firstDay: '2025-05-16', through: '2026-01-12' }],
    {},
    ['2025-05-16', '2026-03-17', '2026-06-13'],
  ],
  [
    'another backfill changes nothing for an entry that is known',
    [{ firstDay: '2026-06-01', through: '2026-06-12' }],
    { backfillDays: 90, settleDays: 0 },
    ['2026-06-01', '2026-06-05', '2026-06-15'],
  ],
])('%s', (_what, known, more, expected) => {
  expect(spanOf('2026-06-15', known, more)).toEqual(expected);
});

test('days are those of the zone', () => {
  expect(spanOf('2026-06-15')?.[2]).toBe('2026-06-13');
  const before = { asOf: Date.parse('2026-06-15T03:30:00Z'), zone };
  expect(eventSpans([entry], [], before, settings)[0]?.until).toBe('2026-06-12');
  expect(oldestDay(before.asOf, zone)).toBe('2026-03-16');
});

test('the same occurrence has the same id always, another one has another', () => {
  const id = occurrenceId('pe1', 'visitor', 'ann', 'page', 'p', '2026-06-01', 1);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(occurrenceId('pe1', 'visitor', 'ann', 'page', 'p', '2026-06-01', 1)).toBe(id);
  expect(occurrenceId('pe1', 'visitor', 'ann', 'page', 'p', '2026-06-01', 2)).not.toBe(id);
});
