import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Page, Waiting } from '../../parts/page.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { ToneBox } from '../../parts/tone.tsx';
import { tenantQuery, tenantUsageQuery, type UsageDay } from '../../queries.ts';
import { navigation } from '../../words/common.ts';
import { vendors } from '../../words/things.ts';
import { usage as words } from '../../words/usage.ts';
import { Period, UsageDays, utcToday } from './days.tsx';

const route = getRouteApi('/t/$tenant/usage');
/** From this share of a day's calls on, somebody should look. */
const much = 0.8;

export function UsagePage() {
  const { tenant } = route.useParams();
  const { days = 30 } = route.useSearch();
  const navigate = useNavigate({ from: '/t/$tenant/usage' });
  const name = useQuery(tenantQuery(tenant)).data?.name ?? navigation.tenant;
  const { data, error, refetch } = useQuery(tenantUsageQuery(tenant, days));
  return (
    <Page
      title={words.title}
      crumbs={[{ label: name, to: `/t/${tenant}` }]}
      actions={<Period days={days} onChange={(next) => void navigate({ search: { days: next } })} />}
    >
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting rows={6} />}
      {data && (
        <Stack gap="lg">
          {(['hubspot', 'pendo'] as const).map((vendor) => (
            <Today
              key={vendor}
              vendor={vendors[vendor]}
              day={data.days.find((one) => one.vendor === vendor && one.day === utcToday())}
            />
          ))}
          <UsageDays list={data.days} days={days} limits />
        </Stack>
      )}
    </Page>
  );
}

function Today({ vendor, day }: { vendor: string; day: UsageDay | undefined }) {
  const { calls = 0, throttled = 0, limit = null, used = null } = day ?? {};
  const scarce = limit !== null && used !== null && used > much * limit;
  return (
    <ToneBox tone={calls === 0 ? 'idle' : scarce || throttled > 0 ? 'wait' : 'good'}>
      <Text fz="lg">{words.today({ vendor, calls, throttled, limit, used })}</Text>
    </ToneBox>
  );
}
