/** What records that go ahead say of the rest. */
import { describe, expect, test } from 'vitest';
import { canaryKinds, hasArrived, isOpenKind, judge, pendoClearing, type Sample } from '../../src/sync/canaries.ts';

const pull = canaryKinds({ object: 'visitor', leg: 'pull' });
const set = pull.set('custom.hubspot_plan', 'string');
const clear = pull.clear('null', 'string');
const sample = (sent: string | null, before: Sample['before'], after: Sample['after'], kind = set): Sample => ({
  kind,
  field: 'plan',
  sent,
  before,
  after,
});
const verdict = (samples: Sample[], seen = false) => judge(samples, seen).get(samples[0]!.kind)?.state;

describe('a kind of write', () => {
  test('is proved where most of it reads back as it was sent, or rounded', () => {
    expect(verdict([sample('a', null, 'a'), sample('b', 'x', 'b')])).toBe('proved');
    expect(verdict([sample('2.4', null, '2'), sample('7.5', '1', '8')])).toBe('proved');
    expect(verdict([sample('a', null, 'a'), sample('b', 'x', 'y')])).toBe('proved');
  });

  test('is not so where most of it reads back as something else', () => {
    expect(verdict([sample('1000', null, '1000000')])).toBe('disproved');
    expect(verdict([sample('a', null, { unreadable: true })])).toBe('disproved');
    expect(verdict([sample('a', null, 'b'), sample('b', null, 'c'), sample('c', null, 'c')])).toBe('disproved');
  });

  test('is not so where nothing of it shows while other values do, and unknown where nothing shows at all', () => {
    const late = [sample('a', null, null), sample('b', 'x', 'x')];
    expect(hasArrived(late)).toBe(false);
    expect(verdict(late, true)).toBe('disproved');
    expect(verdict(late)).toBe('unknown');
  });

  test('is proved by a value that was there already, and a clearing is not', () => {
    expect(verdict([sample('a', 'a', 'a')])).toBe('proved');
    expect(verdict([sample(null, null, null, clear)], true)).toBeUndefined();
    expect(verdict([sample(null, 'a', null, clear)])).toBe('proved');
    expect(verdict([sample(null, 'a', 'a', clear)], true)).toBe('disproved');
  });

  test('of a creation is never more than unknown while the record is not listed', () => {
    expect(verdict([sample('there', undefined, undefined, pull.create)], true)).toBe('unknown');
  });
});

describe('what is known of a kind', () => {
  const now = Date.UTC(2026, 5, 15);
  const known = (kind: string, state: 'proved' | 'disproved' | 'unknown', hours: number) => ({
    [kind]: { state, evidence: '', at: new Date(now - hours * 3_600_000).toISOString() },
  });

  test('is asked once, again after a day where it could not be told, and each time where it was wrong', () => {
    expect(isOpenKind(set, {}, now)).toBe(true);
    expect(isOpenKind(set, known(set, 'proved', 24 * 365), now)).toBe(false);
    expect(isOpenKind(set, known(set, 'unknown', 19), now)).toBe(false);
    expect(isOpenKind(set, known(set, 'unknown', 21), now)).toBe(true);
    expect(isOpenKind(set, known(set, 'disproved', 1), now)).toBe(true);
  });

  test('of clearing holds for a type and a way of clearing, and is tried again after a month', () => {
    const cannot = known(clear, 'disproved', 24 * 29);
    expect(pendoClearing('visitor', 'null', cannot, now)('string')).toBe(false);
    expect(pendoClearing('visitor', 'null', cannot, now)('enumeration')).toBe(false);
    expect(pendoClearing('visitor', 'null', cannot, now)('number')).toBe(true);
    expect(pendoClearing('visitor', 'emptyString', cannot, now)('string')).toBe(true);
    expect(pendoClearing('account', 'null', cannot, now)('string')).toBe(true);
    expect(pendoClearing('visitor', 'null', known(clear, 'disproved', 24 * 31), now)('string')).toBe(true);
    expect(pendoClearing('visitor', 'cannot', {}, now)('number')).toBe(false);
  });
});
