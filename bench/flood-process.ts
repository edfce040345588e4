/** Whoever has no key, as a process of its own: `flood-process.ts <address of the API>`, until it is ended. */
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';

const url = process.argv[2];
if (url === undefined) throw new Error('Give the address of the API.');
const { hostname, port } = new URL(url);

const perSecond = 60;
const slow = 40;
const agent = new Agent({ keepAlive: true });
/** 250 kB of JSON that is expensive to parse. */
const body = `[${Array.from({ length: 25_000 }, (_, n) => `{"a":${n}}`)
  .join(',')
  .slice(0, 249_990)}]`;
const places: [method: string, path: string][] = [
  ['POST', '/v1/tenants'],
  ['PUT', '/v1/tenants/t_1/syncs/visitor'],
  ['POST', '/v1/oauth/hubspot/confirm'],
  ['POST', '/nowhere'],
  ['GET', '/openapi.json'],
  ['GET', '/v1/tenants'],
  ['GET', '/v1/oauth/hubspot/begin?state=nobody-knows-this-state'],
  ['GET', '/v1/alerts/confirm?token=t_1.rc_1.1.nobody-knows-this-token'],
];

let sent = 0;
setInterval(() => {
  const [method, path] = places[sent++ % places.length] as (typeof places)[number];
  const headers = {
    'content-type': 'application/json',
    ...(sent % 2 === 0 ? { authorization: `Bearer cwk_wrong${sent}` } : {}),
  };
  const call = request(url + path, { method, agent, headers }, (answer) => answer.resume());
  call.on('error', () => undefined);
  call.end(method === 'GET' ? undefined : body);
  if (sent === perSecond) process.send?.('up');
}, 1000 / perSecond);

/** A request whose body never ends; a new one takes its place as soon as the API closes it. */
function drip(): void {
  const socket: Socket = connect(Number(port), hostname);
  const timer = setInterval(() => socket.write('x'), 200);
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearInterval(timer);
    setTimeout(drip, 200);
  });
  socket.write(
    'POST /v1/tenants HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 200000\r\nX-Slow: ',
  );
}
for (let n = 0; n < slow; n++) drip();

process.once('SIGTERM', () => process.exit(0));
