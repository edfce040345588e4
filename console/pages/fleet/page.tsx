import { Button, Chip, Group, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { To } from '../../parts/link.tsx';
import { Page, Waiting } from '../../parts/page.tsx';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneMark } from '../../parts/tone.tsx';
import { Strip } from '../../pictures/strip.tsx';
import { type FleetRow, fleetFilter, fleetQuery } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { common } from '../../words/common.ts';
import { fleet } from '../../words/fleet.ts';
import { count, share } from '../../words/numbers.ts';
import { healths, objects } from '../../words/things.ts';
import { NewTenant } from './new-tenant.tsx';

const route = getRouteApi('/fleet');
const page = 50;
const needSomebody = ['stopped', 'reconnect', 'held', 'failed', 'unscheduled', 'quiet'];
const enabled = [...needSomebody, 'degraded', 'ok'];

export function FleetPage() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/fleet' });
  const filter = fleetFilter(search);
  const { sort, offset } = filter;
  const { data, error, refetch } = useQuery(fleetQuery(filter));
  const [creating, create] = useDisclosure(false);
  const admin = useMay('admin');
  const set = (change: Partial<typeof search>): void =>
    void navigate({ search: (before) => ({ ...before, offset: undefined, ...change }), replace: true });
  const sum = (names: readonly string[]): number => names.reduce((total, name) => total + (data?.counts[name] ?? 0), 0);
  const total = sum(Object.keys(healths));
  return (
    <Page title={fleet.title} actions={admin && <Button onClick={create.open}>{fleet.newTenant}</Button>}>
      <NewTenant opened={creating} onClose={create.close} />
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {data === undefined ? (
        !error && <Waiting rows={8} />
      ) : (
        <Stack>
          <Text fz="lg">{fleet.answer(sum(['ok', 'degraded']), sum(enabled), sum(needSomebody))}</Text>
          <Panel>
            <Group gap="sm" align="flex-end">
              <TextInput
                label={common.search}
                placeholder={fleet.search}
                defaultValue={search.q ?? ''}
                onChange={(event) => set({ q: event.currentTarget.value || undefined })}
                style={{ flex: '1 1 220px' }}
              />
              <Select
                label={fleet.sort}
                data={Object.entries(fleet.sorts).map(([value, label]) => ({ value, label }))}
                value={sort}
                onChange={(value) => set({ sort: (value ?? undefined) as typeof sort })}
                allowDeselect={false}
                w={180}
              />
            </Group>
            <HealthChips counts={data.counts} value={search.health} onChange={(health) => set({ health })} />
            {data.syncs.length === 0 ? (
              <Nothing action={total === 0 && admin && <Button onClick={create.open}>{fleet.newTenant}</Button>}>
                {total === 0 ? fleet.empty : fleet.noneFound}
              </Nothing>
            ) : (
              <SyncRows rows={data.syncs} />
            )}
            {data.total > page && <Pages offset={offset} total={data.total} onGo={(to) => set({ offset: to })} />}
          </Panel>
        </Stack>
      )}
    </Page>
  );
}

interface PagesProps {
  offset: number;
  total: number;
  onGo: (offset: number | undefined) => void;
}

function Pages({ offset, total, onGo }: PagesProps) {
  return (
    <Group justify="flex-end">
      <Text fz="sm">{fleet.page(offset + 1, Math.min(offset + page, total), total)}</Text>
      <Button
        size="xs"
        variant="default"
        disabled={offset === 0}
        onClick={() => onGo(Math.max(0, offset - page) || undefined)}
      >
        {common.previous}
      </Button>
      <Button size="xs" variant="default" disabled={offset + page >= total} onClick={() => onGo(offset + page)}>
        {common.next}
      </Button>
    </Group>
  );
}

interface ChipsProps {
  counts: Record<string, number>;
  value: string | undefined;
  onChange: (health: string | undefined) => void;
}

/** How many syncs are in each state; each is the filter for them. */
function HealthChips({ counts, value, onChange }: ChipsProps) {
  return (
    <Chip.Group value={value ?? ''} onChange={(next) => onChange(next === '' ? undefined : String(next))}>
      <Group gap={6}>
        <Chip value="" size="sm" variant="outline">
          {fleet.everything}
        </Chip>
        {Object.entries(healths)
          .filter(([name]) => (counts[name] ?? 0) > 0 || name === value)
          .map(([name, said]) => (
            <Chip key={name} value={name} size="sm" variant="outline">
              {said.word} {count(counts[name] ?? 0)}
            </Chip>
          ))}
      </Group>
    </Chip.Group>
  );
}

function SyncRows({ rows }: { rows: readonly FleetRow[] }) {
  const { columns } = fleet;
  const today = new Date().toISOString().slice(0, 10);
  return (
    <Rows
      label={fleet.title}
      columns={[
        columns.tenant,
        columns.sync,
        columns.health,
        columns.since,
        columns.strip,
        columns.matched,
        columns.fresh,
      ].map((label) => ({ label }))}
    >
      {rows.map((row) => {
        const said = healths[row.health] ?? healths.ok!;
        return (
          <Table.Tr key={`${row.tenant.id} ${row.object}`}>
            <Table.Td style={{ overflowWrap: 'anywhere', minWidth: 140 }}>
              <To to="/t/$tenant" params={{ tenant: row.tenant.id }}>
                {row.tenant.name}
              </To>
            </Table.Td>
            <Table.Td>
              <To to="/t/$tenant/$object" params={{ tenant: row.tenant.id, object: row.object }}>
                {objects[row.object].sync}
              </To>
            </Table.Td>
            <Table.Td>
              <ToneMark tone={said.tone} word={said.word} title={row.reason?.message ?? said.means} />
            </Table.Td>
            <Table.Td>
              <Time at={row.since} />
            </Table.Td>
            <Table.Td>
              <Strip entries={row.strip} today={today} />
            </Table.Td>
            <Table.Td title={fleet.matchedOf(row.lastGood?.matched ?? 0, row.lastGood?.hubspot ?? 0)}>
              {row.lastGood ? share(row.lastGood.matched ?? 0, Math.max(1, row.lastGood.hubspot ?? 0)) : common.none}
            </Table.Td>
            <Table.Td>
              {row.lastGood ? (
                <To to="/t/$tenant/runs/$run" params={{ tenant: row.tenant.id, run: row.lastGood.run }}>
                  <Time at={row.lastGood.at} />
                </To>
              ) : (
                common.none
              )}
            </Table.Td>
          </Table.Tr>
        );
      })}
    </Rows>
  );
}
