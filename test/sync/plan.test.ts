import { describe, expect, test } from 'vitest';
import { type SyncConfigInput, syncConfigSchema } from '../../src/sync/config.ts';
import { buildPlan, newlyStopped } from '../../src/sync/mapping.ts';
import { hubSpotRow } from '../../src/sync/mirror-row.ts';
import type { HubSpotPropertyDefinition, PendoSchema, Plan } from '../../src/sync/types.ts';
import { field, property } from './definitions.ts';

const options = [
  { value: 'pro', label: 'Professional' },
  { value: 'free', label: 'Free; for ever' },
];
const email = property('email');
const plan = property('plan', 'enumeration', { options });

function build(
  config: Partial<SyncConfigInput>,
  hubspotProperties: HubSpotPropertyDefinition[],
  pendoSchema: PendoSchema = {},
  previous?: Plan,
): Plan {
  return buildPlan({
    object: 'visitor',
    config: syncConfigSchema.parse({ joinKey: { property: 'email' }, ...config }),
    hubspotProperties,
    pendoSchema,
    previous,
  });
}

test('a first run plans what is mapped and creates what the targets lack', () => {
  const config = {
    pull: [
      { property: 'plan', options: 'label' },
      { property: 'seats', onEmpty: 'keep' },
    ],
    push: [{ metric: 'lastVisit' }, { metric: 'usageTrending' }],
  } satisfies Partial<SyncConfigInput>;
  const made = build(config, [email, plan, property('seats', 'number'), property('pendo_last_visit', 'date')], {
    custom: { hubspot_seats: field('float') },
  });
  expect(made).toMatchObject({
    object: 'visitor',
    joinKey: { property: 'email' },
    pull: [
      {
        property: 'plan',
        field: 'hubspot_plan',
        valueType: 'enumeration',
        onEmpty: 'clear',
        labels: [
          ['pro', 'Professional'],
          ['free', 'Free; for ever'],
        ],
      },
      { property: 'seats', field: 'hubspot_seats', valueType: 'number', onEmpty: 'keep' },
    ],
    push: [
      { metric: 'lastVisit', property: 'pendo_last_visit', hubspotType: 'date', whenNothing: 'keep' },
      { metric: 'usageTrending', property: 'pendo_usage_trending_180d', whenNothing: 'clear', guardTo: 'empty' },
    ],
    create: {
      pendo: [{ field: 'hubspot_plan', type: 'string', displayName: 'HubSpot: Label of plan' }],
      hubspot: [{ property: 'pendo_usage_trending_180d', hubspotType: 'number' }],
    },
  });
  expect(JSON.stringify(made)).not.toContain('stopped');
  expect(JSON.parse(JSON.stringify(made))).toEqual(made);
});

test('the same definitions give the same plan, run after run', () => {
  const config = { pull: [{ property: 'plan' }] };
  const first = build(config, [email, plan]);
  expect(build(config, [email, plan], {}, first)).toEqual(first);
});

describe('a source property', () => {
  const pull = [{ property: 'seats' }];
  const before = build({ pull }, [email, property('seats', 'number')]);
  const next = (properties: HubSpotPropertyDefinition[], previous = before): Plan =>
    build({ pull }, [email, ...properties], {}, previous);

  test('that is gone stops its field, and nothing is created for it', () => {
    for (const properties of [[], [property('seats', 'number', { archived: true })]]) {
      const stopped = next(properties);
      expect(stopped.pull).toEqual([{ ...before.pull[0], stopped: 'gone' }]);
      expect(stopped.create.pendo).toEqual([]);
    }
  });

  test('that has another type stops its field for as long as it has it', () => {
    let last = before;
    for (let run = 0; run < 3; run++) {
      last = next([property('seats', 'string')], last);
      expect(last.pull).toEqual([{ ...before.pull[0], stopped: 'typeChanged' }]);
    }
    expect(next([property('seats', 'number')], last)).toEqual(before);
  });

  test('that left and came back goes on, but not with another type', () => {
    const gone = next([]);
    expect(next([property('seats', 'number')], gone)).toEqual(before);
    expect(next([property('seats', 'json')], gone).pull[0]?.stopped).toBe('typeChanged');
  });

  test('that another version of the mapping chose may have any type', () => {
    expect(build({ pull }, [email, property('seats', 'string')]).pull[0]).toMatchObject({ valueType: 'string' });
  });

  test('that was never seen does not tie a later one to a type', () => {
    const never = build({ pull }, [email]);
    expect(never.pull[0]).toMatchObject({ stopped: 'gone', typeUnknown: true });
    expect(next([property('seats', 'number')], never)).toEqual(before);
    expect(next([property('seats', 'json')], never).pull[0]).toMatchObject({ stopped: 'unmappable' });
  });

  test('may change its look, as long as its values stay the same kind', () => {
    const chosen = { pull: [{ property: 'plan' }] };
    const radio = build(chosen, [email, { ...plan, fieldType: 'radio' }], {}, build(chosen, [email, plan]));
    expect(radio.pull[0]?.stopped).toBeUndefined();
    const many = build(chosen, [email, { ...plan, fieldType: 'checkbox' }], {}, radio);
    expect(many.pull[0]?.stopped).toBe('typeChanged');
  });
});

