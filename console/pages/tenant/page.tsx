import { Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { answer, api } from '../../api.ts';
import { ButtonTo, To } from '../../parts/link.tsx';
import { Page, Waiting } from '../../parts/page.tsx';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { ToneMark } from '../../parts/tone.tsx';
import { Strip } from '../../pictures/strip.tsx';
import { connectionsQuery, fleetQuery, runsQuery, syncsQuery, tenantQuery } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { relativeTime } from '../../words/numbers.ts';
import { accountOf, connectionStates, sync as syncWords, tenant as words } from '../../words/sync.ts';
import { healths, objects, vendors } from '../../words/things.ts';
import { RunRows } from '../runs/rows.tsx';

export function TenantPage() {
  const { tenant: id } = useParams({ from: '/t/$tenant' });
  const { data: tenant, error, refetch } = useQuery(tenantQuery(id));
  const syncs = useQuery(syncsQuery(id)).data?.syncs;
  const runs = useQuery(runsQuery(id, { limit: 8 })).data?.runs;
  return (
    <Page title={tenant?.name ?? id} actions={tenant && <PauseAll id={id} state={tenant.state} />}>
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {!tenant && !error && <Waiting />}
      {tenant && (
        <Stack gap="lg">
          {syncs?.length === 0 ? (
            <Nothing
              action={
                <ButtonTo target={{ to: '/t/$tenant/setup', params: { tenant: id }, search: {} }}>
                  {words.setUp}
                </ButtonTo>
              }
            >
              {words.empty}
            </Nothing>
          ) : (
            <Syncs tenant={id} />
          )}
          <Connections tenant={id} />
          {runs && runs.length > 0 && (
            <Panel
              title={words.feed}
              aside={
                <To to="/t/$tenant/runs" params={{ tenant: id }} search={{}}>
                  {syncWords.allRuns}
                </To>
              }
            >
              <RunRows tenant={id} runs={runs} />
            </Panel>
          )}
        </Stack>
      )}
    </Page>
  );
}

function Syncs({ tenant }: { tenant: string }) {
  const rows = useQuery(fleetQuery({ q: tenant, sort: 'name', offset: 0 })).data?.syncs ?? [];
  const today = new Date().toISOString().slice(0, 10);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      {rows
        .filter((row) => row.tenant.id === tenant)
        .map((row) => {
          const said = healths[row.health] ?? healths.ok!;
          return (
            <Panel
              key={row.object}
              title={objects[row.object].sync}
              aside={<ToneMark tone={said.tone} word={said.word} title={said.means} />}
            >
              <Text>
                {row.reason?.message ?? said.means}{' '}
                {row.lastGood && `${syncWords.lastRun} ${relativeTime(row.lastGood.at)}.`}
              </Text>
              <Strip entries={row.strip} today={today} />
              <Group>
                <ButtonTo
                  size="xs"
                  variant="default"
                  target={{ to: '/t/$tenant/$object', params: { tenant, object: row.object } }}
                >
                  {words.open}
                </ButtonTo>
              </Group>
            </Panel>
          );
        })}
    </SimpleGrid>
  );
}

function Connections({ tenant }: { tenant: string }) {
  const connections = useQuery(connectionsQuery(tenant)).data?.connections ?? [];
  return (
    <Panel title={words.connections}>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {(['pendo', 'hubspot'] as const).map((vendor) => {
          const found = connections.find((one) => one.vendor === vendor);
          const said = connectionStates[found?.state ?? 'disconnected'] ?? connectionStates.disconnected!;
          return (
            <Group key={vendor} gap="sm">
              <Text fw={600}>{vendors[vendor]}</Text>
              <ToneMark tone={said.tone} word={found ? said.word : words.notConnected} title={found?.reason?.message} />
              <Text fz="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {found && accountOf(found)}
              </Text>
            </Group>
          );
        })}
      </SimpleGrid>
    </Panel>
  );
}

function PauseAll({ id, state }: { id: string; state: string }) {
  const may = useMay('operate');
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: () =>
      state === 'active'
        ? answer(api.tenants[':tenant'].pause.$post({ param: { tenant: id } }))
        : answer(api.tenants[':tenant'].resume.$post({ param: { tenant: id } })),
    onSuccess: () => queries.invalidateQueries(),
  });
  if (!may) return null;
  return (
    <Button variant="default" loading={change.isPending} onClick={() => change.mutate()}>
      {state === 'active' ? words.pause : words.resume}
    </Button>
  );
}
