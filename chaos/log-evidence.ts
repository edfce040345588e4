/** What the vendors' own log says about a round: values nobody wanted, repeats without need, writes outside of a run. */
import { canonical, read } from '../oracle/canonical.ts';
import type { CanonicalKind, Expectation, Truth } from '../oracle/index.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { lies } from './faults.ts';
import { crmOf } from './lists.ts';
import { cell, lostMatch, type Model, placeOf, type Wanted } from './model.ts';
import type { ChaosTenant } from './tenants.ts';
import type { WorldCall as Call } from './vendor-log.ts';

export interface Finding {
  what:
    | 'lost'
    | 'wrong'
    | 'doubled'
    | 'redundant'
    | 'overlap'
    | 'foreign'
    | 'counts'
    | 'guard'
    | 'due'
    | 'unrest'
    | 'unproved';
  world: string;
  detail: string;
}

/** While something was down or given up: what was on its way then may be sent once more. */
export interface Disturbance {
  from: number;
  until: number;
}

export interface RunSpan {
  id: string;
  object: SyncObject;
  dryRun: boolean;
  scope: 'full' | 'delta';
  state: string;
  from: number;
  until: number;
  /** Legs that a guard held, whether or not they were approved. */
  held: readonly ('pull' | 'push')[];
  /** Legs that a person approved. */
  approved: readonly ('pull' | 'push')[];
}

export interface LogContext {
  tenant: ChaosTenant;
  model: Model;
  log: readonly Call[];
  disturbances: readonly Disturbance[];
  spans: readonly RunSpan[];
  /** By run: when an approval was first asked for. */
  approvals: ReadonlyMap<string, number>;
  /** By object: kinds of all fields that the whole mapping owns. */
  expectations: readonly Expectation[];
}

export interface LogVerdict {
  findings: Finding[];
  /** Batches with a value that was there, because the answer to the first was never recorded. */
  repeats: number;
  writes: number;
}

/**
 * Batches of a run and vendor that one kill may cause to be sent again: those on their way, and the answered ones that wait to be
 * recorded in one transaction.
 */
const mostRepeats = { hubspot: 128 + 8, pendo: 2 + 8 };

/** An answer is recorded a moment after it was given; on a machine that is busy that moment may be long. */
const recordingMs = 2500;

interface Held {
  value: unknown;
  call: Call;
}

