import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Page, Waiting } from '../../parts/page.tsx';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { runsQuery, tenantQuery } from '../../queries.ts';
import { common, navigation } from '../../words/common.ts';
import { run as words } from '../../words/run.ts';
import { runStates } from '../../words/things.ts';
import { RunFilters } from './filters.tsx';
import { RunRows } from './rows.tsx';

const route = getRouteApi('/t/$tenant/runs');
type State = NonNullable<Parameters<typeof runsQuery>[1]['state']>;

export function RunsPage() {
  const { tenant } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/t/$tenant/runs' });
  const state = search.state !== undefined && search.state in runStates ? (search.state as State) : undefined;
  const { data, error, refetch } = useQuery(runsQuery(tenant, { object: search.object, state, before: search.before }));
  const name = useQuery(tenantQuery(tenant)).data?.name ?? navigation.tenant;
  const set = (change: Partial<typeof search>): void =>
    void navigate({ search: (before) => ({ ...before, before: undefined, ...change }) });
  return (
    <Page title={words.list} crumbs={[{ label: name, to: `/t/${tenant}` }]}>
      <Panel>
        <RunFilters object={search.object} state={state} onChange={set} />
        {error && <ProblemBox error={error} retry={() => void refetch()} />}
        {data === undefined && !error && <Waiting rows={8} />}
        {data?.runs.length === 0 && <Nothing>{words.listEmpty}</Nothing>}
        {data && data.runs.length > 0 && <RunRows tenant={tenant} runs={data.runs} />}
        {data?.next && (
          <Group justify="flex-end">
            <Button size="xs" variant="default" onClick={() => set({ before: data.next ?? undefined })}>
              {common.next}
            </Button>
          </Group>
        )}
      </Panel>
    </Page>
  );
}
