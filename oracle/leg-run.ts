/** One leg of one run: compare every pair, hold or deliver, and count what became of each of the source's records. */
import type { RawCrmRecord, RawPendoRecord } from '../sandbox/contract.ts';
import { canonical, readingOf } from './canonical.ts';
import { findsUncleared, knownUncleared, pendoType } from './clearing.ts';
import {
  type ExpectedCreate,
  type ExpectedWrite,
  type FieldChange,
  type FieldExpectation,
  type GuardVerdict,
  type LegExpectation,
  type MatchExpectation,
  type Memory,
  type OracleSetup,
  type Outcome,
  outcomes,
  type Reading,
  type RecordExpectation,
  type Sent,
  type Side,
  type Truth,
} from './contract.ts';
import type { Creation, Planned } from './creation.ts';
import { difference, heldNow } from './difference.ts';
import { ValueGuard } from './guards.ts';
import { fold } from './keys.ts';
import type { LegField, LegPlan } from './legs.ts';
import { crmType, mappingOf } from './mapping.ts';
import { isConfirmed, memoryKey } from './memory.ts';
import type { People } from './people.ts';
import { readLag, refusal, stored, type VendorRules } from './vendor.ts';

interface Context {
  truth: Truth;
  setup: OracleSetup;
  people: People;
  matched: MatchExpectation;
  memory: Memory | undefined;
}

/** A target that lost its partner, and what of it is to be cleared. */
interface Lost {
  targetId: string;
  fields: FieldExpectation[];
}

export class LegRun {
  readonly writes: ExpectedWrite[] = [];
  readonly creates: ExpectedCreate[] = [];
  /** Keys of what is remembered and was read back as it was sent. */
  readonly confirmed: string[] = [];
  /** Types of Pendo's that this run finds not to be cleared. */
  readonly uncleared: string[] = [];
  /** Something that is written to Pendo can be read back at once. */
  readBack = false;
  readonly rules: VendorRules;
  readonly plan: LegPlan;
  private readonly context: Context;
  private readonly byField: Map<string, LegField>;
  private readonly records = new Map<string, RecordExpectation>();
  private readonly lost: Lost[] = [];
  private readonly guard = new ValueGuard();
  private readonly hubspot: Map<string, RawCrmRecord>;
  private readonly pendo: Map<string, RawPendoRecord>;
  private cleared = 0;
  private drift = 0;

  constructor(plan: LegPlan, context: Context) {
    this.plan = plan;
    this.context = context;
    const { truth, setup } = context;
    const rules = setup.ignoresValidationRules ? [] : truth.portal.validationRules;
    this.rules = {
      switches: truth.switches,
      clear: setup.pendo.clear,
      validationRules: rules.filter((rule) => rule.object === crmType(setup.object)),
    };
    this.byField = new Map(plan.fields.map((field) => [field.field, field]));
    this.hubspot = new Map(context.people.hubspot.map((record) => [record.id, record]));
    this.pendo = new Map(context.people.pendo.map((record) => [record.id, record]));
  }

  /** Every record of the source gets its place; every field of every pair its difference. */
  compare(): void {
    const { matched } = this.context;
    const partners =
      this.plan.source === 'hubspot'
        ? matched.pairs
        : new Map([...matched.pairs].map(([left, right]) => [right, left]));
    for (const [id, state] of matched[this.plan.source].states) {
      const partner = partners.get(id);
      if (state !== 'matched' || partner === undefined) {
        this.records.set(id, { outcome: state === 'matched' ? 'unchanged' : state, fields: [] });
        continue;
      }
      const fields = this.plan.fields.map((field) => this.compareField(field, id, partner));
      for (const field of fields) this.guard.count(field, this.byField.get(field.field)!.nothing);
      this.records.set(id, { outcome: 'unchanged', partner, fields });
    }
    this.confirm();
    if (this.context.setup.syncConfig.onLostMatch === 'clear') this.findLost();
  }

  /** A run that ended before it settled reached nobody. */
  reachNobody(): void {
    for (const [id, state] of this.context.matched[this.plan.source].states) {
      const known = state === 'excluded' || state === 'blank' || state === 'invalidKey';
      this.records.set(id, { outcome: known ? state : 'notReached', fields: [] });
    }
  }

  private compareField(field: LegField, sourceId: string, targetId: string): FieldExpectation {
    const { setup } = this.context;
    const sent = this.sentTo(field, targetId);
    const cell = this.cell(field, sourceId, targetId);
    cell.read = this.seen(cell.read, sent);
    if (this.isKnownUncleared(field)) cell.cannotClear = 'it was found out that Pendo does not clear this type';
    const again = setup.retry === true || (sent !== undefined && sent.mapping !== mappingOf(setup));
    return difference(cell, sent, { now: setup.asOf, settle: this.settle(), again });
  }

