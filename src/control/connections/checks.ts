/** Are both connections good for what a sync is to do? Asked before it is switched on, and before it does more than it did. */
import { vendorNames } from '../../sync/legs.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { conflict, type FieldProblem } from '../errors.ts';
import { noteTest, runTest } from './connections.ts';
import type { Needs } from './scopes.ts';
import { findConnection } from './store.ts';

/** @throws `CHECKS_FAILED` with one field problem per failed step. */
export async function requireConnectionsGood(
  control: Control,
  caller: Caller,
  tenantId: string,
  needs: Needs,
): Promise<void> {
  const connections = await inTenant(control, caller, 'operate', tenantId, async (tx) => ({
    hubspot: await findConnection(tx, tenantId, 'hubspot'),
    pendo: await findConnection(tx, tenantId, 'pendo'),
  }));
  const problems: FieldProblem[] = [];
  for (const vendor of ['hubspot', 'pendo'] as const) {
    const connection = connections[vendor];
    if (connection === undefined || connection.state === 'disconnected') {
      const message = `There is no ${vendorNames[vendor]} connection.`;
      problems.push({ path: vendor, code: 'NOT_CONNECTED', message, fix: `Connect ${vendorNames[vendor]} first.` });
      continue;
    }
    const test = await runTest(control, connection, [needs]);
    await control.db.tenant(tenantId, (tx) => noteTest(tx, connection, test));
    for (const step of test.steps.filter(({ state }) => state === 'failed')) {
      const { code = 'FAILED', message, fix } = step;
      problems.push({ path: `${vendor}.${step.step}`, code, message, ...(fix && { fix }) });
    }
  }
  if (problems.length === 0) return;
  const [first] = problems;
  throw conflict(
    'CHECKS_FAILED',
    first!.message,
    first!.fix ?? 'Correct what is named here, then try again.',
    problems,
  );
}