export function judgeLog(context: LogContext): LogVerdict {
  const { tenant, model, log } = context;
  const verdict: LogVerdict = { findings: [], repeats: 0, writes: 0 };
  const find = (what: Finding['what'], detail: string): void => {
    verdict.findings.push({ what, world: tenant.name, detail });
  };
  const held = new Map<string, Held>();
  const created = new Map<string, { id: string; at: number }>();
  const redundant = new Map<number, number>();
  const repeated = new Set<number>();
  /** By vendor, object and what struck them: batches whose values were sent once more. */
  const struck = new Map<string, Set<number>>();
  const lied = log.filter((call) => call.fault !== undefined && lies.has(call.fault)).map((call) => call.at);

  /** What the run of this call may have read, its two sides at different moments; a delta builds on the full run before. */
  const perRun = new Map<string, Wanted>();
  const inRun = (call: Call, object: SyncObject): Wanted | undefined => {
    const run = runOf(call, object, context.spans);
    if (run === undefined) return undefined;
    const before = context.spans.findLast(
      (one) => one.object === object && one.scope === 'full' && !one.dryRun && one.until <= run.from,
    );
    const from = run.scope === 'delta' ? (before?.from ?? run.from) : run.from;
    const known = perRun.get(run.id) ?? model.between(from, Math.min(run.until, Date.now()));
    perRun.set(run.id, known);
    return known;
  };

  for (const call of log) {
    if (!call.writes?.length) continue;
    const object = objectOf(call);
    if (object === undefined) {
      find('foreign', `${call.operation} ${call.path}`);
      continue;
    }
    // A test of a connection writes to a record that is not there, at any time.
    const changed = call.writes.some((write) => write.accepted);
    if (changed && !isDuring(call, object, context.spans))
      find('overlap', `${call.operation} of ${object} at ${call.at} outside of any run`);
    const place = placeOf(call.vendor, call.world);
    if (changed && !isConnected(tenant, call)) find('foreign', `${call.operation} at ${call.at} to ${place}`);
    const kinds = kindsOf(context.expectations, object, call.vendor);
    for (const write of call.writes) {
      if (call.fault === 'noop200') {
        for (const field of Object.keys(write.fields)) model.overwritten.add(cell(object, place, write.id, field));
        continue;
      }
      if (!write.accepted) continue;
      verdict.writes += 1;
      const join = tenant.full[object].joinKey.property;
      if (write.created) {
        const key = call.vendor === 'pendo' ? write.id : String(write.fields[join]);
        if (!model.mayCreate(place, object, key) && !inRun(call, object)?.mayCreate(place, object, key))
          find('foreign', `${place} ${object} ${write.id} was created under ${key} at ${call.at}`);
        const under = `${place}|${object}|${key}`;
        const earlier = created.get(under);
        // Somebody may have archived or renamed the first one, and put it back since: then there was room for another.
        const portal = model.portals.get(place);
        if (earlier !== undefined && portal !== undefined) {
          const seen = [...model.portalsBetween(place, earlier.at, call.at), portal];
          if (seen.every((truth) => standsFor(truth, object, earlier.id, join, key)))
            find('doubled', `${place} ${object} ${write.id} was created again`);
        }
        created.set(under, { id: write.id, at: call.at });
        // What is new holds nothing yet, also where a record of this id was there before and somebody deleted it.
        const ofThis = cell(object, place, write.id, '');
        for (const known of held.keys()) if (known.startsWith(ofThis)) held.delete(known);
      }
      for (const [field, raw] of Object.entries(write.fields)) {
        const kind = kinds.get(field);
        if (kind === undefined) {
          if (!(field === join && call.vendor === 'hubspot' && mayUpsert(tenant, object))) {
            find('foreign', `${place} ${object} ${write.id}: ${field}`);
          }
          continue;
        }
        const target = cell(object, place, write.id, field);
        const value = canonical(read(kind, raw)) ?? null;
        const given = { call, object, write, field, value, place };
        if (
          !isWanted(context, model, given) &&
          // A vendor that says "nothing" and means it not is believed, within what the guards let pass.
          !wasLiedTo(call, object, lied, context.spans) &&
          !isWanted(context, inRun(call, object), given) &&
          !isOfDeleted(context, given)
        ) {
          find('wrong', `${target} was given ${JSON.stringify(raw)} at ${call.at}, which nobody wanted`);
        }
        const before = held.get(target);
        const isThere = before?.value === value && !wasLost(model, object, place, write.id, field, before.call);
        if (before && isThere && !model.overwritten.has(target)) {
          const excused =
            wasDisturbed(before.call, context.disturbances) || wasLiedTo(call, object, lied, context.spans);
          if (excused) {
            repeated.add(call.seq);
            const nth = context.disturbances.findIndex((one) => hits(one, before.call));
            const group = `${call.vendor} batches of ${object}, disturbance ${nth}`;
            if (nth >= 0) struck.set(group, (struck.get(group) ?? new Set()).add(before.call.seq));
          } else redundant.set(call.seq, (redundant.get(call.seq) ?? 0) + 1);
        }
        held.set(target, { value, call });
      }
    }
  }
  for (const span of context.spans) for (const detail of writesOfHeld(context, span)) find('guard', detail);
  verdict.repeats = repeated.size;
  for (const [group, batches] of struck) {
    const most = group.startsWith('pendo') ? mostRepeats.pendo : mostRepeats.hubspot;
    if (batches.size > most)
      find('redundant', `${batches.size} ${group} were sent again, and ${most} may be on their way`);
  }
  for (const [seq, fields] of redundant) {
    const call = log.find((one) => one.seq === seq);
    find('redundant', `${call?.operation} at ${call?.at} wrote ${fields} values that were there`);
  }
  return verdict;
}

const targetOf = { pull: 'pendo', push: 'hubspot' } as const;

/** A held leg writes nothing until a person has approved it. */
function writesOfHeld({ log, approvals }: LogContext, span: RunSpan): string[] {
  return span.held.flatMap((leg) => {
    const until = span.approved.includes(leg) ? (approvals.get(span.id) ?? span.from) : span.until;
    const against = log.filter(
      (call) =>
        call.vendor === targetOf[leg] &&
        call.at > span.from + arrivalMs &&
        call.at < until &&
        objectOf(call) === span.object &&
        call.writes?.some(({ accepted }) => accepted),
    );
    return against.map(({ operation, at }) => `run ${span.id} holds ${leg}, and ${operation} at ${at} wrote`);
  });
}

/** Does the record of this id still stand for the key, itself or by the one that it was merged into? */
function standsFor(truth: Truth, object: SyncObject, id: string, join: string, key: string): boolean {
  const records = object === 'visitor' ? truth.contacts : truth.companies;
  const record = records.find((one) => one.id === id);
  if (record === undefined || record.archived) return false;
  if (record.mergedInto === undefined) return record.properties[join] === key;
  const primary = records.find((one) => one.id === record.mergedInto && !one.archived);
  return primary?.properties.hs_additional_emails?.split(';').includes(key) ?? false;
}

