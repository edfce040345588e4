import type {
  Clock,
  NextDayReport,
  NextDayRequest,
  PendoEdit,
  RawEvent,
  RawPendoRecord,
  RawPollEvent,
  RawSubscription,
  Switches,
  World,
  WorldRequest,
} from '../../../sandbox/contract.ts';
import { startSandbox } from '../../../sandbox/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests read what the vendor answers
export type Row = Record<string, any>;

export interface Reply {
  status: number;
  text: string;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  json: any;
}

export interface PendoWorld extends AsyncDisposable {
  world: World;
  /** A request to the Pendo half with the write key, unless another is given. */
  call(method: string, path: string, body?: unknown, key?: string): Promise<Reply>;
  /** Results of a pipeline; fails unless it is answered 200. */
  rows(...pipeline: unknown[]): Promise<Row[]>;
  /** Status and text of a pipeline. */
  ask(...pipeline: unknown[]): Promise<Reply>;
  /** `results[0].v` of an expression over one constant row. */
  value(expression: string, row?: Row): Promise<unknown>;
  events(): Promise<RawEvent[]>;
  pollEvents(): Promise<RawPollEvent[]>;
  records(kind: 'visitors' | 'accounts'): Promise<RawPendoRecord[]>;
  subscription(): Promise<RawSubscription>;
  admin(method: string, path: string, body?: unknown): Promise<Reply>;
  edit(kind: 'visitors' | 'accounts', ...edits: PendoEdit[]): Promise<void>;
  switches(change: Partial<Switches>): Promise<void>;
  nextDay(request: NextDayRequest): Promise<NextDayReport>;
  clock(change: Partial<Clock>): Promise<void>;
}

/** 15 June 2026, 11:00 in New York. */
export const NOON = Date.UTC(2026, 5, 15, 15);

/** A sandbox of its own with one world, its clock standing still. */
export async function startPendoWorld(request: Partial<WorldRequest> = {}, now = NOON): Promise<PendoWorld> {
  const sandbox = await startSandbox({ now, running: false });
  const admin = async (method: string, path: string, body?: unknown) =>
    reply(
      await fetch(`${sandbox.adminUrl}/admin/${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  const made = await admin('POST', 'worlds', {
    world: 'w',
    seed: 11,
    contacts: 0,
    companies: 40,
    visitors: 400,
    accounts: 40,
    ...request,
  });
  const world = made.json as World;
  const lines = async (path: string) =>
    (await admin('GET', `worlds/w/${path}`)).text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));

  const call = async (method: string, path: string, body?: unknown, key = world.pendoKey) =>
    reply(
      await fetch(`${sandbox.pendoUrl}/api/v1/${path}`, {
        method,
        headers: { 'x-pendo-integration-key': key, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  const ask = (...pipeline: unknown[]) =>
    call('POST', 'aggregation', {
      response: { mimeType: 'application/json' },
      request: { requestId: 'test', pipeline },
    });
  const rows = async (...pipeline: unknown[]) => {
    const answer = await ask(...pipeline);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
    return answer.json.results as Row[];
  };
  return {
    world,
    call,
    ask,
    rows,
    admin,
    value: async (expression, row = { x: 1 }) =>
      (await rows({ source: { const: [row] } }, { select: { v: expression } }))[0]!.v,
    events: () => lines('events'),
    pollEvents: () => lines('poll-events'),
    records: (kind) => lines(kind),
    subscription: async () => (await admin('GET', 'worlds/w/subscription')).json,
    edit: async (kind, ...edits) => void (await admin('PATCH', `worlds/w/${kind}`, edits)),
    switches: async (change) => void (await admin('PUT', 'worlds/w/switches', change)),
    nextDay: async (wanted) => (await admin('POST', 'worlds/w/next-day', wanted)).json,
    clock: async (change) => void (await admin('PUT', 'clock', change)),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

async function reply(response: Response): Promise<Reply> {
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, text, headers: response.headers, json };
}

export const everyApp = 'expandAppIds("*")';

/** A source of events of every app. */
export function eventsOf(timeSeries: object, parameters: object = {}): object {
  return { source: { events: { appId: everyApp, ...parameters }, timeSeries } };
}
