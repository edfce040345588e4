/**
 * docker-compose.yml, really run: `npm run e2e:containers`. Builds the image, brings everything up, and does to it what
 * happens to an installation. Ends with status 0 only if every step is right, and says what was real.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { baseImages } from '../../infra/base-images.ts';
import { root } from '../../infra/compose.ts';
import { temporaryFolder } from '../../infra/temporary-folder.ts';
import { findCompose } from './compose-program.ts';
import { type Engine, startEngine } from './engine.ts';
import { type Installation, installation } from './installation.ts';
import type { Step } from './scene.ts';
import { makeStandIn, standInLabel, standInVersion } from './stand-ins.ts';
import { steps } from './steps.ts';

const say = (line: string): void => console.log(line);
const only = process.argv.slice(2);
const folder = await temporaryFolder('crosswalk-containers');
const cleanUp: (() => unknown)[] = [() => folder.remove()];
const failed: string[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

try {
  const engine = await startEngine(process.env, folder.path);
  cleanUp.push(() => engine.stop());
  const command = await findCompose(process.env, say);
  const stoodIn = await provideImages(engine);
  const installed = await installation(engine, command, folder.path);
  cleanUp.push(() => installed.compose('down', '--volumes', '--remove-orphans', '--timeout', '10'));
  for (const [name, step] of Object.entries(steps)) {
    if (only.length === 0 || only.includes(name) || name === 'build' || name === 'up')
      await run(name, step, installed, engine);
    if (failed.length > 0 && (name === 'build' || name === 'up')) break;
  }
  say(`\nReal: ${engine.description}; Compose (${command.join(' ')}); our Dockerfile, docker-compose.yml and deploy/`);
  say(`Stood in for: ${stoodIn.length === 0 ? 'nothing but the vendors' : `${stoodIn.join(', ')}, and the vendors`}`);
} catch (error) {
  console.error(error);
  failed.push('start');
} finally {
  for (const step of cleanUp.reverse()) await Promise.resolve(step()).catch((error) => console.error(error));
}
say(failed.length === 0 ? 'passed' : `FAILED: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);

async function run(name: string, step: Step, installed: Installation, engine: Engine): Promise<void> {
  const started = Date.now();
  const wrong = await step({ installation: installed, engine, say: (line) => say(`  ${line}`) }).catch(
    (error: Error) => [error.stack ?? error.message],
  );
  say(`${wrong.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${Math.round((Date.now() - started) / 1000)} s)`);
  for (const line of wrong.slice(0, 20)) say(`       ${line.slice(0, 3000)}`);
  if (wrong.length === 0) return;
  failed.push(name);
  say(await installed.compose('ps', '--all'));
  say((await installed.compose('logs', '--no-color', '--tail', '25')).replace(/^(.{400}).*$/gm, '$1'));
}

/** Every image that is not ours: pulled, or stood in for. @returns the names of those that stand in */
async function provideImages(engine: Engine): Promise<string[]> {
  const stoodIn: string[] = [];
  for (const { name: image } of baseImages(root)) {
    const format = `{{index .Config.Labels "${standInLabel}"}}`;
    const label = await engine.docker('inspect', '--format', format, image).catch(() => undefined);
    if (label === standInVersion) stoodIn.push(image);
    // There already and not made by us, or to be had from its registry.
    if (label === standInVersion || label === '') continue;
    if (
      await engine.docker('pull', image).then(
        () => true,
        () => false,
      )
    )
      continue;
    if (!engine.own) throw new Error(`${image} cannot be pulled. Stand-ins are made only in an engine of our own.`);
    say(`Making a stand-in of ${image}`);
    const standIns = join(folder.path, 'stand-ins');
    await mkdir(standIns, { recursive: true });
    await makeStandIn(image, engine, standIns, say);
    stoodIn.push(image);
  }
  return stoodIn;
}
