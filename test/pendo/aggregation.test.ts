import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRowSplitter } from '../../src/pendo/row-splitter.ts';
import { json } from '../egress/http-server.ts';
import { openPendo } from './open-pendo.ts';

const pipeline = [{ source: { visitors: null } }];

async function readAll(body: string) {
  const { client } = await openPendo((_, response) => void response.writeHead(200).end(body));
  const rows: unknown[] = [];
  const count = await client.aggregate(pipeline, (row) => void rows.push(row));
  expect(count).toBe(rows.length);
  return rows;
}

describe('an aggregation', () => {
  test('is asked for in Pendo’s envelope, in its own limit class', async () => {
    const { client, server, limitClasses } = await openPendo((_, response) => json(response, 200, { results: [] }));
    await client.aggregate(pipeline, () => {});
    expect(server.seen[0]).toMatchObject({ method: 'POST', url: '/api/v1/aggregation' });
    expect(JSON.parse(server.seen[0]!.body)).toMatchObject({
      response: { mimeType: 'application/json' },
      request: { pipeline },
    });
    expect(limitClasses).toEqual(['aggregation']);
  });

  test.each([
    ['{"startTime":1700000000000,"results":[{"visitorId":"a"},{"visitorId":"b"}]}', 2],
    ['{"results":[]}', 0],
    ['{"results":null,"startTime":1}', 0],
    ['{"startTime":1}', 0],
    ['{"other":[1,[2]],"results" : [ {"a":[1,2,{"b":"]}"}]} ] , "more":{"results":[3]}}', 1],
  ])('%s has %i rows', async (body, count) => {
    expect(await readAll(body)).toHaveLength(count);
  });

  test.each([
    '',
    ' ',
    'null',
    '[]',
    '{"results":[{"visitorId":"a"}',
    '{"results":[{"visitorId":"a"}]',
    '{"results":[{"visitorId":"a"},]}',
    '{"results":[,{"visitorId":"a"}]}',
    '{"results":[{"visitorId":"a"},,{"visitorId":"b"}]}',
    '{"results":[{"visitorId":"a"} {"visitorId":"b"}]}',
    '{"results":[{"visitorId":}]}',
    '{"results":[]}]',
    '{"results":[]} trailing',
    '{"results":"none"}',
    '{"results":[1]}',
    '{"results":[null]}',
    '<html>maintenance</html>',
  ])('with the body %j is an unfinished read', async (body) => {
    await expect(readAll(body)).rejects.toMatchObject({ vendor: 'pendo', kind: 'transient', code: 'UNREADABLE_REPLY' });
  });

  test.each([
    '{"error":"the query timed out","results":null}',
    '{"error":{"code":500},"results":[]}',
    '{"errors":["internal"],"startTime":1}',
    '{"errors":{"0":"internal"}}',
    '{"status":"ERROR","message":"internal"}',
    '{"results":[],"error":"said at the end"}',
    '{"results":[{"visitorId":"a"}],"error":"gave up half-way"}',
  ])('answered 200 with the error %s is an unfinished read, and no empty subscription', async (body) => {
    await expect(readAll(body)).rejects.toMatchObject({ vendor: 'pendo', kind: 'transient', code: 'ERROR_IN_REPLY' });
  });

  test.each([
    '{"error":null,"errors":[],"results":[]}',
    '{"error":"","status":"ok","results":null}',
    '{"error":false,"errors":null,"results":[]}',
    '{"error":{}}',
  ])('%s carries no error', async (body) => {
    expect(await readAll(body)).toEqual([]);
  });

  test('that breaks off after rows were handed over is not begun again behind the caller’s back', async () => {
    const { client, server } = await openPendo((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"results":[{"a":1},{"a":2},', () => setTimeout(() => response.destroy(), 50));
    });
    const rows: unknown[] = [];
    const reading = client.aggregate(pipeline, (row) => void rows.push(row));
    await expect(reading).rejects.toMatchObject({ code: 'UNREADABLE_REPLY' });
    expect(rows).toEqual([{ a: 1 }, { a: 2 }]);
    expect(server.seen).toHaveLength(1);
  });

  test('that fails before its first row is asked for again', async () => {
    let calls = 0;
    const { client } = await openPendo((_, response) => {
      calls += 1;
      if (calls < 3) response.writeHead(502).end();
      else json(response, 200, { results: [{}] });
    });
    expect(await client.aggregate(pipeline, () => {})).toBe(1);
  });

  test('that Pendo or we give up in its time asks for less', async () => {
    const slow = await openPendo((_, response) => void response.writeHead(408).end());
    await expect(slow.client.aggregate(pipeline, () => {})).rejects.toMatchObject({ kind: 'tooMuch' });
    const hung = await openPendo(() => {});
    const reading = hung.client.aggregate(pipeline, () => {}, { timeouts: { total: 100 } });
    await expect(reading).rejects.toMatchObject({ kind: 'tooMuch', code: 'TIMEOUT' });
    expect(hung.server.seen).toHaveLength(1);
  });

  test('with a row beyond the bound is too much, and the bound holds while it is read', async () => {
    const { client } = await openPendo((_, response) => json(response, 200, { results: [{ a: 'x'.repeat(300_000) }] }));
    const reading = client.aggregate(pipeline, () => {}, { maxRowBytes: 100_000 });
    await expect(reading).rejects.toMatchObject({ kind: 'tooMuch', code: 'REPLY_TOO_LARGE' });
  });

  test('is read no faster than its rows are taken', async () => {
    let written = 0;
    const { client } = await openPendo(async (_, response) => {
      response.writeHead(200).write('{"results":[{}');
      const row = `,{"a":"${'x'.repeat(100_000)}"}`;
      for (let no = 0; no < 300; no += 1) {
        written += 1;
        if (!response.write(row)) await new Promise((resolve) => response.once('drain', resolve));
      }
      response.end(']}');
    });
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let first = true;
    const reading = client.aggregate(pipeline, async () => {
      if (!first) return;
      first = false;
      let before = -1;
      // Until the sender stands still.
      while (before !== written) {
        before = written;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      open();
    });
    await gate;
    expect(written).toBeLessThan(200);
    expect(await reading).toBe(301);
  });
});

test('rows are the same however the reply is cut into pieces', () => {
  const json = fc.jsonValue({ stringUnit: 'grapheme' });
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(fc.string(), json), { maxLength: 8 }),
      fc.record({
        startTime: fc.integer(),
        other: json,
        before: fc.boolean(),
        space: fc.constantFrom(undefined, 1, '\t'),
      }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (results, { startTime, other, before, space }, sizes) => {
        const reply = before ? { startTime, other, results } : { results, other, startTime };
        const bytes = Buffer.from(JSON.stringify(reply, null, space));
        const splitter = createRowSplitter(1_000_000);
        const rows: unknown[] = [];
        for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
          const size = sizes[piece % sizes.length]!;
          rows.push(...splitter.push(bytes.subarray(at, at + size)));
          at += size;
        }
        splitter.end();
        expect(rows).toEqual(JSON.parse(JSON.stringify(results)));
      },
    ),
    { verbose: 1 },
  );
});

test('no cut-off reply is taken for a whole one', () => {
  const bytes = Buffer.from(
    JSON.stringify({ startTime: 1, results: [{ a: ['b', { c: '}]"\\' }] }, { é: 1 }], more: {} }),
  );
  for (let length = 0; length < bytes.length; length += 1) {
    const splitter = createRowSplitter(1_000_000);
    expect(() => {
      splitter.push(bytes.subarray(0, length));
      splitter.end();
    }).toThrow();
  }
});
