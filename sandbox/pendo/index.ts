import type {
  NextDayRequest,
  PendoEdit,
  PendoKind,
  RawEvent,
  RawPendoRecord,
  RawPollEvent,
  RawSubscription,
  Switches,
  WorldRequest,
} from '../contract.ts';
import type { VendorRequest, VendorResponse } from '../server/vendor.ts';
import type { SandboxClock } from '../world/clock.ts';
import type { PeoplePlan } from '../world/people.ts';
import { hash } from '../world/random.ts';
import { pollAnswers } from './aggregation/answer-sources.ts';
import type { Limits } from './aggregation/flow.ts';
import type { Deletions } from './bulk-delete.ts';
import { handle } from './handle.ts';
import { compareUtf8 } from './order.ts';
import { nextDay } from './truth/next-day.ts';
import { createTruth } from './truth/truth.ts';

export { forbidden } from './access.ts';
export { sourceNames } from './aggregation/answer.ts';

/** One subscription of Pendo: what it answers to requests, and its raw truth. */
export interface PendoHalf {
  /** Keys with and without write access. */
  keys: { write: string; read: string };
  handle(request: VendorRequest): Promise<VendorResponse>;
  subscription(): RawSubscription;
  patchSubscription(change: Partial<RawSubscription>): void;
  /** Ascending by the UTF-8 bytes of the id; one at a time, nothing is kept. */
  records(kind: PendoKind): Iterable<RawPendoRecord>;
  /** Returns the ids, in the order of the edits. */
  edit(kind: PendoKind, edits: PendoEdit[]): string[];
  /** Every event row there is, hidden ones marked; visitor by visitor. */
  events(): Iterable<RawEvent>;
  pollEvents(): Iterable<RawPollEvent>;
  addEvents(rows: RawEvent[]): void;
  addPollEvents(rows: RawPollEvent[]): void;
  nextDay(request: NextDayRequest): { visitors: number; accounts: number };
}

const standardLimits: Limits = { visitorDays: 100_000_000, heldRows: 10_000_000, writeRows: 100_000 };

export function createPendoHalf(options: {
  request: WorldRequest;
  people: PeoplePlan;
  clock: SandboxClock;
  switches: () => Switches;
  /** Where Pendo gives up on a call; the standard is 100 million visitor-days, 10 million rows held, 100,000 rows written. */
  limits?: Partial<Limits>;
}): PendoHalf {
  const { request } = options;
  const ofWorld = request.visitorDays === undefined ? {} : { visitorDays: request.visitorDays };
  const truth = createTruth(options);
  const deletions: Deletions = new Map();
  const keys = { write: key(request, 'write'), read: key(request, 'read') };
  const world = { truth, deletions, keys, limits: { ...standardLimits, ...ofWorld, ...options.limits } };

  function* visitorPlaces(): Iterable<{ id: string; index: number }> {
    const { ids, indexes } = truth.records.visitor.directory.sorted(compareUtf8);
    for (let i = 0; i < ids.length; i++) if (!truth.forgotten.has(ids[i]!)) yield { id: ids[i]!, index: indexes[i]! };
  }

  function add<T extends { visitorId: string }>(to: Map<string, T[]>, rows: T[]): void {
    for (const row of rows) {
      truth.records.visitor.directory.add(row.visitorId, -1);
      to.set(row.visitorId, [...(to.get(row.visitorId) ?? []), row]);
    }
  }

  return {
    keys,
    handle: (vendorRequest) => handle(vendorRequest, world),
    subscription: () => truth.subscription,
    patchSubscription: (change) => void Object.assign(truth.subscription, structuredClone(change)),
    *records(kind) {
      const { directory, raw } = truth.records[kind];
      const { ids, indexes } = directory.sorted(compareUtf8);
      for (let i = 0; i < ids.length; i++) {
        const record = raw(ids[i]!, indexes[i]);
        if (record) yield record;
      }
    },
    edit(kind, edits) {
      for (const edit of edits) truth.records[kind].edit(edit);
      return edits.map(({ id }) => id);
    },
    *events() {
      for (const { id, index } of visitorPlaces()) {
        const rows: RawEvent[] = [];
        const take = (row: RawEvent, hidden: boolean) => rows.push(hidden ? { ...row, blacklisted: true } : row) > 0;
        if (index >= 0) truth.activity.events(index, id, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, take);
        yield* rows;
        yield* truth.addedEvents.get(id) ?? [];
      }
    },
    *pollEvents() {
      for (const { id, index } of visitorPlaces()) yield* pollAnswers(truth, index, id);
    },
    addEvents: (rows) => add(truth.addedEvents, rows),
    addPollEvents: (rows) => add(truth.addedPollEvents, rows),
    nextDay: (asked) => nextDay(truth, asked),
  };
}

/** Keys look like UUIDs; every world has its own. */
function key({ seed, world }: WorldRequest, access: string): string {
  const hex = [1, 2, 3, 4]
    .map((part) => hash(seed, 'pendo key', world, access, part).toString(16).padStart(8, '0'))
    .join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
