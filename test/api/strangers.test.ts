/** Whoever has no key costs next to nothing: no body of theirs is read, and nobody with a key waits for them. */
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { serveApp } from '../../src/api/serve.ts';
import { startApiProcess } from './api-process.ts';
import { startHarness } from './harness.ts';

/** Until the server closes it. @returns what it said, and after how long. */
async function converse(url: string, send: (socket: Socket) => void): Promise<{ said: string; ms: number }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const began = performance.now();
  let said = '';
  socket.on('data', (data) => {
    said += data;
  });
  socket.on('error', () => undefined);
  socket.on('connect', () => send(socket));
  await new Promise((closed) => socket.on('close', closed));
  return { said, ms: performance.now() - began };
}

test('a request that is sent by halves, or not at all, ends soon, with a key and without one', async () => {
  await using api = await startHarness();
  const key = await api.key(['admin']);
  const server = await serveApp(api.app, { host: '127.0.0.1', port: 0, headersMs: 400, requestMs: 800 });
  try {
    const post = (authorization: string) =>
      `POST /v1/tenants HTTP/1.1\r\nHost: x\r\n${authorization}Content-Type: application/json\r\nContent-Length: 200000\r\n\r\n{"name":`;
    const keyed = `Authorization: Bearer ${key}\r\n`;
    const drip = (socket: Socket) => {
      socket.write(post(keyed));
      const timer = setInterval(() => socket.write(' '), 50);
      socket.on('close', () => clearInterval(timer));
    };
    const ended = await Promise.all([
      converse(server.url, () => undefined),
      converse(server.url, (socket) => void socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ')),
      converse(server.url, (socket) => void socket.write(post(''))),
      converse(server.url, (socket) => void socket.write(post('Authorization: Bearer cwk_wrong\r\n'))),
      converse(server.url, (socket) => void socket.write(post(keyed))),
      converse(server.url, drip),
    ]);
    for (const { ms } of ended) expect(ms).toBeLessThan(5000);
    // Answered at once: nobody waits for the body of somebody who has no key.
    for (const { said } of ended.slice(2, 4)) expect(said).toMatch(/^HTTP\/1\.1 401 /);
    expect((await api.call(key, 'GET', '/v1/tenants')).body.tenants).toEqual([]);
    expect(api.logged.filter((line) => line.includes('request failed'))).toEqual([]);
  } finally {
    await server.close();
  }
});

test('nothing of a body is looked at before the key is known', async () => {
  await using api = await startHarness();
  for (const body of ['{"broken', 'x'.repeat(300_000), '[['.repeat(50_000)]) {
    for (const key of [undefined, 'cwk_wrong']) {
      const answer = await api.call(key, 'POST', '/v1/tenants', body);
      expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
      expect(answer.headers.get('connection')).toBe('close');
    }
  }
});

/** 60 requests a second, each with 250 kB of JSON that is dear to read, in turn at every place that needs no key. */
const flood = `
const { parentPort, workerData: url } = require('node:worker_threads');
const { request, Agent } = require('node:http');
const agent = new Agent({ keepAlive: true });
const body = JSON.stringify(Array.from({ length: 25000 }, (_, n) => ({ a: n }))).slice(0, 250000 - 1) + ']';
const places = [['POST', '/v1/tenants'], ['PUT', '/v1/tenants/t_1/syncs/visitor'], ['POST', '/v1/oauth/hubspot/confirm'],
  ['POST', '/nowhere'], ['POST', '/health/ready'], ['POST', '/docs/'], ['GET', '/openapi.json'], ['GET', '/v1/oauth/hubspot/begin?state=' + 'x'.repeat(43)]];
let n = 0;
setInterval(() => {
  const [method, path] = places[n++ % places.length];
  const headers = { 'content-type': 'application/json', ...(n % 2 ? { authorization: 'Bearer cwk_wrong' + n } : {}) };
  const call = request(url + path, { method, agent, headers }, (answer) => answer.resume());
  call.on('error', () => undefined);
  call.end(method === 'GET' ? undefined : body);
  if (n === 60) parentPort.postMessage('up');
}, 1000 / 60);
`;

test('60 bodies of 250 kB a second without a key do not double the time of a request with one', async () => {
  await using api = await startHarness();
  const key = await api.key(['admin']);
  await using running = await startApiProcess(api.databaseUrl);
  const p95 = async (): Promise<number> => {
    const times: number[] = [];
    for (let n = 0; n < 60; n++) {
      const began = performance.now();
      const answer = await fetch(`${running.url}/v1/tenants?limit=1`, { headers: { authorization: `Bearer ${key}` } });
      expect(answer.status).toBe(200);
      await answer.text();
      times.push(performance.now() - began);
      // Spread over time, so that some meet what the others send.
      await sleep(8);
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)]!;
  };
  const under = async (url: string): Promise<number> => {
    const worker = new Worker(flood, { eval: true, workerData: url });
    await new Promise((up) => worker.once('message', up));
    const time = await p95();
    await worker.terminate();
    return time;
  };
  // The same requests elsewhere: what sending them costs this machine is no fault of the API's.
  const sink = createServer((call, answer) => {
    answer.writeHead(401).end();
    call.resume();
  });
  await new Promise<void>((up) => sink.listen(0, '127.0.0.1', up));
  await p95();
  const alone = Math.max(await p95(), await under(`http://127.0.0.1:${(sink.address() as AddressInfo).port}`), 5);
  sink.closeAllConnections();
  sink.close();
  // The machine has other work as well: the best of six rounds shows what this costs, and below 5 ms there is nothing to see.
  const ratios: number[] = [];
  while (ratios.length < 6 && Math.min(...ratios, 9) > 2) ratios.push((await under(running.url)) / alone);
  console.log(`p95 with the flood over p95 alone: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`);
  expect(Math.min(...ratios)).toBeLessThanOrEqual(2);
}, 60_000);
