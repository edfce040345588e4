/** What is done to the installation, in this order. Each step says what is wrong; nothing is good. */
import { readCompose } from '../../infra/compose.ts';
import type { TestedTenant } from '../e2e/tested-tenant.ts';
import { checkHardening, checkLogs } from './hardening.ts';
import { judgeFirstRuns, newTenant, wrongIn } from './judged.ts';
import { crashOf, loseTemporal, runCommands, stopOf } from './mishaps.ts';
import { type Step, seconds } from './scene.ts';

let kept: TestedTenant | undefined;

export const steps: Readonly<Record<string, Step>> = {
  async build({ installation, engine, say }) {
    await installation.compose('build', '--quiet');
    const size = async (image: string) => Number(await engine.docker('inspect', '--format', '{{.Size}}', image)) / 1e6;
    const ours = await size('crosswalk:e2e');
    say(`image ${Math.round(ours)} MB, of which base ${Math.round(await size('node:24.21.0-slim'))} MB`);
    return [];
  },

  async up({ installation, say }) {
    const started = Date.now();
    await installation.compose('up', '--detach', '--wait', '--wait-timeout', '240');
    say(`healthy after ${seconds(started)} s`);
    for (const service of ['temporal', 'temporal-ui', 'api', 'worker']) await installation.healthy(service);
    return [];
  },

  hardening: ({ installation }) => checkHardening(installation),

  async runs({ installation }) {
    kept = await newTenant(installation);
    return judgeFirstRuns(kept);
  },

  async 'down and up'({ installation }) {
    kept ??= await newTenant(installation);
    const tenant = kept;
    // All but the sandbox, which is not part of the installation.
    await installation.compose('down', ...Object.keys(readCompose(new Proxy({}, { get: () => 'unset' })).services));
    for (const service of ['api', 'postgres', 'migrate']) {
      if ((await installation.containers(service)).length > 0) return [`${service} is still there after down`];
    }
    await installation.compose('up', '--detach', '--wait', '--wait-timeout', '240');
    const round = await tenant.round('run');
    const wrong = wrongIn(round);
    if (round.writes.length > 0) wrong.push(`${round.writes.length} requests wrote what was there already`);
    return wrong;
  },

  async 'three workers'({ installation }) {
    await installation.compose('up', '--detach', '--no-recreate', '--scale', 'worker=3');
    await installation.healthy('worker', 3);
    const tenant = await newTenant(installation);
    const wrong = await judgeFirstRuns(tenant);
    await installation.compose('up', '--detach', '--no-recreate', '--scale', 'worker=1');
    await installation.healthy('worker', 1);
    return wrong;
  },

  commands: runCommands,

  'kill worker': crashOf('worker'),
  'kill api': crashOf('api'),
  'kill temporal': crashOf('temporal'),
  'kill postgres': crashOf('postgres'),
  'kill temporal-postgres': crashOf('temporal-postgres'),

  'stop worker': stopOf('worker', 60),
  'stop api': stopOf('api', 30),

  'lost Temporal': loseTemporal,

  async logs({ installation, say }) {
    const { lines, odd } = await checkLogs(installation);
    say(`${lines} lines`);
    return lines === 0 ? ['no line was logged'] : odd;
  },
};
