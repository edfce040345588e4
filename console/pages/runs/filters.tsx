import { Group, Select } from '@mantine/core';
import type { ReactNode } from 'react';
import { run as words } from '../../words/run.ts';
import { objects, runStates, type SyncObject } from '../../words/things.ts';

interface Props {
  object: SyncObject | undefined;
  state: string | undefined;
  onChange: (change: { object?: SyncObject | undefined; state?: string | undefined }) => void;
  children?: ReactNode;
}

/** Which runs are listed. What is chosen stands in the address. */
export function RunFilters({ object, state, onChange, children }: Props) {
  return (
    <Group>
      <Select
        label={words.sync}
        value={object ?? ''}
        data={[
          { value: '', label: words.anySync },
          { value: 'visitor', label: objects.visitor.sync },
          { value: 'account', label: objects.account.sync },
        ]}
        onChange={(value) => onChange({ object: (value || undefined) as SyncObject | undefined })}
        allowDeselect={false}
      />
      <Select
        label={words.state}
        value={state ?? ''}
        data={[
          { value: '', label: words.anyState },
          ...Object.entries(runStates).map(([value, said]) => ({ value, label: said.word })),
        ]}
        onChange={(value) => onChange({ state: value || undefined })}
        allowDeselect={false}
      />
      {children}
    </Group>
  );
}
