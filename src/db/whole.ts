import { type RawBuilder, sql } from 'kysely';

/**
 * A document that is read into memory once. A large one is stored compressed and apart, and is fetched and unpacked anew for each
 * of its fields that is looked at: with hundreds of fields that is most of the work. Of use only in a subquery that is
 * not merged with what is around it (`offset 0`).
 */
export function whole(document: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`${document} || '{}'::jsonb`;
}
