import { describe, expect, test } from 'vitest';
import { type SyncConfigInput, type SyncObject, syncConfigSchema } from '../../src/sync/config.ts';
import { checkMapping } from '../../src/sync/mapping.ts';
import type { ItemNames } from '../../src/sync/pendo-items.ts';
import type { HubSpotPropertyDefinition, PendoSchema } from '../../src/sync/types.ts';
import { field, property } from './definitions.ts';

const portal = [
  property('email'),
  property('plan', 'enumeration'),
  property('interests', 'enumeration', { fieldType: 'checkbox' }),
  property('seats', 'number'),
  property('customer_key', 'string', { hasUniqueValue: true }),
  property('plain_key'),
  property('secret_key', 'string', { hidden: true }),
  property('since', 'date'),
  property('blob', 'json'),
  property('pendo_account_key'),
  property('dropped', 'string', { archived: true }),
];

interface Situation {
  object?: SyncObject;
  properties?: HubSpotPropertyDefinition[];
  schema?: PendoSchema;
  items?: ItemNames;
}

function problems(
  config: Partial<SyncConfigInput>,
  { object = 'visitor', properties = [], schema = {}, items }: Situation = {},
) {
  return checkMapping({
    object,
    config: syncConfigSchema.parse({ joinKey: { property: 'email' }, ...config }),
    hubspotProperties: [...portal, ...properties],
    pendoSchema: schema,
    items,
  });
}

const codes = (...args: Parameters<typeof problems>): string[] =>
  problems(...args).map(({ code, path }) => `${code} ${path}`);

test('a sound mapping has no problems: nothing, one leg, both legs', () => {
  expect(problems({})).toEqual([]);
  expect(problems({ pull: [{ property: 'plan' }] })).toEqual([]);
  expect(problems({ push: [{ metric: 'daysActive' }] })).toEqual([]);
  expect(
    problems(
      {
        joinKey: { property: 'pendo_account_key' }, // begins like ours, and is not
        pull: [
          { property: 'plan', options: 'label' },
          { property: 'interests' },
          { property: 'seats' },
          { property: 'since' },
        ],
        push: [{ metric: 'totalVisitors' }, { metric: 'lastVisit' }],
      },
      {
        object: 'account',
        properties: [property('pendo_total_visitors', 'number'), property('pendo_last_visit', 'date')],
        schema: {
          custom: { hubspot_plan: field('string'), hubspot_seats: field('integer'), hubspot_since: field('time') },
        },
      },
    ),
  ).toEqual([]);
});

describe('the join key', () => {
  test.each([
    ['nonsense', 'JOIN_KEY_UNKNOWN'],
    ['dropped', 'JOIN_KEY_UNKNOWN'],
    ['secret_key', 'JOIN_KEY_HIDDEN'],
    ['since', 'JOIN_KEY_TYPE'],
    ['interests', 'JOIN_KEY_TYPE'],
    ['blob', 'JOIN_KEY_TYPE'],
  ])('%s is refused as %s', (name, code) => {
    expect(codes({ joinKey: { property: name } })).toEqual([`${code} joinKey.property`]);
  });

  test('cannot be a property that the sync writes', () => {
    const push = [{ metric: 'latestNps', property: 'pendo_account_key' }] as const;
    expect(codes({ joinKey: { property: 'pendo_account_key' }, push: [...push] })).toContain(
      'JOIN_KEY_OWNED joinKey.property',
    );
  });
});

describe('pull', () => {
  test.each([
    [[{ property: 'nonsense' }], ['PROPERTY_UNKNOWN pull.0.property']],
    [[{ property: 'dropped' }], ['PROPERTY_UNKNOWN pull.0.property']],
    [[{ property: 'blob' }], ['PROPERTY_TYPE_UNMAPPABLE pull.0.property']],
    [[{ property: 'plan' }, { property: 'plan' }], ['PROPERTY_DUPLICATE pull.1.property']],
    [
      [
        { property: 'plan', field: 'hubspot_x' },
        { property: 'seats', field: 'hubspot_x' },
      ],
      ['FIELD_DUPLICATE pull.1.field'],
    ],
    [[{ property: 'plan', field: 'plan' }], ['FIELD_PREFIX pull.0.field']],
  ])('%j has the problems %j', (pull, expected) => {
    expect(codes({ pull })).toEqual(expected);
  });

  test('a property that push writes is not fed back, whatever its name', () => {
    const push = [{ metric: 'daysActive' }, { metric: 'latestNps', property: 'pendo_nps' }] as const;
    const pull = [
      { property: 'pendo_days_active_180d' },
      { property: 'pendo_nps' },
      { property: 'pendo_days_active_30d' },
    ];
    const properties = pull.map(({ property: name }) => property(name, 'number'));
    expect(codes({ pull, push: [...push] }, { properties })).toEqual([
      'PROPERTY_OWNED pull.0.property',
      'PROPERTY_OWNED pull.1.property',
    ]);
  });

  test('a Pendo field of another type is named, a deleted one too; one of another group is in nobody’s way', () => {
    const pull = [{ property: 'seats' }];
    const clash = (schema: PendoSchema): string[] => codes({ pull }, { schema });
    expect(clash({ custom: { hubspot_seats: field('string') } })).toEqual(['FIELD_TYPE_CLASH pull.0.field']);
    expect(clash({ custom: { hubspot_seats: field('string', { isDeleted: true }) } })).toEqual([
      'FIELD_TYPE_CLASH pull.0.field',
    ]);
    expect(clash({ custom: { hubspot_seats: field('number', { isDeleted: true }) } })).toEqual([]);
    expect(clash({ agent: { hubspot_seats: field('string') } })).toEqual([]);
    expect(codes({ pull, pendoGroup: 'agent' }, { schema: { agent: { hubspot_seats: field('list') } } })).toEqual([
      'FIELD_TYPE_CLASH pull.0.field',
    ]);
  });
});

