/**
 * Logins on their way, as rows: from the start to the callback, and from there until the grant is kept or given back. Who
 * knows the address alone takes nothing from anybody: only the browser that went to HubSpot uses a row up.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Insertable, Selectable } from 'kysely';
import pLimit from 'p-limit';
import type { Tx } from '../../db/index.ts';
import type { ControlTables } from '../../db/schema-control.ts';
import type { TokenGrant } from '../../hubspot/index.ts';
import { Secret } from '../../vault/index.ts';
import { audit } from '../audit/audit.ts';
import { systemCaller } from '../caller.ts';
import type { Control } from '../control.ts';
import { ControlError, invalid } from '../errors.ts';
import { type HeldLogin, portalOf, revoke, toHeld } from './login-grants.ts';

export type LoginState = Selectable<ControlTables['oauth_states']>;

export const lifetimeMs = 10 * 60_000;
/** Open at once: of one tenant where nothing else is said, and of the installation. */
const mostOfTenant = 10;
const mostOfAll = 1000;
/** A grant that HubSpot does not take back is tried so long. */
const giveUpMs = 7 * 86_400_000;

/** Nobody needs a key to ask for these rows: the database is asked for few of them at once. */
const lookups = pLimit(4);

/** @throws `TOO_MANY_LOGINS`. Call it with the tenant's row locked. */
export async function requireRoomForLogin(
  control: Control,
  tx: Tx,
  tenantId: string,
  openInAll: number,
): Promise<void> {
  const open = await tx
    .selectFrom('oauth_states')
    .select('expires_at')
    .where('tenant_id', '=', tenantId)
    .where('expires_at', '>', new Date(control.clock()))
    .orderBy('expires_at')
    .execute();
  const limit = control.quotas?.logins ?? mostOfTenant;
  if (open.length < limit && openInAll < mostOfAll) return;
  const first = open[0]?.expires_at.getTime() ?? control.clock() + 60_000;
  throw new ControlError({
    kind: 'limited',
    code: 'TOO_MANY_LOGINS',
    message: `${open.length < limit ? 'This installation' : 'This tenant'} has too many logins open.`,
    fix: 'Finish one that is open, or wait until the oldest has run out: each is good for ten minutes.',
    quota: { limit: open.length < limit ? mostOfAll : limit, freeAt: new Date(first) },
    retryAfter: Math.max(1, Math.ceil((first - control.clock()) / 1000)),
  });
}

/** Of every tenant. Two at the same moment may both find room: a bound, not a contract. */
export async function countOpenLogins(control: Control): Promise<number> {
  const { n } = await control.db.platform((tx) =>
    tx
      .selectFrom('oauth_states')
      .select(({ fn }) => fn.countAll<string>().as('n'))
      .where('expires_at', '>', new Date(control.clock()))
      .executeTakeFirstOrThrow(),
  );
  return Number(n);
}

/** Looks a login up and leaves it as it is, whoever asks. @throws `LOGIN_STALE`. */
export async function readState(control: Control, token: string): Promise<{ row: LoginState; secret: Secret }> {
  const read = await lookups(() => control.db.platform((tx) => findState(control, tx, token, 'start')));
  if (read === undefined) throw staleLogin();
  return read;
}

/** Uses a login up, in one go, whoever of its browser comes first. @throws `LOGIN_STALE`, and then it stays as it was. */
export async function takeState(
  control: Control,
  token: string,
  stage: LoginState['stage'],
  browser: string | undefined,
): Promise<{ row: LoginState; secret: Secret }> {
  const taken = await lookups(() =>
    control.db.platform(async (tx) => {
      const found = await findState(control, tx, token, stage, { lock: true });
      if (found === undefined || !isOfBrowser(found, browser)) return undefined;
      const { row } = found;
      if (stage === 'start') await removeState(control, tx, row);
      // The grant stays where it is until it is kept or given back; no browser is the one of this row any more.
      else await tx.updateTable('oauth_states').set({ browser: null }).where('hash', '=', row.hash).execute();
      return found;
    }),
  );
  if (taken === undefined) throw staleLogin();
  return taken;
}

async function findState(
  control: Control,
  tx: Tx,
  token: string,
  stage: LoginState['stage'],
  { lock = false }: { lock?: boolean } = {},
): Promise<{ row: LoginState; secret: Secret } | undefined> {
  const query = tx
    .selectFrom('oauth_states')
    .selectAll()
    .where('hash', '=', hashOf(token))
    .where('stage', '=', stage)
    .where('expires_at', '>', new Date(control.clock()));
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst();
  if (row === undefined || !(await stillAllowed(control, tx, row))) return undefined;
  const secret = await control.vault.get(tx, row.tenant_id, row.secret);
  return secret && { row, secret };
}

/** Whoever began may still act: the key is neither revoked nor expired, and the tenant is there. */
export async function stillAllowed(control: Control, tx: Tx, row: LoginState): Promise<boolean> {
  const tenant = await tx.selectFrom('tenants').select('state').where('id', '=', row.tenant_id).executeTakeFirst();
  if (tenant === undefined || tenant.state === 'deleted') return false;
  if (!row.caller.startsWith('key:')) return true;
  const key = await tx
    .selectFrom('api_keys')
    .select('expires_at')
    .where('id', '=', row.caller.slice('key:'.length))
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return key !== undefined && (key.expires_at === null || key.expires_at.getTime() > control.clock());
}

/**
 * A browser's cookie for a login. Any number of them may set out, a link preview among them: each gets one that is good for
 * this login alone, since it is signed with what only this login knows, and the first that comes back ends it.
 */
export function newBrowser(verifier: Secret): string {
  const name = newToken();
  return `${name}.${sign(verifier, name)}`;
}

