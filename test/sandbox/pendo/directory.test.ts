import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type StringOrder, stringOrder } from '../../../sandbox/pendo/order.ts';
import { createDirectory, placesIn } from '../../../sandbox/pendo/truth/directory.ts';

const id = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom('a', 'A', 'aB', 'Ab', '😀', '\uffff', '\ud800', ''),
);
const orders = ['utf8', 'utf16', 'caseless'] as const;

/** Independent of the code under test: UTF-8 bytes, UTF-16 units, and lower case first. */
const plain: Record<(typeof orders)[number], StringOrder> = {
  utf8: (a, b) => {
    const [x, y] = [Array.from(a, (c) => c.codePointAt(0)!), Array.from(b, (c) => c.codePointAt(0)!)];
    for (let i = 0; i < x.length && i < y.length; i++) if (x[i] !== y[i]) return x[i]! - y[i]!;
    return x.length - y.length;
  },
  utf16: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  caseless: (a, b) => plain.utf16(a.toLowerCase(), b.toLowerCase()) || plain.utf16(a, b),
};

test.each(orders)('ids stand once and in %s order, whenever they were added; every range finds its own', (name) => {
  fc.assert(
    fc.property(
      fc.array(id),
      fc.array(fc.array(id)),
      id,
      id,
      fc.boolean(),
      fc.boolean(),
      (first, later, low, high, lowIn, highIn) => {
        const directory = createDirectory(first.map((each, i) => [each, i]));
        const all = new Set(first);
        for (const batch of later) {
          for (const each of batch) {
            directory.add(each, 1000);
            all.add(each);
            expect(directory.find(each)).toBe(first.includes(each) ? first.indexOf(each) : 1000);
          }
          directory.sorted(stringOrder('utf8'));
          directory.sorted(stringOrder(name));
        }
        const view = directory.sorted(stringOrder(name));
        const sorted = [...all].sort(plain[name]);
        expect(view.ids).toEqual(sorted);
        expect([...view.indexes]).toEqual(sorted.map((each) => (first.includes(each) ? first.indexOf(each) : 1000)));
        const places = placesIn(view, { low: { id: low, included: lowIn }, high: { id: high, included: highIn } });
        const within = places.flatMap(([from, to]) => view.ids.slice(from, to));
        const inside = (each: string) => {
          const [above, below] = [plain[name](each, low), plain[name](each, high)];
          return (above > 0 || (above === 0 && lowIn)) && (below < 0 || (below === 0 && highIn));
        };
        expect(within).toEqual(sorted.filter(inside));
      },
    ),
    { numRuns: 300 },
  );
});
