/** Values of a track event's properties, as an occurrence carries them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chosenProperties, collectRow, type DayValues, textsOf } from '../../src/sync/event-values.ts';

const plan = chosenProperties([{ id: 't1', properties: [{ name: 'plan', property: 'pendo_p_plan' }] }]);

function sent(...rows: unknown[][]): string | undefined {
  const day: DayValues = new Map();
  for (const row of rows) collectRow(day, plan, 't1', () => row);
  return new Map(textsOf(day)).get('plan');
}

test('are the distinct texts of the day’s rows in the order of their UTF-8 bytes', () => {
  expect(sent(['pro'], ['free', 'pro'], ['Pro'])).toBe('Pro;free;pro');
  expect(sent(['😀'], ['\uffee'])).toBe('\uffee;😀');
  expect(sent([5, '5', 5.0], [0.1], [1e21, true, -0])).toBe('0;0.1;1e+21;5;true');
});

test('are none where nothing can be text', () => {
  expect(sent()).toBeUndefined();
  const nothing = [null, undefined, '', [], [null, ''], {}, { a: 1 }, [['x']], 'nul \0', 'half \ud83d'];
  expect(sent(nothing)).toBeUndefined();
  expect(sent(['x'.repeat(65_537)])).toBeUndefined();
});

test('stand as they are: a list is one value, and a text may hold what stands between two', () => {
  expect(sent([['b', 'a', null, 7]], ['b;a;7', ' b '])).toBe(' b ;b;a;7');
});

test('that are too long for HubSpot are cut, and no character in its middle', () => {
  expect(sent(['x'.repeat(300)])).toBe('x'.repeat(256));
  expect(sent([`${'x'.repeat(255)}😀`])).toBe('x'.repeat(255));
  expect(sent([`${'x'.repeat(254)}😀`])).toBe(`${'x'.repeat(254)}😀`);
});

test('any number of them, in any order, say the same as all of them sorted', () => {
  const texts = fc.array(fc.string({ minLength: 1, maxLength: 4, unit: 'binary' }), { maxLength: 1500 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 700 }), (all, atOnce) => {
      const rows: string[][] = [];
      for (let at = 0; at < all.length; at += atOnce) rows.push(all.slice(at, at + atOnce));
      const kept = [...new Set(all.filter((text) => text.isWellFormed() && !text.includes('\0')))];
      const sorted = kept.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).join(';');
      const cut = sorted.slice(0, 256);
      expect(sent(...rows)).toBe(kept.length === 0 ? undefined : cut.isWellFormed() ? cut : cut.slice(0, -1));
    }),
    { numRuns: 60 },
  );
});

test('of an item are those that its own entry has chosen, also by the names of things in JavaScript', () => {
  const of = (id: string, ...names: string[]) => ({ id, properties: names.map((name) => ({ name, property: name })) });
  const chosen = chosenProperties([of('t1', 'plan', 'constructor'), of('t2', 'seats'), { id: 't3' }]);
  expect(chosen.names).toEqual(['constructor', 'plan', 'seats']);
  const row = (place: number) => [`value of ${chosen.names[place]}`];
  const values = (id: string) => {
    const day: DayValues = new Map();
    collectRow(day, chosen, id, row);
    return textsOf(day);
  };
  expect(values('t1')).toEqual([
    ['plan', 'value of plan'],
    ['constructor', 'value of constructor'],
  ]);
  expect(values('t2')).toEqual([['seats', 'value of seats']]);
  expect(values('t3')).toEqual([]);
  expect(values('t4')).toEqual([]);
});
