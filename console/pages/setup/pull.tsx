import { Button, Group, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Waiting } from '../../parts/page.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { type HubSpotProperty, propertiesQuery } from '../../queries.ts';
import { setup } from '../../words/setup.ts';
import { type Chosen, PropertyRows } from './property-rows.tsx';
import { type StepProps, useSaveConfig } from './save.ts';
import { SaveProblem } from './save-problem.tsx';

const words = setup.pull;
const shown = 60;

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
      <PropertyRows
        tenant={tenant}
        object={object}
        listed={listed.slice(0, shown)}
        chosen={chosen}
        fieldOf={(one) => before.get(one.name)?.field ?? one.pendoField}
        onChange={change}
      />
      {listed.length > shown && <Text c="dimmed">{words.more(listed.length - shown)}</Text>}
      <SaveProblem save={save} />
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
