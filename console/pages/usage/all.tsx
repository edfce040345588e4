import { Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { To } from '../../parts/link.tsx';
import { Page, Waiting } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { type AllUsage, allUsageQuery } from '../../queries.ts';
import { count } from '../../words/numbers.ts';
import { usage as words } from '../../words/usage.ts';
import { Period, UsageDays } from './days.tsx';

const route = getRouteApi('/usage');

export function AllUsagePage() {
  const { days = 30 } = route.useSearch();
  const navigate = useNavigate({ from: '/usage' });
  const { data, error, refetch } = useQuery(allUsageQuery(days));
  return (
    <Page
      title={words.allTitle}
      actions={<Period days={days} onChange={(next) => void navigate({ search: { days: next } })} />}
    >
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting rows={6} />}
      {data && (
        <Stack gap="lg">
          {data.tenants.length > 0 && (
            <Text fz="lg">
              {words.total(
                data.days.reduce((sum, { calls }) => sum + calls, 0),
                data.tenants.length,
              )}
            </Text>
          )}
          {data.tenants.length > 0 && <Tenants tenants={data.tenants} days={days} />}
          <UsageDays list={data.days} days={days} limits={false} />
        </Stack>
      )}
    </Page>
  );
}

function Tenants({ tenants, days }: { tenants: AllUsage['tenants']; days: number }) {
  const { columns } = words;
  return (
    <Panel title={words.tenants}>
      <Rows
        label={words.tenants}
        columns={[
          { label: words.tenant },
          { label: columns.calls, align: 'right' },
          { label: columns.throttled, align: 'right' },
          { label: columns.written, align: 'right' },
        ]}
      >
        {tenants.map(({ id, name, calls, throttled, written }) => (
          <Table.Tr key={id}>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>
              <To to="/t/$tenant/usage" params={{ tenant: id }} search={{ days }}>
                {name}
              </To>
            </Table.Td>
            <Table.Td ta="right">{count(calls)}</Table.Td>
            <Table.Td ta="right">{count(throttled)}</Table.Td>
            <Table.Td ta="right">{count(written)}</Table.Td>
          </Table.Tr>
        ))}
      </Rows>
    </Panel>
  );
}
