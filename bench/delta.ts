/** What a delta costs after one record in two hundred has changed, beside a full run on unchanged data. */
import { createApi } from '../demo/api.ts';
import type { RawCrmRecord, RawPendoRecord } from '../sandbox/contract.ts';
import type { Figure } from './figures.ts';
import { type Bench, expectState, type Ground } from './ground.ts';
import { secondsOf } from './spending.ts';

const hour = 3_600_000;

export async function benchDelta(ground: Ground, bench: Bench): Promise<Figure[]> {
  const { stack } = ground;
  // This process's worker follows the clock that is moved here; the other one keeps its own.
  await ground.worker.stop();
  const worker = await stack.services.work();
  try {
    let now = Date.now();
    const later = async (): Promise<void> => {
      now += hour;
      await stack.setClock(now);
    };
    await later();
    const full = await timed(() => bench.run());
    await later();
    const changes = await changeSome(ground, bench, now);
    await bench.clearLog();
    const delta = await timed(() => bench.run({ scope: 'delta' }));
    const log = await bench.log();
    const hubspot = log.filter((call) => call.vendor === 'hubspot');
    const written = hubspot.filter((call) => call.operation === 'batchUpdate').length;
    return [
      { name: 'delta.changes', value: changes, unit: 'records' },
      {
        name: 'delta.hubspotCalls',
        value: hubspot.length,
        unit: 'calls',
        // Searches of 200, the batches written, and the definitions that every run looks at.
        limit: Math.ceil(changes / 2 / 200) + written + 6,
      },
      { name: 'delta.pendoCalls', value: log.length - hubspot.length, unit: 'calls' },
      { name: 'delta.seconds', value: delta, unit: 's', limit: full },
    ];
  } finally {
    await worker.stop();
  }
}

function timed(run: () => ReturnType<Bench['run']>): Promise<number> {
  return secondsOf(async () => expectState(await run(), 'succeeded'));
}

/** Half of the changes on either side. */
async function changeSome({ stack }: Ground, { tenant }: Bench, now: number): Promise<number> {
  const admin = createApi(stack.sandbox.adminUrl);
  const at = `/admin/worlds/${tenant.world.world}`;
  const read = async <T>(what: string): Promise<T[]> => {
    const text = await (await fetch(`${stack.sandbox.adminUrl}${at}/${what}`)).text();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  };
  const some = <T>(all: T[]): T[] => all.filter((_, n) => n % 200 === 0);
  const property = tenant.configs.visitor.pull.find((mapping) => mapping.property !== 'email')?.property ?? 'firstname';
  // Each takes its neighbour's value, so that any type will do.
  const contacts = some(await read<RawCrmRecord>('contacts')).filter(({ properties }) => properties[property]);
  await admin.patch(
    `${at}/contacts`,
    contacts.map(({ id }, n) => ({
      id,
      properties: { [property]: contacts[(n + 1) % contacts.length]?.properties[property] ?? null },
    })),
  );
  const visitors = some(await read<RawPendoRecord>('visitors'));
  await admin.patch(
    `${at}/visitors`,
    visitors.map(({ id }) => ({ id, metadata: { auto: { lastvisit: now } } })),
  );
  return contacts.length + visitors.length;
}
