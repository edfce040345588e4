/** Properties of track events: most as an app would send them, some as nobody expects them. */
import type { RawEvent } from '../../contract.ts';

type Properties = RawEvent['properties'];

const plans = ['free', 'pro', 'enterprise'];
const formats = ['csv', 'pdf', 'xlsx', 'CSV'];

/** Text, number and yes/no; one in four lacks one of them, one in eight has none at all. */
const ordinary = Array.from({ length: 48 }, (_, i): Properties => {
  if (i % 8 === 7) return undefined;
  const all = { plan: plans[i % 3], seats: 1 + (i % 11), trial: i % 5 === 0 };
  return i % 4 === 1 ? all : { ...all, format: formats[i % 4 === 0 ? i % 3 : 3] };
});

/** Nothing in several ways, other types than before, text that is long or that cannot be stored, names that are no path. */
const hostile: Properties[] = [
  null,
  {},
  { plan: '', seats: 0, trial: null, format: [] },
  { plan: 'a;b', seats: 1e21, trial: 'yes' },
  { plan: ' pro ', seats: '5', trial: 1 },
  { plan: '設定 😀', seats: -0, trial: false, format: '\uffee' },
  { plan: `${'x'.repeat(255)}😀`, format: '😀' },
  { plan: 'y'.repeat(300), seats: 0.1 },
  { plan: 'holds \0', seats: '\0', trial: true },
  { plan: 'half of \ud83d', format: '\ude00' },
  { plan: ['b', 'a', null, '', 7, false], seats: [] },
  { plan: { nested: true }, seats: { value: 5 }, trial: ['x', ['y']] },
  { plan: 'Pro', 'with space': 'x', 'quote"d': 'x', constructor: 'x', '': 'x', '1st': 'x' },
  { plan: 'pro\nfree', seats: 1e-7, format: 'z'.repeat(120) },
  { plan: 'null', seats: null, trial: 'true', format: 'w'.repeat(140) },
  { PLAN: 'other case', plan: 5 },
];

const shared = <T>(all: T[]): readonly T[] => all.map((each) => Object.freeze(each) as T);

const tameOnes = shared(ordinary);
const allOnes = shared([...ordinary, ...hostile]);

/** @param dice 32 bits */
export function trackProperties(dice: number, tame: boolean): Properties {
  const from = tame ? tameOnes : allOnes;
  return from[(Math.imul(dice, 0x9e3779b1) >>> 8) % from.length];
}
