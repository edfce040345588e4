/**
 * `npm run demo`: everything embedded, a tenant of the sandbox, both syncs mapped, previewed, enabled and watched, and judged by the
 * oracle. With `--once` it runs the same day again and a day later, and ends: status 0 only if the oracle finds nothing.
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { signInLink } from '../src/control/sessions/sign-in-link.ts';
import { syncObjects } from '../src/sync/config.ts';
import { showPreview } from './preview.ts';
import { ProgressLines } from './progress.ts';
import { shownEntry } from './push-sources.ts';
import { type RunView, waitForRun } from './runs.ts';
import { type Stack, startStack } from './stack.ts';
import { createTenant, type DemoTenant } from './tenant.ts';
import { createJudge, type RunsVerdict } from './verdict.ts';

const help = `Crosswalk, demonstrated against a sandbox HubSpot and Pendo.

  npm run demo -- [options]

  --once           run the same day again and a day later, and end; status 0 only if all of it is exactly right
  --contacts <n>   HubSpot contacts     (default 1000)
  --visitors <n>   Pendo visitors       (default 1200)
  --companies <n>  HubSpot companies    (default a fifth of the contacts)
  --accounts <n>   Pendo accounts       (default a fifth of the visitors)
  --seed <n>       of the generated world (default 1)
  --help           this text
`;

const count = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    contacts: { ...count, default: '1000' },
    visitors: { ...count, default: '1200' },
    companies: count,
    accounts: count,
    seed: { ...count, default: '1' },
    help: { type: 'boolean', default: false },
  },
});

function whole(name: string, text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new Error(`--${name} takes a whole number, not "${text}".`);
}

async function demo(): Promise<boolean> {
  const contacts = whole('contacts', values.contacts);
  const visitors = whole('visitors', values.visitors);
  const dataDir = path.resolve('.crosswalk/demo');
  // The sandbox's world lives in memory, so what an earlier demo knew of it means nothing now.
  await rm(dataDir, { recursive: true, force: true });
  say('Starting PostgreSQL, Temporal, a sandbox HubSpot and Pendo, the API and a worker ...');
  const stack = await startStack({
    dataDir,
    databaseUrl: process.env.DATABASE_URL,
    temporalAddress: process.env.TEMPORAL_ADDRESS,
    consoleFolder: path.resolve('console/dist'),
  });
  let ended = false;
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        ended = true;
        resolve();
      });
    }
  });
  try {
    say(addresses(stack));
    const tenant = await createTenant(stack, {
      everySource: true,
      everyEvent: true,
      world: {
        world: 'demo',
        seed: whole('seed', values.seed),
        contacts,
        visitors,
        companies: whole('companies', values.companies ?? String(Math.ceil(contacts / 5))),
        accounts: whole('accounts', values.accounts ?? String(Math.ceil(visitors / 5))),
      },
    });
    describeTenant(tenant);
    const right = await Promise.race([threeRounds(stack, tenant), asked.then(() => false)]);
    if (!values.once && !ended) {
      const link = await signInLink(stack.services.control, stack.apiUrl);
      say(
        `\n${addresses(stack)}\n\n  Console      ${link}\n\nOpen the console within five minutes: you are signed in. Ctrl-C ends the demo.`,
      );
      await asked;
    }
    return right;
  } finally {
    await stack.stop();
  }
}

/** The first runs; with `--once` the same day again, too, and a day later. @returns whether all of it is exactly right */
async function threeRounds(stack: Stack, tenant: DemoTenant): Promise<boolean> {
  const { api, sandbox } = stack;
  for (const object of syncObjects) {
    const { run } = await api.post<{ run: RunView }>(`/v1/tenants/${tenant.id}/syncs/${object}/preview`);
    showPreview(await waitForRun(api, tenant.id, run.id), say);
  }
  const judge = createJudge(tenant, sandbox.adminUrl);

  say('\nEnabling both syncs: each runs at once, and daily from then on.');
  const started = Date.now();
  const first = await judge.round(async () => {
    const runs = await runBoth(stack, tenant, 'enable');
    say(`Both first runs took ${((Date.now() - started) / 1000).toFixed(1)} s.`);
    say('\nAsking the oracle, which computes from the raw records and events what must be there now ...');
    return runs;
  });
  const isFirstRight = isRight(first);
  // Whoever looks around in the console afterwards finds the clock at today.
  if (!values.once) return isFirstRight;

  say('\nThe same day again.');
  const again = await judge.round(() => runBoth(stack, tenant, 'runs'));
  const isAgainRight = isRight(again) && again.verdict.writes === 0;

  say('\nA day later, on which some records have changed.');
  const { now } = await tenant.admin.post<{ now: number }>(`/admin/worlds/${tenant.world.world}/next-day`, {
    seed: 1,
    share: 0.02,
  });
  await stack.setClock(now);
  const later = await judge.round(() => runBoth(stack, tenant, 'runs'));
  return isRight(later) && isFirstRight && isAgainRight;
}

