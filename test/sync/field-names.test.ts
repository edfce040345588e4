import fc from 'fast-check';
import { expect, test } from 'vitest';
import { namedPull, pendoFieldNames } from '../../src/sync/field-names.ts';

const property = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'A', '_', '-', '.', 'é', '1'), minLength: 1, maxLength: 3 }),
  fc.constantFrom('lifecyclestage', 'hs_lead_status', 'a_b', 'a-b', 'A_b', '__proto__', 'constructor'),
);
const properties = fc.uniqueArray(property, { maxLength: 30 });

test('every property gets a name of its own that Pendo takes', () => {
  fc.assert(
    fc.property(properties, (list) => {
      const names = Object.values(pendoFieldNames(list));
      expect(names).toHaveLength(list.length);
      expect(new Set(names).size).toBe(list.length);
      for (const name of names) expect(name).toMatch(/^hubspot_[a-z0-9_]+$/);
    }),
  );
});

test('names do not depend on the order', () => {
  fc.assert(
    fc.property(properties, (list) => {
      expect(pendoFieldNames(list.toReversed())).toEqual(pendoFieldNames(list));
    }),
  );
});

test('a property that follows the rules keeps its plain name, whoever joins it', () => {
  fc.assert(
    fc.property(properties, (list) => {
      expect(pendoFieldNames([...list, 'a_b']).a_b).toBe('hubspot_a_b');
    }),
  );
});

test('names that are set by hand are left free', () => {
  const taken = ['hubspot_a_b', 'hubspot_plan'];
  const names = pendoFieldNames(['a_b', 'A-b', 'plan'], taken);
  expect(Object.values(names).filter((name) => taken.includes(name))).toEqual([]);
  expect(new Set(Object.values(names)).size).toBe(3);
});

test('names are what they were in earlier versions', () => {
  expect(pendoFieldNames(['lifecyclestage', 'Größe.cm', 'a-b', 'a_b', 'a.b'])).toEqual({
    lifecyclestage: 'hubspot_lifecyclestage',
    'Größe.cm': 'hubspot_gr__e_cm',
    a_b: 'hubspot_a_b',
    'a-b': expect.stringMatching(/^hubspot_a_b_[0-9a-f]{6}$/),
    'a.b': expect.stringMatching(/^hubspot_a_b_[0-9a-f]{6}$/),
  });
});

test('a mapping keeps the name that it sets', () => {
  const pull = [
    { property: 'plan', onEmpty: 'clear', options: 'value' },
    { property: 'tier', field: 'hubspot_plan', onEmpty: 'keep', options: 'label' },
  ] as const;
  const [plan, tier] = namedPull(pull);
  expect(tier).toEqual(pull[1]);
  expect(plan?.field).toMatch(/^hubspot_plan_[0-9a-f]{6}$/);
});
