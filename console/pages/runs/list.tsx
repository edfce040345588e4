import { Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { Waiting } from '../../parts/page.tsx';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { common } from '../../words/common.ts';

interface Props<Run> {
  list: { data: { runs: Run[]; next: string | null } | undefined; error: unknown; refetch: () => unknown };
  filters: ReactNode;
  /** Shown where there is none. */
  empty: string;
  rows: (runs: Run[]) => ReactNode;
  onNext: (before: string) => void;
}

/** A page of runs under its filters, with the way to the next one. */
export function RunList<Run>({ list: { data, error, refetch }, filters, empty, rows, onNext }: Props<Run>) {
  const next = data?.next;
  return (
    <Panel>
      {filters}
      {error !== null && <ProblemBox error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Waiting rows={8} />}
      {data?.runs.length === 0 && <Nothing>{empty}</Nothing>}
      {data && data.runs.length > 0 && rows(data.runs)}
      {next && (
        <Group justify="flex-end">
          <Button size="xs" variant="default" onClick={() => onNext(next)}>
            {common.next}
          </Button>
        </Group>
      )}
    </Panel>
  );
}
