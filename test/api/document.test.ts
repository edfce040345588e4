/** The API document is complete, and the file in docs/ is the one that is served. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { apiDocument } from '../../src/api/document.ts';

// biome-ignore lint/suspicious/noExplicitAny: a part of an OpenAPI document
const document = JSON.parse(JSON.stringify(apiDocument())) as any;
// biome-ignore lint/suspicious/noExplicitAny: a part of an OpenAPI document
const operations = Object.entries<any>(document.paths).flatMap(([at, methods]) =>
  // biome-ignore lint/suspicious/noExplicitAny: a part of an OpenAPI document
  Object.entries<any>(methods).map(([method, spec]) => ({ at: `${method} ${at}`, spec })),
);

test('docs/openapi.json is the document that is served: npm run crosswalk -- openapi -o docs/openapi.json', () => {
  const file = path.resolve(import.meta.dirname, '../../docs/openapi.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(document);
});

test('every operation has a name of its own, a summary, a tag, and the scope that it needs or none', () => {
  const names = operations.map(({ spec }) => spec.operationId);
  expect(new Set(names).size).toBe(names.length);
  for (const { at, spec } of operations) {
    expect([at, Boolean(spec.summary), spec.tags?.length > 0]).toEqual([at, true, true]);
    const open = Array.isArray(spec.security) && spec.security.length === 0;
    expect([at, open ? undefined : spec['x-scope']]).toEqual([
      at,
      open ? undefined : expect.stringMatching(/^(read|operate|admin)$/),
    ]);
  }
});

test('every body has an example, and every operation behind a key declares its refusals', () => {
  for (const { at, spec } of operations) {
    const body = spec.requestBody?.content?.['application/json'];
    if (body !== undefined) expect([at, body.example !== undefined]).toEqual([at, true]);
    if (spec['x-scope'] === undefined) continue;
    expect([at, ...['401', '403', '404', '422', '429'].map((status) => status in spec.responses)]).toEqual([
      at,
      true,
      true,
      true,
      true,
      true,
    ]);
  }
});

test('every reference leads somewhere', () => {
  const text = JSON.stringify(document);
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
    expect(document.components.schemas).toHaveProperty([name!]);
});
