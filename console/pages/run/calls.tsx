import { Table } from '@mantine/core';
import { Panel } from '../../parts/panel.tsx';
import { Rows } from '../../parts/table.tsx';
import { count } from '../../words/numbers.ts';
import { run as words } from '../../words/run.ts';

/** Requests of the run, by limit class. */
export function RunCalls({ calls }: { calls: Record<string, number> }) {
  const rows = Object.entries(calls).sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return null;
  return (
    <Panel title={words.calls}>
      <Rows label={words.calls} columns={[{ label: words.call }, { label: words.callCount, align: 'right' }]}>
        {rows.map(([name, n]) => (
          <Table.Tr key={name}>
            <Table.Td>{words.callNames[name] ?? name}</Table.Td>
            <Table.Td ta="right">{count(n)}</Table.Td>
          </Table.Tr>
        ))}
      </Rows>
    </Panel>
  );
}
