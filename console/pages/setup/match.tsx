import { Button, Group, Select, Stack, Switch, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Waiting } from '../../parts/page.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { propertiesQuery } from '../../queries.ts';
import { setup } from '../../words/setup.ts';
import { CompareKeys } from './compare-keys.tsx';
import { type StepProps, useSaveConfig } from './save.ts';
import { SaveProblem } from './save-problem.tsx';

const words = setup.match;

export function MatchStep(props: StepProps) {
  const { tenant, object, sync } = props;
  const { data, error, refetch } = useQuery(propertiesQuery(tenant, object));
  const [property, setProperty] = useState(sync?.config.joinKey.property ?? (object === 'visitor' ? 'email' : ''));
  const [fold, setFold] = useState(sync?.config.keyFolding === 'fold');
  const [secondary, setSecondary] = useState(sync?.config.secondaryEmails ?? false);
  const save = useSaveConfig(props);
  if (error) return <ProblemBox error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Waiting rows={3} />;
  const keys = data.properties.filter(({ canBeJoinKey }) => canBeJoinKey);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({
          joinKey: { property },
          keyFolding: fold ? 'fold' : 'exact',
          secondaryEmails: secondary && property === 'email',
        });
      }}
    >
      <Stack>
        <Text>{words.lead(object)}</Text>
        <Select
          label={words.property}
          data={keys.map(({ name, label }) => ({ value: name, label: `${label} (${name})` }))}
          value={property}
          onChange={(value) => setProperty(value ?? '')}
          nothingFoundMessage={words.none}
          searchable
          allowDeselect={false}
          limit={100}
          required
        />
        <Switch
          label={words.folding}
          description={words.foldingHint}
          checked={fold}
          onChange={(event) => setFold(event.currentTarget.checked)}
        />
        {object === 'visitor' && property === 'email' && (
          <Switch
            label={words.secondary}
            checked={secondary}
            onChange={(event) => setSecondary(event.currentTarget.checked)}
          />
        )}
        <CompareKeys
          tenant={tenant}
          object={object}
          keys={keys}
          chosen={property}
          onChoose={setProperty}
          folding={fold}
        />
        <SaveProblem save={save} />
        <Group>
          <Button type="submit" loading={save.isPending} disabled={property === ''}>
            {setup.saveAndGo}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