describe('a target', () => {
  const config = { pull: [{ property: 'plan' }], push: [{ metric: 'daysActive' } as const] };
  test('that was deleted is created again', () => {
    const made = build(config, [email, plan], { custom: { hubspot_plan: field('string', { isDeleted: true }) } });
    expect(made.pull[0]?.stopped).toBeUndefined();
    expect(made.create).toMatchObject({
      pendo: [{ field: 'hubspot_plan' }],
      hubspot: [{ property: 'pendo_days_active_180d' }],
    });
  });

  test('that was deleted with another type stops its field, for it would come back with that type', () => {
    const made = build(config, [email, plan], { custom: { hubspot_plan: field('boolean', { isDeleted: true }) } });
    expect(made.pull[0]?.stopped).toBe('takerType');
  });

  test('with another type stops its field and is not created', () => {
    const made = build(config, [email, plan, property('pendo_days_active_180d', 'string')], {
      custom: { hubspot_plan: field('boolean') },
    });
    expect(made.pull[0]?.stopped).toBe('takerType');
    expect(made.push[0]?.stopped).toBe('takerType');
    expect(made.create).toEqual({ pendo: [], hubspot: [] });
  });

  test('that cannot be written stops its field', () => {
    const held = property('pendo_days_active_180d', 'number', { readOnlyValue: true });
    expect(build(config, [email, plan, held]).push[0]?.stopped).toBe('readOnly');
  });
});

describe('the join key', () => {
  const before = build({}, [email]);
  test.each([
    ['gone', []],
    ['typeChanged', [property('email', 'number')]],
  ])('is stopped when it is %s', (stopped, properties) => {
    const next = build({}, properties, {}, before);
    expect(next.joinKey).toEqual({ ...before.joinKey, stopped });
    expect(build({}, [email], {}, next)).toEqual(before);
  });

  test('is stopped when it cannot identify anything', () => {
    expect(build({}, [property('email', 'date')]).joinKey.stopped).toBe('unmappable');
  });

  test('may become another property', () => {
    const other = build({ joinKey: { property: 'key' } }, [property('key', 'number')], {}, before);
    expect(other.joinKey).toEqual({ property: 'key', type: 'number' });
  });
});

test('a stop is news once', () => {
  const config = { pull: [{ property: 'plan' }], push: [{ metric: 'daysActive' } as const] };
  const sound = build(config, [email, plan]);
  const stopped = build(config, [property('pendo_days_active_180d', 'string')], {}, sound);
  expect(newlyStopped(sound)).toEqual([]);
  expect(newlyStopped(stopped, sound)).toEqual([
    { leg: 'joinKey', property: 'email', reason: 'gone' },
    { leg: 'pull', property: 'plan', reason: 'gone' },
    { leg: 'push', property: 'pendo_days_active_180d', reason: 'takerType' },
  ]);
  expect(newlyStopped(stopped)).toHaveLength(3);
  expect(newlyStopped(build(config, [], {}, stopped), stopped)).toEqual([]);
});

test('an option that jsonb cannot hold stops no plan, and is told by its record', () => {
  const poison = [
    { value: 'nul', label: 'a\0b' },
    { value: 'half', label: 'c\ud800' },
    { value: 'v\0', label: 'Fine' },
    { value: 'good', label: 'Good 🦊' },
  ];
  const choice = property('choice', 'enumeration', { options: poison });
  const set = property('set', 'enumeration', { fieldType: 'checkbox', options: poison });
  const pull = ['choice', 'set'].map((name) => ({ property: name, options: 'label' as const }));
  const made = build({ pull }, [email, choice, set]);
  const stored = JSON.stringify(made);
  // As PostgreSQL looks at it: an escape that stands for NUL or for half a pair.
  expect(/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i.test(stored)).toBe(false);
  const rules = {
    plan: JSON.parse(stored) as Plan,
    config: syncConfigSchema.parse({ joinKey: { property: 'email' }, pull }),
    notYetCreated: new Set<string>(),
  };
  const given = (value: string): unknown[] => {
    const { gives } = hubSpotRow(
      { id: '1', properties: { email: 'a@b.c', choice: value, set: `good;${value}` } },
      rules,
    );
    return [gives.choice, gives.set];
  };
  expect(given('good')).toEqual(['Good 🦊', 'Good 🦊']);
  expect(given('nul')).toEqual([{ invalid: 'nul' }, { invalid: 'nul' }]);
  expect(given('half')).toEqual([{ invalid: 'loneSurrogate' }, { invalid: 'loneSurrogate' }]);
  expect(given('v\0')).toEqual(['Fine', 'Fine;Good 🦊']);
  expect(given('other\0')).toEqual([{ invalid: 'nul' }, { invalid: 'nul' }]);
});
