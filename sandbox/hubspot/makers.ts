import { isoDate, isoTime } from '../world/iso-time.ts';
import { hash, mix } from '../world/random.ts';
import type { ValueMaker } from './define.ts';

const day = 86_400_000;

/** Makers of believable property values. All are pure functions of (seed, property, record index). */
export interface Makers {
  /** `maker`, but only for this share of records; a few of the others hold `''`, as a value that was cleared does. */
  some(share: number, maker: ValueMaker): ValueMaker;
  oneOf(property: string, values: readonly string[]): ValueMaker;
  /** None to all of the values, joined with `;`. */
  severalOf(property: string, values: readonly string[]): ValueMaker;
  whole(property: string, low: number, high: number): ValueMaker;
  decimal(property: string, high: number): ValueMaker;
  bool(property: string, share: number): ValueMaker;
  /** `YYYY-MM-DD` within so many days before today. */
  date(property: string, days: number): ValueMaker;
  /** ISO 8601 with milliseconds. */
  datetime(property: string, days: number): ValueMaker;
  phone(property: string): ValueMaker;
  sentence(property: string): ValueMaker;
  html(property: string): ValueMaker;
  /** Sentences; a few records in five thousand hold 60 kB. */
  notes(property: string): ValueMaker;
  /** A job title; two in a thousand cannot be stored by everyone: a NUL, half of a surrogate pair. */
  title(property: string): ValueMaker;
}

const titles = [
  'Analyst',
  'Buyer',
  'Chief of Staff',
  'Développeuse',
  'Engineer',
  '営業部長',
  'VP Product 🚀',
  'Support "Guru"',
];
const words = [
  'renewal',
  'asked',
  'about',
  'the',
  'roadmap',
  'pricing',
  'naïve',
  'déjà vu',
  'pilot',
  'Q3',
  '满意',
  'follow-up',
];

export function createMakers(seed: number, today: number, tame: boolean): Makers {
  const dice = (property: string) => {
    const salt = hash(seed, 'property', property);
    return (index: number) => mix(salt, index);
  };
  const unit = 0x1_0000_0000;
  const text = (roll: number, count: number) => {
    let out = '';
    for (let i = 0; i < count; i++) out += (i ? ' ' : '') + words[mix(roll, i) % words.length]!;
    return out;
  };

  return {
    some(share, maker) {
      const roll = dice(`some ${share}`);
      return (index) => {
        const x = roll(index) / unit;
        if (x < share) return maker(index);
        return !tame && x > 0.98 ? '' : null;
      };
    },
    oneOf(property, values) {
      const roll = dice(property);
      return (index) => values[roll(index) % values.length]!;
    },
    severalOf(property, values) {
      const roll = dice(property);
      return (index) => {
        const bits = roll(index);
        return values.filter((_, n) => (bits >>> n) & 1).join(';') || null;
      };
    },
    whole(property, low, high) {
      const roll = dice(property);
      return (index) => String(low + (roll(index) % (high - low + 1)));
    },
    decimal(property, high) {
      const roll = dice(property);
      const odd = ['.5', '-0', '1e3', '1234567890123456789', '0.1000'];
      return (index) => {
        const x = roll(index);
        if (!tame && x % 100 === 7) return odd[(x >>> 8) % odd.length]!;
        return String(Math.round((x / unit) ** 3 * high * 100) / 100);
      };
    },
    bool(property, share) {
      const roll = dice(property);
      return (index) => (roll(index) / unit < share ? 'true' : 'false');
    },
    date(property, days) {
      const roll = dice(property);
      return (index) => isoDate(today - (roll(index) % days) * day);
    },
    datetime(property, days) {
      const roll = dice(property);
      return (index) => isoTime(today - Math.floor((roll(index) / unit) * days * day));
    },
    phone(property) {
      const roll = dice(property);
      return (index) => {
        const x = roll(index);
        return x % 3 ? `+1${2_000_000_000 + (x % 7_999_999_999)}` : `+49 (0)30 ${100_000 + (x % 899_999)}`;
      };
    },
    sentence(property) {
      const roll = dice(property);
      return (index) => text(roll(index), 3 + (roll(index) % 6));
    },
    html(property) {
      const roll = dice(property);
      return (index) => `<p class="bio">${text(roll(index), 6)} &amp; <b>${text(roll(index) ^ 1, 2)}</b></p>`;
    },
    notes(property) {
      const roll = dice(property);
      return (index) =>
        !tame && index % 5_000 === 17
          ? `${text(roll(index), 40)}\n`.repeat(300).slice(0, 60_000)
          : `${text(roll(index), 8)}.\n${text(roll(index) ^ 1, 5)}.`;
    },
    title(property) {
      const roll = dice(property);
      return (index) => {
        const title = titles[roll(index) % titles.length]!;
        if (tame) return title;
        if (index % 997 === 13) return `${title}\u0000`;
        return index % 997 === 29 ? `\udc00${title}` : title;
      };
    },
  };
}
