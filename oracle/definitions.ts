/** Which fields can run today, which stop, and what must be defined afterwards. */
import type { RawPropertyDefinition } from '../sandbox/contract.ts';
import type { PullMapping } from '../src/sync/config.ts';
import { kindOf } from './canonical.ts';
import type { CanonicalKind, ExpectedDefinition, Memory, OracleSetup, Truth } from './contract.ts';
import { crmType, mappedType, typeBefore } from './mapping.ts';
import { pullFields } from './names.ts';
import { type PushField, pushDefinitions, type Stopped } from './push-definitions.ts';
import { visibleProperty } from './visible-property.ts';

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

export interface PullField {
  mapping: PullMapping;
  field: string;
  kind: CanonicalKind;
  definition: RawPropertyDefinition;
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
  pushDefinitions(result, truth, setup, memory);
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
}
