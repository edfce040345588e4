/** Runs, as a list and each for itself. */
import type { EventCounts } from '../../sync/event-counts.ts';
import { whyNotCreated } from '../../sync/not-created.ts';
import type { Run, RunDetail } from '../answers.ts';
import type { Page } from './page.ts';
import { type Preview, showPreview } from './preview.ts';
import { count, duration } from './times.ts';
import { toneOf } from './tones.ts';
import { showReason } from './value.ts';

export const over: readonly string[] = ['held', 'succeeded', 'degraded', 'failed', 'cancelled'];

export function startedAs({ trigger, scope, dryRun }: { trigger: string; scope: string; dryRun: boolean }): string {
  const read = { delta: ['delta'], record: ['one record'] }[scope] ?? [];
  return [trigger, ...read, ...(dryRun && trigger !== 'preview' ? ['dry'] : [])].join(', ');
}

export function showRuns(page: Page, runs: readonly Run[]): void {
  page.table(runs, [
    { title: 'Run', value: ({ id }) => id, right: true },
    { title: 'Sync', value: ({ object }) => object },
    { title: 'State', value: ({ state }) => state, tone: ({ state }) => toneOf(state) },
    { title: 'Started as', value: startedAs },
    { title: 'Queued', value: ({ queuedAt }) => page.ago(queuedAt) },
    { title: 'Took', value: (run) => (over.includes(run.state) ? duration(run.durationSeconds) : ''), right: true },
    { title: 'Written', value: (run) => (run.dryRun ? '' : outcomeOf(run, 'written')), right: true },
    { title: 'Refused', value: (run) => outcomeOf(run, 'rejected'), right: true },
    { title: 'Reason', value: ({ reason }) => reason?.message, wraps: 'text' },
  ]);
}

function outcomeOf({ counts }: Run, outcome: string): number {
  return Object.values(counts.legs ?? {}).reduce((sum, leg) => sum + (leg[outcome] ?? 0), 0);
}

export function showRun(page: Page, run: RunDetail): void {
  page.facts([
    ['Run', `${run.id}, ${run.object}`],
    ['State', run.state, toneOf(run.state)],
    !over.includes(run.state) && ['Phase', run.phase],
    run.pauseRequested && ['Requested', 'pause'],
    run.cancelRequested && ['Requested', 'cancel'],
    ['Started as', startedAs(run)],
    ['By', run.requestedBy ?? ''],
    ['Queued', page.exactly(run.queuedAt)],
    ['Data as of', page.exactly(run.asOf)],
    ['Waits until', page.exactly(run.waitingUntil)],
    ['Took', over.includes(run.state) ? duration(run.durationSeconds) : ''],
    [
      'Calls',
      Object.entries(run.calls)
        .map(([name, n]) => `${name} ${count(n)}`)
        .join(', '),
    ],
  ]);
  showReason(page, run.reason);
  for (const { leg, message } of run.held) page.line(`Held, ${leg}: ${message}`, 2);
  for (const { leg, field, code, message } of run.dropped)
    page.line(`Refused for every record, ${leg} ${field}: ${message} (${code})`, 2);
  showCounts(page, run);
  if (run.preview) showPreview(page, run.preview as Preview, run.counts.read ?? {});
}

/** Why a run sent no more custom events. */
const endings: Record<string, string> = {
  MONTHLY_LIMIT: 'The limit of the month is reached: the rest waits for the next one, or for a higher monthlyLimit.',
  ANSWERS_LOST: 'HubSpot did not answer several times: the rest waits for the next run.',
};

interface MoreCounts {
  events?: EventCounts;
  stopped?: { leg: string; property: string; reason: string }[];
  newlyStopped?: { leg: string; property: string }[];
}

function showCounts(page: Page, { counts, dryRun }: RunDetail): void {
  const legs = counts.legs ?? {};
  const outcomes = [...new Set(Object.values(legs).flatMap((leg) => Object.keys(leg)))];
  if (outcomes.length > 0) {
    page.line();
    if (dryRun) page.line('Nothing was written. A run would end with:');
    page.table(outcomes, [
      { title: 'Outcome', value: (outcome) => outcome, tone: toneOf },
      { title: 'Pull (to Pendo)', value: (outcome) => count(legs.pull?.[outcome] ?? 0), right: true },
      { title: 'Push (to HubSpot)', value: (outcome) => count(legs.push?.[outcome] ?? 0), right: true },
    ]);
  }
  const { stopped = [], newlyStopped = [] } = counts as MoreCounts;
  for (const { leg, property, reason } of stopped) {
    const isNew = newlyStopped.some((each) => each.leg === leg && each.property === property);
    page.line(`Stopped, ${leg} ${property}: ${reason}${isNew ? ', since this run' : ''}`, 2);
  }
  const { events } = counts as MoreCounts;
  if (events) showEvents(page, events, dryRun);
  for (const [leg, codes] of Object.entries(counts.notCreated ?? {}))
    for (const [code, n] of Object.entries(codes))
      page.line(`Not created, ${leg}: ${count(n)} (${code}). ${whyNotCreated(code) ?? ''}`.trimEnd(), 2);
}

function showEvents(page: Page, events: EventCounts, dryRun: boolean): void {
  const { found = 0, ended, stopped = [] } = events;
  const parts = (['sent', 'refused', 'lost', 'skipped', 'left'] as const).flatMap((name) =>
    events[name] ? [`${name} ${count(events[name])}`] : [],
  );
  page.line();
  page.line(
    dryRun
      ? `Custom events: ${count(found)} occurrences would be sent.`
      : `Custom events: ${parts.join(', ') || 'nothing to send'}.`,
  );
  if (ended) page.line(endings[ended] ?? ended, 2);
  for (const { name, reason } of stopped) page.line(`Stopped, custom event ${name}: ${reason}`, 2);
}
