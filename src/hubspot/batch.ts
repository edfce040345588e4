/**
 * Batch writes. What was sent is reconciled with what came back, row by row: HubSpot answers 200 with rows left out (merged away),
 * 207 with rows refused, in any order, and 400 or 409 for all when one row is bad.
 */
import { z } from 'zod';
import { bisect } from '../egress/bisect.ts';
import { VendorError } from '../sync/vendor-error.ts';
import type { CallApi } from './call.ts';
import { blamesProperty, type HubSpotErrorBody, type Refusal, readErrorBody, readRefusals } from './errors.ts';
import { writtenSchema } from './record-page.ts';
import type { AcceptedRow, BatchReply, RejectedRow } from './types.ts';

export interface BatchRow {
  /** The id or key under which the caller knows the row. */
  input: string;
  properties: Record<string, string>;
  /** The row as HubSpot takes it, without its trace id. */
  body: object;
}

export interface BatchWrite {
  path: string;
  rows: readonly BatchRow[];
  /** Whose row a result is, where it does not name a trace id. */
  inputOf(result: { id: string; properties: Record<string, string | null> }): string | undefined;
  accept(result: z.infer<typeof resultSchema>, input: string): AcceptedRow;
}

const resultSchema = writtenSchema.extend({
  // HubSpot took the batch: a malformed member must not make the result look unknown.
  new: z.boolean().optional().catch(undefined),
  objectWriteTraceId: z.string().nullish().catch(undefined),
});
const replySchema = z.object({ results: z.array(resultSchema).nullish(), errors: z.array(z.unknown()).nullish() });

/** Why rows were refused together: everything that the error names, and its text as a whole. */
interface RefusedRows {
  refusals: [Refusal, ...Refusal[]];
  text: string;
}

function readRefusedRows(error: HubSpotErrorBody): RefusedRows {
  const refusals = readRefusals(error);
  return { refusals, text: error.message || refusals[0].message };
}

export async function writeBatch(call: CallApi, write: BatchWrite): Promise<BatchReply> {
  const reply: BatchReply = {
    accepted: [],
    rejected: [],
    absent: [],
    dropProperties: [],
    unsent: [],
    strangers: 0,
    repeated: false,
    calls: 0,
  };

  /** Why all of them were refused. */
  async function send(rows: readonly BatchRow[]): Promise<RefusedRows | undefined> {
    try {
      reply.calls += 1;
      const { body, repeated } = await call(replySchema, {
        method: 'POST',
        path: write.path,
        body: { inputs: rows.map((row, index) => ({ ...row.body, objectWriteTraceId: traceId(index) })) },
        divisible: rows.length > 1,
        rowErrors: true,
      });
      reply.repeated ||= repeated;
      reconcile(write, rows, body, reply);
      return undefined;
    } catch (error) {
      if (!(error instanceof VendorError) || (error.kind !== 'rejected' && error.kind !== 'tooMuch')) throw error;
      return refusedFor(rows, error);
    }
  }

  function refusedFor(rows: readonly BatchRow[], error: VendorError): RefusedRows {
    const body = readErrorBody(error.body);
    // Nobody's row: the path or the type of the call is wrong.
    if (error.status === 404 && namedRows(rows, body).length === 0) throw error;
    const refused = readRefusedRows(body);
    if (drop(rows, refused, reply)) reply.unsent.push(...rows.map((row) => row.input));
    return refused;
  }

  try {
    const unsent = await bisect(write.rows, {
      send,
      reject: (rows, refused) => reply.rejected.push(...rows.map((row) => rejected(row, refused))),
      anyTaken: () => reply.accepted.length > 0,
      stopped: () => reply.dropProperties.length > 0,
    });
    reply.unsent.push(...unsent.map((row) => row.input));
  } catch (error) {
    // What HubSpot has taken of the batch is taken, whatever came after.
    if (reply.accepted.length + reply.rejected.length + reply.absent.length === 0) throw error;
    reply.failure = error;
  }
  return reply;
}

function reconcile(
  write: BatchWrite,
  rows: readonly BatchRow[],
  body: z.infer<typeof replySchema>,
  reply: BatchReply,
): void {
  const open = new Map(rows.map((row) => [row.input, row]));
  const take = (input: string | undefined) => {
    const row = input === undefined ? undefined : open.get(input);
    if (row) open.delete(row.input);
    return row;
  };
  for (const result of body.results ?? []) {
    const row = take(inputOfTrace(rows, result.objectWriteTraceId ?? undefined) ?? write.inputOf(result));
    if (row) reply.accepted.push(write.accept(result, row.input));
    else reply.strangers += 1;
  }
  const nameless: RefusedRows[] = [];
  for (const raw of body.errors ?? []) {
    const error = readErrorBody(raw);
    const refused = readRefusedRows(error);
    const blamed = namedRows(rows, error)
      .map(take)
      .filter((row) => row !== undefined);
    if (blamed.length === 0) nameless.push(refused);
    for (const row of blamed) refuse(row, refused, reply);
  }
  // Errors that name no row belong to some of the rows that nothing else accounts for.
  const [first] = nameless;
  for (const row of open.values()) {
    if (first) refuse(row, nameless.find((refused) => drop([row], refused, reply)) ?? first, reply);
    else reply.absent.push(row.input);
  }
}

/** Inputs of the rows that an error is about. */
function namedRows(rows: readonly BatchRow[], { context = {} }: HubSpotErrorBody): string[] {
  const { objectWriteTraceId = [], ids = [], id = [] } = context;
  const named = [...objectWriteTraceId.map((trace) => inputOfTrace(rows, trace)), ...ids, ...id];
  return named.filter((input) => input !== undefined && rows.some((row) => row.input === input)) as string[];
}

function refuse(row: BatchRow, refused: RefusedRows, reply: BatchReply): void {
  // Without what is dropped the row is sent again.
  if (drop([row], refused, reply)) reply.unsent.push(row.input);
  else reply.rejected.push(rejected(row, refused));
}

/** Names every property that no row may have, so that one more call is enough for all of them. @returns was there any? */
function drop(rows: readonly BatchRow[], { refusals }: RefusedRows, { dropProperties }: BatchReply): boolean {
  const blamed = refusals.filter(
    (refusal) => blamesProperty(refusal) && rows.some((row) => Object.hasOwn(row.properties, refusal.property!)),
  );
  for (const { property, code, message } of blamed) {
    if (dropProperties.some(({ name }) => name === property)) continue;
    dropProperties.push({ name: property!, code, message });
  }
  return blamed.length > 0;
}

function rejected(row: BatchRow, { refusals, text }: RefusedRows): RejectedRow {
  const [{ code, property }] = refusals;
  return { input: row.input, code, message: text, ...(property === undefined ? {} : { property }) };
}

/** Unique within a request is all it has to be; with one on every row, a bad row is 207 and not 400 for all. */
function traceId(index: number): string {
  return `r${index}`;
}

function inputOfTrace(rows: readonly BatchRow[], trace: string | undefined): string | undefined {
  const index = trace?.startsWith('r') ? Number(trace.slice(1)) : Number.NaN;
  return rows[index]?.input;
}
