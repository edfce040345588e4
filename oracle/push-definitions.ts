/** Which push fields can run today: of what Pendo still has, into properties that take them. */
import type { RawPropertyDefinition } from '../sandbox/contract.ts';
import type { CanonicalKind, ExpectedDefinition, HubSpotType, Memory, OracleSetup, Truth } from './contract.ts';
import { expectedLabel, nameOf } from './labels.ts';
import { crmType, mappedType, typeBefore } from './mapping.ts';
import { metadataKind } from './metadata.ts';
import { pushProperties } from './names.ts';
import { categories } from './nps-figures.ts';
import { type MetadataMapping, type NpsMapping, type PushMapping, sourceOf } from './push-entry.ts';

export interface PushField {
  mapping: PushMapping;
  source: string;
  field: string;
  kind: CanonicalKind;
}

export interface Stopped {
  source: string;
  field: string;
  reason: string;
}

/** Adds to what is known of the pull. */
export function pushDefinitions(
  into: { push: PushField[]; stopped: { push: Stopped[] }; expected: ExpectedDefinition[] },
  truth: Truth,
  setup: OracleSetup,
  memory: Memory | undefined,
): void {
  const properties = pushProperties(setup.syncConfig, setup.object);
  for (const [at, mapping] of setup.syncConfig.push.entries()) {
    const field = properties[at]!;
    const source = sourceOf(mapping);
    const existing = truth.portal.properties[crmType(setup.object)].find((it) => it.name === field && !it.archived);
    const kind = pushKind(mapping, truth, setup);
    const reason = kind === undefined ? 'gone' : stopReason(mapping, kind, existing, typeBeforeOf(mapping));
    if (kind === undefined || reason !== undefined) {
      into.stopped.push.push({ source, field, reason: reason ?? '' });
      continue;
    }
    into.push.push({ mapping, source, field, kind });
    into.expected.push({
      side: 'hubspot',
      name: field,
      type: pushType(kind),
      source,
      options: optionsOf(kind),
      existed: existing !== undefined,
      label: expectedLabel(mapping, existing, truth, memory),
    });
  }

  function typeBeforeOf(mapping: PushMapping): string | undefined {
    return isMetadata(mapping) ? typeBefore(memory, setup, metadataKey(mapping)) : undefined;
  }
}

function stopReason(
  mapping: PushMapping,
  kind: CanonicalKind,
  existing: RawPropertyDefinition | undefined,
  earlier: string | undefined,
): string | undefined {
  const type = pushType(kind);
  if (isMetadata(mapping) && earlier !== undefined && earlier !== type) {
    return `typeChanged: was ${earlier}, is now ${type}`;
  }
  if (!existing) return undefined;
  if (mappedType(existing) !== type) return `the HubSpot property is ${mappedType(existing)}`;
  const lacking = optionsOf(kind).find((option) => !existing.options.some(({ value }) => value === option));
  if (lacking !== undefined) return `the HubSpot property has no option ${lacking}`;
  return existing.readOnlyValue || existing.calculated ? 'the HubSpot property is read-only' : undefined;
}

const optionsOf = (kind: CanonicalKind): string[] => (kind === 'one' ? categories : []);

/** The kind of what an entry sends; undefined where Pendo no longer has its source. */
function pushKind(mapping: PushMapping, { subscription }: Truth, setup: OracleSetup): CanonicalKind | undefined {
  if ('metric' in mapping) {
    return mapping.metric === 'firstVisit' || mapping.metric === 'lastVisit' ? setup.syncConfig.visitType : 'number';
  }
  switch (mapping.source) {
    case 'metadata': {
      const field = subscription.schema[setup.object][mapping.group]?.[mapping.field];
      return field && !field.isDeleted ? metadataKind(field.type, mapping.timeAs) : undefined;
    }
    case 'nps':
      return npsKinds[mapping.measure];
    case 'segment':
      return nameOf(mapping, subscription) === undefined ? undefined : 'bool';
    case 'activeVisitors':
      return 'number';
    default: {
      if (nameOf(mapping, subscription) === undefined) return undefined;
      return mapping.measure === 'firstUse' || mapping.measure === 'lastUse' ? 'date' : 'number';
    }
  }
}

const npsKinds: Record<NpsMapping['measure'], CanonicalKind> = {
  category: 'one',
  comment: 'string',
  answeredOn: 'date',
  averageScore: 'number',
  netPromoterScore: 'number',
  answers: 'number',
};

/** HubSpot's type of what a push writes. */
export function pushType(kind: CanonicalKind): HubSpotType {
  return kind === 'one' || kind === 'many' ? 'enumeration' : kind;
}

export const isMetadata = (mapping: PushMapping): mapping is MetadataMapping =>
  !('metric' in mapping) && mapping.source === 'metadata';

/** Under which the type of a metadata field is remembered; no HubSpot property is called so. */
export const metadataKey = ({ group, field }: MetadataMapping): string => `Pendo ${JSON.stringify([group, field])}`;
