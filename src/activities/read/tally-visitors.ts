/** Reads every visitor once before the accounts: how many each account has, and who takes part in nothing. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { addRange, advanceRange, listRanges } from '../../db/runs/index.ts';
import { type PendoClient, pipelines } from '../../pendo/index.ts';
import { isDoNotProcess } from '../../sync/pendo-row.ts';
import { storedId } from '../../sync/stored-id.ts';
import { accountsOfVisitor } from '../../sync/visits.ts';
import { createLearning, isTooMuch } from '../step/learning.ts';
import type { Step } from '../step/step.ts';
import type { RunRef } from '../types.ts';
import { isAnonymous, requireId } from './pendo-people.ts';
import { isForgottenPendoId, type WhoIsForgotten } from './row-rules.ts';
import { isUncut, mostUncut, tooLargeUncut } from './uncut.ts';

const side = 'visitors';
const largestPage = 50_000;
const smallestPage = 500;

interface VisitorRow {
  visitorId: unknown;
  ids?: unknown;
  one?: unknown;
  dnp?: unknown;
}

/** What one page of visitors adds. */
interface Tally {
  /** Visitors of each account. */
  accounts: Map<string, number>;
  /** Stored ids of visitors that Pendo must not process. */
  excluded: string[];
  rows: number;
  /** Last id of the page; null when it was empty. */
  last: string | null;
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
  const uncut = isUncut(learning.known);
  let limit = uncut ? mostUncut : (learning.known.tally ?? largestPage);
  while (!range.done) {
    if (step.shouldYield()) return false;
    let page: Tally;
    try {
      page = await tallyPage(pendo, range.cursor, limit, forgotten);
    } catch (error) {
      if (!isTooMuch(error)) throw error;
      if (uncut || limit <= smallestPage) return learning.giveUp(error);
      limit = Math.max(smallestPage, Math.floor(limit / 4));
      await learning.lower({ tally: limit }, error);
      continue;
    }
    const cursor = page.last ?? range.cursor;
    const done = page.rows < limit;
    if (uncut && !done) throw tooLargeUncut();
    await step.write(async (tx) => {
      await addTally(tx, ref, page);
      await advanceRange(tx, ref.runId, side, range, { cursor, done, records: page.rows });
    });
    range.cursor = cursor;
    range.done = done;
    step.progressed();
  }
  return true;
}

async function tallyPage(
  pendo: PendoClient,
  cursor: string | null,
  limit: number,
  forgotten: WhoIsForgotten,
): Promise<Tally> {
  const tally: Tally = { accounts: new Map(), excluded: [], rows: 0, last: null };
  const select = {
    ids: 'metadata.auto.accountids',
    one: 'metadata.auto.accountid',
    dnp: 'metadata.pendo.donotprocess',
  };
  await pendo.aggregate<VisitorRow>(pipelines.visitorsPage({ lo: cursor ?? undefined, limit, select }), (row) => {
    const id = requireId(row.visitorId);
    tally.rows++;
    tally.last = id;
    if (isAnonymous(id)) return;
    if (isDoNotProcess(row.dnp)) {
      tally.excluded.push(storedId(id));
      return;
    }
    if (isForgottenPendoId(forgotten.visitors, id)) return;
    for (const account of accountsOfVisitor({ accountids: row.ids, accountid: row.one })) {
      tally.accounts.set(account, (tally.accounts.get(account) ?? 0) + 1);
    }
  });
  return tally;
}

async function addTally(tx: Tx, { tenantId, runId }: RunRef, { accounts, excluded }: Tally): Promise<void> {
  const counted = JSON.stringify([...accounts].map(([id, n]) => ({ id, n })));
  await sql`
    insert into account_tallies (tenant_id, run_id, account_id, visitors)
    select ${tenantId}, ${runId}::bigint, id, n
    from jsonb_to_recordset(${counted}::jsonb) as t(id text, n bigint)
    on conflict (run_id, account_id) do update set visitors = account_tallies.visitors + excluded.visitors`.execute(tx);
  await sql`
    insert into excluded_visitors (tenant_id, run_id, visitor_id)
    select ${tenantId}, ${runId}::bigint, unnest(${excluded}::text[]) on conflict do nothing`.execute(tx);
}
