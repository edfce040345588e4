/**
 * What a target holds, as far as can be known: what was sent a moment ago may not be readable yet, and counts as held until it
 * is read back or the settle time is over (docs/semantics.md, section 4).
 */
import { type RawBuilder, sql } from 'kysely';
import { type Leg, targetOf } from '../../sync/legs.ts';
import { targetsOf } from '../../sync/mapping.ts';
import { legIs, legSql } from '../leg-sql.ts';
import { type SettleField, type SettleScope, settleFields } from './scope.ts';

const minute = 60_000;

/** As the SQL sees it, with the field of Pendo that a property goes to; null in the push leg. */
export interface LegField extends SettleField {
  target: string | null;
  /** A dry run would make it: nothing was sent there yet. */
  missing: boolean;
}

export function fieldsOf(scope: SettleScope, leg: Leg): LegField[] {
  const targets = targetsIn(scope, leg);
  const { create } = scope.plan;
  const made = new Set(
    leg === 'pull'
      ? create.pendo.map(({ field }) => `${scope.config.pendoGroup}.${field}`)
      : create.hubspot.map(({ property }) => property),
  );
  return settleFields(scope)
    .filter((field) => field.leg === leg)
    .map((field) => {
      const target = targets[field.field] ?? null;
      return { ...field, target, missing: scope.dryRun && made.has(target ?? field.field) };
    });
}

/** Pull: the field of Pendo, with its group, of each property. */
export function targetsIn({ plan, config }: SettleScope, leg: Leg): Record<string, string> {
  return leg === 'pull' ? targetsOf(plan, config) : {};
}

/** What is remembered of the target of the pair `m`, as `v`. There is one row for each: see `foldMemory`. */
export function sentValues({ tenantId, object }: SettleScope, leg: Leg): RawBuilder<unknown> {
  const { targetId } = legSql(leg);
  return sql`
    left join sent_values v
      on v.tenant_id = ${tenantId} and v.object = ${object} and ${legIs(leg, 'v')} and v.${targetId} = m.${targetId}`;
}

/**
 * What `fields` of a row of `sent_values` say of the field `f` (columns `field`, `target`, `missing`), as `s`: sent, confirmed,
 * fresh; seen (null: not sent twice yet), and when and by which version of the mapping it was sent. No row where nothing was
 * sent there.
 */
export function sentOf(
  { config, now }: SettleScope,
  leg: Leg,
  fields: RawBuilder<unknown> = sql`v.fields`,
): RawBuilder<unknown> {
  // Values accepted after this (epoch ms) may not show yet.
  const settledBefore = now - config.settleMinutes[targetOf(leg)] * minute;
  // What went to the field that this property was mapped to before says nothing of the one it goes to now; what another
  // property sent there does.
  const own = sql`${fields} -> f.field`;
  const entry =
    leg === 'push'
      ? own
      : sql`
          case when ${fields} is null then null
               when ${fields} ? f.field and coalesce(${own} ->> 'f', f.target) = f.target then ${own}
               else (select o.value from jsonb_each(${fields}) o where o.value ->> 'f' = f.target
                     order by (o.value -> 'at')::bigint desc limit 1) end`;
  return sql`
    left join lateral (
      select x.entry -> 'v' as sent,
             coalesce((x.entry -> 'c')::boolean, false) as confirmed,
             (x.entry -> 'at')::bigint > ${settledBefore}::bigint as fresh,
             case when (x.entry -> 'k')::int > 1 then coalesce(x.entry -> 's', 'null') end as seen,
             (x.entry -> 'at')::bigint as accepted_at,
             (x.entry -> 'n')::int as version
      from (select ${entry} as entry) x
      where x.entry is not null and not f.missing
    ) s on true`;
}

/** The held value of the target `t`, canonical. */
export const held = sql`case when s.fresh and not s.confirmed then s.sent else t.holds -> f.field end`;
