/** The command line of the benchmark. */
import { parseArgs } from 'node:util';

export const kinds = [
  'read',
  'write',
  'unchanged',
  'delta',
  'cpu',
  'memory',
  'flood',
  'sources',
  'tenants',
  'console',
  'telemetry',
  'fleet',
] as const;
export type Kind = (typeof kinds)[number];

export const tiers = [100, 110, 190, 250] as const;

export interface BenchOptions {
  only: readonly Kind[];
  /** On each side. */
  records: number;
  tiers: readonly number[];
  /** Mean of HubSpot's round trip, ms; it varies by a third to either side. */
  latency: number;
  script: boolean;
  full: boolean;
  json: boolean;
}

export const help = `Crosswalk against the sandbox: how near to the vendors' limits, and what it costs.

  npm run bench -- [options]

  --only <kind>    one of ${kinds.join(', ')}; may be repeated (default: all)
  --records <n>    records on each side       (default 30000, with --full 60000)
  --tier <n>       only this tier of ${tiers.join(', ')} (calls per 10 s; default: all)
  --latency <ms>   mean round trip to HubSpot (default 300; varies by a third to either side)
  --no-script      without the sequential script that stands for comparison
  --full           also 1,000,000 records and 500 tenants (takes most of an hour)
  --json           one line of JSON last
  --help           this text
`;

/** @throws with what is wrong. */
export function readOptions(args: string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true },
      records: { type: 'string' },
      tier: { type: 'string', multiple: true },
      latency: { type: 'string', default: '300' },
      'no-script': { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const only = (values.only ?? kinds).map((kind) => {
    if ((kinds as readonly string[]).includes(kind)) return kind as Kind;
    throw new Error(`--only: one of ${kinds.join(', ')}, not "${kind}".`);
  });
  return {
    only,
    records: whole('records', values.records ?? (values.full ? '60000' : '30000'), 100),
    tiers: values.tier?.map((tier) => whole('tier', tier, 1)) ?? tiers,
    latency: whole('latency', values.latency, 0),
    script: !values['no-script'],
    full: values.full,
    json: values.json,
  };
}

function whole(name: string, text: string, least: number): number {
  if (/^\d{1,8}$/.test(text) && Number(text) >= least) return Number(text);
  throw new Error(`--${name} takes a whole number from ${least} on, not "${text}".`);
}
