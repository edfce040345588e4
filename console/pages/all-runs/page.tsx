import { Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Page } from '../../parts/page.tsx';
import { allRunsQuery, type Run, type Trigger } from '../../queries.ts';
import { navigation } from '../../words/common.ts';
import { run as words } from '../../words/run.ts';
import { runStates, triggers } from '../../words/things.ts';
import { RunFilters } from '../runs/filters.tsx';
import { RunList } from '../runs/list.tsx';
import { TenantRunRows } from '../runs/rows.tsx';

const route = getRouteApi('/runs');

/** The runs of all tenants: what an operator looks through. */
export function AllRunsPage() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/runs' });
  const state = search.state !== undefined && search.state in runStates ? (search.state as Run['state']) : undefined;
  const trigger = search.trigger !== undefined && search.trigger in triggers ? (search.trigger as Trigger) : undefined;
  const list = useQuery(allRunsQuery({ object: search.object, state, trigger, before: search.before }));
  const set = (change: Partial<typeof search>): void =>
    void navigate({ search: (before) => ({ ...before, before: undefined, ...change }) });
  return (
    <Page title={navigation.allRuns}>
      <Text fz="lg">{words.allLead}</Text>
      <RunList
        list={list}
        filters={
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
        }
        empty={words.listNone}
        rows={(runs) => <TenantRunRows rows={runs} />}
        onNext={(before) => set({ before })}
      />
    </Page>
  );
}
