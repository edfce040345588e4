import { Button, Checkbox, Group, Select, Stack, Switch, Table, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Waiting } from '../../parts/page.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { type HubSpotProperty, propertiesQuery } from '../../queries.ts';
import { setup } from '../../words/setup.ts';
import { type StepProps, useSaveConfig } from './save.ts';

const words = setup.pull;
const shown = 60;
type Chosen = Map<string, 'clear' | 'keep'>;

export function PullStep(props: StepProps) {
  const { tenant, object, sync } = props;
  const { data, error, refetch } = useQuery(propertiesQuery(tenant, object));
  const [chosen, setChosen] = useState<Chosen>(
    () => new Map(sync?.config.pull.map(({ property, onEmpty }) => [property, onEmpty ?? 'clear'])),
  );
  const [text, setText] = useState('');
  const [onlyChosen, setOnlyChosen] = useState(false);
  const save = useSaveConfig(props);
  if (error) return <ProblemBox error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Waiting rows={8} />;
  const wanted = text.trim().toLowerCase();
  const fits = (one: HubSpotProperty): boolean =>
    (!onlyChosen || chosen.has(one.name)) && `${one.label} ${one.name} ${one.groupName}`.toLowerCase().includes(wanted);
  const listed = data.properties
    .filter((one) => (one.canBePulled || chosen.has(one.name)) && fits(one))
    .toSorted((a, b) => Number(chosen.has(b.name)) - Number(chosen.has(a.name)) || a.label.localeCompare(b.label));
  const change = (edit: (next: Chosen) => void): void => {
    const next = new Map(chosen);
    edit(next);
    setChosen(next);
  };
  const before = new Map(sync?.config.pull.map((field) => [field.property, field]));
  return (
    <Stack>
      <Text>{words.lead}</Text>
      <Group align="flex-end">
        <TextInput
          label={words.search}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          style={{ flex: 1 }}
          type="search"
        />
        <Switch
          label={`${words.onlyChosen} (${words.chosen(chosen.size)})`}
          checked={onlyChosen}
          onChange={(event) => setOnlyChosen(event.currentTarget.checked)}
        />
      </Group>
      <Rows
        label={words.property}
        columns={[{ label: words.property }, { label: words.type }, { label: words.field }, { label: words.onEmpty }]}
      >
        {listed.slice(0, shown).map((one) => (
          <Table.Tr key={one.name}>
            <Table.Td>
              <Checkbox
                label={one.label || one.name}
                description={one.name}
                checked={chosen.has(one.name)}
                onChange={(event) => {
                  const on = event.currentTarget.checked;
                  change((next) => (on ? next.set(one.name, 'clear') : next.delete(one.name)));
                }}
              />
            </Table.Td>
            <Table.Td>{one.type}</Table.Td>
            <Table.Td className="mono">{before.get(one.name)?.field ?? one.pendoField}</Table.Td>
            <Table.Td>
              {chosen.has(one.name) && (
                <Select
                  aria-label={`${words.onEmpty}: ${one.label}`}
                  size="xs"
                  data={[
                    { value: 'clear', label: words.clear },
                    { value: 'keep', label: words.keep },
                  ]}
                  value={chosen.get(one.name) ?? 'clear'}
                  onChange={(value) => change((next) => next.set(one.name, value === 'keep' ? 'keep' : 'clear'))}
                  allowDeselect={false}
                />
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Rows>
      {listed.length > shown && <Text c="dimmed">{words.more(listed.length - shown)}</Text>}
      {save.error && <ProblemBox error={save.error} />}
      <Group>
        <Button
          loading={save.isPending}
          disabled={sync === undefined}
          onClick={() =>
            save.mutate({
              pull: [...chosen].map(([property, onEmpty]) => ({ ...before.get(property), property, onEmpty })),
            })
          }
        >
          {setup.saveAndGo}
        </Button>
      </Group>
    </Stack>
  );
}
