import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Page } from '../../parts/page.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { alertTargetQuery, tenantQuery } from '../../queries.ts';
import { alerts as words } from '../../words/admin.ts';
import { navigation } from '../../words/common.ts';
import { Recipients } from './recipients.tsx';
import { SentAlerts } from './sent.tsx';
import { Webhook } from './webhook.tsx';

export function AlertsPage() {
  const { tenant } = useParams({ from: '/t/$tenant/alerts' });
  const name = useQuery(tenantQuery(tenant)).data?.name ?? navigation.tenant;
  const { data, error, refetch } = useQuery(alertTargetQuery(tenant));
  return (
    <Page title={words.title} crumbs={[{ label: name, to: `/t/${tenant}` }]}>
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {data !== undefined && <Webhook key={data?.url ?? ''} tenant={tenant} target={data} />}
      <Recipients tenant={tenant} />
      <SentAlerts tenant={tenant} />
    </Page>
  );
}
