/** The two legs in one shape: which side is the source, and what each of its records wants its partner to hold. */
import type { RawCrmRecord, RawPendoRecord } from '../sandbox/contract.ts';
import { read, toLabels } from './canonical.ts';
import type { CanonicalKind, Leg, OracleSetup, Side } from './contract.ts';
import type { Definitions } from './definitions.ts';
import type { Cell } from './difference.ts';
import type { Figures } from './figures.ts';
import type { Stopped } from './push-definitions.ts';
import { type Nothing, nothingOf } from './push-entry.ts';

export interface LegField {
  source: string;
  field: string;
  kind: CanonicalKind;
  /** What the guards take for nothing. */
  nothing: Nothing;
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
      nothing: 'zero',
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
  const fields = definitions.push.map((push): LegField => {
    const { mapping, source, field, kind } = push;
    return {
      source,
      field,
      kind,
      nothing: nothingOf(mapping),
      cell(hubspot, pendo) {
        const { reading, whenNothing } = pendo
          ? figures(pendo, push)
          : { reading: { state: 'empty' } as const, whenNothing: 'keep' as const };
        return { source, field, wanted: reading, read: read(kind, hubspot?.properties[field]), whenNothing };
      },
    };
  });
  return { leg: 'push', source: 'pendo', target: 'hubspot', fields, stopped: definitions.stopped.push };
}
