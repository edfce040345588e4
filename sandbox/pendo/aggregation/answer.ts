import type { Switches } from '../../contract.ts';
import type { VendorResponse } from '../../server/vendor.ts';
import { createCompiler, type Row } from '../expression/compile.ts';
import { stringOrder } from '../order.ts';
import { BadRequest, TooMuch } from '../refusals.ts';
import type { Truth } from '../truth/truth.ts';
import { csv } from './csv.ts';
import { onlyKeys, plainObject } from './fields.ts';
import type { Limits, Request } from './flow.ts';
import { collectPeriods, compilePipeline } from './pipeline.ts';

/** The names of all sources in a pipeline, nested ones included, in order. For the call log and for faults. */
export function sourceNames(pipeline: unknown): string[] {
  if (!Array.isArray(pipeline)) return [];
  return pipeline.flatMap((step): string[] => {
    if (typeof step !== 'object' || step === null) return [];
    return Object.entries(step as Record<string, unknown>).flatMap(([name, argument]): string[] => {
      if (name === 'source') return Object.keys((argument ?? {}) as object).filter((key) => key !== 'timeSeries');
      if (name === 'merge') return sourceNames((argument as { pipeline?: unknown } | null)?.pipeline);
      if ((name === 'spawn' || name === 'fork') && Array.isArray(argument)) return argument.flatMap(sourceNames);
      return [];
    });
  });
}

/** `POST /api/v1/aggregation`. Throws BadRequest for what it does not understand, TooMuch for what would take too long. */
export async function answerAggregation(body: unknown, truth: Truth, limits: Limits): Promise<VendorResponse> {
  const envelope = plainObject(body, 'the body');
  const response = envelope.response === undefined ? {} : plainObject(envelope.response, 'response');
  onlyKeys(envelope, ['response', 'request'], 'the body');
  const { pipeline } = plainObject(envelope.request, 'request');
  const mimeType = response.mimeType ?? 'application/json';
  if (mimeType !== 'application/json' && mimeType !== 'text/csv')
    throw new BadRequest(`unknown mimeType ${JSON.stringify(mimeType)}`);

  const { pendoStringOrder, pendoEmptyResults, pendoNumber } = truth.switches();
  let held = 0;
  const request: Request = {
    truth,
    limits,
    cost: 0,
    compiler: createCompiler({
      now: truth.clock.now(),
      calendar: truth.calendar(),
      apps: truth.subscription.apps,
      strings: stringOrder(pendoStringOrder),
    }),
    hold(rows) {
      held += rows;
      if (held > limits.heldRows) throw new TooMuch('aggregation exceeded its memory limit');
    },
  };
  const compiled = compilePipeline(pipeline, request, 'top');
  if (request.cost > limits.visitorDays) throw new TooMuch('aggregation exceeded its time limit of 5 minutes');
  const periods = await collectPeriods(compiled, request);
  const rows = compiled.iterative
    ? periods.map((period): Row => ({ startTime: period.start, rows: period.rows }))
    : periods[0]!.rows;
  const call = { operation: `aggregation:${sourceNames(pipeline).join('+')}`, records: rows.length };
  if (mimeType === 'text/csv') {
    return {
      status: 200,
      headers: { 'content-type': 'text/csv; charset=utf-8' },
      body: csv(periods.flatMap((period) => period.rows)),
      call,
    };
  }
  const start = compiled.startTime === undefined ? '' : `"startTime":${compiled.startTime}`;
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: json(start, rows, pendoEmptyResults, pendoNumber),
    call,
  };
}

/** Writes the answer in pieces, so that a hundred thousand rows are never one string. */
async function* json(
  start: string,
  rows: Row[],
  empty: Switches['pendoEmptyResults'],
  numbers: Switches['pendoNumber'],
): AsyncIterable<string> {
  const comma = start === '' ? '' : ',';
  if (rows.length === 0) {
    const results = empty === 'absent' ? '' : `${comma}"results":${empty === 'null' ? 'null' : '[]'}`;
    yield `{${start}${results}}`;
    return;
  }
  const replacer = numbers === 'float' ? asFloat : undefined;
  yield `{${start}${comma}"results":[`;
  const size = 500;
  for (let at = 0; at < rows.length; at += size) {
    const text = JSON.stringify(rows.slice(at, at + size), replacer);
    yield (at === 0 ? '' : ',') + text.slice(1, -1);
  }
  yield ']}';
}

/** Numbers as a language writes them that knows floats only: 12 as `12.0`. */
export function asFloat(_key: string, value: unknown): unknown {
  if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) >= 1e21) return value;
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(`${value}.0`);
}
