/** Watching a run to its end: bars on a terminal, a line now and then in a log, nothing where only the end counts. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunDetail } from './answers.ts';
import { path } from './api-client.ts';
import { quoted } from './arguments.ts';
import type { Cli } from './cli.ts';
import { progressLine, progressLines } from './print/progress.ts';
import { over, showRun } from './print/run.ts';
import { painter } from './print/tones.ts';
import { visibleAnswer } from './print/visible-text.ts';
import { Problem } from './problem.ts';

const everyMs = 1000;
/** In a log, a run that only makes progress is reported so often. */
const quietMs = 15_000;
/** A deployment of the API takes less. */
const silenceMs = 120_000;

/** Exit code 1 where the run did not succeed, 130 where a person stopped watching. */
export async function followRun(cli: Cli, tenant: string, id: string): Promise<void> {
  const stopped = new AbortController();
  const deaf = cli.terminal.onInterrupt?.(() => stopped.abort());
  const show = showing(cli);
  try {
    const run = await untilOver(cli, tenant, id, show, stopped.signal);
    cli.terminal.live?.clear();
    cli.answer(run, showRun);
    if (run.state === 'held') {
      cli.hint(`Look at what it would change: crosswalk records ${quoted(tenant)} ${id} --leg pull --outcome held`);
      cli.hint(`Then: crosswalk approve ${quoted(tenant)} ${id}, or crosswalk cancel ${quoted(tenant)} ${id}`);
    }
    if (run.state !== 'succeeded') cli.terminal.exit(1);
  } catch (error) {
    cli.terminal.live?.clear();
    if (!stopped.signal.aborted) throw error;
    cli.hint(`Run ${id} goes on. Look again: crosswalk run watch ${quoted(tenant)} ${id}`);
    cli.hint(`To end it: crosswalk cancel ${quoted(tenant)} ${id}`);
    cli.terminal.exit(130);
  } finally {
    deaf?.();
  }
}

async function untilOver(
  cli: Cli,
  tenant: string,
  id: string,
  show: (run: RunDetail) => void,
  signal: AbortSignal,
): Promise<RunDetail> {
  let heardAt = Date.now();
  for (;;) {
    try {
      const run = await cli.api().get<RunDetail>(path`/v1/tenants/${tenant}/runs/${id}`);
      heardAt = Date.now();
      if (over.includes(run.state)) return run;
      show(run);
    } catch (error) {
      const passes = error instanceof Problem && (error.status === 0 || error.status === 429 || error.status >= 500);
      if (!passes || error.code === 'MISUSE' || Date.now() - heardAt > silenceMs) throw error;
    }
    await sleep(everyMs, undefined, { signal });
  }
}

function showing({ terminal, json }: Cli): (run: RunDetail) => void {
  const { live } = terminal;
  if (live !== undefined) {
    const paint = painter(live.colours);
    return (run) => live.show(progressLines(visibleAnswer(run), live.columns, paint));
  }
  if (json()) return () => undefined;
  let said = '';
  let saidAt = 0;
  return (run) => {
    const now = `${run.state} ${run.phase}`;
    if (now === said && Date.now() - saidAt < quietMs) return;
    said = now;
    saidAt = Date.now();
    terminal.print(progressLine(visibleAnswer(run)));
  };
}
