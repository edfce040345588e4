import { Checkbox, Select, Table } from '@mantine/core';
import { Rows } from '../../parts/table.tsx';
import type { HubSpotProperty } from '../../queries.ts';
import { setup } from '../../words/setup.ts';
import type { SyncObject } from '../../words/things.ts';
import { Examples, useSamples } from './examples.tsx';

const words = setup.pull;

/** Chosen properties, each with what happens where HubSpot has no value. */
export type Chosen = Map<string, 'clear' | 'keep'>;

interface Props {
  tenant: string;
  object: SyncObject;
  listed: readonly HubSpotProperty[];
  chosen: Chosen;
  fieldOf: (property: HubSpotProperty) => string;
  onChange: (edit: (next: Chosen) => void) => void;
}

/** HubSpot's properties with real values, to be ticked. */
export function PropertyRows({ tenant, object, listed, chosen, fieldOf, onChange }: Props) {
  const samples = useSamples(tenant, object, listed.map(({ name }) => name).sort());
  return (
    <Rows
      label={words.property}
      columns={[words.property, words.examples, words.field, words.onEmpty].map((label) => ({ label }))}
    >
      {listed.map((one) => (
        <Table.Tr key={one.name}>
          <Table.Td>
            <Checkbox
              label={one.label || one.name}
              description={`${one.name} · ${one.type}`}
              checked={chosen.has(one.name)}
              onChange={(event) => {
                const on = event.currentTarget.checked;
                onChange((next) => (on ? next.set(one.name, 'clear') : next.delete(one.name)));
              }}
            />
          </Table.Td>
          <Table.Td>
            <Examples sample={samples.get(one.name)} />
          </Table.Td>
          <Table.Td className="mono" fz="xs">
            {fieldOf(one)}
          </Table.Td>
          <Table.Td>
            {chosen.has(one.name) && (
              <Select
                aria-label={`${words.onEmpty}: ${one.label}`}
                size="xs"
                w={142}
                data={[
                  { value: 'clear', label: words.clear },
                  { value: 'keep', label: words.keep },
                ]}
                value={chosen.get(one.name) ?? 'clear'}
                onChange={(value) => onChange((next) => next.set(one.name, value === 'keep' ? 'keep' : 'clear'))}
                allowDeselect={false}
              />
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </Rows>
  );
}
