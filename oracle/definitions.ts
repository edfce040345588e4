/** Which fields can run today, which stop, and what must be defined afterwards. */
import type { CrmType, RawPropertyDefinition } from '../sandbox/contract.ts';
import type { PullMapping, SyncObject } from '../src/sync/config.ts';
import type { PushMapping, PushMetric } from '../src/sync/push-mapping.ts';
import { kindOf } from './canonical.ts';
import type { CanonicalKind, ExpectedDefinition, Memory, OracleSetup, Truth } from './contract.ts';
import { pushKind } from './figures.ts';
import { pullFields, pushProperty } from './names.ts';
import { visibleProperty } from './visible-property.ts';

export const crmType = (object: SyncObject): CrmType => (object === 'visitor' ? 'contacts' : 'companies');

/** Pendo types that may stand where we would create the field. An untyped field has no other type. */
const pendoTypes: Record<CanonicalKind, string[]> = {
  string: ['string', ''],
  number: ['float', 'integer', ''],
  bool: ['boolean', ''],
  date: ['time', ''],
  datetime: ['time', ''],
  one: ['string', ''],
  many: ['string', ''],
};

/** HubSpot's type, with one and several options told apart. */
export function mappedType(definition: RawPropertyDefinition): string {
  return kindOf(definition) === 'many' ? 'enumeration of several' : definition.type;
}

/** The configuration as of one edit: editing accepts the types of that day, and tries again what was given up. */
export function mappingOf({ syncConfig, mappingVersion }: OracleSetup): string {
  return JSON.stringify([syncConfig, mappingVersion ?? 0]);
}

export function typeBefore(memory: Memory | undefined, setup: OracleSetup, property: string): string | undefined {
  return memory?.mapping === mappingOf(setup) ? memory.types.get(property) : undefined;
}

export interface PullField {
  mapping: PullMapping;
  field: string;
  kind: CanonicalKind;
  definition: RawPropertyDefinition;
}

export interface PushField {
  mapping: PushMapping;
  field: string;
  kind: CanonicalKind;
  /** HubSpot will not take it: dropped for the run, and rejected once. */
}

export interface Stopped {
  source: string;
  field: string;
  reason: string;
}

export interface Definitions {
  pull: PullField[];
  push: PushField[];
  stopped: { pull: Stopped[]; push: Stopped[] };
  expected: ExpectedDefinition[];
  join: RawPropertyDefinition | undefined;
}

export function definitionsOf(truth: Truth, setup: OracleSetup, memory: Memory | undefined): Definitions {
  const crm = crmType(setup.object);
  const config = setup.syncConfig;
  const result: Definitions = {
    pull: [],
    push: [],
    stopped: { pull: [], push: [] },
    expected: [],
    join: visibleProperty(truth.portal, crm, config.joinKey.property),
  };
  const names = pullFields(config, setup.resolvedFields);
  for (const mapping of config.pull) pullDefinition(mapping, names.get(mapping.property)!);
  for (const mapping of config.push) pushDefinition(mapping);
  return result;

  function pullDefinition(mapping: PullMapping, field: string): void {
    const stop = (reason: string) => result.stopped.pull.push({ source: mapping.property, field, reason });
    const definition = visibleProperty(truth.portal, crm, mapping.property);
    if (!definition) return void stop('the property is gone');
    const kind = kindOf(definition);
    if (!kind) return void stop(`type ${definition.type} cannot be mapped`);
    const type = mappedType(definition);
    const earlier = typeBefore(memory, setup, mapping.property);
    if (earlier !== undefined && earlier !== type) return void stop(`was ${earlier}, is now ${type}`);
    const existing = truth.subscription.schema[setup.object][config.pendoGroup]?.[field];
    if (existing && !pendoTypes[kind].includes(existing.type)) {
      return void stop(`the Pendo field is ${existing.type}`);
    }
    result.pull.push({ mapping, field, kind, definition });
    result.expected.push({
      side: 'pendo',
      kind: setup.object,
      group: config.pendoGroup,
      name: field,
      types: pendoTypes[kind],
      displayName: `HubSpot: ${definition.label}`,
      existed: existing !== undefined,
    });
  }

  function pushDefinition(mapping: PushMapping): void {
    const field = pushProperty(mapping, config.window);
    const kind = pushKind((mapping as { metric: PushMetric }).metric, config.visitType);
    const type = kind === 'date' || kind === 'datetime' ? kind : 'number';
    const existing = truth.portal.properties[crm].find((it) => it.name === field && !it.archived);
    if (existing && existing.type !== type) {
      result.stopped.push.push({
        source: (mapping as { metric: PushMetric }).metric,
        field,
        reason: `the HubSpot property is ${existing.type}`,
      });
      return;
    }
    if (existing && (existing.readOnlyValue || existing.calculated)) {
      result.stopped.push.push({
        source: (mapping as { metric: PushMetric }).metric,
        field,
        reason: 'the HubSpot property is read-only',
      });
      return;
    }
    result.push.push({ mapping, field, kind });
    result.expected.push({
      side: 'hubspot',
      name: field,
      type,
      metric: (mapping as { metric: PushMetric }).metric,
      existed: existing !== undefined,
    });
  }
}
