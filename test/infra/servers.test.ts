import { Connection } from '@temporalio/client';
import pg from 'pg';
import { expect, test } from 'vitest';
import { emptyDatabase } from '../setup/database.ts';
import { temporalAddress } from '../setup/temporal.ts';

test('the test run has a real PostgreSQL that sorts by code point and folds case by Unicode', async () => {
  await using database = await emptyDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query(
    "SELECT current_setting('server_encoding') AS encoding, 'Z' < 'a' AS by_code_point, lower('ÄÉ') AS lower",
  );
  await client.end();
  expect(rows).toEqual([{ encoding: 'UTF8', by_code_point: true, lower: 'äé' }]);
});

test('the test run has a real Temporal server that knows our search attributes', async () => {
  const connection = await Connection.connect({ address: temporalAddress() });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
  await connection.close();
  expect(Object.keys(customAttributes ?? {})).toEqual(
    expect.arrayContaining(['CrosswalkTenant', 'CrosswalkObject', 'CrosswalkTrigger', 'CrosswalkState']),
  );
});
