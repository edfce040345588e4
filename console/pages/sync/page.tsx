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
import { activeStates, type Run, runsQuery, type Sync, syncsQuery, tenantQuery } from '../../queries.ts';
import { navigation } from '../../words/common.ts';
import { run as runWords } from '../../words/run.ts';
import { sync as words } from '../../words/sync.ts';
import { type Leg, legs, objects, type SyncObject } from '../../words/things.ts';
import { RunRows } from '../runs/rows.tsx';
import { SyncActions } from './actions.tsx';
import { MappingTable } from './mapping.tsx';
import { MonthPanel, Trends } from './trends.tsx';

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
            {runWords.title(active.id)}
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
