/** A change as the audit trail keeps it: whole where it is small, otherwise what differs, and in the end its size and hash. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { toJsonb } from '../../db/jsonb.ts';
import { asStored } from '../same-json.ts';

/** Of `before` and of `after` as JSON. A configuration of two hundred mappings is ten times that. */
const mostBytes = 4096;

interface Change {
  before: string | null;
  after: string | null;
}

export function fitChange(before: unknown, after: unknown): Change {
  const [from, to] = [toJson(before), toJson(after)];
  if (fits(from) && fits(to)) return { before: from, after: to };
  const [old, now] = [asStored(before), asStored(after)];
  return { before: shorten(marked(differing(old, now))), after: shorten(marked(differing(now, old))) };
}

/** Members that the other has as well are left out; of lists, the entries. */
function differing(value: unknown, other: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(other)) {
    return value.filter((entry) => !other.some((known) => isDeepStrictEqual(entry, known)));
  }
  if (!isRecord(value) || !isRecord(other)) return value;
  const own = Object.entries(value).filter(([name, part]) => !isDeepStrictEqual(part, other[name]));
  return Object.fromEntries(own.map(([name, part]) => [name, differing(part, other[name])]));
}

function marked(value: unknown): unknown {
  return isRecord(value) ? { ...value, onlyWhatDiffers: true } : value;
}

function shorten(value: unknown): string | null {
  const text = toJson(value);
  if (fits(text)) return text;
  if (isRecord(value)) {
    const members = Object.entries(value);
    const share = mostBytes / members.length;
    const cut = toJson(
      Object.fromEntries(
        members.map(([name, part]) => [name, bytesOf(toJson(part)) <= share / 2 ? part : summary(part)]),
      ),
    );
    if (fits(cut)) return cut;
  }
  return toJson(summary(value));
}

function summary(value: unknown): { bytes: number; sha256: string } {
  const text = toJson(value) ?? '';
  return { bytes: bytesOf(text), sha256: createHash('sha256').update(text).digest('hex') };
}

const toJson = (value: unknown): string | null => (value === undefined ? null : toJsonb(value));
const bytesOf = (text: string | null): number => Buffer.byteLength(text ?? '');
const fits = (text: string | null): boolean => bytesOf(text) <= mostBytes;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
