/** Maintenance of all tenants: what fails for one is reported, and costs the others nothing. */
import type { Control } from '../control.ts';

/** After so many in a row it is the database that fails, and no tenant's data. */
const failuresInARow = 5;

/** @throws AggregateError after the last tenant, with what failed */
export async function forEachTenant(
  { db }: Pick<Control, 'db'>,
  work: (tenantId: string) => Promise<void>,
): Promise<void> {
  const tenants = await db.platform((tx) => tx.selectFrom('tenants').select('id').execute());
  const failures: Error[] = [];
  let inARow = 0;
  for (const { id } of tenants) {
    try {
      await work(id);
      inARow = 0;
    } catch (error) {
      failures.push(new Error(`tenant ${id}`, { cause: error }));
      if (++inARow === failuresInARow) break;
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `failed for ${failures.length} tenants`);
}