describe('push', () => {
  test('visitors have no number of visitors', () => {
    expect(codes({ push: [{ metric: 'totalVisitors' }] })).toEqual(['METRIC_NOT_FOR_VISITORS push.0.metric']);
  });

  test('a metric or a property twice is refused', () => {
    expect(codes({ push: [{ metric: 'latestNps' }, { metric: 'latestNps', property: 'pendo_b' }] })).toEqual([
      'METRIC_DUPLICATE push.1.metric',
    ]);
    expect(codes({ push: [{ metric: 'lastVisit' }, { metric: 'firstVisit', property: 'pendo_last_visit' }] })).toEqual([
      'PUSH_PROPERTY_DUPLICATE push.1.property',
    ]);
  });

  test('a property that exists with another type, or cannot be written, is named', () => {
    const push = [{ metric: 'lastVisit' } as const];
    const held = (type: string, more = {}): Situation => ({ properties: [property('pendo_last_visit', type, more)] });
    expect(codes({ push }, held('string'))).toEqual(['PUSH_PROPERTY_TYPE_CLASH push.0.property']);
    expect(codes({ push, visitType: 'datetime' }, held('date'))).toEqual(['PUSH_PROPERTY_TYPE_CLASH push.0.property']);
    expect(codes({ push }, held('date', { readOnlyValue: true }))).toEqual(['PUSH_PROPERTY_READ_ONLY push.0.property']);
    expect(codes({ push }, held('date', { calculated: true }))).toEqual(['PUSH_PROPERTY_READ_ONLY push.0.property']);
    expect(codes({ push }, held('string', { archived: true }))).toEqual([]);
  });
});

describe('settings', () => {
  test.each<[SyncObject, string, string[]]>([
    ['visitor', 'email', []],
    ['visitor', 'customer_key', []],
    ['account', 'customer_key', []],
    ['visitor', 'plain_key', ['CREATE_NEEDS_UNIQUE_KEY create']],
    ['account', 'email', ['CREATE_NEEDS_UNIQUE_KEY create']], // unique for contacts only
  ])('creating in HubSpot needs a unique join key: %s by %s', (object, key, expected) => {
    expect(codes({ joinKey: { property: key }, create: 'hubspot' }, { object })).toEqual(expected);
    expect(codes({ joinKey: { property: key }, create: 'pendo' }, { object })).toEqual([]);
  });

  test('additional e-mails need the key email, and contacts', () => {
    expect(codes({ secondaryEmails: true })).toEqual([]);
    expect(codes({ secondaryEmails: true, joinKey: { property: 'plain_key' } })).toEqual([
      'SECONDARY_EMAILS_NEED_EMAIL secondaryEmails',
    ]);
    expect(codes({ secondaryEmails: true }, { object: 'account' })).toEqual([
      'SECONDARY_EMAILS_NEED_EMAIL secondaryEmails',
    ]);
  });

  test('a schedule needs a real time zone', () => {
    expect(codes({ schedule: { timeZone: 'Mars/Olympus' } })).toEqual(['TIME_ZONE_UNKNOWN schedule.timeZone']);
  });
});

test('every problem says what is wrong and what to do', () => {
  const all = problems(
    {
      joinKey: { property: 'nonsense' },
      create: 'hubspot',
      secondaryEmails: true,
      pull: [{ property: 'nonsense', field: 'x' }, { property: 'blob' }],
      push: [{ metric: 'totalVisitors' }, { metric: 'lastVisit' }],
    },
    { properties: [property('pendo_last_visit', 'number')] },
  );
  expect(all.length).toBeGreaterThan(5);
  for (const { message, fix } of all) {
    expect(message).toMatch(/\.$/);
    expect(fix).toMatch(/\.$/);
  }
});

