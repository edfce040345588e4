import { setImmediate } from 'node:timers/promises';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isPublicAddress, publicLookup } from '../../src/egress/addresses.ts';
import { createGuardedFetch, type GuardedFetchOptions } from '../../src/egress/guarded-fetch.ts';
import { type Answer, json, startServer } from './http-server.ts';

async function serve(answer: Answer, options: Partial<GuardedFetchOptions> = {}) {
  const server = await startServer(answer);
  const { fetch, close } = createGuardedFetch({ allow: [server.url], ...options });
  onTestFinished(async () => {
    await close();
    await server[Symbol.asyncDispose]();
  });
  return { server, fetch };
}

describe('a call whose time is over', () => {
  test('is not sent, and leaves its connection to the next one', async () => {
    const connections = new Set<unknown>();
    const { server, fetch } = await serve((_, response) => {
      connections.add(response.socket);
      json(response, 200, {});
    });
    await (await fetch(server.url, { method: 'GET' })).discard();
    const late = fetch(`${server.url}/late`, { method: 'GET', sendBy: performance.now() - 1 });
    await expect(late).rejects.toMatchObject({ name: 'EgressError', code: 'LATE' });
    const inTime = await fetch(`${server.url}/in-time`, { method: 'GET', sendBy: performance.now() + 5_000 });
    await inTime.discard();
    expect(server.seen.map(({ url }) => url)).toEqual(['/', '/in-time']);
    expect(connections.size).toBe(1);
  });

  test('while its connection is opened is not sent either', async () => {
    const { server, fetch } = await serve((_, response) => json(response, 200, {}));
    const call = fetch(server.url, { method: 'POST', body: '{}', sendBy: performance.now() + 20 });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
    await expect(call).rejects.toMatchObject({ code: 'LATE' });
    expect(server.seen).toEqual([]);
  });
});

