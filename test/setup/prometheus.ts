/** A real Prometheus that scrapes what a test names, every second. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../infra/ports.ts';
import { temporaryFolder } from '../../infra/temporary-folder.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { startProgram } from './program.ts';

export interface ScrapeJob {
  job: string;
  /** `host:port`. */
  target: string;
  path: string;
  /** An API key. */
  key?: string;
}

export interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

export interface Series {
  metric: Record<string, string>;
  /** Epoch seconds, and the figure. */
  values: [number, string][];
}

export interface RunningPrometheus extends AsyncDisposable {
  /** @throws with Prometheus' own words where the query is wrong */
  query(text: string): Promise<Sample[]>;
  /** @param span epoch ms */
  queryRange(text: string, span: { from: number; to: number; stepSeconds: number }): Promise<Series[]>;
}

const howToGetIt = 'Prometheus is needed for this test: on Debian and Ubuntu "apt-get install prometheus".';

/** `promtool` with these arguments. @throws with what it said */
export async function promtool(...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)('promtool', args)).stdout;
  } catch (error) {
    const { code, stderr = '' } = error as { code?: string; stderr?: string };
    throw new Error(code === 'ENOENT' ? howToGetIt : stderr, { cause: error });
  }
}

export async function startPrometheus(jobs: readonly ScrapeJob[]): Promise<RunningPrometheus> {
  const folder = await temporaryFolder('crosswalk-prometheus');
  const scrape_configs = jobs.map(({ job, target, path: metrics_path, key }) => ({
    job_name: job,
    metrics_path,
    scrape_interval: '1s',
    scrape_timeout: '1s',
    static_configs: [{ targets: [target] }],
    ...(key === undefined ? {} : { authorization: { credentials: key } }),
  }));
  const config = path.join(folder.path, 'prometheus.yml');
  // JSON is YAML as well.
  await writeFile(config, JSON.stringify({ scrape_configs }));
  const port = await freePort();
  const program = await startProgram(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${path.join(folder.path, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    howToGetIt,
  );
  const at = `http://127.0.0.1:${port}`;
  await waitUntil(async () => (await fetch(`${at}/-/ready`)).ok || undefined, {
    what: 'Prometheus being ready',
    timeoutMs: 30_000,
  });
  return {
    query: (text) => ask<Sample>(at, 'query', { query: text }),
    queryRange: (text, { from, to, stepSeconds }) =>
      ask<Series>(at, 'query_range', {
        query: text,
        start: String(from / 1000),
        end: String(to / 1000),
        step: String(stepSeconds),
      }),
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await folder.remove();
    },
  };
}

async function ask<T>(at: string, what: 'query' | 'query_range', parameters: Record<string, string>): Promise<T[]> {
  const answer = await fetch(`${at}/api/v1/${what}?${new URLSearchParams(parameters)}`);
  const { status, data, error } = (await answer.json()) as { status: string; data?: { result: T[] }; error?: string };
  if (status !== 'success' || data === undefined) throw new Error(`${parameters.query}: ${error}`);
  return data.result;
}
