/** Some days later: the sync with its history, one record, and a run that a guard holds. */
import { sql } from 'kysely';
import { createApi } from '../api.ts';
import { type RunView, waitForRun } from '../runs.ts';
import type { Stack } from '../stack.ts';
import type { Camera } from './camera.ts';
import type { PicturedTenant } from './set-up.ts';

export const daysOfPast = 5;

export async function lookAfter(stack: Stack, camera: Camera, { id, world }: PicturedTenant): Promise<void> {
  const { api } = stack;
  const { page, take } = camera;
  const admin = createApi(stack.sandbox.adminUrl);
  const run = async (): Promise<RunView> => {
    const started = await api.post<{ run: RunView }>(`/v1/tenants/${id}/syncs/visitor/runs`, {});
    return waitForRun(api, id, started.run.id);
  };
  let last: RunView | undefined;
  await putBack(stack, id);
  for (let day = 1; day <= daysOfPast; day++) {
    const { now } = await admin.post<{ now: number }>(`/admin/worlds/${world}/next-day`, {
      seed: day,
      share: 0.05 * day,
    });
    await stack.setClock(now);
    last = await run();
    await putBack(stack, id);
  }
  await camera.signIn();
  await page.goto(`/t/${id}/visitor`);
  await page.getByText(/^In step/).waitFor();
  await take('sync');

  const { records } = await api.get<{ records: { id: string }[] }>(
    `/v1/tenants/${id}/runs/${last!.id}/records?leg=push&outcome=written&limit=100`,
  );
  await page.goto(
    `/t/${id}/visitor/records/pendo/${encodeURIComponent(records.find(({ id: one }) => one.includes('@'))!.id)}`,
  );
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByRole('button', { name: 'Check again' }).waitFor();
  await take('record');

  // Pendo answers with nothing where usage was: what a guard is for.
  await admin.post(`/admin/worlds/${world}/faults`, { vendor: 'pendo', kind: 'empty200', source: '^events$' });
  const held = await run();
  await page.goto(`/t/${id}/runs/${held.id}`);
  await page.getByRole('button', { name: 'Approve…' }).waitFor();
  await take('held');
}

/** The database has the machine's clock: the run of a day that has gone by is put where the stack's clock was. */
async function putBack({ services }: Stack, tenantId: string): Promise<void> {
  const { clock, db } = services.control;
  const seconds = (Date.now() - clock()) / 1000;
  if (seconds < 3600) return;
  await db.tenant(tenantId, (tx) =>
    sql`
      update runs set queued_at = queued_at - make_interval(secs => ${seconds}), opened_at = opened_at - make_interval(secs => ${seconds}),
        closed_at = closed_at - make_interval(secs => ${seconds})
      where closed_at > now() - interval '1 hour'`.execute(tx),
  );
}
