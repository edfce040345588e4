import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { createDatabase, dropDatabase } from './create-database.ts';
import { orFail } from './prepared.ts';

export interface FreshDatabase extends AsyncDisposable {
  /** Address with the owner's rights. */
  url: string;
  drop(): Promise<void>;
}

/** A migrated database of its own for a suite (about 50 ms). Drop it in `afterAll`, or hold it with `await using`. */
export async function freshDatabase(): Promise<FreshDatabase> {
  return make(orFail('The migrated template database', inject('template')));
}

/** A database with nothing in it, for tests of the migrations themselves. */
export async function emptyDatabase(): Promise<FreshDatabase> {
  return make(undefined);
}

async function make(template: string | undefined): Promise<FreshDatabase> {
  const server = inject('postgresUrl');
  const name = `crosswalk_${process.pid}_${randomBytes(4).toString('hex')}`;
  const url = await createDatabase(server, name, template);
  const drop = () => dropDatabase(server, name);
  return { url, drop, [Symbol.asyncDispose]: drop };
}
