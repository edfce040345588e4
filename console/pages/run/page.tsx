import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Page, Waiting } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { runQuery, tenantQuery } from '../../queries.ts';
import { navigation } from '../../words/common.ts';
import { run as words } from '../../words/run.ts';
import { objects } from '../../words/things.ts';
import { RunActions } from './actions.tsx';
import { RunAnswer } from './answer.tsx';
import { RunCalls } from './calls.tsx';
import { RunEvents } from './events.tsx';
import { RunFlow } from './flow.tsx';
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
      {run === undefined && !error && <Waiting rows={8} />}
      {run && (
        <>
          <RunAnswer tenant={tenant} run={run} />
          <RunFlow tenant={tenant} run={run} />
          <RefusedBecause run={run} />
          <RunEvents run={run} />
          {run.counts.legs && (
            <Panel title={words.records}>
              <RunRecords tenant={tenant} run={run} search={search} />
            </Panel>
          )}
          <RunCalls calls={run.calls} />
        </>
      )}
    </Page>
  );
}
