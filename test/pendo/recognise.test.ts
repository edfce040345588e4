/** By what a subscription is known again, and what that costs. */
import { expect, test } from 'vitest';
import { recognise } from '../../src/pendo/index.ts';
import { markOf } from '../../src/sync/subscription.ts';
import { json } from '../egress/http-server.ts';
import { openPendo } from './open-pendo.ts';

const sourceOf = (body: string): string =>
  Object.keys(JSON.parse(body).request.pipeline[0].source).find((name) => name !== 'timeSeries') ?? '';

test('definitions that a run has listed already cost no further call; where they say nothing, the others are asked for', async () => {
  const { client, server } = await openPendo((_, response) => json(response, 200, { results: [{ id: 'g' }] }));
  const known = { guides: [markOf('guides', 'g')], pages: [markOf('pages', 'p')] };
  const asked = () => server.seen.splice(0).map(({ body }) => sourceOf(body));
  expect((await recognise(client, known, { pages: ['p', 'q'] })).kinship).toBe('same');
  expect(asked()).toEqual([]);
  expect((await recognise(client, known, { pages: ['another'] })).kinship).toBe('same');
  expect(asked()).toEqual(['guides']);
  expect((await recognise(client, known)).kinship).toBe('same');
  expect(asked()).toEqual(['guides']);
});
