/** What is said of a record's outcome on a leg. */
import type { Leg } from '../../db/schema.ts';
import { sourceOf, targetOf, vendorNames } from '../../sync/legs.ts';
import type { StopReason } from '../../sync/types.ts';
import type { FieldStanding } from './record-fields.ts';

export type MatchState = 'matched' | 'blank' | 'invalidKey' | 'excluded' | 'ambiguous' | 'unmatched' | 'unknown';

export const targetName = (leg: Leg): string => vendorNames[targetOf(leg)];

export function explainUnchanged(leg: Leg, match: MatchState, own: boolean, fields: FieldStanding[]): string {
  const apart = fields.filter(isNotCompared).length;
  if (apart === 0) return explain(leg, 'unchanged', match, own);
  return apart === fields.length
    ? 'None of its fields is compared.'
    : `Of the fields that are compared, ${targetName(leg)} holds what it should.`;
}

const isNotCompared = ({ withheld }: FieldStanding): boolean =>
  withheld === 'stopped' || withheld === 'notRead' || withheld === 'notCompared';

/** A sentence for a field that the last run did not compare. */
export function explainField(leg: Leg, { field, withheld, stopped }: FieldStanding): string | undefined {
  if (stopped !== undefined) return explainStopped(leg, field, stopped);
  if (withheld === 'notRead') return `Not known: ${field}, which was left out of what was read.`;
  return withheld === 'notCompared' ? `Mapped since the last run, and compared by the next: ${field}.` : undefined;
}

function explainStopped(leg: Leg, field: string, reason: StopReason): string {
  const why: Record<StopReason, string> = {
    gone: 'HubSpot no longer has the property. It resumes by itself when the property is back',
    typeChanged:
      'the property has another type than before. It resumes by itself when the type is back; editing the mapping accepts the new type',
    unmappable: 'the type of the property cannot be mapped. Map another property, or change its type',
    takerType: `${targetName(leg)} has a field of this name with another type. It resumes by itself when the type is right`,
    readOnly: 'HubSpot does not let the property be written. It resumes by itself when it can be',
  };
  return `Stopped, and neither compared nor sent: ${field}, because ${why[reason]}.`;
}

export function explainRefused(leg: Leg, refused: readonly string[]): string {
  if (refused.length === 0) return '';
  const target = targetName(leg);
  return `${target} refused ${refused.join(', ')} for the whole run; that is owed in the next.`;
}

export function explain(leg: Leg, outcome: string, match: MatchState, own: boolean): string {
  const source = `${vendorNames[sourceOf(leg)]} record`;
  const target = targetName(leg);
  const words: Record<string, string> = {
    unknown: explainUnknown(source, match, own),
    gone: `The ${source} is no longer there.`,
    excluded: 'The record is excluded: it is marked do-not-process in Pendo, or forgotten here.',
    blank: `The ${source} has no join value.`,
    invalidKey: 'The join value holds characters that cannot be stored, or is too long.',
    ambiguous: 'Several records share this join value, so none of them is written.',
    unmatched: 'No record of the other side has this join value.',
    written: `The last run wrote to ${target}.`,
    rejected: `${target} refused what was sent; it is owed in the next run.`,
    held: 'A guard held this leg: the run waits for approval.',
    notReached: 'The run ended before it came to this record; it is owed in the next run.',
    invalidField: `A value of the ${source} cannot be sent.`,
    altered: `${target} was sent this value twice and shows another one both times: it stores it differently. It is sent again when the value or the configuration changes, in a retry, and after 30 days.`,
    kept: `The ${source} has nothing, and the setting keeps what ${target} holds.`,
    unchanged: `${target} holds what it should.`,
  };
  return words[outcome] ?? outcome;
}

function explainUnknown(source: string, match: MatchState, own: boolean): string {
  if (match === 'unknown') {
    return own
      ? `The last full run did not find this ${source}. If it is new, or was readmitted after it had been forgotten, the next full run reads it.`
      : `It is not known which ${source} this record belongs to: the record itself was not read.`;
  }
  return own || match === 'matched'
    ? `This ${source} was read after the last run that compared records. The next run judges it.`
    : `There is no ${source} that this record belongs to.`;
}
