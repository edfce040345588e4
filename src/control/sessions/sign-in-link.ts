/** The address that opens the console, signed in, for whoever starts the installation. */
import { randomBytes } from 'node:crypto';
import { audit } from '../audit/audit.ts';
import { systemCaller } from '../caller.ts';
import type { Control } from '../control.ts';
import { createLoginCode } from './sessions.ts';

/** The key behind such sessions where the environment names none. Nobody knows it: it is used through sessions only. */
const consoleKey = 'console';

/**
 * An address with a one-time code, good for five minutes. The session has the rights of the bootstrap key; without one, of
 * an administrator's key of its own, which can be revoked like any other.
 * @returns undefined when that key was revoked.
 */
export async function signInLink(control: Control, baseUrl: string): Promise<string | undefined> {
  const key = await control.db.platform(async (tx) => {
    const bootstrap = await tx
      .selectFrom('api_keys')
      .select('id')
      .where('id', '=', 'bootstrap')
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    if (bootstrap !== undefined) return bootstrap.id;
    const made = await tx
      .insertInto('api_keys')
      .values({
        id: consoleKey,
        tenant_id: null,
        name: 'sign-in link of the installation',
        hash: randomBytes(32),
        prefix: '',
        scopes: ['admin'],
        created_by: 'installation',
      })
      .onConflict((on) => on.column('id').doNothing())
      .returning(['name', 'scopes'])
      .executeTakeFirst();
    if (made !== undefined) {
      const entry = { tenantId: null, action: 'key.created', subject: `key:${consoleKey}`, after: made };
      await audit(tx, systemCaller('environment'), entry);
    }
    const own = await tx
      .selectFrom('api_keys')
      .select('id')
      .where('id', '=', consoleKey)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    return own?.id;
  });
  if (key === undefined) return undefined;
  const code = await createLoginCode(control, key);
  return `${baseUrl}/login#code=${code.reveal()}`;
}

/** Is there nothing yet, so that whoever starts this wants to set it up? */
export async function isEmpty(control: Pick<Control, 'db'>): Promise<boolean> {
  const tenant = await control.db.platform((tx) => tx.selectFrom('tenants').select('id').limit(1).executeTakeFirst());
  return tenant === undefined;
}
