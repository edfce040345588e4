import { NavLink, Stack, Text } from '@mantine/core';
import {
  IconAdjustments,
  IconAlertCircle,
  IconApi,
  IconBell,
  IconBuilding,
  IconChartBar,
  IconHistory,
  IconHome,
  IconKey,
  IconListSearch,
  IconPlayerPlay,
  IconPlugConnected,
  IconSettings,
  IconStack2,
  IconUsers,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { attentionQuery, tenantQuery } from '../queries.ts';
import { navigation } from '../words/common.ts';
import { objects } from '../words/things.ts';
import { useMay, useSession } from './session.tsx';

interface Item {
  label: string;
  to: string;
  icon: typeof IconKey;
  exact?: boolean;
  badge?: number | undefined;
}

export function Navigation({ onGo }: { onGo: () => void }) {
  const session = useSession();
  const admin = useMay('admin');
  const params = useParams({ strict: false }) as { tenant?: string };
  const tenant = params.tenant ?? session.tenant?.id;
  const waiting = useQuery(attentionQuery()).data?.total;
  const all: Item[] = [
    ...(session.tenant === null ? [{ label: navigation.fleet, to: '/fleet', icon: IconStack2 }] : []),
    { label: navigation.attention, to: '/attention', icon: IconAlertCircle, badge: waiting },
    ...(session.tenant === null
      ? [
          { label: navigation.allRuns, to: '/runs', icon: IconPlayerPlay },
          { label: navigation.allUsage, to: '/usage', icon: IconChartBar },
        ]
      : []),
  ];
  const ofTenant: Item[] =
    tenant === undefined
      ? []
      : [
          { label: navigation.overview, to: `/t/${tenant}`, icon: IconHome, exact: true },
          { label: objects.visitor.sync, to: `/t/${tenant}/visitor`, icon: IconUsers },
          { label: objects.account.sync, to: `/t/${tenant}/account`, icon: IconBuilding },
          { label: navigation.records, to: `/t/${tenant}/records`, icon: IconListSearch },
          { label: navigation.runs, to: `/t/${tenant}/runs`, icon: IconPlayerPlay },
          { label: navigation.setup, to: `/t/${tenant}/setup`, icon: IconSettings },
          { label: navigation.connections, to: `/t/${tenant}/connections`, icon: IconPlugConnected },
          { label: navigation.usage, to: `/t/${tenant}/usage`, icon: IconChartBar },
          { label: navigation.alerts, to: `/t/${tenant}/alerts`, icon: IconBell },
          { label: navigation.settings, to: `/t/${tenant}/settings`, icon: IconAdjustments },
        ];
  const last: Item[] = admin
    ? [
        { label: navigation.keys, to: '/keys', icon: IconKey },
        { label: navigation.audit, to: '/audit', icon: IconHistory },
      ]
    : [];
  return (
    <Stack component="nav" gap={2} onClick={onGo}>
      <Items items={all} />
      {tenant !== undefined && <TenantName tenant={tenant} />}
      <Items items={ofTenant} />
      {last.length > 0 && <div style={{ height: 12 }} />}
      <Items items={last} />
      <NavLink component="a" href="/docs" label={navigation.docs} leftSection={<IconApi size={18} aria-hidden />} />
    </Stack>
  );
}

function Items({ items }: { items: readonly Item[] }) {
  return items.map(({ label, to, icon: Icon, exact, badge }) => (
    <Link
      key={to}
      to={to}
      activeOptions={{ exact: exact ?? false }}
      style={{ textDecoration: 'none', color: 'inherit' }}
    >
      {({ isActive }) => (
        <NavLink
          component="span"
          active={isActive}
          label={label}
          leftSection={<Icon size={18} aria-hidden />}
          rightSection={
            badge ? (
              <Text fz="sm" fw={700} style={{ color: 'var(--cw-act)' }}>
                {badge}
              </Text>
            ) : undefined
          }
          style={{ borderRadius: 8 }}
        />
      )}
    </Link>
  ));
}

function TenantName({ tenant }: { tenant: string }) {
  const { data } = useQuery(tenantQuery(tenant));
  return (
    <Text fz="xs" fw={700} c="dimmed" tt="uppercase" px="sm" pt="md" pb={4} style={{ overflowWrap: 'anywhere' }}>
      {data?.name ?? navigation.tenant}
    </Text>
  );
}
