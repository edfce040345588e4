/** Syncs, their configurations and how they have done, for people. */
import type { ComparedKeys, History, Sync, SyncCheck, VersionList } from '../answers.ts';
import type { Page } from './page.ts';
import { startedAs } from './run.ts';
import { count, duration } from './times.ts';
import { toneOf } from './tones.ts';
import { showReason } from './value.ts';

export function showSyncs(page: Page, syncs: readonly Sync[]): void {
  page.table(syncs, [
    { title: 'Sync', value: ({ object }) => object },
    { title: 'State', value: ({ state }) => state, tone: ({ state }) => toneOf(state) },
    { title: 'Version', value: ({ version }) => version, right: true },
    { title: 'Changed', value: ({ updatedAt }) => page.ago(updatedAt) },
    { title: 'Next run', value: ({ nextRunAt }) => page.ago(nextRunAt) },
    { title: 'Reason', value: ({ reason, scheduleProblem }) => (reason ?? scheduleProblem)?.message, wraps: 'text' },
  ]);
}

export function showSync(page: Page, sync: Sync): void {
  page.facts([
    ['Sync', sync.object],
    ['State', sync.state, toneOf(sync.state)],
    ['Version', String(sync.version)],
    ['Changed', page.exactly(sync.updatedAt)],
    ['Next run', page.exactly(sync.nextRunAt)],
    ['Next delta', page.exactly(sync.nextDeltaAt)],
  ]);
  showReason(page, sync.reason);
  showReason(page, sync.scheduleProblem);
  page.line();
  showConfig(page, sync.config);
}

export function showConfig(page: Page, { pull = [], push = [], joinKey, ...settings }: Sync['config']): void {
  page.facts([
    ['Join key', joinKey.property],
    ...Object.entries(settings).map(([name, set]) => [name, setting(set)] as const),
  ]);
  if (pull.length > 0) {
    page.line();
    page.table(pull, [
      { title: 'Pull property', value: ({ property }) => property, wraps: 'name' },
      { title: 'Pendo field', value: ({ field }) => field, wraps: 'name' },
      { title: 'If empty', value: ({ onEmpty }) => onEmpty },
      { title: 'Options as', value: ({ options }) => options },
    ]);
  }
  if (push.length > 0) {
    page.line();
    page.table(push, [
      { title: 'Push metric', value: ({ metric }) => metric },
      { title: 'HubSpot property', value: ({ property }) => property, wraps: 'name' },
    ]);
  }
}

/** As a file that `sync set` takes. */
export async function configAsYaml(config: Sync['config']): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(config, { lineWidth: 0, flowCollectionPadding: true });
}

function setting(value: unknown): string {
  if (Array.isArray(value) || typeof value !== 'object' || value === null)
    return value === null ? 'none' : String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${setting(part)}`)
    .join(', ');
}

export function showCheck(page: Page, { ok, problems, warnings, nextRunsAt }: SyncCheck): void {
  showFound(page, 'Problem', problems);
  showFound(page, 'Warning', warnings);
  if (ok) page.line('The configuration can be set.');
  if (nextRunsAt.length > 0) page.line(`Runs would start at ${nextRunsAt.map((at) => page.exactly(at)).join(', ')}.`);
}

export function showFound(page: Page, kind: string, found: SyncCheck['problems']): void {
  for (const { path: at, code, message, fix } of found)
    page.line(`${kind}, ${at}: ${[message, fix].filter(Boolean).join(' ')} (${code})`);
}

export function showVersions(page: Page, { versions }: VersionList): void {
  if (versions.length === 0) page.line('There is no version yet.');
  else
    page.table(versions, [
      { title: 'Version', value: ({ version }) => version, right: true },
      { title: 'Changed', value: ({ changedAt }) => page.ago(changedAt) },
      { title: 'By', value: ({ changedBy }) => changedBy ?? 'not known', wraps: 'name' },
      { title: 'Restored from', value: ({ restoredFrom }) => restoredFrom, right: true },
    ]);
}

export function showComparedKeys(page: Page, { sampled, keys }: ComparedKeys): void {
  page.line(`Of the ${count(sampled)} records that were changed last:`);
  page.table(keys, [
    { title: 'Property', value: ({ property }) => property, wraps: 'name' },
    { title: 'Filled', value: ({ filled }) => count(filled), right: true },
    { title: 'Distinct', value: ({ distinct }) => count(distinct), right: true },
    { title: 'Shared', value: ({ shared }) => count(shared), right: true },
    { title: 'In Pendo', value: ({ matched }) => count(matched), right: true },
    { title: 'If folded', value: ({ matchedFolded }) => `+${count(matchedFolded)}`, right: true },
    { title: 'Not in Pendo', value: ({ examples }) => examples.unmatched.join(', '), wraps: 'text' },
  ]);
}

export function showHistory(page: Page, { runs }: History): void {
  if (runs.length === 0) {
    page.line('No run in this time.');
    return;
  }
  const written = (legs: Record<string, Record<string, number>>, leg: string) => count(legs[leg]?.written ?? 0);
  page.table(runs, [
    { title: 'Run', value: ({ run }) => run, right: true },
    { title: 'State', value: ({ state }) => state, tone: ({ state }) => toneOf(state) },
    { title: 'Started as', value: startedAs },
    { title: 'Queued', value: ({ queuedAt }) => page.ago(queuedAt) },
    { title: 'Took', value: ({ seconds }) => (seconds === null ? '' : duration(seconds)), right: true },
    { title: 'HubSpot', value: ({ read }) => count(read.hubspot ?? 0), right: true },
    { title: 'Pendo', value: ({ read }) => count(read.pendo ?? 0), right: true },
    { title: 'Matched', value: ({ matched }) => (matched === null ? '' : count(matched)), right: true },
    { title: 'To Pendo', value: ({ legs }) => written(legs, 'pull'), right: true },
    { title: 'To HubSpot', value: ({ legs }) => written(legs, 'push'), right: true },
  ]);
}