describe('push fields with a source', () => {
  const schema: PendoSchema = {
    custom: { plan: field('string'), old: field('string', { isDeleted: true }), place: field('geo') },
    agent: { hubspot_plan: field('string') },
  };
  const items: ItemNames = {
    page: new Map([['p1', 'Billing']]),
    feature: new Map([['f1', 'Export']]),
    segment: new Map([['s1', 'Power Users']]),
  };
  type Entry = NonNullable<SyncConfigInput['push']>[number];
  const codesOf = (push: Entry[], more: Situation = {}): string[] => codes({ push }, { schema, items, ...more });
  const plan = { source: 'metadata', group: 'custom', field: 'plan' } as const;
  const page = { source: 'page', id: 'p1', measure: 'days' } as const;

  test('are sound where Pendo has what they name', () => {
    const push: Entry[] = [
      plan,
      page,
      { ...page, window: 7 },
      { source: 'segment', id: 's1' },
      { source: 'nps', measure: 'comment' },
      { metric: 'daysActive', window: 7 },
      { metric: 'daysActive', window: 30 },
    ];
    expect(codesOf(push)).toEqual([]);
    expect(
      codesOf([{ source: 'activeVisitors' }, { source: 'nps', measure: 'answers' }], { object: 'account' }),
    ).toEqual([]);
  });

  test.each([
    [[{ ...plan, field: 'nowhere' }], 'METADATA_FIELD_UNKNOWN push.0.field'],
    [[{ ...plan, field: 'old' }], 'METADATA_FIELD_UNKNOWN push.0.field'],
    [[{ ...plan, field: 'constructor' }], 'METADATA_FIELD_UNKNOWN push.0.field'],
    [[{ ...plan, group: 'Custom' }], 'METADATA_FIELD_UNKNOWN push.0.field'],
    [[{ ...plan, field: 'place' }], 'METADATA_TYPE_UNMAPPABLE push.0.field'],
    [[{ ...plan, group: 'agent', field: 'hubspot_plan' }], 'METADATA_FED_BACK push.0.field'],
    [[{ ...page, id: 'p2' }], 'ITEM_UNKNOWN push.0.id'],
    [[{ source: 'segment', id: 'p1' }], 'ITEM_UNKNOWN push.0.id'],
    [[{ source: 'trackType', id: 't1', measure: 'days' }], 'ITEM_NAME_UNKNOWN push.0.property'],
    [[{ source: 'feature', id: 'f1', measure: 'minutes' }], 'MEASURE_NOT_FOR_SOURCE push.0.measure'],
    [[{ source: 'activeVisitors' }], 'SOURCE_NOT_FOR_VISITORS push.0.source'],
    [[{ source: 'nps', measure: 'averageScore' }], 'SOURCE_NOT_FOR_VISITORS push.0.measure'],
    [[{ metric: 'lastVisit', window: 30 }], 'METRIC_WITHOUT_WINDOW push.0.window'],
    [
      [{ metric: 'daysActive' }, { metric: 'daysActive', window: 180, property: 'pendo_b' }],
      'METRIC_DUPLICATE push.1.metric',
    ],
    [[page, { ...page, window: 180, property: 'pendo_b' }], 'SOURCE_DUPLICATE push.1.source'],
    [[plan, { ...plan, onEmpty: 'keep', property: 'pendo_b' }], 'SOURCE_DUPLICATE push.1.source'],
    [
      [
        { ...plan, property: 'pendo_a' },
        { ...page, property: 'pendo_a' },
      ],
      'PUSH_PROPERTY_DUPLICATE push.1.property',
    ],
  ] as [Entry[], string][])('%j is refused', (push, problem) => {
    expect(codesOf(push)).toEqual([problem]);
    for (const { message, fix } of problems({ push }, { schema, items }))
      expect([message, fix].every(Boolean)).toBe(true);
  });

  test('are refused where HubSpot has the property with another type or without an option', () => {
    const category = [{ source: 'nps', measure: 'category' }] as const;
    const options = ['promoter', 'passive', 'detractor'].map((value) => ({ value, label: value }));
    const held = (type: string, given: typeof options) => ({
      properties: [property('pendo_nps_category', type, { options: given })],
    });
    expect(codesOf([...category], held('string', options))).toEqual(['PUSH_PROPERTY_TYPE_CLASH push.0.property']);
    expect(codesOf([...category], held('enumeration', options.slice(1)))).toEqual([
      'PUSH_PROPERTY_OPTIONS_MISSING push.0.property',
    ]);
    expect(codesOf([...category], held('enumeration', options))).toEqual([]);
  });
});
