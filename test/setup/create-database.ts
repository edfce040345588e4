import pg from 'pg';

/** Makes a database, empty or as a copy of another that nobody is connected to, and returns its address. */
export async function createDatabase(postgresUrl: string, name: string, template?: string): Promise<string> {
  const copy = template === undefined ? '' : ` TEMPLATE ${pg.escapeIdentifier(template)}`;
  await administer(postgresUrl, `CREATE DATABASE ${pg.escapeIdentifier(name)}${copy}`);
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Drops a database together with whatever connections it still has. */
export function dropDatabase(postgresUrl: string, name: string): Promise<void> {
  return administer(postgresUrl, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
}

async function administer(postgresUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
