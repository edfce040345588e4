/**
 * The TLS part of PostgreSQL's address, as libpq writes it. The driver reads `require` and `verify-ca` as `verify-full` today, and says
 * at every start that it will not for ever; here they stay what they are: the server's certificate is checked, and its name.
 */
import { accessSync, constants } from 'node:fs';

const modes = ['disable', 'no-verify', 'prefer', 'require', 'verify-ca', 'verify-full'];
const checked = ['prefer', 'require', 'verify-ca'];
const files = ['sslrootcert', 'sslcert', 'sslkey'];

/** @returns what is wrong, as the rest of a sentence that begins with the variable. */
export function checkDatabaseAddress(text: string): { address: string } | { problem: string } {
  if (!URL.canParse(text)) return { address: text };
  const url = new URL(text);
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && !modes.includes(mode)) return { problem: `has an unknown sslmode; one of: ${modes.join(', ')}` };
  for (const name of files) {
    const file = url.searchParams.get(name);
    if (file === null || isReadable(file)) continue;
    // libpq's word for the machine's own authorities, which are what is used without it.
    if (name === 'sslrootcert' && file === 'system') url.searchParams.delete(name);
    else return { problem: `names a file in ${name} that cannot be read` };
  }
  const asLibpq = url.searchParams.get('uselibpqcompat') === 'true';
  if (mode !== null && checked.includes(mode) && !asLibpq) url.searchParams.set('sslmode', 'verify-full');
  return { address: url.search === new URL(text).search ? text : url.href };
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
