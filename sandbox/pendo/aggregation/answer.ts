import type { Switches } from '../../contract.ts';
import { oddRow } from '../../server/odd-shapes.ts';
import type { CallInfo, VendorResponse } from '../../server/vendor.ts';
import { createCompiler, type Row } from '../expression/compile.ts';
import { comparisonOrder, stringOrder } from '../order.ts';
import { BadRequest, TooMuch } from '../refusals.ts';
import type { Truth } from '../truth/truth.ts';
import { csv } from './csv.ts';
import { onlyKeys, plainObject } from './fields.ts';
import type { Limits, Request } from './flow.ts';
import { compilePipeline, type Pipeline } from './pipeline.ts';
import { collect, prepare, rowsOf } from './run.ts';

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

  const switches = truth.switches();
  const { pendoStringOrder, pendoEmptyResults, pendoNumber } = switches;
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
      distinctLists: switches.pendoList === 'distinct',
      compared: comparisonOrder(switches),
      countIf: switches.pendoCountIf,
      missingInSum: switches.pendoMissingInSum,
      propertyPaths: switches.pendoPropertyPaths,
      seriesCount: switches.pendoSeriesCount,
      startOfPeriod: switches.pendoStartOfPeriod,
    }),
    hold(rows) {
      held += rows;
      if (held > limits.heldRows) throw new TooMuch('aggregation exceeded its memory limit');
    },
  };
  const compiled = compilePipeline(pipeline, request, 'top');
  if (request.cost > limits.visitorDays) throw new TooMuch('aggregation exceeded its time limit of 5 minutes');
  await prepare(compiled);
  const batches = compiled.iterative ? periods(compiled) : rowsOf(compiled, compiled.runs[0]!);
  // What fails while rows flow must fail before the answer begins: nothing is sent until the first rows are there.
  const first = await batches.next();
  const call: CallInfo = { operation: `aggregation:${sourceNames(pipeline).join('+')}`, records: 0 };
  const all = counted(first, batches, call);
  if (mimeType === 'text/csv') {
    const rows: Row[] = [];
    for await (const batch of all)
      rows.push(...(compiled.iterative ? batch.flatMap((set) => set.rows as Row[]) : batch));
    return { status: 200, headers: { 'content-type': 'text/csv; charset=utf-8' }, body: csv(rows), call };
  }
  const start = compiled.startTime === undefined ? '' : `"startTime":${compiled.startTime}`;
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: json(start, isOdd(switches, pipeline) ? oddly(all, isSorted(pipeline)) : all, pendoEmptyResults, pendoNumber),
    call,
  };
}

/** Values of metadata have forms of their own. */
function isOdd({ oddShapes }: Switches, pipeline: unknown): boolean {
  return oddShapes === 'yes' && !sourceNames(pipeline).some((name) => name === 'visitors' || name === 'accounts');
}

const isSorted = (pipeline: unknown): boolean => JSON.stringify(pipeline).includes('"sort":');

/** Rows that nobody sorted come in another order, too. */
async function* oddly(batches: AsyncGenerator<Row[]>, sorted: boolean): AsyncGenerator<Row[]> {
  for await (const rows of batches) {
    const odd = rows.map((row) => oddRow(row as Record<string, unknown>) as Row);
    yield sorted ? odd : odd.reverse();
  }
}

/** The result sets of an iterative time series, one row each. */
async function* periods(pipeline: Pipeline): AsyncGenerator<Row[]> {
  for (const run of pipeline.runs) yield [{ startTime: run.start, rows: await collect(pipeline, run) }];
}

async function* counted(
  first: IteratorResult<Row[]>,
  rest: AsyncGenerator<Row[]>,
  call: CallInfo,
): AsyncGenerator<Row[]> {
  for (let next = first; !next.done; next = await rest.next()) {
    call.records += next.value.length;
    yield next.value;
  }
}

/** Writes the answer in pieces as rows come, so that a million rows are never in memory together. */
async function* json(
  start: string,
  batches: AsyncGenerator<Row[]>,
  empty: Switches['pendoEmptyResults'],
  numbers: Switches['pendoNumber'],
): AsyncIterable<string> {
  const comma = start === '' ? '' : ',';
  const replacer = numbers === 'float' ? asFloat : undefined;
  const size = 500;
  let begun = false;
  for await (const rows of batches) {
    for (let at = 0; at < rows.length; at += size) {
      const text = JSON.stringify(rows.slice(at, at + size), replacer).slice(1, -1);
      yield begun ? `,${text}` : `{${start}${comma}"results":[${text}`;
      begun = true;
    }
  }
  const nothing = empty === 'absent' ? '' : `${comma}"results":${empty === 'null' ? 'null' : '[]'}`;
  yield begun ? ']}' : `{${start}${nothing}}`;
}

/** Numbers as a language writes them that knows floats only: 12 as `12.0`. */
export function asFloat(_key: string, value: unknown): unknown {
  if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) >= 1e21) return value;
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(`${value}.0`);
}
