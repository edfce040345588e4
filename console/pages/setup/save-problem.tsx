import { Button, Group, Stack, Text } from '@mantine/core';
import { ProblemBox } from '../../parts/problem.tsx';
import { setup } from '../../words/setup.ts';
import type { useSaveConfig } from './save.ts';

const words = setup.meanwhile;

/** Why it was not saved. Where somebody else saved meanwhile: what can be done with what was chosen here. */
export function SaveProblem({ save }: { save: Pick<ReturnType<typeof useSaveConfig>, 'error' | 'overwrite'> }) {
  if (!save.error) return null;
  return (
    <Stack gap="sm">
      <ProblemBox error={save.error} />
      {save.overwrite && (
        <>
          <Text>{words.text}</Text>
          <Group gap="sm">
            <Button variant="default" onClick={() => window.location.reload()}>
              {words.load}
            </Button>
            <Button variant="default" onClick={save.overwrite}>
              {words.overwrite}
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}
