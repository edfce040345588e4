/** The mapping of one sync at one time, and the HubSpot types that it was seen with. */
import type { CrmType, RawPropertyDefinition } from '../sandbox/contract.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { kindOf } from './canonical.ts';
import type { Memory, OracleSetup } from './contract.ts';

export const crmType = (object: SyncObject): CrmType => (object === 'visitor' ? 'contacts' : 'companies');

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
