/**
 * Batch writes. What was sent is reconciled with what came back, row by row: HubSpot answers 200 with rows left out (merged away),
 * 207 with rows refused, in any order, and 400 or 409 for all when one row is bad.
 */
import { z } from 'zod';
import { bisect } from '../egress/bisect.ts';
import { VendorError } from '../sync/vendor-error.ts';
import type { CallApi } from './call.ts';
import { blamesProperty, type Refusal, readErrorBody, readRefusal } from './errors.ts';
import { writtenSchema } from './records.ts';
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
  // HubSpot took the batch: an odd member must not make it look as if nobody knew.
  new: z.boolean().optional().catch(undefined),
  objectWriteTraceId: z.string().nullish().catch(undefined),
});
const replySchema = z.object({ results: z.array(resultSchema).nullish(), errors: z.array(z.unknown()).nullish() });

export async function writeBatch(call: CallApi, write: BatchWrite): Promise<BatchReply> {
  const reply: BatchReply = { accepted: [], rejected: [], absent: [], unsent: [], calls: 0 };

  /** Why all of them were refused. */
  async function send(rows: readonly BatchRow[]): Promise<Refusal | undefined> {
    try {
      reply.calls += 1;
      const { body } = await call(replySchema, {
        method: 'POST',
        path: write.path,
        body: { inputs: rows.map((row, index) => ({ ...row.body, objectWriteTraceId: traceId(index) })) },
        rowErrors: true,
      });
      reconcile(write, rows, body, reply);
      return undefined;
    } catch (error) {
      if (!(error instanceof VendorError) || (error.kind !== 'rejected' && error.kind !== 'tooMuch')) throw error;
      return refusalOf(rows, error);
    }
  }

  function refusalOf(rows: readonly BatchRow[], error: VendorError): Refusal {
    const refusal = readRefusal(readErrorBody(error.body));
    // Nobody's row: the path, the type or the shape of the call is wrong.
    if (error.status === 404 || (error.kind === 'rejected' && error.status === undefined)) throw error;
    if (blamesProperty(refusal) && rows.some((row) => refusal.property! in row.properties)) {
      reply.dropProperty = { name: refusal.property!, code: refusal.code, message: refusal.message };
      reply.unsent.push(...rows.map((row) => row.input));
    }
    return refusal;
  }

  const unsent = await bisect(write.rows, {
    send,
    reject: (rows, refusal) => reply.rejected.push(...rows.map((row) => rejected(row, refusal))),
    anyTaken: () => reply.accepted.length > 0,
    stopped: () => reply.dropProperty !== undefined,
  });
  reply.unsent.push(...unsent.map((row) => row.input));
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
  }
  const nameless: Refusal[] = [];
  for (const raw of body.errors ?? []) {
    const error = readErrorBody(raw);
    const refusal = readRefusal(error);
    const { objectWriteTraceId = [], ids = [], id = [] } = error.context ?? {};
    const named = [...objectWriteTraceId.map((trace) => inputOfTrace(rows, trace)), ...ids, ...id];
    const blamed = named.map(take).filter((row) => row !== undefined);
    if (blamed.length === 0) nameless.push(refusal);
    for (const row of blamed) refuse(row, refusal, reply);
  }
  // Errors that name no row belong to some of the rows that nothing else accounts for.
  const [reason] = nameless;
  for (const row of open.values()) {
    if (reason) refuse(row, reason, reply);
    else reply.absent.push(row.input);
  }
}

function refuse(row: BatchRow, refusal: Refusal, reply: BatchReply): void {
  if (blamesProperty(refusal) && refusal.property! in row.properties) {
    reply.dropProperty ??= { name: refusal.property!, code: refusal.code, message: refusal.message };
    // A second bad property is found when the row is sent again.
    reply.unsent.push(row.input);
  } else {
    reply.rejected.push(rejected(row, refusal));
  }
}

function rejected(row: BatchRow, { code, property, message }: Refusal): RejectedRow {
  return { input: row.input, code, message, ...(property === undefined ? {} : { property }) };
}

/** Unique within a request is all it has to be; with one on every row, a bad row is 207 and not 400 for all. */
function traceId(index: number): string {
  return `r${index}`;
}

function inputOfTrace(rows: readonly BatchRow[], trace: string | undefined): string | undefined {
  const index = trace?.startsWith('r') ? Number(trace.slice(1)) : Number.NaN;
  return rows[index]?.input;
}
