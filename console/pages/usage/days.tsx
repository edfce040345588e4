import { SegmentedControl, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { Rows } from '../../parts/table.tsx';
import { Columns } from '../../pictures/columns.tsx';
import type { UsageDay } from '../../queries.ts';
import { count, dayName } from '../../words/numbers.ts';
import { vendors } from '../../words/things.ts';
import { shareOf, usage as words } from '../../words/usage.ts';

const sides = ['hubspot', 'pendo'] as const;
export const periods = [7, 30, 90] as const;

/** Days are UTC's, here and in the picture. */
export const utcToday = (): string => new Date().toISOString().slice(0, 10);

export function Period({ days, onChange }: { days: number; onChange: (days: number) => void }) {
  return (
    <SegmentedControl
      miw="max-content"
      aria-label={words.days}
      value={String(days)}
      onChange={(value) => onChange(Number(value))}
      data={periods.map((n) => ({ value: String(n), label: words.daysOf(n) }))}
    />
  );
}

/** Calls by day in a picture for each vendor, and all figures in a table. @param limits whether they have any */
export function UsageDays({ list, days, limits }: { list: readonly UsageDay[]; days: number; limits: boolean }) {
  if (list.length === 0) return <Nothing>{words.none}</Nothing>;
  return (
    <Stack gap="lg">
      <Panel>
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
          {sides.map((vendor) => (
            <Columns
              key={vendor}
              title={words.calls(vendors[vendor])}
              entries={list.filter((one) => one.vendor === vendor)}
              today={utcToday()}
              days={days}
              color="var(--cw-both)"
            />
          ))}
        </SimpleGrid>
        <Text fz="sm" c="dimmed">
          {words.legend}
        </Text>
      </Panel>
      <Panel title={words.table}>
        <DayRows list={list} limits={limits} />
      </Panel>
    </Stack>
  );
}

function DayRows({ list, limits }: { list: readonly UsageDay[]; limits: boolean }) {
  const { columns } = words;
  return (
    <Rows
      label={words.table}
      columns={[
        { label: columns.day },
        { label: columns.vendor },
        { label: columns.calls, align: 'right' },
        { label: columns.throttled, align: 'right' },
        ...(limits
          ? [
              { label: columns.limit, align: 'right' as const },
              { label: columns.used, align: 'right' as const },
              { label: columns.own, align: 'right' as const },
            ]
          : []),
        { label: columns.written, align: 'right' },
      ]}
    >
      {list.toReversed().map(({ day, vendor, calls, throttled, limit, used, written }) => (
        <Table.Tr key={`${day} ${vendor}`}>
          <Table.Td>{dayName(day)}</Table.Td>
          <Table.Td>{vendors[vendor]}</Table.Td>
          <Table.Td ta="right">{count(calls)}</Table.Td>
          <Table.Td ta="right" style={{ color: throttled > 0 ? 'var(--cw-act)' : undefined }}>
            {count(throttled)}
          </Table.Td>
          {limits && (
            <>
              <Table.Td ta="right">{limit === null ? '–' : count(limit)}</Table.Td>
              <Table.Td ta="right">{used === null || limit === null ? '–' : shareOf(used, limit)}</Table.Td>
              <Table.Td ta="right">{limit === null ? '–' : shareOf(calls, limit)}</Table.Td>
            </>
          )}
          <Table.Td ta="right">{count(written)}</Table.Td>
        </Table.Tr>
      ))}
    </Rows>
  );
}
