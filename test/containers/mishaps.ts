/** What happens to a service while a run writes. */
import { waitUntil } from '../../infra/wait-until.ts';
import { judgeFirstRuns, newTenant } from './judged.ts';
import { answers, type Scene, type Step, seconds } from './scene.ts';

/** A crash: the engine starts the service again, and the run ends right. */
export const crashOf =
  (service: string): Step =>
  async ({ installation, say }) => {
    const tenant = await newTenant(installation);
    const restarts = async () => (await installation.containers(service))[0]?.RestartCount ?? 0;
    const before = await restarts();
    const started = Date.now();
    const wrong = await judgeFirstRuns(tenant, async () => {
      await installation.crash(service);
      const again = async () => (await restarts()) > before || undefined;
      await waitUntil(again, { what: `a restart of ${service}`, timeoutMs: 60_000, everyMs: 200 });
      const crashed = Date.now();
      await installation.healthy(service);
      await answers(installation);
      say(`${service} is healthy again after ${seconds(crashed)} s`);
    });
    say(`the runs ended after ${seconds(started)} s`);
    return wrong;
  };

/** SIGTERM: the process ends by itself with status 0 inside its time; started again, the run ends right. */
export const stopOf =
  (service: string, grace: number): Step =>
  async ({ installation, say }) => {
    const tenant = await newTenant(installation);
    const wrong: string[] = [];
    const judged = await judgeFirstRuns(tenant, async () => {
      const asked = Date.now();
      await installation.compose('stop', service);
      const took = seconds(asked);
      const [container] = await installation.containers(service);
      say(`${service} ended with ${container?.State.ExitCode} after ${took} s of ${grace} s`);
      if (container?.State.ExitCode !== 0 || took >= grace) wrong.push(`${service} did not end in time by itself`);
      await installation.compose('start', service);
      await installation.healthy(service);
      await answers(installation);
    });
    return [...wrong, ...judged];
  };

/** The runbook "Temporal's state is lost", as docs/operating.md has it. */
export async function loseTemporal({ installation, engine, say }: Scene): Promise<string[]> {
  const tenant = await newTenant(installation);
  const started = Date.now();
  const wrong = await judgeFirstRuns(tenant, async () => {
    await installation.compose('rm', '--stop', '--force', 'temporal', 'temporal-postgres');
    await engine.docker('volume', 'rm', `${installation.project}_temporal-data`);
    await installation.compose('up', '--detach');
    await installation.compose('restart', 'worker');
    for (const service of ['temporal', 'worker', 'api']) await installation.healthy(service);
    say(`Temporal is back, empty, after ${seconds(started)} s`);
  });
  say(`the runs ended after ${seconds(started)} s`);
  return wrong;
}

/** Commands that docs/operating.md gives for Compose. */
export async function runCommands({ installation }: Scene): Promise<string[]> {
  const wrong: string[] = [];
  const tried = async (expected: RegExp, ...args: string[]): Promise<void> => {
    const output = await installation.compose(...args).catch((error: Error) => error.message);
    if (!expected.test(output)) wrong.push(`${args.join(' ')}: ${output}`);
  };
  const cli = ['exec', '-T', 'api', 'npm', 'run', 'crosswalk', '--'];
  await tried(/encrypted|rotated|key/i, ...cli, 'keys', 'rotate');
  await tried(/^/, 'run', '--rm', '-T', 'migrate');
  const namespace = ['operator', 'namespace', 'update', '--namespace', 'default', '--retention', '168h'];
  await tried(/update|succeed/i, 'run', '--rm', '-T', 'temporal-namespace', 'temporal', ...namespace);
  await tried(/crosswalk_app/, 'exec', '-T', 'postgres', 'psql', '--username=crosswalk', '--command=\\du');
  return wrong;
}
