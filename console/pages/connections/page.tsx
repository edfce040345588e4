import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { answer, api, done } from '../../api.ts';
import { ConfirmedButton } from '../../parts/confirm.tsx';
import { ConnectionTest } from '../../parts/connection-test.tsx';
import { ButtonTo } from '../../parts/link.tsx';
import { Page, Waiting } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneMark } from '../../parts/tone.tsx';
import { type Connection, connectionsQuery, tenantQuery } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { connections as words } from '../../words/admin.ts';
import { navigation } from '../../words/common.ts';
import { accountOf, connectionStates } from '../../words/sync.ts';
import { vendors } from '../../words/things.ts';
import { Assumptions } from './assumptions.tsx';
import { ShareLogin } from './share-login.tsx';

type Vendor = 'pendo' | 'hubspot';

export function ConnectionsPage() {
  const { tenant } = useParams({ from: '/t/$tenant/connections' });
  const name = useQuery(tenantQuery(tenant)).data?.name ?? navigation.tenant;
  const { data, error, refetch } = useQuery(connectionsQuery(tenant));
  return (
    <Page title={words.title} crumbs={[{ label: name, to: `/t/${tenant}` }]}>
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data &&
        (['pendo', 'hubspot'] as const).map((vendor) => (
          <One
            key={vendor}
            tenant={tenant}
            vendor={vendor}
            found={data.connections.find((one) => one.vendor === vendor)}
          />
        ))}
      {data && <Assumptions tenant={tenant} />}
    </Page>
  );
}

function One({ tenant, vendor, found }: { tenant: string; vendor: Vendor; found: Connection | undefined }) {
  const admin = useMay('admin');
  const operate = useMay('operate');
  const said = connectionStates[found?.state ?? 'disconnected'] ?? connectionStates.disconnected!;
  const test = useMutation({
    mutationFn: () => answer(api.connections[':vendor'].test.$post({ param: { tenant, vendor } })),
  });
  const connected = found !== undefined && found.state !== 'disconnected';
  return (
    <Panel title={vendors[vendor]} aside={<ToneMark tone={said.tone} word={said.word} />}>
      <Stack gap="sm">
        {!connected && <Text>{words.none}</Text>}
        {connected && (
          <Text>
            {accountOf(found)}{' '}
            <Text component="span" c="dimmed">
              {words.checked} <Time at={found.checkedAt} />
            </Text>
          </Text>
        )}
        {found?.reason && (
          <Text>
            {found.reason.message} {found.reason.fix}
          </Text>
        )}
        {test.error && <ProblemBox error={test.error} />}
        {test.data && <ConnectionTest steps={test.data.steps} />}
        <Group>
          {connected && operate && (
            <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
              {words.test}
            </Button>
          )}
          {admin && (
            <ButtonTo
              variant={connected ? 'default' : 'filled'}
              target={{ to: '/t/$tenant/setup', params: { tenant }, search: { step: vendor } }}
            >
              {connected ? words.change : words.connect}
            </ButtonTo>
          )}
          {connected && admin && <Disconnect tenant={tenant} vendor={vendor} />}
        </Group>
        {vendor === 'hubspot' && <ShareLogin tenant={tenant} />}
      </Stack>
    </Panel>
  );
}

function Disconnect({ tenant, vendor }: { tenant: string; vendor: Vendor }) {
  const queries = useQueryClient();
  const leave = useMutation({
    mutationFn: () => done(api.connections[':vendor'].$delete({ param: { tenant, vendor } })),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <ConfirmedButton
      label={words.disconnect}
      variant="default"
      title={words.disconnectTitle(vendors[vendor])}
      button={words.disconnectTitle(vendors[vendor])}
      danger
      typed={vendors[vendor]}
      action={leave}
    >
      {words.disconnectText}
    </ConfirmedButton>
  );
}
