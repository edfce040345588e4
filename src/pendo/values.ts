/**
 * Metadata values in bulk. Pendo answers 200 even when rows fail, and counts `updated` and `failed` without naming what went
 * well: a row counts as written only where the counts leave no doubt.
 */
import { z } from 'zod';
import { bisect } from '../egress/bisect.ts';
import { VendorError } from '../sync/vendor-error.ts';
import type { PendoApi } from './call.ts';
import type { PendoGroup, PendoKind, ValueRow, WriteReply } from './types.ts';

// Pendo took the batch: one malformed member must not make the result look unknown.
const ids = z
  .array(z.union([z.string(), z.number()]).transform(String).nullable().catch(null))
  .nullish()
  .catch(undefined);
const count = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .nullish()
  .catch(undefined);

const replySchema = z.object({
  total: count,
  updated: count,
  failed: count,
  missing: ids,
  // Strings or objects: no source says which.
  errors: z
    .array(z.unknown())
    .nullish()
    .catch((malformed) => [malformed.value]),
});
type Reply = z.infer<typeof replySchema>;

export interface ValueWrite {
  kind: PendoKind;
  group: PendoGroup;
  create: boolean;
}

/** After so many time-outs of our own in one batch, it is not the size that keeps Pendo from answering. */
const timeoutsOfSize = 4;

/** One batch, while it is written in parts. */
interface Batch {
  api: PendoApi;
  write: ValueWrite;
  result: WriteReply;
  /** Time-outs of our own so far. */
  timedOut: number;
}

/** Throws what is nobody's row: a dead key, an outage, a wait. */
export async function writeValues(api: PendoApi, write: ValueWrite, rows: readonly ValueRow[]): Promise<WriteReply> {
  if (rows.length > 500) throw new RangeError('A batch holds at most 500 rows.');
  if (new Set(rows.map((row) => row.id)).size < rows.length) throw new RangeError('A batch names every id once.');
  const result: WriteReply = {
    updated: [],
    missing: [],
    errors: [],
    unaccounted: [],
    dropFields: [],
    unsent: [],
    calls: 0,
  };
  const batch: Batch = { api, write, result, timedOut: 0 };
  try {
    const unsent = await bisect(rows, {
      send: (part) => send(batch, part),
      reject: (part, message) => result.errors.push(...part.map((row) => ({ id: row.id, message }))),
      anyTaken: () => result.updated.length > 0,
      stopped: () => result.dropFields.length > 0,
    });
    result.unsent.push(...unsent.map((row) => row.id));
  } catch (error) {
    // What Pendo has taken of the batch is taken, whatever came after.
    const { updated, missing, errors, unaccounted } = result;
    if (updated.length + missing.length + errors.length + unaccounted.length === 0) throw error;
    result.failure = error;
  }
  return result;
}

/** Why all of them were refused, or what was too much at once. */
async function send(batch: Batch, part: readonly ValueRow[]): Promise<string | undefined> {
  const { api, write, result } = batch;
  try {
    result.calls += 1;
    const reply = await api.call(replySchema, {
      method: 'POST',
      path: `/metadata/${write.kind}/${write.group}/value${write.create ? '?create=true' : ''}`,
      limitClass: 'write',
      body: part.map((row) => ({ [`${write.kind}Id`]: row.id, values: row.values })),
      // A time-out is met by asking for less, not by asking again.
      repeatTimeouts: false,
      rowErrors: true,
    });
    reconcile(part, reply, result);
    return undefined;
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    return refusalOf(batch, part, error);
  }
}

/** Throws the error where it is not about the rows, and not about how many they are. */
function refusalOf(batch: Batch, part: readonly ValueRow[], error: VendorError): string {
  const refused = error.kind === 'rejected' && error.status !== 404;
  if (error.code === 'TIMEOUT') batch.timedOut += 1;
  const slow = error.kind === 'tooMuch' || (error.code === 'TIMEOUT' && batch.timedOut <= timeoutsOfSize);
  if (!refused && (!slow || part.length === 1)) throw error;
  const message = error.detail ?? '';
  const fields = refused ? blamedFields(part, message) : [];
  if (fields.length > 0) {
    batch.result.dropFields = fields.map((name) => ({ name, message }));
    batch.result.unsent.push(...part.map((row) => row.id));
  }
  return message;
}

function reconcile(rows: readonly ValueRow[], reply: Reply, result: WriteReply): void {
  const open = new Map(rows.map((row) => [row.id, row]));
  for (const id of reply.missing ?? []) if (id !== null && open.delete(id)) result.missing.push(id);
  let unnamed = 0;
  for (const raw of reply.errors ?? []) {
    const { id, message } = readRowError(raw, open);
    if (id !== undefined) {
      open.delete(id);
      result.errors.push({ id, message });
    } else {
      unnamed += 1;
      result.errors.push({ message });
    }
  }
  // The counts must agree that every remaining row was written.
  const named = rows.length - open.size;
  const sure = unnamed === 0 && (reply.failed ?? 0) <= named && (reply.updated ?? 0) >= open.size;
  (sure ? result.updated : result.unaccounted).push(...open.keys());
}

/** Every field that the refusal names as a word of its own, and that the rows carry. */
function blamedFields(rows: readonly ValueRow[], message: string): string[] {
  if (!/missing field|field mapping|unknown field|no such field|not defined|does not exist/i.test(message)) return [];
  const words = new Set(message.match(/[A-Za-z0-9_]+/g) ?? []);
  const named = new Set(rows.flatMap((row) => Object.keys(row.values).filter((field) => words.has(field))));
  return [...named];
}

/** An object names its row in some member; a text may quote the id. */
function readRowError(raw: unknown, open: ReadonlyMap<string, ValueRow>): { id?: string; message: string } {
  if (typeof raw === 'object' && raw !== null) {
    const members = Object.entries(raw);
    const id = members.map(([, value]) => value).find((value) => typeof value === 'string' && open.has(value));
    const words = members.find(([name]) => /message|error|reason/i.test(name))?.[1];
    const message = typeof words === 'string' ? words : JSON.stringify(raw);
    return typeof id === 'string' ? { id, message: message.slice(0, 2048) } : { message: message.slice(0, 2048) };
  }
  const message = String(raw).slice(0, 2048);
  // The longest id that stands in the text: one id may be part of another.
  const id = [...open.keys()].filter((key) => message.includes(key)).sort((a, b) => b.length - a.length)[0];
  return id === undefined ? { message } : { id, message };
}
