import { Stack, Table, Text } from '@mantine/core';
import { Panel } from '../../parts/panel.tsx';
import { Rows } from '../../parts/table.tsx';
import type { RunDetail } from '../../queries.ts';
import { fixOf } from '../../words/refusals.ts';
import { run as words } from '../../words/run.ts';
import { legs } from '../../words/things.ts';

interface Refusal {
  leg: 'pull' | 'push';
  code: string;
  property: string | null;
  rows: number;
}

/** Refusals grouped by code and field, largest first, each with what to do; and fields that were left out for all. */
export function RefusedBecause({ run }: { run: RunDetail }) {
  const refusals = ((run.counts.rejections ?? []) as unknown as Refusal[]).toSorted((a, b) => b.rows - a.rows);
  if (refusals.length + run.dropped.length === 0) return null;
  return (
    <Panel title={words.refused}>
      <Rows
        label={words.refused}
        columns={[{ label: words.outcome }, { label: words.field }, { label: words.columns.refused, align: 'right' }]}
      >
        {refusals.map((refusal) => (
          <Table.Tr key={`${refusal.leg} ${refusal.code} ${refusal.property}`}>
            <Table.Td>
              <Stack gap={2}>
                <Text fw={600}>
                  {legs[refusal.leg]}: {refusal.code}
                </Text>
                <Text fz="sm">{fixOf(refusal.code)}</Text>
              </Stack>
            </Table.Td>
            <Table.Td className="mono">{refusal.property ?? '–'}</Table.Td>
            <Table.Td ta="right">{words.refusedRow(refusal.rows)}</Table.Td>
          </Table.Tr>
        ))}
        {run.dropped.map((field) => (
          <Table.Tr key={`${field.leg} ${field.field}`}>
            <Table.Td>
              <Stack gap={2}>
                <Text fw={600}>
                  {legs[field.leg]}: {field.code}
                </Text>
                <Text fz="sm">{field.message}</Text>
              </Stack>
            </Table.Td>
            <Table.Td className="mono">{field.field}</Table.Td>
            <Table.Td ta="right">{words.dropped}</Table.Td>
          </Table.Tr>
        ))}
      </Rows>
    </Panel>
  );
}
