import { Button, Code, CopyButton, Group, List, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { answer, api } from '../../api.ts';
import { ProblemBox } from '../../parts/problem.tsx';
import { setup } from '../../words/setup.ts';

const words = setup.hubspot;

/** The login at HubSpot: here in a window of its own, or by somebody else with a link. @param again there is a connection */
export function HubSpotLogin({ tenant, again }: { tenant: string; again: boolean }) {
  const login = useMutation({
    mutationFn: () => answer(api.login.$post({ param: { tenant }, json: {} })),
    // The login page may be of another origin: it gets no handle on this window.
    onSuccess: ({ url }) => void window.open(url, '_blank', 'noopener,width=720,height=820'),
  });
  return (
    <>
      <Group>
        <Button onClick={() => login.mutate()} loading={login.isPending} variant={again ? 'default' : 'filled'}>
          {words.login}
        </Button>
        <Text fz="sm" c="dimmed">
          {words.loginHint}
        </Text>
      </Group>
      {login.error && <ProblemBox error={login.error} />}
      {login.data && <LoginOpened url={login.data.url} scopes={login.data.scopes} />}
    </>
  );
}

function LoginOpened({ url, scopes }: { url: string; scopes: readonly string[] }) {
  return (
    <Stack gap={4}>
      <Text role="status">{words.loginOpened}</Text>
      <Group gap="sm">
        <CopyButton value={url}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy}>
              {copied ? words.linkCopied : words.copyLink}
            </Button>
          )}
        </CopyButton>
        <Text fz="sm" c="dimmed">
          {words.copyLinkHint}
        </Text>
      </Group>
      <Text fz="sm">{words.scopes}:</Text>
      <List size="sm">
        {scopes.map((scope) => (
          <List.Item key={scope}>
            <Code>{scope}</Code>
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}
