/**
 * `npm run docs:pictures`: sets a tenant of the sandbox up in the real console, as the guide describes it, and keeps a picture
 * of each step in docs/pictures/.
 */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { startStack } from '../stack.ts';
import { openCamera } from './camera.ts';
import { daysOfPast, lookAfter } from './look-after.ts';
import { setUp } from './set-up.ts';

const folder = path.resolve('docs/pictures');
const dataDir = path.resolve('.crosswalk/pictures');
await rm(dataDir, { recursive: true, force: true });
// Pictures of other programs are in the same folder.
await mkdir(folder, { recursive: true });
const stack = await startStack({
  dataDir,
  databaseUrl: process.env.DATABASE_URL,
  temporalAddress: process.env.TEMPORAL_ADDRESS,
  consoleFolder: path.resolve('console/dist'),
  // Some days ago, so that the sync has a past when the days since have gone by.
  now: Date.now() - daysOfPast * 86_400_000,
});
try {
  await using camera = await openCamera(stack, folder);
  const tenant = await setUp(stack, camera);
  await lookAfter(stack, camera, tenant);
} finally {
  await stack.stop();
}
