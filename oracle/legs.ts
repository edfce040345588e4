/** The two legs in one shape: which side is the source, and what each of its records wants its partner to hold. */
import type { RawCrmRecord, RawPendoRecord } from '../sandbox/contract.ts';
import { read, toLabels } from './canonical.ts';
import type { CanonicalKind, Leg, OracleSetup, Side } from './contract.ts';
import type { Definitions, Stopped } from './definitions.ts';
import type { Cell } from './difference.ts';
import { type Figures, whenNothing } from './figures.ts';

export interface LegField {
  source: string;
  field: string;
  kind: CanonicalKind;
  /** Target undefined: a record that does not exist yet. */
  cell(hubspot: RawCrmRecord | undefined, pendo: RawPendoRecord | undefined): Cell;
}

export interface LegPlan {
  leg: Leg;
  source: Side;
  target: Side;
  fields: LegField[];
  stopped: Stopped[];
}

export function pullPlan(definitions: Definitions, setup: OracleSetup): LegPlan {
  const group = setup.syncConfig.pendoGroup;
  const fields = definitions.pull.map(({ mapping, field, kind, definition }): LegField => {
    const source = mapping.property;
    return {
      source,
      field,
      kind,
      cell(hubspot, pendo) {
        const given = read(kind, hubspot?.properties[source]);
        return {
          source,
          field,
          wanted: mapping.options === 'label' ? toLabels(kind, given, definition.options) : given,
          read: read(kind, pendo?.metadata[group]?.[field]),
          whenNothing: mapping.onEmpty,
          ...(setup.pendo.clear === 'cannot' ? { cannotClear: 'Pendo offers no way to clear a value' } : {}),
        };
      },
    };
  });
  return { leg: 'pull', source: 'hubspot', target: 'pendo', fields, stopped: definitions.stopped.pull };
}

export function pushPlan(definitions: Definitions, figures: Figures): LegPlan {
  const fields = definitions.push.map(({ mapping, field, kind }): LegField => {
    const source = 'metric' in mapping ? mapping.metric : ('' as never);
    return {
      source,
      field,
      kind,
      cell: (hubspot, pendo) => ({
        source,
        field,
        wanted: pendo ? figures(pendo, source) : { state: 'empty' },
        read: read(kind, hubspot?.properties[field]),
        whenNothing: whenNothing(source),
      }),
    };
  });
  return { leg: 'push', source: 'pendo', target: 'hubspot', fields, stopped: definitions.stopped.push };
}
