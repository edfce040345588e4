import { Stack, Table, Text, Title } from '@mantine/core';
import { Rows } from '../../parts/table.tsx';
import { events as words } from '../../words/events.ts';
import { count } from '../../words/numbers.ts';
import type { Preview } from './preview-figures.ts';

/** Occurrences of custom events that would be sent, beside the limit of the month. */
export function PreviewEvents({ events }: { events: NonNullable<Preview['events']> }) {
  const { columns } = words;
  const { occurrences, entries, month, waiting } = events;
  return (
    <Stack gap={4}>
      <Title order={3}>{words.title}</Title>
      <Text>
        {words.would(occurrences)} {words.month(month.used, month.limit)}
      </Text>
      {waiting > 0 && <Text c="var(--cw-act)">{words.waiting(waiting)}</Text>}
      <Rows
        label={words.title}
        columns={[
          { label: columns.event },
          { label: columns.occurrences, align: 'right' },
          { label: columns.records, align: 'right' },
          { label: columns.days },
        ]}
      >
        {entries.map((entry) => (
          <Table.Tr key={`${entry.source} ${entry.id}`}>
            <Table.Td className="mono">{entry.name}</Table.Td>
            <Table.Td ta="right">{count(entry.occurrences)}</Table.Td>
            <Table.Td ta="right">{count(entry.records)}</Table.Td>
            <Table.Td>
              {entry.firstDay !== null && entry.lastDay !== null && words.days(entry.firstDay, entry.lastDay)}
            </Table.Td>
          </Table.Tr>
        ))}
      </Rows>
    </Stack>
  );
}