function mayUpsert(tenant: ChaosTenant, object: SyncObject): boolean {
  return tenant.full[object].create === 'hubspot';
}

interface Given {
  call: Call;
  object: SyncObject;
  write: NonNullable<Call['writes']>[number];
  field: string;
  value: unknown;
  place: string;
}

function isWanted({ tenant }: LogContext, by: Wanted | undefined, given: Given): boolean {
  if (by === undefined) return false;
  const { call, object, write, field, value, place } = given;
  if (by.wasWanted(object, place, write.id, field, value)) return true;
  const key = call.vendor === 'pendo' ? write.id : String(write.fields[tenant.full[object].joinKey.property]);
  if (by.wasWanted(object, place, `new ${key}`, field, value)) return true;
  return (
    value === null &&
    tenant.full[object].onLostMatch === 'clear' &&
    by.wasWanted(object, place, write.id, lostMatch, null)
  );
}

/**
 * The members of a segment are asked for after the page of records: who was deleted in between is in none. No state of
 * Pendo says so, since a record that is gone gives nothing.
 */
function isOfDeleted(
  { tenant, model, spans }: LogContext,
  { call, object, write, field, value, place }: Given,
): boolean {
  const isOfSegment = tenant.full[object].push?.some(
    (entry) => 'source' in entry && entry.source === 'segment' && entry.property === field,
  );
  const run = runOf(call, object, spans);
  if (!isOfSegment || value !== false || run === undefined) return false;
  const join = tenant.full[object].joinKey.property;
  const states = model.portalsBetween(place, 0, call.at);
  const known = states.map((truth) => truth[crmOf[object]].find(({ id }) => id === write.id)?.properties[join]);
  const keys = new Set([...known, write.fields[join]].filter((key) => typeof key === 'string'));
  return model.losses
    .filter((loss) => loss.object === object && loss.place.startsWith('pendo@'))
    .some(({ id, at }) => id !== undefined && keys.has(id) && at >= run.from && at <= call.at);
}

/** Was the tenant connected to this account then, or a moment before? */
function isConnected({ stays }: ChaosTenant, call: Call): boolean {
  return stays.some(
    ({ vendor, world, from, until }) =>
      vendor === call.vendor && world === call.world && call.at >= from && call.at <= until + arrivalMs,
  );
}

/** Has somebody deleted the record or the field since? */
function wasLost(
  { losses }: Model,
  object: SyncObject,
  place: string,
  id: string,
  field: string,
  since: Call,
): boolean {
  return losses.some(
    (loss) =>
      loss.object === object &&
      loss.place === place &&
      loss.at >= since.at &&
      (loss.id === undefined || loss.id === id) &&
      (loss.field === undefined || loss.field === field),
  );
}

/** The vendors gave the run that sends this a false answer before. */
function wasLiedTo(call: Call, object: SyncObject, lied: readonly number[], spans: readonly RunSpan[]): boolean {
  const span = runOf(call, object, spans);
  return span !== undefined && lied.some((at) => at >= span.from && at <= call.at);
}

function runOf(call: Call, object: SyncObject, spans: readonly RunSpan[]): RunSpan | undefined {
  return spans.findLast((one) => !one.dryRun && one.object === object && one.from <= call.at);
}

/** Its answer never came, or nobody was there to write it down. */
function wasDisturbed(call: Call, disturbances: readonly Disturbance[]): boolean {
  if (call.fault !== undefined && call.fault !== 'latency') return true;
  return disturbances.some((one) => hits(one, call));
}

function hits({ from, until }: Disturbance, call: Call): boolean {
  return from <= call.endedAt + recordingMs && until >= call.at;
}

/** Requests of a killed worker may still arrive a moment later. */
const arrivalMs = 500;

function isDuring(call: Call, object: SyncObject, spans: readonly RunSpan[]): boolean {
  return spans.some(
    (span) => !span.dryRun && span.object === object && call.at >= span.from && call.at <= span.until + arrivalMs,
  );
}

export function objectOf(call: Call): SyncObject | undefined {
  const path = `${call.path.split('?')[0]}:${call.operation}`;
  if (/[/:](contacts|visitor)(\/|:|$)/.test(path)) return 'visitor';
  return /[/:](companies|account)(\/|:|$)/.test(path) ? 'account' : undefined;
}

function kindsOf(
  expectations: readonly Expectation[],
  object: SyncObject,
  side: 'hubspot' | 'pendo',
): Map<string, CanonicalKind> {
  const owned = expectations.find((one) => one.object === object)?.owned[side] ?? [];
  return new Map(owned.map(({ field, kind }) => [field, kind]));
}
