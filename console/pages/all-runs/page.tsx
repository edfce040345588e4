import { Button, Group, Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Page, Waiting } from '../../parts/page.tsx';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { allRunsQuery, type Run, type Trigger } from '../../queries.ts';
import { common, navigation } from '../../words/common.ts';
import { run as words } from '../../words/run.ts';
import { runStates, triggers } from '../../words/things.ts';
import { RunFilters } from '../runs/filters.tsx';
import { TenantRunRows } from '../runs/rows.tsx';

const route = getRouteApi('/runs');

/** The runs of all tenants: what an operator looks through. */
export function AllRunsPage() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/runs' });
  const state = search.state !== undefined && search.state in runStates ? (search.state as Run['state']) : undefined;
  const trigger = search.trigger !== undefined && search.trigger in triggers ? (search.trigger as Trigger) : undefined;
  const { data, error, refetch } = useQuery(
    allRunsQuery({ object: search.object, state, trigger, before: search.before }),
  );
  const set = (change: Partial<typeof search>): void =>
    void navigate({ search: (before) => ({ ...before, before: undefined, ...change }) });
  return (
    <Page title={navigation.allRuns}>
      <Text fz="lg">{words.allLead}</Text>
      <Panel>
        <RunFilters object={search.object} state={state} onChange={set}>
          <Select
            label={words.trigger}
            value={trigger ?? ''}
            data={[
              { value: '', label: words.anyTrigger },
              ...Object.entries(triggers).map(([value, label]) => ({ value, label })),
            ]}
            onChange={(value) => set({ trigger: value || undefined })}
            allowDeselect={false}
          />
        </RunFilters>
        {error && <ProblemBox error={error} retry={() => void refetch()} />}
        {data === undefined && !error && <Waiting rows={8} />}
        {data?.runs.length === 0 && <Nothing>{words.listNone}</Nothing>}
        {data && data.runs.length > 0 && <TenantRunRows rows={data.runs} />}
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
