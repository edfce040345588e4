/** A run's place in a trace: what queued it may be over when a worker takes its steps, in another process. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // W3C trace context; null where tracing was off when the run was queued.
  await sql`alter table runs add column traceparent text`.execute(db);
}
