/** The calls that each page of the console makes when it is opened, on the bench's own installation. */
import type { ConsoleWorld } from './console-world.ts';

export interface ConsolePage {
  name: string;
  calls: { path: string; body?: unknown }[];
}

/** All pages ask these two first. */
const shell = ['/v1/session', '/v1/attention'];

export function consolePages(world: ConsoleWorld): ConsolePage[] {
  const { tenant, largeRun, latestRun, hubspotId, pendoId, liveTenant, liveRun } = world;
  const of = `/v1/tenants/${tenant}`;
  const ofFleet = `/v1/syncs?q=${tenant}&sort=name&offset=0&limit=50`;
  const page = (name: string, paths: string[]): ConsolePage => ({
    name,
    calls: [...shell, ...paths].map((path) => ({ path })),
  });
  const records = (run: string, query: string): string => `${of}/runs/${run}/records?limit=50&${query}`;
  return [
    page('fleet', ['/v1/syncs?sort=worst&offset=0&limit=50']),
    page('fleet.searched', ['/v1/syncs?q=tomer%2019&sort=name&offset=0&limit=50']),
    page('fleet.last', ['/v1/syncs?sort=oldest&offset=3000&limit=50']),
    page('attention', []),
    page('allRuns', ['/v1/runs?limit=50']),
    page('allRuns.held', ['/v1/runs?limit=50&state=held']),
    page('allRuns.cancelled', ['/v1/runs?limit=50&state=cancelled']),
    page('allRuns.retries', ['/v1/runs?limit=50&trigger=retry']),
    page('keys', ['/v1/keys', '/v1/sessions']),
    page('audit', ['/v1/audit?limit=50']),
    page('audit.tenant', [`/v1/audit?limit=50&tenantId=${tenant}`]),
    page('usage', ['/v1/usage?days=30']),
    page('usage.year', ['/v1/usage?days=366']),
    page('tenant', [of, `${of}/syncs`, `${of}/runs?limit=8`, ofFleet, `${of}/connections`]),
    page('tenantUsage', [of, `${of}/usage?days=366`]),
    page('sync', [
      of,
      `${of}/syncs`,
      `${of}/runs?object=visitor&limit=10`,
      ofFleet,
      `${of}/syncs/visitor/history?days=90`,
    ]),
    page('versions', [of, `${of}/syncs`, `${of}/syncs/visitor/versions`]),
    page('runs', [of, `${of}/runs?limit=50`]),
    page('runs.failed', [of, `${of}/runs?limit=50&state=failed`]),
    page('run.live', [`/v1/tenants/${liveTenant}`, `/v1/tenants/${liveTenant}/runs/${liveRun}`]),
    page('run.written', [of, `${of}/runs/${largeRun}`, records(largeRun, 'leg=push&outcome=written')]),
    page('run.unchanged', [of, `${of}/runs/${latestRun}`, records(latestRun, 'leg=push&outcome=unchanged')]),
    page('run.refused', [of, `${of}/runs/${latestRun}`, records(latestRun, 'leg=push&outcome=rejected')]),
    page('run.none', [of, `${of}/runs/${latestRun}`, records(latestRun, 'leg=pull&outcome=ambiguous')]),
    page('run.deep', [of, `${of}/runs/${largeRun}`, records(largeRun, `leg=pull&outcome=written&after=${hubspotId}`)]),
    {
      name: 'records',
      calls: [...shell, of]
        .map((path) => ({ path, body: undefined as unknown }))
        .concat([{ path: `${of}/records/search`, body: { text: pendoId } }]),
    },
    page('record.hubspot', [of, `${of}/syncs/visitor/records/hubspot/${hubspotId}`]),
    page('record.pendo', [of, `${of}/syncs/visitor/records/pendo/${encodeURIComponent(pendoId)}`]),
    page('alerts', [of, `${of}/alerts?limit=50`, `${of}/alerts/recipients`]),
  ];
}
