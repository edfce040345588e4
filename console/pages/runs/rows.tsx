import { Table } from '@mantine/core';
import { To } from '../../parts/link.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneMark } from '../../parts/tone.tsx';
import type { Run, RunWithTenant } from '../../queries.ts';
import { count, duration } from '../../words/numbers.ts';
import { run as words } from '../../words/run.ts';
import { objects, runStates, scopes, triggers } from '../../words/things.ts';

/** Runs of one tenant, the newest first; dry ones are marked. */
export function RunRows({ tenant, runs }: { tenant: string; runs: readonly Run[] }) {
  return <TenantRunRows rows={runs.map((run) => ({ tenant: { id: tenant, name: '' }, run }))} ofOne />;
}

/** The same of several tenants, each named. */
export function TenantRunRows({ rows, ofOne = false }: { rows: readonly RunWithTenant[]; ofOne?: boolean }) {
  const { columns } = words;
  const total = (run: Run, outcome: string): number =>
    (run.counts.legs?.pull?.[outcome] ?? 0) + (run.counts.legs?.push?.[outcome] ?? 0);
  return (
    <Rows
      label={words.list}
      columns={[
        { label: columns.id },
        ...(ofOne ? [] : [{ label: columns.tenant }]),
        { label: columns.sync },
        { label: columns.state },
        { label: columns.trigger },
        { label: columns.when },
        { label: columns.took, align: 'right' },
        { label: columns.written, align: 'right' },
        { label: columns.refused, align: 'right' },
      ]}
    >
      {rows.map(({ tenant, run }) => {
        const said = runStates[run.state] ?? runStates.running!;
        return (
          <Table.Tr key={run.id}>
            <Table.Td>
              <To to="/t/$tenant/runs/$run" params={{ tenant: tenant.id, run: run.id }} search={{}}>
                {run.id}
              </To>
            </Table.Td>
            {!ofOne && (
              <Table.Td style={{ overflowWrap: 'anywhere', minWidth: 120 }}>
                <To to="/t/$tenant" params={{ tenant: tenant.id }}>
                  {tenant.name}
                </To>
              </Table.Td>
            )}
            <Table.Td>{objects[run.object].sync}</Table.Td>
            <Table.Td>
              <ToneMark tone={said.tone} word={said.word} title={run.reason?.message ?? said.means} />
            </Table.Td>
            <Table.Td>
              {triggers[run.trigger] ?? run.trigger}
              {run.dryRun && run.trigger !== 'preview' && `, ${words.dryRun}`}
              {run.scope !== 'full' && `, ${scopes[run.scope]}`}
            </Table.Td>
            <Table.Td>
              <Time at={run.openedAt ?? run.queuedAt} />
            </Table.Td>
            <Table.Td ta="right">{duration(run.durationSeconds)}</Table.Td>
            <Table.Td ta="right">{count(total(run, 'written'))}</Table.Td>
            <Table.Td ta="right">{count(total(run, 'rejected'))}</Table.Td>
          </Table.Tr>
        );
      })}
    </Rows>
  );
}
