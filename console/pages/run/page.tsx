import { Anchor, Group, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { To } from '../../parts/link.tsx';
import { Page, Waiting } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneBox, ToneMark } from '../../parts/tone.tsx';
import { Flow } from '../../pictures/flow.tsx';
import { MatchBar } from '../../pictures/match-bar.tsx';
import { activeStates, type RunDetail, runQuery, tenantQuery } from '../../queries.ts';
import { useSession } from '../../shell/session.tsx';
import { navigation } from '../../words/common.ts';
import { count, duration } from '../../words/numbers.ts';
import { run as words } from '../../words/run.ts';
import { type Leg, objects, runStates, scopes, triggers } from '../../words/things.ts';
import { RunActions } from './actions.tsx';
import { HeldRun } from './held.tsx';
import { RunProgress } from './progress.tsx';
import { RunRecords } from './records.tsx';
import { RefusedBecause } from './refused.tsx';

const route = getRouteApi('/t/$tenant/runs/$run');

export function RunPage() {
  const { tenant, run: id } = route.useParams();
  const search = route.useSearch();
  const { data: run, error, refetch } = useQuery(runQuery(tenant, id));
  const name = useQuery(tenantQuery(tenant)).data?.name ?? navigation.tenant;
  return (
    <Page
      title={words.title(id)}
      crumbs={[
        { label: name, to: `/t/${tenant}` },
        { label: words.list, to: `/t/${tenant}/runs` },
        ...(run ? [{ label: objects[run.object].sync, to: `/t/${tenant}/${run.object}` }] : []),
      ]}
      actions={run && <RunActions tenant={tenant} run={run} />}
    >
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {run === undefined ? !error && <Waiting rows={8} /> : <Answer tenant={tenant} run={run} />}
      {run && <Found tenant={tenant} run={run} />}
      {run?.counts.legs && (
        <Panel title={words.records}>
          <RunRecords tenant={tenant} run={run} search={search} />
        </Panel>
      )}
      {run && Object.keys(run.calls).length > 0 && <Calls calls={run.calls} />}
    </Page>
  );
}

const sum = (run: RunDetail, outcome: string): number =>
  (run.counts.legs?.pull?.[outcome] ?? 0) + (run.counts.legs?.push?.[outcome] ?? 0);

function Answer({ tenant, run }: { tenant: string; run: RunDetail }) {
  const said = runStates[run.state] ?? runStates.running!;
  const { temporalUrl } = useSession();
  const written = sum(run, 'written');
  const refused = sum(run, 'rejected');
  const answer = words.answer({ state: run.state, dryRun: run.dryRun, seconds: run.durationSeconds, written, refused });
  return (
    <Stack>
      <ToneBox tone={said.tone}>
        <Stack gap={4}>
          <Group gap="sm">
            <ToneMark tone={said.tone} word={said.word} />
            {run.dryRun && <ToneMark tone="idle" word={words.dryRun} />}
            <Text fz="lg" role="status">
              {answer}
            </Text>
          </Group>
          {run.waitingUntil && (
            <Text>
              {words.waitsUntil} <Time at={run.waitingUntil} form="clock" />
            </Text>
          )}
          {run.reason && run.state !== 'held' && (
            <Text>
              {run.reason.message} {run.reason.fix}
            </Text>
          )}
        </Stack>
      </ToneBox>
      {run.decision && (
        <Text>
          {words.decided[run.decision.action]} <span className="mono">{run.decision.by}</span>,{' '}
          <Time at={run.decision.at} />
          {run.decision.reason === null ? '.' : `: ${run.decision.reason}`}
        </Text>
      )}
      {run.state === 'held' && (
        <Panel>
          <HeldRun tenant={tenant} run={run} />
        </Panel>
      )}
      <Group gap="xl" fz="sm">
        <Fact label={words.trigger}>
          {triggers[run.trigger] ?? run.trigger}, {scopes[run.scope]}
        </Fact>
        <Fact label={words.started}>
          <Time at={run.openedAt ?? run.queuedAt} form="clock" />
        </Fact>
        <Fact label={words.took}>{duration(run.durationSeconds)}</Fact>
        <Fact label={words.by}>{run.requestedBy ?? '–'}</Fact>
        <Fact label={words.version}>{run.configVersion}</Fact>
        {temporalUrl && (
          <Anchor
            fz="sm"
            href={`${temporalUrl}/namespaces/default/workflows/${encodeURIComponent(`sync/${tenant}/${run.object}`)}`}
            target="_blank"
            rel="noreferrer"
          >
            {words.temporal}
          </Anchor>
        )}
      </Group>
      {activeStates.includes(run.state) && (
        <Panel title={words.progress}>
          <RunProgress run={run} />
        </Panel>
      )}
    </Stack>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text fz="xs" c="dimmed">
        {label}
      </Text>
      <Text fz="sm">{children}</Text>
    </div>
  );
}

function Found({ tenant, run }: { tenant: string; run: RunDetail }) {
  const { legs, read, match } = run.counts;
  if (!legs) return null;
  const link = (leg: Leg) => (outcome: string, children: ReactNode) => (
    <To to="/t/$tenant/runs/$run" params={{ tenant, run: run.id }} search={{ leg, outcome }} hash="records">
      {children}
    </To>
  );
  const matched = match?.matched ?? 0;
  return (
    <>
      {match && read && (
        <Panel title={words.match}>
          <MatchBar hubspot={(read.hubspot ?? 0) - matched} both={matched} pendo={(read.pendo ?? 0) - matched} />
        </Panel>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {(['pull', 'push'] as const).map((leg) => (
          <Panel key={leg} title={run.dryRun ? words.wouldFlow(leg) : words.flow(leg)}>
            <Flow
              outcomes={legs[leg] ?? {}}
              color={leg === 'pull' ? 'var(--cw-hubspot)' : 'var(--cw-pendo)'}
              link={link(leg)}
            />
          </Panel>
        ))}
      </SimpleGrid>
      <RefusedBecause run={run} />
    </>
  );
}

function Calls({ calls }: { calls: Record<string, number> }) {
  return (
    <Panel title={words.calls}>
      <Rows label={words.calls} columns={[{ label: words.call }, { label: words.callCount, align: 'right' }]}>
        {Object.entries(calls)
          .sort(([, a], [, b]) => b - a)
          .map(([name, n]) => (
            <Table.Tr key={name}>
              <Table.Td>{words.callNames[name] ?? name}</Table.Td>
              <Table.Td ta="right">{count(n)}</Table.Td>
            </Table.Tr>
          ))}
      </Rows>
    </Panel>
  );
}
