/** Brings a database to the newest schema. Forward only; safe to call from several processes at once. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Migration, Migrator } from 'kysely/migration';
import { openDatabase } from './database.ts';

const folder = path.join(import.meta.dirname, 'migrations');

/** @throws when a migration fails; the database stays at the last one that passed. */
export async function migrate(url: string): Promise<string[]> {
  const database = openDatabase({ url, maxConnections: 2 });
  try {
    const migrator = new Migrator({ db: database.owner, provider: { getMigrations } });
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error) throw error;
    return results.map((result) => result.migrationName);
  } finally {
    await database.close();
  }
}

async function getMigrations(): Promise<Record<string, Migration>> {
  const names = (await fs.readdir(folder)).filter((name) => /^\d{4}-.*\.ts$/.test(name)).sort();
  const migrations: Record<string, Migration> = {};
  for (const name of names) {
    migrations[name.replace(/\.ts$/, '')] = (await import(pathToFileURL(path.join(folder, name)).href)) as Migration;
  }
  return migrations;
}
