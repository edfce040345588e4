/**
 * What a taker holds, as far as can be known: what was sent a moment ago may not be readable yet, and counts as held until it
 * is read back or the settle time is over (docs/semantics.md, section 4).
 */
import { type RawBuilder, sql } from 'kysely';
import { takersOf } from '../../sync/mapping.ts';
import type { Leg } from '../schema.ts';
import { type SettleField, type SettleScope, settleFields } from './scope.ts';

const minute = 60_000;

/** As the SQL sees it, with the field of Pendo that a property goes to; null in the push leg. */
export interface LegField extends SettleField {
  taker: string | null;
}

export function fieldsOf(scope: SettleScope, leg: Leg): LegField[] {
  const takers = leg === 'pull' ? takersOf(scope.plan, scope.config) : {};
  return settleFields(scope)
    .filter((field) => field.leg === leg)
    .map((field) => ({ ...field, taker: takers[field.field] ?? null }));
}

/** `sent_values` of the pair `m`, as `v`. */
export function sentValues({ tenantId, object }: SettleScope, leg: Leg): RawBuilder<unknown> {
  return sql`
    left join sent_values v
      on v.tenant_id = ${tenantId} and v.object = ${object} and v.leg = ${leg}
     and v.hubspot_id = m.hubspot_id and v.pendo_id = m.pendo_id`;
}

/** What `v` says of the field `f` (columns `field`, `taker`), as `s`: sent, confirmed, fresh. No row where nothing was sent there. */
export function sentOf({ config, now }: SettleScope, leg: Leg): RawBuilder<unknown> {
  const { pendo, hubspot } = config.settleMinutes;
  // Values accepted after this (epoch ms) may not show yet.
  const settledBefore = now - (leg === 'pull' ? pendo : hubspot) * minute;
  return sql`
    left join lateral (
      select x.sent -> 'v' as sent,
             coalesce((x.sent -> 'c')::boolean, false) as confirmed,
             coalesce((x.sent -> 'at')::bigint > ${settledBefore}::bigint, false) as fresh
      from (select v.fields -> f.field as sent) x
      -- What went to the field that this property was mapped to before says nothing of the one it goes to now.
      where f.taker is null or coalesce(x.sent ->> 'f', f.taker) = f.taker
    ) s on true`;
}

/** The held value of the taker `t`, canonical. */
export const held = sql`case when s.fresh and not s.confirmed then s.sent else t.holds -> f.field end`;
