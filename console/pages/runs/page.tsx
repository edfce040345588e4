import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Page } from '../../parts/page.tsx';
import { runsQuery, tenantQuery } from '../../queries.ts';
import { navigation } from '../../words/common.ts';
import { run as words } from '../../words/run.ts';
import { runStates } from '../../words/things.ts';
import { RunFilters } from './filters.tsx';
import { RunList } from './list.tsx';
import { RunRows } from './rows.tsx';

const route = getRouteApi('/t/$tenant/runs');
type State = NonNullable<Parameters<typeof runsQuery>[1]['state']>;

export function RunsPage() {
  const { tenant } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/t/$tenant/runs' });
  const state = search.state !== undefined && search.state in runStates ? (search.state as State) : undefined;
  const list = useQuery(runsQuery(tenant, { object: search.object, state, before: search.before }));
  const name = useQuery(tenantQuery(tenant)).data?.name ?? navigation.tenant;
  const set = (change: Partial<typeof search>): void =>
    void navigate({ search: (before) => ({ ...before, before: undefined, ...change }) });
  return (
    <Page title={words.list} crumbs={[{ label: name, to: `/t/${tenant}` }]}>
      <RunList
        list={list}
        filters={<RunFilters object={search.object} state={state} onChange={set} />}
        empty={words.listEmpty}
        rows={(runs) => <RunRows tenant={tenant} runs={runs} />}
        onNext={(before) => set({ before })}
      />
    </Page>
  );
}
