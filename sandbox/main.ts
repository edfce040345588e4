import { parseArgs } from 'node:util';
import { startSandbox } from './server/sandbox.ts';

const help = `A HubSpot and a Pendo to develop, test and demo against.

  npm run sandbox -- [options]

  --hubspot-port <n>   port of HubSpot's API        (default 0: any free one)
  --pendo-port <n>     port of Pendo's API          (default 0)
  --admin-port <n>     port of the admin API        (default 0)
  --host <address>     where they listen             (default 127.0.0.1: this machine alone)
  --now <time>         what its clock says, ISO 8601 or epoch ms (default: real time)
  --stopped            its clock stands still until the admin API moves it
  --world <json>       a world to start with, as POST /admin/worlds takes it; may be repeated
  --help               this text

When it is ready it prints one line of JSON with the addresses.
docs/sandbox.md says what it reproduces; sandbox/contract.ts describes the admin API.
`;

const { values } = parseArgs({
  options: {
    'hubspot-port': { type: 'string', default: '0' },
    'pendo-port': { type: 'string', default: '0' },
    'admin-port': { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    now: { type: 'string' },
    stopped: { type: 'boolean', default: false },
    world: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(help);
} else {
  const now =
    values.now === undefined ? Date.now() : /^\d+$/.test(values.now) ? Number(values.now) : Date.parse(values.now);
  if (!Number.isFinite(now)) throw new TypeError(`--now: ${values.now} is not a time.`);
  const sandbox = await startSandbox({
    host: values.host,
    hubspotPort: Number(values['hubspot-port']),
    pendoPort: Number(values['pendo-port']),
    adminPort: Number(values['admin-port']),
    now,
    running: !values.stopped,
  });
  for (const body of values.world) {
    const response = await fetch(`${sandbox.adminUrl}/admin/worlds`, { method: 'POST', body });
    if (!response.ok) throw new Error(`--world: ${await response.text()}`);
  }
  const { close, ...ready } = sandbox;
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void close().then(() => process.exit(0)));
}
