/** One leg of one run: compare every pair, hold or deliver, and count what became of each of the giver's records. */
import type { RawCrmRecord, RawPendoRecord } from '../sandbox/contract.ts';
import { canonical, readingOf } from './canonical.ts';
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
  type RecordExpectation,
  type Truth,
} from './contract.ts';
import type { Creation } from './creation.ts';
import { crmType } from './definitions.ts';
import { difference } from './difference.ts';
import { ValueGuard } from './guards.ts';
import type { LegField, LegPlan } from './legs.ts';
import { memoryKey, writtenKey } from './memory.ts';
import type { People } from './people.ts';
import { readLag, refusal, stored, type VendorRules } from './vendor.ts';

interface Context {
  truth: Truth;
  setup: OracleSetup;
  people: People;
  matched: MatchExpectation;
  memory: Memory | undefined;
}

/** A taker that lost its partner, and what of it is to be cleared. */
interface Lost {
  takerId: string;
  fields: FieldExpectation[];
}

export class LegRun {
  readonly writes: ExpectedWrite[] = [];
  readonly creates: ExpectedCreate[] = [];
  readonly plan: LegPlan;
  private readonly context: Context;
  private readonly rules: VendorRules;
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

  /** Every record of the giver gets its place; every field of every pair its difference. */
  compare(): void {
    const { matched } = this.context;
    const partners =
      this.plan.giver === 'hubspot' ? matched.pairs : new Map([...matched.pairs].map(([left, right]) => [right, left]));
    for (const [id, state] of matched[this.plan.giver].states) {
      const partner = partners.get(id);
      if (state !== 'matched' || partner === undefined) {
        this.records.set(id, { outcome: state === 'matched' ? 'unchanged' : state, fields: [] });
        continue;
      }
      const fields = this.plan.fields.map((field) => this.compareField(field, id, partner));
      for (const field of fields) this.guard.count(field);
      this.records.set(id, { outcome: 'unchanged', partner, fields });
    }
    if (this.context.setup.syncConfig.onLostMatch === 'clear') this.findLost();
  }

  private compareField(field: LegField, giverId: string, takerId: string): FieldExpectation {
    const { setup, memory } = this.context;
    const sent = memory?.sent.get(memoryKey(this.plan.leg, giverId, takerId, field.field));
    const settle = setup.syncConfig.settleMinutes[this.plan.taker] * 60_000;
    const cell = this.cell(field, giverId, takerId);
    if (sent && setup.asOf - sent.at < readLag(this.plan.taker, this.rules) && sent.previous !== undefined) {
      cell.read = readingOf(sent.previous);
    }
    return difference(cell, sent, { now: setup.asOf, settle });
  }

  private cell(field: LegField, giverId: string | undefined, takerId: string | undefined) {
    const [hubspotId, pendoId] = this.plan.giver === 'hubspot' ? [giverId, takerId] : [takerId, giverId];
    return field.cell(this.hubspot.get(hubspotId ?? ''), this.pendo.get(pendoId ?? ''));
  }

  /** Only what we are known to have written, on takers that are now unmatched or blank. */
  private findLost(): void {
    const { matched, memory, setup } = this.context;
    if (setup.pendo.clear === 'cannot' && this.plan.taker === 'pendo') return;
    for (const [takerId, state] of matched[this.plan.taker].states) {
      if (state !== 'unmatched' && state !== 'blank') continue;
      const written = memory?.written.get(writtenKey(this.plan.taker, takerId));
      const fields: FieldExpectation[] = [];
      for (const field of this.plan.fields) {
        if (!written?.has(field.field)) continue;
        const { read } = this.cell(field, undefined, takerId);
        if (read.state === 'empty') continue;
        const cleared: FieldExpectation = {
          source: field.source,
          field: field.field,
          wanted: { state: 'empty' },
          read,
          held: read,
          owed: true,
          outcome: 'written',
        };
        this.guard.count(cleared);
        fields.push(cleared);
      }
      if (fields.length > 0) this.lost.push({ takerId, fields });
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

  deliver(creation: Creation): void {
    for (const [giverId, record] of this.records) {
      if (record.partner === undefined) continue;
      this.send(giverId, record.partner, record.fields, 'owed');
      record.outcome = recordOutcome(record.fields);
      this.drift += record.fields.filter((field) => field.drift).length;
    }
    for (const { takerId, fields } of this.lost) if (this.send('', takerId, fields, 'lostMatch')) this.cleared += 1;
    for (const [giverId, key] of creation.keys) this.create(giverId, key);
    for (const [giverId, reason] of creation.refused) this.records.get(giverId)!.reason = reason;
  }

  private send(giverId: string, takerId: string, fields: FieldExpectation[], why: ExpectedWrite['why']): boolean {
    const owed = fields.filter((field) => field.owed);
    const changes: Record<string, FieldChange> = {};
    for (const field of owed) {
      const { kind } = this.byField.get(field.field)!;
      const wanted = canonical(field.wanted) ?? null;
      const after = stored(this.plan.taker, kind, wanted, this.rules);
      changes[field.field] = { old: canonical(field.read), new: wanted, after };
    }
    if (Object.keys(changes).length === 0) return false;
    const { leg, taker: side } = this.plan;
    const values = Object.fromEntries(Object.entries(changes).map(([name, change]) => [name, change.new]));
    const properties = side === 'hubspot' ? this.hubspot.get(takerId)?.properties : undefined;
    const reason = refusal({ side, values, ...(properties ? { properties } : {}) }, this.rules);
    const accepted = reason === undefined;
    if (!accepted) for (const field of owed) Object.assign(field, { outcome: 'rejected', reason });
    this.writes.push({ leg, side, takerId, giverId, fields: changes, accepted, why });
    return accepted;
  }

  private create(giverId: string, key: string): void {
    const record = this.records.get(giverId)!;
    const values: Record<string, FieldChange['after']> = {};
    const sent: ExpectedCreate['fields'] = {};
    for (const field of this.plan.fields) {
      const cell = this.cell(field, giverId, undefined);
      const expected = difference(cell, undefined, { now: 0, settle: 0 });
      record.fields.push(expected);
      const wanted = canonical(cell.wanted);
      if (wanted === undefined || wanted === null) continue;
      sent[field.field] = wanted;
      values[field.field] = stored(this.plan.taker, field.kind, wanted, this.rules);
    }
    const { leg, taker: side } = this.plan;
    const { property } = this.context.setup.syncConfig.joinKey;
    const creates = { property, key };
    const reason = refusal({ side, values: sent, properties: { [property]: key }, creates }, this.rules);
    const accepted = reason === undefined;
    if (!accepted)
      for (const field of record.fields) if (field.owed) Object.assign(field, { outcome: 'rejected', reason });
    record.outcome = accepted ? 'written' : 'rejected';
    record.reason = reason ?? 'created';
    this.creates.push({ leg, side, giverId, key, fields: sent, after: values, accepted });
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
      giver: this.plan.giver,
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
