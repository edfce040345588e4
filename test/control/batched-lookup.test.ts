/** Secrets that requests present are looked up together, and the more ask, the more of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLookup } from '../../src/control/keys/batched-lookup.ts';
import { type Database, openDatabase } from '../../src/db/index.ts';
import { freshDatabase } from '../setup/database.ts';

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  db = openDatabase({ url: fresh.url });
});
afterAll(async () => {
  await db.close();
  await fresh.drop();
});

test('hundreds of tabs that ask all the time cost a few statements a second, and each gets its own answer', async () => {
  let statements = 0;
  const lookup = createLookup(
    { db, clock: Date.now },
    async (_tx, hashes) => {
      statements += 1;
      return hashes.filter((hash) => hash[0]! % 2 === 0).map((hash) => ({ hash }));
    },
    50,
  );
  const from = performance.now();
  const answers: Promise<void>[] = [];
  for (let n = 0; n < 300; n++) {
    const hash = Buffer.from([n % 256, n >> 8]);
    answers.push(lookup.find(hash).then((row) => expect(row?.hash).toEqual(n % 2 === 0 ? hash : undefined)));
    await sleep(3);
  }
  await Promise.all(answers);
  // Twenty a second with the pace of people, five with that of tabs.
  const seconds = (performance.now() - from) / 1000;
  expect(statements).toBeLessThan(7 * seconds + 4);
  // Whoever comes alone afterwards is answered at once.
  await sleep(250);
  const before = statements;
  await lookup.find(Buffer.from([2, 0]));
  expect(statements).toBe(before + 1);
});