  private sentTo(field: LegField, targetId: string): Sent | undefined {
    const { setup, memory } = this.context;
    return memory?.sent.get(memoryKey(this.plan.target, targetId, field.field, setup));
  }

  private settle(): number {
    return this.context.setup.syncConfig.settleMinutes[this.plan.target] * 60_000;
  }

  /** What a reader sees of a vendor that lags. */
  private seen(read: Reading, sent: Sent | undefined): Reading {
    if (sent?.previous === undefined) return read;
    const lags = this.context.setup.asOf - sent.storedAt < readLag(this.plan.target, this.rules);
    return lags ? readingOf(sent.previous) : read;
  }

  /** Every record of the target that is read confirms, matched or not. */
  private confirm(): void {
    const { matched, memory, setup } = this.context;
    if (!memory) return;
    for (const [targetId, state] of matched[this.plan.target].states) {
      if (state === 'excluded') continue;
      for (const field of this.plan.fields) {
        const sent = this.sentTo(field, targetId);
        if (!sent) continue;
        const read = this.seen(this.cell(field, undefined, targetId).read, sent);
        if (isConfirmed(sent, read)) this.confirmed.push(memoryKey(this.plan.target, targetId, field.field, setup));
      }
    }
  }

  private cell(field: LegField, sourceId: string | undefined, targetId: string | undefined) {
    const [hubspotId, pendoId] = this.plan.source === 'hubspot' ? [sourceId, targetId] : [targetId, sourceId];
    return field.cell(this.hubspot.get(hubspotId ?? ''), this.pendo.get(pendoId ?? ''));
  }

  /** Only what we are known to have written, on targets that are now unmatched or blank. */
  private findLost(): void {
    const { matched, setup } = this.context;
    if (setup.pendo.clear === 'cannot' && this.plan.target === 'pendo') return;
    for (const [targetId, state] of matched[this.plan.target].states) {
      if (state !== 'unmatched' && state !== 'blank') continue;
      const fields: FieldExpectation[] = [];
      for (const field of this.plan.fields) {
        const sent = this.sentTo(field, targetId);
        if (!sent || sent.value === null || this.isKnownUncleared(field)) continue;
        const read = this.seen(this.cell(field, undefined, targetId).read, sent);
        const held = heldNow(read, sent, { now: setup.asOf, settle: this.settle() });
        if (held.state === 'empty') continue;
        const cleared: FieldExpectation = {
          source: field.source,
          field: field.field,
          wanted: { state: 'empty' },
          read,
          held,
          owed: true,
          outcome: 'written',
        };
        this.guard.count(cleared, field.nothing);
        fields.push(cleared);
      }
      if (fields.length > 0) this.lost.push({ targetId, fields });
    }
  }

  guardVerdicts(): GuardVerdict[] {
    return this.guard.verdicts(this.plan.leg, this.context.setup.syncConfig.guards);
  }

  hold(): void {
    for (const record of this.records.values()) {
      for (const field of record.fields) if (field.owed) field.outcome = 'held';
      if (record.partner !== undefined) record.outcome = recordOutcome(record.fields);
    }
  }

  private isKnownUncleared(field: LegField): boolean {
    const { setup, memory } = this.context;
    return this.plan.target === 'pendo' && setup.pendo.clear !== 'cannot' && knownUncleared(field.kind, memory, setup);
  }

  /** What goes ahead shows that null does nothing: no null counts as sent, in this run or the next. */
  private findUncleared(): void {
    const { setup, memory } = this.context;
    if (this.plan.target !== 'pendo' || setup.dryRun) return;
    const matched = [...this.records.values()].map(({ fields }) => fields);
    const isSet = (field: FieldExpectation): boolean => field.owed && field.wanted.state === 'value';
    this.readBack = this.rules.switches.pendoReadLagMs === 0 && matched.some((fields) => fields.some(isSet));
    if (!findsUncleared(matched, this.rules, memory)) return;
    for (const fields of [...matched, ...this.lost.map((lost) => lost.fields)]) {
      for (const field of fields) {
        if (!field.owed || field.wanted.state !== 'empty') continue;
        this.uncleared.push(pendoType(this.byField.get(field.field)!.kind));
        Object.assign(field, { owed: false, outcome: 'kept', reason: 'Pendo did not clear it when it was tried' });
        delete field.drift;
      }
    }
  }

  deliver(creation: Creation): void {
    this.findUncleared();
    for (const [sourceId, record] of this.records) {
      if (record.partner === undefined) continue;
      this.send(sourceId, record.partner, record.fields, 'owed');
      record.outcome = recordOutcome(record.fields);
      this.drift += record.fields.filter((field) => field.drift).length;
    }
    for (const { targetId, fields } of this.lost) if (this.send('', targetId, fields, 'lostMatch')) this.cleared += 1;
    for (const [sourceId, planned] of creation.planned) this.create(sourceId, planned);
    for (const [sourceId, reason] of creation.refused) this.records.get(sourceId)!.reason = reason;
  }

