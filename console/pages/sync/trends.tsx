import { SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { To } from '../../parts/link.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Strip } from '../../pictures/strip.tsx';
import { Trend } from '../../pictures/trend.tsx';
import { fleetQuery, historyQuery } from '../../queries.ts';
import { count, duration, share } from '../../words/numbers.ts';
import { sync as words } from '../../words/sync.ts';
import type { SyncObject } from '../../words/things.ts';

/** A bar for each day of the last month. */
export function MonthPanel({ tenant, object }: { tenant: string; object: SyncObject }) {
  const row = useQuery(fleetQuery({ q: tenant, sort: 'name', offset: 0 })).data?.syncs.find(
    (one) => one.tenant.id === tenant && one.object === object,
  );
  if (!row) return null;
  return (
    <Panel title={words.month}>
      <Strip entries={row.strip} today={new Date().toISOString().slice(0, 10)} />
      <Text fz="sm" c="dimmed">
        {words.monthLegend}
      </Text>
    </Panel>
  );
}

/** How matches, writes, refusals and run time developed over three months. */
export function Trends({ tenant, object }: { tenant: string; object: SyncObject }) {
  const history = useQuery(historyQuery(tenant, object, 90)).data?.runs ?? [];
  const full = history.filter((run) => !run.dryRun && run.scope === 'full' && run.closedAt !== null);
  if (full.length === 0) return null;
  const link = (run: string, children: ReactNode) => (
    <To to="/t/$tenant/runs/$run" params={{ tenant, run }} search={{}}>
      {children}
    </To>
  );
  const points = (value: (run: (typeof full)[number]) => number | null) =>
    full.flatMap((run) => {
      const found = value(run);
      return found === null ? [] : [{ at: Date.parse(run.queuedAt), value: found, run: run.run }];
    });
  const of = (outcome: string) => (run: (typeof full)[number]) =>
    (run.legs.pull?.[outcome] ?? 0) + (run.legs.push?.[outcome] ?? 0);
  return (
    <Panel title={words.trends}>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing={{ base: 'xs', xs: 'xl' }}>
        <Trend
          title={words.matchShare}
          points={points((run) => (run.matched === null || !run.read.hubspot ? null : run.matched / run.read.hubspot))}
          show={(value) => share(value, 1)}
          link={link}
        />
        <Trend title={words.writtenTrend} points={points(of('written'))} show={count} link={link} />
        <Trend
          title={words.refusedTrend}
          points={points(of('rejected'))}
          show={count}
          color="var(--cw-act)"
          link={link}
        />
        <Trend
          title={words.secondsTrend}
          points={points((run) => run.seconds)}
          show={duration}
          color="var(--cw-idle)"
          link={link}
        />
      </SimpleGrid>
      {full.length === 1 && (
        <Text fz="sm" c="dimmed">
          {words.trendsLater}
        </Text>
      )}
    </Panel>
  );
}