function isOfBrowser({ row, secret }: { row: LoginState; secret: Secret }, browser: string | undefined): boolean {
  if (browser === undefined) return false;
  // The confirmation, and logins that version 0.1.0 began, know their one browser.
  if (row.browser !== null) return hashOf(browser).equals(row.browser);
  if (row.stage !== 'start') return false;
  const [name = '', signature = ''] = browser.split('.');
  return timingSafeEqual(hashOf(signature), hashOf(sign(secret, name)));
}

function sign(verifier: Secret, name: string): string {
  return createHmac('sha256', verifier.reveal()).update(`browser ${name}`).digest('base64url');
}

export async function removeState(control: Control, tx: Tx, row: Pick<LoginState, 'hash' | 'tenant_id' | 'secret'>) {
  await tx.deleteFrom('oauth_states').where('hash', '=', row.hash).execute();
  await control.vault.remove(tx, row.tenant_id, row.secret);
}

/**
 * A login that is given up, kept until HubSpot has taken it back: call it in the transaction that gives it up, and `giveBack` after
 * the commit.
 */
export async function giveUpLogin(
  control: Control,
  tx: Tx,
  tenantId: string,
  { refreshToken, portalId }: HeldLogin,
): Promise<LoginState> {
  const row = {
    hash: hashOf(newToken()),
    tenant_id: tenantId,
    caller: systemCaller('engine').actor,
    browser: null,
    scopes: [],
    identity: JSON.stringify(portalId === undefined ? {} : { portalId }),
    expires_at: new Date(control.clock()),
  };
  return insertGrant(control, tx, row, { refreshToken });
}

/** A grant in the vault, and the row that says whose it is: to be confirmed, or to be given back. */
export async function insertGrant(
  control: Control,
  tx: Tx,
  row: Omit<Insertable<ControlTables['oauth_states']>, 'stage' | 'secret'>,
  grant: Pick<TokenGrant, 'refreshToken'>,
): Promise<LoginState> {
  const secret = `oauth.pending.${newToken().slice(0, 16)}`;
  await control.vault.put(tx, row.tenant_id, secret, new Secret(JSON.stringify(grant)));
  return tx
    .insertInto('oauth_states')
    .values({ ...row, stage: 'confirm', secret })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Revokes the logins of a tenant that is gone, and its secrets with it: what HubSpot does not do now is said in the audit trail. */
export async function revokeErased(control: Control, tenantId: string, logins: readonly HeldLogin[]): Promise<void> {
  for (const login of logins) {
    try {
      await revoke(control, login);
    } catch (error) {
      control.log.warn({ err: error, tenantId }, 'the login of a deleted tenant could not be revoked at HubSpot');
      await reportNotRevoked(control, tenantId, login.portalId);
    }
  }
}

/** Access that HubSpot may still honour, and that nobody here can take back any more: a person has to. */
async function reportNotRevoked(control: Control, tenantId: string, portalId: string | undefined): Promise<void> {
  await control.db.tenant(tenantId, (tx) =>
    audit(tx, systemCaller('engine'), {
      tenantId,
      action: 'connection.login_not_revoked',
      subject: 'connection:hubspot',
      after: { portalId: portalId ?? null, fix: "Remove Crosswalk from the portal's connected apps in HubSpot." },
    }),
  );
}

/** Gives a grant back that is not kept. Where HubSpot does not answer, the row stays, and `endAbandonedLogins` goes on with it. */
export async function giveBack(control: Control, row: LoginState): Promise<void> {
  try {
    await control.db.tenant(row.tenant_id, (tx) =>
      tx
        .updateTable('oauth_states')
        .set({ browser: null, expires_at: new Date(Math.min(row.expires_at.getTime(), control.clock())) })
        .where('hash', '=', row.hash)
        .execute(),
    );
    const grant = await control.db.tenant(row.tenant_id, (tx) => control.vault.get(tx, row.tenant_id, row.secret));
    if (grant !== undefined) await revoke(control, toHeld(JSON.parse(grant.reveal()) as TokenGrant, row.identity));
    await control.db.tenant(row.tenant_id, (tx) => removeState(control, tx, row));
  } catch (error) {
    control.log.warn({ err: error }, 'a login that is not kept could not be revoked yet');
  }
}

/** Logins that nobody came back with, or whose key has ended: rows go, and grants go back to HubSpot. @returns how many. */
export async function endAbandonedLogins(control: Control): Promise<number> {
  const now = control.clock();
  const rows = await control.db.platform(async (tx) => {
    const open = await tx
      .selectFrom('oauth_states')
      .selectAll()
      .orderBy('expires_at')
      .limit(2 * mostOfAll)
      .execute();
    const over: LoginState[] = [];
    for (const row of open) {
      if (row.expires_at.getTime() <= now || !(await stillAllowed(control, tx, row))) over.push(row);
    }
    return over;
  });
  for (const row of rows) {
    const hopeless = row.expires_at.getTime() <= now - giveUpMs;
    if (row.stage === 'confirm' && !hopeless) await giveBack(control, row);
    else {
      if (row.stage === 'confirm') await reportNotRevoked(control, row.tenant_id, portalOf(row.identity));
      await control.db.tenant(row.tenant_id, (tx) => removeState(control, tx, row));
    }
  }
  return rows.length;
}

/** The same for a login that is unknown, used, expired, of another browser, or of a key that has ended. */
export function staleLogin(): ControlError {
  return invalid(
    'LOGIN_STALE',
    'This login is not valid any more, or was begun in another browser.',
    'Go on in the browser in which it was begun, or start the connection again.',
  );
}

export const newToken = (): string => randomBytes(32).toString('base64url');
export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
