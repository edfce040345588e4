/** Reads every visitor once before the accounts: how many each account has, and who takes part in nothing. */
import { sql } from 'kysely';
import { addRange, advanceRange, listRanges } from '../../db/runs/index.ts';
import { pipelines } from '../../pendo/index.ts';
import { isDoNotProcess } from '../../sync/pendo-row.ts';
import { accountsOfVisitor } from '../../sync/push-fields.ts';
import { storedId } from '../../sync/stored-id.ts';
import { createLearning, isTooMuch } from '../step/learning.ts';
import type { Step } from '../step/step.ts';
import type { RunRef } from '../types.ts';
import { isAnonymous, requireId } from './pendo-people.ts';
import { isForgottenPendoId, type WhoIsForgotten } from './row-rules.ts';

const side = 'visitors';
const largestPage = 50_000;
const smallestPage = 500;

interface VisitorRow {
  visitorId: unknown;
  ids?: unknown;
  one?: unknown;
  dnp?: unknown;
}

/** @returns false when the time box ended first. */
export async function tallyVisitors(step: Step, ref: RunRef, forgotten: WhoIsForgotten): Promise<boolean> {
  const { pendo } = await step.vendors();
  const range = await step.write(
    async (tx) =>
      (await listRanges(tx, ref.runId, side))[0] ??
      (await addRange(tx, ref.tenantId, ref.runId, side, { lo: null, hi: null })),
  );
  const learning = createLearning(step);
  let limit = learning.known.tally ?? largestPage;
  while (!range.done) {
    if (step.shouldYield()) return false;
    const tallies = new Map<string, number>();
    const excluded: string[] = [];
    let rows = 0;
    let last: string | null = null;
    try {
      await pendo.aggregate<VisitorRow>(
        pipelines.visitorsPage({
          lo: range.cursor ?? undefined,
          limit,
          select: {
            ids: 'metadata.auto.accountids',
            one: 'metadata.auto.accountid',
            dnp: 'metadata.pendo.donotprocess',
          },
        }),
        (row) => {
          const id = requireId(row.visitorId);
          rows++;
          last = id;
          if (isAnonymous(id)) return;
          if (isDoNotProcess(row.dnp)) {
            excluded.push(storedId(id));
            return;
          }
          if (isForgottenPendoId(forgotten.visitors, id)) return;
          for (const account of accountsOfVisitor({ accountids: row.ids, accountid: row.one })) {
            tallies.set(account, (tallies.get(account) ?? 0) + 1);
          }
        },
      );
    } catch (error) {
      if (!isTooMuch(error)) throw error;
      if (limit <= smallestPage) return learning.giveUp(error);
      limit = Math.max(smallestPage, Math.floor(limit / 4));
      await learning.lower({ tally: limit }, error);
      continue;
    }
    const done = rows < limit;
    await step.write(async (tx) => {
      const counted = JSON.stringify([...tallies].map(([id, n]) => ({ id, n })));
      await sql`
        insert into account_tallies (tenant_id, run_id, account_id, visitors)
        select ${ref.tenantId}, ${ref.runId}::bigint, id, n
        from jsonb_to_recordset(${counted}::jsonb) as t(id text, n bigint)
        on conflict (run_id, account_id) do update set visitors = account_tallies.visitors + excluded.visitors`.execute(
        tx,
      );
      await sql`
        insert into excluded_visitors (tenant_id, run_id, visitor_id)
        select ${ref.tenantId}, ${ref.runId}::bigint, unnest(${excluded}::text[]) on conflict do nothing`.execute(tx);
      await advanceRange(tx, ref.runId, side, range, { cursor: last ?? range.cursor, done, records: rows });
    });
    range.cursor = last ?? range.cursor;
    range.done = done;
    step.progressed();
  }
  return true;
}