describe('a call ends', () => {
  test('when the host does not begin to answer', async () => {
    const { server, fetch } = await serve(() => {});
    const call = fetch(server.url, { method: 'GET', timeouts: { headers: 300 } });
    await expect(call).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  test('when the whole takes too long, however steadily the body drips', async () => {
    const { server, fetch } = await serve((_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(drip));
    });
    const response = await fetch(server.url, { method: 'GET', timeouts: { total: 400 } });
    await expect(response.text()).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  test('at once when it is aborted, before and in the body', async () => {
    const { server, fetch } = await serve((request, response) => {
      if (request.url === '/body') response.writeHead(200).write('begun');
    });
    const before = new AbortController();
    const call = fetch(server.url, { method: 'GET', signal: before.signal });
    setTimeout(() => before.abort(), 50);
    await expect(call).rejects.toMatchObject({ code: 'ABORTED' });
    const during = new AbortController();
    const response = await fetch(`${server.url}/body`, { method: 'GET', signal: during.signal });
    setTimeout(() => during.abort(), 50);
    await expect(response.text()).rejects.toMatchObject({ code: 'ABORTED' });
    const started = fetch(server.url, { method: 'GET', signal: during.signal });
    await expect(started).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('when the reply is larger than allowed, packed or not', async () => {
    const { server, fetch } = await serve((request, response) => {
      const body = Buffer.alloc(200_000, 'x');
      if (request.url === '/packed') response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body));
      else response.writeHead(200).end(body);
    });
    for (const path of ['/plain', '/packed']) {
      const response = await fetch(server.url + path, { method: 'GET', maxBytes: 100_000 });
      await expect(response.text()).rejects.toMatchObject({ code: 'TOO_LARGE' });
    }
  });
});

test('a reply that breaks off is told from one that ends', async () => {
  const { server, fetch } = await serve((request, response) => {
    if (request.url === '/length') response.writeHead(200, { 'content-length': '100' }).write('half');
    else response.writeHead(200, { 'transfer-encoding': 'chunked' }).write('half');
    setTimeout(() => response.destroy(), 50);
  });
  for (const path of ['/length', '/chunked']) {
    const response = await fetch(server.url + path, { method: 'GET' });
    await expect(response.text()).rejects.toMatchObject({ code: 'CUT_OFF' });
  }
});

test('a packed reply is unpacked', async () => {
  const { server, fetch } = await serve((request, response) => {
    expect(request.headers['accept-encoding']).toBe('gzip');
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"é":1}'));
  });
  const response = await fetch(server.url, { method: 'GET' });
  expect(await response.text()).toBe('{"é":1}');
});

describe('a reply is read however a proxy packed it', () => {
  const text = JSON.stringify({ results: [{ name: 'Zoë 🦊', note: 'x'.repeat(70_000) }] });
  const bytes = Buffer.from(text);
  const bom = Buffer.of(0xef, 0xbb, 0xbf);
  const utf16 = (marked: boolean, big: boolean): Buffer => {
    const units = Buffer.from((marked ? '\ufeff' : '') + text, 'utf16le');
    return big ? units.swap16() : units;
  };
  test.each<[string, string | string[] | undefined, Buffer]>([
    ['br', 'br', brotliCompressSync(bytes)],
    ['BR', 'BR', brotliCompressSync(bytes)],
    ['GZIP', 'GZIP', gzipSync(bytes)],
    ['x-gzip', 'x-gzip', gzipSync(bytes)],
    ['deflate', 'deflate', deflateSync(bytes)],
    ['deflate without its frame', 'Deflate', deflateRawSync(bytes)],
    ['zstd', 'zstd', zstdCompressSync(bytes)],
    ['two, one on the other', 'gzip, br', brotliCompressSync(gzipSync(bytes))],
    ['two, in two headers', ['deflate', 'gzip'], gzipSync(deflateSync(bytes))],
    ['identity', 'identity', bytes],
    ['an empty name', '', bytes],
    ['gzip, which it is not', 'gzip', bytes],
    ['deflate, which it is not', 'deflate', bytes],
    ['gzip where it is deflate', 'gzip', deflateSync(bytes)],
    ['nothing where it is gzip', undefined, gzipSync(bytes)],
    ['nothing where it is deflate', undefined, deflateSync(bytes)],
    ['a mark of byte order', undefined, Buffer.concat([bom, bytes])],
    ['a mark of byte order inside', 'br', brotliCompressSync(Buffer.concat([bom, bytes]))],
    ['UTF-16 with its mark', undefined, utf16(true, false)],
    ['UTF-16, big end first', 'gzip', gzipSync(utf16(true, true))],
    ['UTF-16 without a mark', undefined, utf16(false, false)],
  ])('%s', async (_, encoding, body) => {
    const { server, fetch } = await serve(async (_request, response) => {
      if (encoding !== undefined) response.setHeader('content-encoding', encoding);
      response.writeHead(200, { 'content-type': 'text/html; charset=iso-8859-1' });
      // The first bytes come one by one.
      for (let at = 0; at < 5; at += 1) {
        await new Promise<unknown>((sent) => response.write(body.subarray(at, at + 1), sent));
        await setImmediate();
      }
      response.end(body.subarray(5));
    });
    const response = await fetch(server.url, { method: 'GET' });
    expect(await response.text()).toBe(text);
  });

  test.each(['gzip', 'br', 'deflate', 'zstd'] as const)('%s that breaks off is no whole reply', async (encoding) => {
    const pack = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync, zstd: zstdCompressSync }[encoding];
    const { server, fetch } = await serve((_, response) => {
      const packed = pack(Buffer.from(JSON.stringify(Array.from({ length: 5_000 }, (_, n) => Math.sin(n)))));
      response.writeHead(200, { 'content-encoding': encoding }).end(packed.subarray(0, packed.length / 2));
    });
    const response = await fetch(server.url, { method: 'GET' });
    await expect(response.text()).rejects.toMatchObject({ code: 'CUT_OFF' });
  });

  test('an encoding that nobody here knows is said to be one', async () => {
    const { server, fetch } = await serve(
      (_, response) => void response.writeHead(200, { 'content-encoding': 'compress' }).end('\u001f\u009d'),
    );
    const response = await fetch(server.url, { method: 'GET' });
    await expect(response.text()).rejects.toMatchObject({ code: 'ENCODING' });
  });

  test('bytes that are no text make what they stand in invalid, and nothing else', async () => {
    const { server, fetch } = await serve(
      (_, response) =>
        void response.writeHead(200).end(Buffer.concat([Buffer.from('["a'), Buffer.of(0xe9), Buffer.from('","é"]')])),
    );
    const response = await fetch(server.url, { method: 'GET' });
    expect(JSON.parse(await response.text())).toEqual(['a\ud800', 'é']);
  });
});

test('connections are used again', async () => {
  const ports = new Set<number>();
  const { server, fetch } = await serve((request, response) => {
    ports.add(response.socket!.remotePort!);
    json(response, request.url === '/refused' ? 404 : 200, {});
  });
  for (const path of ['/', '/refused', '/', '/', '/refused', '/']) {
    const response = await fetch(server.url + path, { method: 'GET' });
    if (path === '/refused') await response.discard();
    else await response.text();
  }
  // undici hands out the end of a body a moment before it has the connection back.
  expect(ports.size).toBeLessThanOrEqual(2);
});

describe('only allowed hosts are reached', () => {
  test('redirects are not followed, wherever they lead', async () => {
    const { server, fetch } = await serve((_, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await expect(fetch(server.url, { method: 'GET' })).rejects.toMatchObject({ code: 'REDIRECT' });
    expect(server.seen.map((request) => request.url)).toEqual(['/']);
  });

  test('a host, port or scheme that is not on the list is refused without a connection', async () => {
    const { server, fetch } = await serve((_, response) => json(response, 200, {}));
    const { port } = new URL(server.url);
    const others = [
      `http://localhost:${port}`,
      `https://127.0.0.1:${port}`,
      `http://127.0.0.1:${Number(port) + 1}`,
      `http://name:secret@127.0.0.1:${port}`,
      'file:///etc/passwd',
      'no address',
    ];
    for (const url of others) {
      await expect(fetch(url, { method: 'GET' })).rejects.toMatchObject({ code: 'HOST_REFUSED' });
    }
    expect(server.seen).toEqual([]);
  });

  test.each([
    ['https://127.0.0.1/', 'PRIVATE_ADDRESS'],
    ['https://2130706433/', 'PRIVATE_ADDRESS'],
    ['https://0x7f.1/', 'PRIVATE_ADDRESS'],
    ['https://[::1]/', 'PRIVATE_ADDRESS'],
    ['https://[::ffff:10.0.0.1]/', 'PRIVATE_ADDRESS'],
    ['https://[fe80::1]/', 'PRIVATE_ADDRESS'],
    ['https://[2002:7f00:1::]/', 'PRIVATE_ADDRESS'],
    ['https://169.254.169.254/latest', 'PRIVATE_ADDRESS'],
    ['https://100.64.1.1/', 'PRIVATE_ADDRESS'],
    ['https://localhost/', 'PRIVATE_ADDRESS'],
    ['http://example.com/', 'HOST_REFUSED'],
  ])('what a tenant may type does not lead inside: %s', async (url, code) => {
    const { fetch, close } = createGuardedFetch({ allow: 'public' });
    onTestFinished(close);
    await expect(fetch(url, { method: 'POST', body: '{}' })).rejects.toMatchObject({ code });
  });

  test('the looked-up address is the one that is connected to, and a private one fails the look-up', async () => {
    const outcome = await new Promise((resolve) => publicLookup('localhost', { all: true }, (error) => resolve(error)));
    expect(outcome).toMatchObject({ code: 'PRIVATE_ADDRESS' });
    expect(['8.8.8.8', '2606:4700::1111'].map(isPublicAddress)).toEqual([true, true]);
    expect(['192.168.1.1', '224.0.0.1', '255.255.255.255', 'fd00::1', 'ff02::1', 'name'].some(isPublicAddress)).toBe(
      false,
    );
  });
});

test('every call says who calls, whatever a client of a vendor says of itself', async () => {
  const { server, fetch } = await serve((request, response) => {
    response.writeHead(200).end(JSON.stringify(request.headers['user-agent']));
  });
  const response = await fetch(server.url, { method: 'GET', headers: { 'User-agent': 'somebody else' } });
  expect(await response.text()).toMatch(/^"crosswalk\/\d+\.\d+\.\d+"$/);
});