  /** A dry run asks nobody, so nobody refuses. */
  private refused(row: Parameters<typeof refusal>[0]): string | undefined {
    return this.context.setup.dryRun ? undefined : refusal(row, this.rules);
  }

  private send(sourceId: string, targetId: string, fields: FieldExpectation[], why: ExpectedWrite['why']): boolean {
    const owed = fields.filter((field) => field.owed);
    const changes: Record<string, FieldChange> = {};
    for (const field of owed) {
      const { kind } = this.byField.get(field.field)!;
      const wanted = canonical(field.wanted) ?? null;
      const after = stored(this.plan.target, kind, wanted, this.rules);
      changes[field.field] = { old: canonical(field.read), new: wanted, after, read: field.read };
    }
    if (Object.keys(changes).length === 0) return false;
    const { leg, target: side } = this.plan;
    const values = Object.fromEntries(Object.entries(changes).map(([name, change]) => [name, change.new]));
    const properties = side === 'hubspot' ? this.hubspot.get(targetId)?.properties : undefined;
    const reason = this.refused({ side, values, ...(properties ? { properties } : {}) });
    const accepted = reason === undefined;
    if (!accepted) for (const field of owed) Object.assign(field, { outcome: 'rejected', reason });
    this.writes.push({ leg, side, targetId, sourceId, fields: changes, accepted, why });
    return accepted;
  }

  private create(sourceId: string, { key, storedKey, taken, into }: Planned): void {
    const record = this.records.get(sourceId)!;
    const { dryRun } = this.context.setup;
    if (taken && !dryRun) {
      record.reason = 'KEY_TAKEN';
      return;
    }
    const values: Record<string, FieldChange['after']> = {};
    const sent: ExpectedCreate['fields'] = {};
    for (const field of this.plan.fields) {
      const cell = this.cell(field, sourceId, undefined);
      const expected = difference(cell, undefined, { now: 0, settle: 0, again: false });
      record.fields.push(expected);
      const wanted = canonical(cell.wanted);
      if (wanted === undefined || wanted === null) continue;
      sent[field.field] = wanted;
      values[field.field] = stored(this.plan.target, field.kind, wanted, this.rules);
    }
    const { leg, target: side } = this.plan;
    const { property } = this.context.setup.syncConfig.joinKey;
    const creates = { property, key };
    const refused = this.refused({ side, values: sent, properties: { [property]: key }, creates });
    const elsewhere = !dryRun && refused === undefined && (into !== undefined || isOtherKey(side, key, storedKey));
    const reason = refused ?? (elsewhere ? 'FILED_ELSEWHERE' : undefined);
    const accepted = reason === undefined;
    if (!accepted)
      for (const field of record.fields) if (field.owed) Object.assign(field, { outcome: 'rejected', reason });
    record.outcome = accepted ? 'written' : 'rejected';
    record.reason = reason ?? 'created';
    const filed = { storedKey, elsewhere, ...(into === undefined ? {} : { into }) };
    this.creates.push({ leg, side, sourceId, key, fields: sent, after: values, accepted, ...filed });
  }

  expectation(): LegExpectation {
    const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
    const fieldCounts: LegExpectation['fieldCounts'] = {};
    for (const { outcome, fields } of this.records.values()) {
      counts[outcome] += 1;
      for (const field of fields) {
        fieldCounts[field.field] ??= {};
        const own = fieldCounts[field.field]!;
        own[field.outcome] = (own[field.outcome] ?? 0) + 1;
      }
    }
    return {
      leg: this.plan.leg,
      source: this.plan.source,
      read: this.records.size,
      counts,
      fieldCounts,
      records: this.records,
      stopped: this.plan.stopped,
      drift: this.drift,
      created: this.creates.filter((create) => create.accepted).length,
      cleared: this.cleared,
    };
  }
}

/** HubSpot's answer carries another key than was sent; that it folds an address is no other. */
function isOtherKey(side: Side, key: string, storedKey: string): boolean {
  return side === 'hubspot' && storedKey !== key && storedKey !== fold(key);
}

/** The first that applies, in the contract's order. */
function recordOutcome(fields: FieldExpectation[]): Outcome {
  const has = (outcome: FieldExpectation['outcome']): boolean => fields.some((field) => field.outcome === outcome);
  if (has('written')) return 'written';
  if (has('rejected')) return 'rejected';
  if (has('held')) return 'held';
  if (has('invalid')) return 'invalidField';
  if (has('altered')) return 'altered';
  return has('kept') ? 'kept' : 'unchanged';
}
