/**
 * Is it the database that is not there, rather than anything about the work? It is away, starting, stopping, full, a standby for
 * the moment, or lets nobody in: all of which pass, or are the operator's to correct, without the work having to fail.
 */

const states = new RegExp(
  `^(${[
    '08...', // connection exceptions; poolers answer with 08P01
    '53...', // out of connections, memory or disk
    '57P0[1-5]', // shut down, crashed, starting, dropped, idle for too long
    '58...', // its own disk or files
    '25P03', // idle in a transaction for too long: the connection is gone
    '25006', // read-only: a standby, in the middle of a failover
    '28...', // the operator changed the password
    '3D000', // the database is being put back from a backup
  ].join('|')})$`,
);

const ofNetwork = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** The driver's own words have no code. */
const words =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout (expired|exceeded when trying to connect))/;

export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return states.test(code) || ofNetwork.has(code) || words.test(error.message);
}
