/**
 * The first rows of a kind are canaries: they are read back before others of the kind are sent. A kind is a field with its type,
 * the clearing of a type, or a creation; of one connection and object.
 */
import type { SyncObject } from './config.ts';
import type { Leg } from './legs.ts';
import type { Canon, PendoType, ValueType } from './types.ts';
import { pendoTypeFor } from './value-types.ts';
import type { Answers, Verdict } from './verdicts.ts';

/** Rows of a kind that go ahead, at most. */
export const mostCanaries = 10;

const prefix = 'canary';

export interface CanaryScope {
  object: SyncObject;
  leg: Leg;
}

/** What a canary is about: a name under which its answer is kept. */
export type Kind = string;

export const canaryKinds = ({ object, leg }: CanaryScope) => {
  const at = `${prefix}.${object}.${leg}`;
  return {
    set: (field: string, type: string): Kind => `${at}.set.${field}.${type}`,
    /** @param how null or the empty text */
    clear: (how: string, type: string): Kind => `${at}.clear.${how}.${type}`,
    create: `${at}.create`,
    /** Can what is written be read soon? */
    seen: `${at}.seen`,
  };
};

export const isCanary = (id: string, leg: Leg, what: 'set' | 'clear' | 'create'): boolean => {
  const [first, , itsLeg, itsWhat] = id.split('.');
  return first === prefix && itsLeg === leg && itsWhat === what;
};

const hour = 3_600_000;
/** What could not be told is tried again after so long; what cannot be cleared, too. */
const unknownFor = 20 * hour;
const cannotFor = 30 * 24 * hour;

/** May the rest not be sent before this is known? */
export function isOpenKind(kind: Kind, answers: Answers, now: number): boolean {
  const known = answers[kind];
  if (known === undefined) return true;
  if (known.state === 'proved') return false;
  const age = now - Date.parse(known.at);
  if (known.state === 'unknown') return age >= unknownFor;
  return !isClear(kind) || age >= cannotFor;
}

export function isClear(kind: Kind): boolean {
  return kind.split('.')[3] === 'clear';
}

/**
 * Can a value of this type be cleared in Pendo, as far as is known?
 * @param setting how the connection clears
 */
export function pendoClearing(
  object: SyncObject,
  setting: 'null' | 'emptyString' | 'cannot',
  answers: Answers,
  now: number,
): (type: ValueType) => boolean {
  if (setting === 'cannot') return () => false;
  const kinds = canaryKinds({ object, leg: 'pull' });
  const cannot = (type: PendoType): boolean => {
    const kind = kinds.clear(setting, type);
    return answers[kind]?.state === 'disproved' && !isOpenKind(kind, answers, now);
  };
  return (type) => !cannot(pendoTypeFor(type));
}

/** What a canary's target showed of one value: before it was sent, and after. Undefined: not found. */
export interface Sample {
  kind: Kind;
  field: string;
  sent: string | null;
  before: Canon | undefined;
  after: Canon | undefined;
}

type Sight = 'asSent' | 'near' | 'asBefore' | 'other';

/** A number that was rounded, or a text that was trimmed: the vendor stores it differently, and it is what was sent. */
function isNear(sent: string | null, after: Canon): boolean {
  if (typeof sent !== 'string' || typeof after !== 'string') return false;
  if (sent.trim() === after.trim()) return true;
  const [a, b] = [Number(sent), Number(after)];
  return Number.isFinite(a) && Number.isFinite(b) && Math.abs(a - b) <= 0.5;
}

function sightOf({ sent, before, after }: Sample): Sight {
  if (after === undefined) return 'asBefore';
  if (after === sent) return 'asSent';
  if (JSON.stringify(after) === JSON.stringify(before ?? null)) return 'asBefore';
  return isNear(sent, after) ? 'near' : 'other';
}

/** A value that was there already cannot be told from one that arrived. */
const tells = ({ sent, before }: Sample): boolean => sent !== (before ?? null);

/** Is there nothing to wait for? What shows another value than before has arrived. */
export function hasArrived(samples: readonly Sample[]): boolean {
  return samples.every((sample) => !tells(sample) || sightOf(sample) !== 'asBefore');
}

export function hasShown(samples: readonly Sample[]): boolean {
  return samples.some((sample) => tells(sample) && sightOf(sample) !== 'asBefore');
}

/**
 * What the samples say of their kinds; nothing of a kind that they do not tell of.
 * @param seen something of the same leg was read back as soon as this, now or before: what does not show was not stored
 */
export function judge(samples: readonly Sample[], seen: boolean): Map<Kind, Verdict> {
  const byKind = Map.groupBy(samples, ({ kind }) => kind);
  return new Map(
    [...byKind].flatMap(([kind, all]) => {
      const verdict = verdictOn(kind, all, seen);
      return verdict === undefined ? [] : [[kind, verdict] as const];
    }),
  );
}

function verdictOn(kind: Kind, all: readonly Sample[], seen: boolean): Verdict | undefined {
  const telling = all.filter(tells);
  // Set to what was there already: it is stored as it is sent, now or before.
  if (telling.length === 0) return isClear(kind) ? undefined : { state: 'proved', evidence: ofAll(all.length, all) };
  const count = (sight: Sight): number => telling.filter((sample) => sightOf(sample) === sight).length;
  const good = count('asSent') + count('near');
  const evidence = ofAll(good, telling);
  // Some records may have their own reason to show another value, or to show it later: not most of them.
  if (good * 2 >= telling.length) return { state: 'proved', evidence };
  if (count('other') >= count('asBefore')) {
    return { state: 'disproved', evidence: `${evidence} ${count('other')} showed another value.` };
  }
  // A new record may be listed later than others show their values.
  if (seen && !kind.endsWith('.create'))
    return { state: 'disproved', evidence: `${evidence} ${count('asBefore')} showed what was there before.` };
  return {
    state: 'unknown',
    evidence: 'What was written could not be read back within the time that a run waits for it.',
  };
}

function ofAll(good: number, all: readonly Sample[]): string {
  return `${good} of ${all.length} values were read back as sent.`;
}
