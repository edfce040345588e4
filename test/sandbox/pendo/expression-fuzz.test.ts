import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCalendar } from '../../../sandbox/pendo/calendar.ts';
import { createCompiler } from '../../../sandbox/pendo/expression/compile.ts';
import { BadRequest } from '../../../sandbox/pendo/refusals.ts';

const byUnits = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const compiler = createCompiler({
  distinctLists: false,
  now: 0,
  calendar: createCalendar('UTC'),
  apps: [],
  strings: byUnits,
  compared: byUnits,
  countIf: 'distinct',
  missingInSum: 'zero',
  propertyPaths: 'accepted',
  seriesCount: 'forward',
  startOfPeriod: 'accepted',
});
const row = { a: 3, b: -7.5, c: 0, d: 1e6 };

/** Expressions over numbers and truth values, in which JavaScript and Pendo's language agree. */
const { number, truth } = fc.letrec<{ number: string; truth: string }>((tie) => ({
  number: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', 'c', 'd', '1', '2.5', '100', '.25', '1e2'),
    fc.tuple(tie('number'), fc.constantFrom('+', '-', '*', '/', '%'), tie('number')).map((parts) => parts.join(' ')),
    tie('number').map((inner) => `(${inner})`),
    tie('number').map((inner) => `-(${inner})`),
  ),
  truth: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .tuple(tie('number'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('number'))
      .map((parts) => parts.join(' ')),
    fc.tuple(tie('truth'), fc.constantFrom('&&', '||'), tie('truth')).map((parts) => parts.join(' ')),
    tie('truth').map((inner) => `!(${inner})`),
  ),
}));

const asJavaScript = (source: string): unknown =>
  new Function('row', `const {a,b,c,d} = row; return ${source.replaceAll('==', '===').replaceAll('!=', '!==')}`)(row);

test('arithmetic has the precedence and the results of C', () => {
  fc.assert(
    fc.property(number, (source) => {
      const expected = asJavaScript(source) as number;
      const result = compiler.expression(source, 'test')(row);
      // Where something infinite came up on the way the rest is null here.
      if (result !== null) expect([source, result]).toEqual([source, expected]);
      else expect(/[/%]|1e|d/.test(source)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('comparisons and logic have the precedence and the results of C', () => {
  fc.assert(
    fc.property(truth, (source) => {
      fc.pre(!/[/%]/.test(source));
      expect([source, compiler.expression(source, 'test')(row)]).toEqual([source, asJavaScript(source)]);
    }),
    { numRuns: 1000 },
  );
});

test('any text is either understood or refused as a bad request', () => {
  const pieces = fc.constantFrom(
    'a',
    '"',
    '`',
    '(',
    ')',
    '[',
    ']',
    '.',
    ',',
    '1',
    '-',
    '!',
    '&&',
    '==',
    '<',
    'if',
    'date',
    'len(',
    '\\',
    ' ',
    '😀',
    '\u0000',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      try {
        compiler.expression(parts.join(''), 'test')(row);
      } catch (error) {
        expect(error).toBeInstanceOf(BadRequest);
      }
    }),
    { numRuns: 3000 },
  );
});

test('any string survives as a literal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(compiler.expression(JSON.stringify(text), 'test')(row)).toBe(text);
    }),
  );
});