async function runBoth({ api }: Stack, { id }: DemoTenant, how: 'enable' | 'runs'): Promise<RunView[]> {
  const lines = new ProgressLines();
  const runs = await Promise.all(
    syncObjects.map(async (object) => {
      const { run } = await api.post<{ run: RunView }>(`/v1/tenants/${id}/syncs/${object}/${how}`, {});
      return waitForRun(api, id, run.id, (now) => lines.show(now), 3_600_000);
    }),
  );
  lines.end();
  for (const run of runs) summarise(run);
  return runs;
}

function isRight({ runs, verdict }: { runs: RunView[]; verdict: RunsVerdict }): boolean {
  const { records, occurrences, findings, writes } = verdict;
  say(
    `${records} records on both sides and ${occurrences} new occurrences of events checked: ${findings.length} wrong. ${writes} requests wrote.`,
  );
  for (const finding of findings.slice(0, 20)) say(`  ${JSON.stringify(finding)}`);
  return findings.length === 0 && runs.every((run) => run.state === 'succeeded');
}

function describeTenant({ id, configs }: DemoTenant): void {
  say(`\nTenant ${id}: connected to both, and mapped.`);
  for (const object of syncObjects) {
    const { joinKey, pull, push, events = [] } = configs[object];
    say(`  ${object}: joined on ${joinKey.property}`);
    say(`    pull ${pull.map((field) => field.property).join(', ')}`);
    say(`    push ${push.map(shownEntry).join(', ')}`);
    say(`    events ${events.map(({ source, name }) => `${name} (${source})`).join(', ')}`);
  }
}

function summarise(run: RunView): void {
  say(`\n${run.object}: ${run.state}${run.reason ? ` (${run.reason.message} ${run.reason.fix ?? ''})` : ''}`);
  const { read, match, legs, events } = run.counts;
  say(`  read ${read?.hubspot ?? 0} from HubSpot, ${read?.pendo ?? 0} from Pendo; ${match?.matched ?? 0} matched`);
  for (const [leg, outcomes] of Object.entries(legs ?? {})) {
    say(
      `  ${leg}: ${Object.entries(outcomes)
        .map(([name, n]) => `${n} ${name}`)
        .join(', ')}`,
    );
  }
  if (events) say(`  events: ${events.found ?? 0} found, ${events.sent ?? 0} sent`);
}

function addresses({ apiUrl, temporalUrl, key }: Stack): string {
  return [
    `  API          ${apiUrl}/v1`,
    `  its docs     ${apiUrl}/docs`,
    `  API key      ${key}`,
    ...(temporalUrl === undefined ? [] : [`  Temporal UI  ${temporalUrl}`]),
  ].join('\n');
}

function say(line: string): void {
  console.log(line);
}

if (values.help) {
  console.log(help);
} else {
  try {
    const right = await demo();
    process.exitCode = right || !values.once ? 0 : 1;
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
}
