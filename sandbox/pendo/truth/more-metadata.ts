import type { RawField } from '../../contract.ts';
import { mix } from '../../world/random.ts';
import { DAY } from '../calendar.ts';
import type { Metadata } from './journal.ts';

type Types = Record<string, Record<string, RawField['type']>>;

/** Fields of every type, in groups of Pendo's, of the customer's and of another integration's. Not in a tame world. */
export const moreVisitorFields = {
  agent: { tags: 'list', beta: 'boolean', signed_up: 'time', bio: 'string' },
  custom: { vip: 'boolean', products: 'list', trial_ends: 'date', health: 'float', misc: '' },
  salesforce: {
    contactid: 'string',
    stage: 'string',
    owners: 'list',
    closes: 'date',
    opted_out: 'boolean',
    score: 'integer',
  },
} as const satisfies Types;

export const moreAccountFields = {
  agent: { tags: 'list', industry: 'string' },
  custom: { strategic: 'boolean', renews: 'time', misc: '' },
  salesforce: { accountid: 'string', owners: 'list', employees: 'integer' },
} as const satisfies Types;

/** What a writer in a hurry leaves behind: values that their type does not have, and some that only look so. */
const odd: Record<RawField['type'], unknown[]> = {
  string: [
    42,
    7.5,
    true,
    '',
    null,
    { is: 'an object' },
    ['a', 'list'],
    [['deep']],
    'NUL \u0000',
    'half \ud83d',
    ' padded ',
  ],
  '': [1, false, 'text', ['x', '', 2], { is: 'an object' }, [], [null], 1e21, 'NUL \u0000'],
  list: ['alone', [], ['', null], ['a;b', 'c'], [1, true], [['deep']], [{ is: 'an object' }], 5, {}, ['half \udc00']],
  boolean: ['true', 'false', 'TRUE', 'yes', 1, 0, '', null, [true], []],
  integer: ['12', '1e3', ' 5', '0x1', 'many', true, '', '-0', 7.25, [1]],
  float: ['0.1000', '.5', '5.', 'NaN', '1e999', '', null, {}],
  time: [
    '2026-02-29',
    '2024-02-29',
    '2024-02-29T23:30:00-05:00',
    '1719792000000',
    0,
    -1,
    '0',
    'soon',
    253402300800000,
    [],
  ],
  date: ['2026-01-01', '1970-01-01', '2026-13-01', '2026-01-01T00:00Z', 0, '', false],
};
const words = ['guides', 'analytics', 'mobile', 'beta', 'naïve', '東京', 'a b'];
/** The longest text that HubSpot takes, and one more. */
const longest = 65_536;

/** A value of this type, or one in nine times something odd. */
function value(type: RawField['type'], dice: number, worldMade: number): unknown {
  if (dice % 9 === 0) return odd[type][(dice >>> 4) % odd[type].length];
  const word = (shift: number) => words[(dice >>> shift) % words.length]!;
  switch (type) {
    case 'list':
      return [word(4), word(8), word(12)].slice(0, 1 + ((dice >>> 16) % 3));
    case 'boolean':
      return (dice >>> 5) % 2 === 0;
    case 'integer':
      return (dice >>> 5) % 500;
    case 'float':
      return ((dice >>> 5) % 1000) / 8;
    case 'time':
      return worldMade - (dice % 900) * DAY - ((dice >>> 10) % DAY);
    case 'date':
      return worldMade - (worldMade % DAY) - ((dice >>> 10) % 600) * DAY;
    default:
      return `${word(4)} ${word(9)}`;
  }
}

function values(types: Types, dice: number, worldMade: number): Metadata {
  const out: Metadata = {};
  Object.entries(types).forEach(([group, fields], g) => {
    if (mix(dice, g) % 3 === 0) return;
    const made: Record<string, unknown> = {};
    Object.entries(fields).forEach(([name, type], f) => {
      const own = mix(mix(dice, 0x900 + g), f);
      if (own % 5 !== 0) made[name] = value(type, own >>> 3, worldMade);
    });
    out[group] = made;
  });
  return out;
}

export function moreVisitorMetadata(dice: number, index: number, worldMade: number): Metadata {
  const out = values(moreVisitorFields, dice, worldMade);
  const place = index % 5_000;
  if (place === 5 || place === 6) out.agent = { ...out.agent, bio: 'é'.repeat(longest + place - 5) };
  return out;
}

export function moreAccountMetadata(dice: number, worldMade: number): Metadata {
  return values(moreAccountFields, dice, worldMade);
}

/** Lays further fields over groups that may be there already. */
export function addTo(metadata: Metadata, more: Metadata): Metadata {
  for (const [group, fields] of Object.entries(more)) metadata[group] = { ...metadata[group], ...fields };
  return metadata;
}
