import { SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ButtonTo, To } from '../../parts/link.tsx';
import { Page, Waiting } from '../../parts/page.tsx';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { ToneBox } from '../../parts/tone.tsx';
import { Flow } from '../../pictures/flow.tsx';
import { Strip } from '../../pictures/strip.tsx';
import { Trend } from '../../pictures/trend.tsx';
import {
  activeStates,
  fleetQuery,
  historyQuery,
  type Run,
  runsQuery,
  type Sync,
  syncsQuery,
  tenantQuery,
} from '../../queries.ts';
import { navigation } from '../../words/common.ts';
import { count, duration, share } from '../../words/numbers.ts';
import { sync as words } from '../../words/sync.ts';
import { type Leg, legs, objects, type SyncObject } from '../../words/things.ts';
import { RunRows } from '../runs/rows.tsx';
import { SyncActions } from './actions.tsx';
import { MappingTable } from './mapping.tsx';

export function SyncPage() {
  const { tenant, object: asked } = useParams({ from: '/t/$tenant/$object' });
  const object: SyncObject = asked === 'account' ? 'account' : 'visitor';
  const name = useQuery(tenantQuery(tenant)).data?.name ?? navigation.tenant;
  const { data, error, refetch } = useQuery(syncsQuery(tenant));
  const sync = data?.syncs.find((one) => one.object === object);
  return (
    <Page
      title={objects[object].sync}
      crumbs={[{ label: name, to: `/t/${tenant}` }]}
      actions={sync && <SyncActions tenant={tenant} sync={sync} />}
    >
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {data === undefined && !error && <Waiting rows={8} />}
      {data && sync === undefined && (
        <Nothing
          action={
            <ButtonTo target={{ to: '/t/$tenant/setup', params: { tenant }, search: { object } }}>
              {words.setUp}
            </ButtonTo>
          }
        >
          {words.notConfigured}
        </Nothing>
      )}
      {sync && <Configured tenant={tenant} sync={sync} />}
    </Page>
  );
}

const total = (run: Pick<Run, 'counts'> | undefined, outcome: string): number =>
  (run?.counts.legs?.pull?.[outcome] ?? 0) + (run?.counts.legs?.push?.[outcome] ?? 0);

function Configured({ tenant, sync }: { tenant: string; sync: Sync }) {
  const { object } = sync;
  const found = useQuery(runsQuery(tenant, { object, limit: 50 })).data?.runs;
  if (found === undefined) return <Waiting rows={8} />;
  return <Judged tenant={tenant} sync={sync} runs={found} />;
}

function Judged({ tenant, sync, runs }: { tenant: string; sync: Sync; runs: readonly Run[] }) {
  const { object } = sync;
  const active = runs.find((run) => activeStates.includes(run.state));
  const last = runs.find(
    (run) => run.scope !== 'record' && !run.dryRun && (run.state === 'succeeded' || run.state === 'degraded'),
  );
  const lastSaid = words.answer({
    state: sync.state,
    running: active?.id ?? null,
    lastAt: last?.closedAt ?? null,
    read: last?.counts.read?.hubspot ?? 0,
    written: total(last, 'written'),
    refused: total(last, 'rejected'),
    nextAt: sync.nextRunAt,
  });
  const tone = sync.reason ? 'act' : sync.state === 'enabled' ? (active ? 'wait' : 'good') : 'idle';
  return (
    <Stack gap="lg">
      <ToneBox tone={tone}>
        <Text fz="lg">{sync.reason && sync.state === 'paused' ? sync.reason.message : lastSaid}</Text>
        {sync.reason?.fix && <Text>{sync.reason.fix}</Text>}
        {active && (
          <To to="/t/$tenant/runs/$run" params={{ tenant, run: active.id }} search={{}}>
            {words.lastRun} {active.id}
          </To>
        )}
      </ToneBox>
      <MonthPanel tenant={tenant} object={object} />
      {last && <LastFlow tenant={tenant} run={last} />}
      <Trends tenant={tenant} object={object} />
      <Panel
        title={words.runs}
        aside={
          <To to="/t/$tenant/runs" params={{ tenant }} search={{ object }}>
            {words.allRuns}
          </To>
        }
      >
        {runs.length === 0 ? <Nothing>{words.notYet}</Nothing> : <RunRows tenant={tenant} runs={runs.slice(0, 10)} />}
      </Panel>
      <MappingTable tenant={tenant} sync={sync} />
    </Stack>
  );
}

function MonthPanel({ tenant, object }: { tenant: string; object: SyncObject }) {
  const row = useQuery(fleetQuery({ q: tenant, sort: 'name', offset: 0 })).data?.syncs.find(
    (one) => one.tenant.id === tenant && one.object === object,
  );
  if (!row) return null;
  return (
    <Panel title={words.month}>
      <Strip entries={row.strip} today={new Date().toISOString().slice(0, 10)} />
      <Text fz="sm" c="dimmed">
        {words.monthLegend}
      </Text>
    </Panel>
  );
}

function LastFlow({ tenant, run }: { tenant: string; run: Run }) {
  const link = (leg: Leg) => (outcome: string, children: ReactNode) => (
    <To to="/t/$tenant/runs/$run" params={{ tenant, run: run.id }} search={{ leg, outcome }} hash="records">
      {children}
    </To>
  );
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      {(['pull', 'push'] as const).map((leg) => (
        <Panel key={leg} title={`${words.lastRun}: ${legs[leg]}`}>
          <Flow
            outcomes={run.counts.legs?.[leg] ?? {}}
            color={leg === 'pull' ? 'var(--cw-hubspot)' : 'var(--cw-pendo)'}
            link={link(leg)}
          />
        </Panel>
      ))}
    </SimpleGrid>
  );
}

function Trends({ tenant, object }: { tenant: string; object: SyncObject }) {
  const history = useQuery(historyQuery(tenant, object, 90)).data?.runs ?? [];
  const full = history.filter((run) => !run.dryRun && run.scope === 'full' && run.closedAt !== null);
  if (full.length === 0) return null;
  const link = (run: string, children: ReactNode) => (
    <To to="/t/$tenant/runs/$run" params={{ tenant, run }} search={{}}>
      {children}
    </To>
  );
  const points = (value: (run: (typeof full)[number]) => number | null) =>
    full.flatMap((run) => {
      const found = value(run);
      return found === null ? [] : [{ at: Date.parse(run.queuedAt), value: found, run: run.run }];
    });
  const of = (outcome: string) => (run: (typeof full)[number]) =>
    (run.legs.pull?.[outcome] ?? 0) + (run.legs.push?.[outcome] ?? 0);
  return (
    <Panel title={words.trends}>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        <Trend
          title={words.matchShare}
          points={points((run) => (run.matched === null || !run.read.hubspot ? null : run.matched / run.read.hubspot))}
          show={(value) => share(value, 1)}
          link={link}
        />
        <Trend title={words.writtenTrend} points={points(of('written'))} show={count} link={link} />
        <Trend
          title={words.refusedTrend}
          points={points(of('rejected'))}
          show={count}
          color="var(--cw-act)"
          link={link}
        />
        <Trend
          title={words.secondsTrend}
          points={points((run) => run.seconds)}
          show={duration}
          color="var(--cw-idle)"
          link={link}
        />
      </SimpleGrid>
      {full.length === 1 && (
        <Text fz="sm" c="dimmed">
          {words.trendsLater}
        </Text>
      )}
    </Panel>
  );
}
