/** What is collected for a page: item use, usage and answers, each from the rows of its source. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createItemFigures, itemQuestion } from '../../src/sync/item-figures.ts';
import { createNpsFigures } from '../../src/sync/nps-figures.ts';
import type { PushPlan } from '../../src/sync/types.ts';
import { createUsageFigures, usageReach, usageWindows } from '../../src/sync/usage-figures.ts';

const day = 86_400_000;
const zone = 'UTC';
const T0 = Date.UTC(2026, 5, 15);
const daysBack = (days: number): number => T0 - days * day;
const rules = { hubspotType: 'number', whenNothing: 'zero', guardTo: 'emptyOrZero' } as const;
const measures = ['events', 'days', 'minutes', 'firstUse', 'lastUse'] as const;
const windows = [7, 30, 90, 180] as const;

const pages: PushPlan[] = measures.flatMap((measure) =>
  windows.map(
    (window): PushPlan => ({ source: 'page', id: 'p', measure, window, property: `${measure}${window}`, ...rules }),
  ),
);

describe('use of an item', () => {
  const rows = fc.array(
    fc.record({
      visitor: fc.constantFrom('a', 'b', 'c'),
      ago: fc.integer({ min: 1, max: 180 }),
      events: fc.nat(9),
      minutes: fc.nat(9),
    }),
  );

  test('of an account is that of all its visitors, each day counted once, in every window and in any parts', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 179 }), (used, border) => {
        const question = itemQuestion(pages, 'page', daysBack)!;
        const figures = createItemFigures(question, 1, zone);
        const parts = [used.filter(({ ago }) => ago > border), used.filter(({ ago }) => ago <= border)];
        for (const part of parts) {
          for (const own of Map.groupBy(part, ({ visitor }) => visitor).values()) {
            const row: Record<string, unknown> = { days: [...new Set(own.map(({ ago }) => daysBack(ago)))] };
            for (const window of windows) {
              const inside = own.filter(({ ago }) => ago <= window);
              row[`events${window}`] = inside.reduce((sum, { events }) => sum + events, 0);
              row[`minutes${window}`] = inside.reduce((sum, { minutes }) => sum + minutes, 0);
            }
            figures.addAccountVisitor(0, 'p', row);
          }
        }
        for (const window of windows) {
          const inside = used.filter(({ ago }) => ago <= window);
          const agos = inside.map(({ ago }) => ago);
          const date = (ago: number): string | null =>
            agos.length === 0 ? null : new Date(daysBack(ago)).toISOString().slice(0, 10);
          const expected = {
            events: String(inside.reduce((sum, { events }) => sum + events, 0)),
            minutes: String(inside.reduce((sum, { minutes }) => sum + minutes, 0)),
            days: String(new Set(agos).size),
            firstUse: date(Math.max(...agos)),
            lastUse: date(Math.min(...agos)),
          };
          for (const measure of measures) {
            expect([measure, window, figures.columns.get(`${measure}${window}`)!(0)]).toEqual([
              measure,
              window,
              expected[measure],
            ]);
          }
        }
      }),
    );
  });

  test('that adds up to less than none, or to no number, is an invalid field', () => {
    const figures = createItemFigures(itemQuestion(pages, 'page', daysBack)!, 2, zone);
    figures.addVisitor(0, 'p', { span: 30, events: -1, minutes: -2, days: 'x', first: 'x', last: 'x' });
    const of = (name: string) => figures.columns.get(name)!(0);
    expect(['events30', 'minutes30', 'days30', 'firstUse30', 'lastUse30'].map(of)).toEqual([
      { invalid: 'negativeCount' },
      { invalid: 'negativeMinutes' },
      { invalid: 'notFinite' },
      { invalid: 'notATime' },
      { invalid: 'notATime' },
    ]);
    expect(figures.columns.get('events30')!(1)).toBe('0');
    figures.addVisitor(1, 'p', { events: 1, minutes: 1, days: 1, first: daysBack(3), last: daysBack(3) });
    expect(figures.columns.get('events180')!(1)).toEqual({ invalid: 'notFinite' });
  });

  test('of a visitor is a sum over spans, each a part of every longer window', () => {
    const figures = createItemFigures(itemQuestion(pages, 'page', daysBack)!, 1, zone);
    const span = (span: number, ago: number) => ({
      span,
      events: 2,
      minutes: 3,
      days: 1,
      first: daysBack(ago),
      last: daysBack(ago),
    });
    for (const row of [span(180, 100), span(30, 20), span(7, 2)]) figures.addVisitor(0, 'p', row);
    const of = (name: string) => figures.columns.get(name)!(0);
    expect([7, 30, 90, 180].map((window) => of(`events${window}`))).toEqual(['2', '4', '4', '6']);
    expect([7, 30, 90, 180].map((window) => of(`days${window}`))).toEqual(['1', '2', '2', '3']);
    expect([7, 30].map((window) => of(`firstUse${window}`))).toEqual(
      [2, 20].map((ago) => new Date(daysBack(ago)).toISOString().slice(0, 10)),
    );
    expect(of('lastUse180')).toBe(new Date(daysBack(2)).toISOString().slice(0, 10));
  });
});

describe('active visitors', () => {
  const push: PushPlan[] = [7, 30].map(
    (window): PushPlan => ({ source: 'activeVisitors', window: window as 7, property: `active${window}`, ...rules }),
  );

  test('are counted once, whether their days come in one part or in several', () => {
    const frames = usageWindows(push, 180, daysBack);
    expect(usageReach(frames)).toBe(30);
    const figures = createUsageFigures(push, 180, frames, 1, true);
    figures.addAccountVisitor(0, 'a', { days: [daysBack(20)] });
    figures.addAccountVisitor(0, 'b', { days: [daysBack(20), daysBack(8)] });
    figures.addAccountVisitor(0, 'a', { days: [daysBack(3), daysBack(7)] });
    expect([7, 30].map((window) => figures.columns.get(`active${window}`)!(0))).toEqual(['1', '2']);
  });
});

describe('answers', () => {
  const push: PushPlan[] = (['category', 'comment', 'averageScore', 'netPromoterScore', 'answers'] as const).map(
    (measure): PushPlan => ({ source: 'nps', measure, property: measure, ...rules }),
  );
  const answer = (visitorId: string, browserTime: number, score: number) => ({
    visitorId,
    browserTime,
    score,
    guideId: 'g',
    pollId: 'p',
  });
  const comment = (visitorId: string, browserTime: number, pollId: string, text: string) => ({
    visitorId,
    browserTime,
    guideId: 'g',
    pollId,
    text,
  });

  test('of an account: the newest of each visitor counts in averages, rounded half away from zero', () => {
    const figures = createNpsFigures(push, zone);
    for (const [visitor, at, score] of [
      ['a', 1, 10],
      ['a', 2, 0],
      ['b', 1, 6],
      ['c', 1, 9],
      ['d', 1, 8],
    ] as const) {
      figures.addAnswer(0, answer(visitor, at, score));
    }
    const of = (name: string) => figures.columns.get(name)!(0);
    expect([of('answers'), of('averageScore'), of('netPromoterScore')]).toEqual(['4', '5.8', '-25']);
    expect(of('category')).toBe('detractor');
  });

  test('the comment is the latest within a day of the answer; without an answer nothing is said, without a comment it is cleared', () => {
    const figures = createNpsFigures(push, zone);
    for (const place of [0, 1]) figures.addAnswer(place, answer('a', day, 10));
    expect(figures.commentedGuides()).toEqual(['g']);
    for (const [at, poll, text] of [
      [0, 'q', 'a day before'],
      [2 * day, 'q', 'b'],
      [2 * day, 'r', 'a'],
      [2 * day, 'r', ' '],
      [2 * day + 1, 'r', 'too late'],
    ] as const) {
      figures.addComment(0, comment('a', at, poll, text));
    }
    figures.addComment(0, comment('b', 2 * day, 'z', 'of somebody else'));
    expect([0, 1, 2].map(figures.columns.get('comment')!)).toEqual(['a', null, { keep: true }]);
    expect(['category', 'averageScore', 'answers'].map((name) => figures.columns.get(name)!(2))).toEqual([
      null,
      null,
      '0',
    ]);
  });
});
