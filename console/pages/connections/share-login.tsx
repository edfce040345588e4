import { Button, CopyButton, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { answer, api } from '../../api.ts';
import { ProblemBox } from '../../parts/problem.tsx';
import { useMay } from '../../shell/session.tsx';
import { shareLogin as words } from '../../words/admin.ts';

/** Who sees that HubSpot has to be connected is rarely who can log in there: a link for them. */
export function ShareLogin({ tenant }: { tenant: string }) {
  const admin = useMay('admin');
  const start = useMutation({ mutationFn: () => answer(api.login.$post({ param: { tenant }, json: {} })) });
  if (!admin) return <Text c="dimmed">{words.askAdmin}</Text>;
  return (
    <Stack gap="xs" align="flex-start">
      <Button variant="default" maw="100%" loading={start.isPending} onClick={() => start.mutate()}>
        {start.data ? words.another : words.make}
      </Button>
      {start.error && <ProblemBox error={start.error} />}
      {start.data && (
        <>
          <Group gap="xs" align="flex-end" w="100%">
            <TextInput
              label={words.link}
              value={start.data.url}
              readOnly
              onFocus={(event) => event.currentTarget.select()}
              style={{ flex: '1 1 240px', maxWidth: 640 }}
            />
            <CopyButton value={start.data.url}>
              {({ copied, copy }) => <Button onClick={copy}>{copied ? words.copied : words.copy}</Button>}
            </CopyButton>
          </Group>
          <Text fz="sm" c="dimmed" role="status">
            {words.hint}
          </Text>
        </>
      )}
    </Stack>
  );
}
