/** Fields of a row that was otherwise accepted: the vendor had refused them for the whole run. */
import type { DroppedField, Leg } from '../../db/schema.ts';

export interface RefusedField {
  /** As it was held and is held still; as it is wanted. */
  change: [unknown, unknown];
  code: string;
  /** The vendor's text. */
  vendorText: string;
}

export function refusedFields(
  leg: Leg,
  leftOut: Record<string, [unknown, unknown]> | null,
  dropped: readonly DroppedField[],
): Record<string, RefusedField> | null {
  if (leftOut === null) return null;
  return Object.fromEntries(
    Object.entries(leftOut).map(([field, change]) => {
      const entry = dropped.find((each) => each.leg === leg && each.field === field);
      return [field, { change, code: entry?.code ?? 'FIELD_DROPPED', vendorText: entry?.message ?? '' }];
    }),
  );
}
